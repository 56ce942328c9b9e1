//! Nodes are owned by the table, edges by the slots; targets are weak.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::{BATCH, Change, Graph, SLOTS, Step, nodes, read};
use crate::measure::Recorder;
use crate::programs::Job;

struct Node {
    number: u64,
    edges: [RefCell<Option<Rc<Edge>>>; SLOTS],
}

struct Edge {
    target: Weak<Node>,
    weight: u64,
}

struct Counted {
    nodes: Vec<Rc<Node>>,
}

impl Graph for Counted {
    fn take(&mut self, steps: &[Step; BATCH], _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for step in steps {
            let edge = match step.change {
                Change::New { target, weight } => {
                    let target = Rc::downgrade(&self.nodes[target]);
                    Some(Rc::new(Edge { target, weight }))
                }
                Change::Copy { node, slot } => self.nodes[node].edges[slot].borrow().clone(),
            };
            let old = self.nodes[step.node].edges[step.slot].replace(edge);
            let target = old.as_ref().and_then(|old| old.target.upgrade());
            if let (Some(old), Some(target)) = (old, target) {
                sum = sum.wrapping_add(read(old.weight, target.number));
            }
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let node = |number| Rc::new(Node { number, edges: Default::default() });
    let nodes = (0..nodes(job) as u64).map(node).collect();
    super::run(job, recorder, &mut Counted { nodes })
}
