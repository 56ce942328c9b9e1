//! The table of nodes is a vector outside the heap, which roots them all. rust-gc collects by itself, inside of
//! `Gc::new`: its pauses show as stalls.
#![expect(non_local_definitions, reason = "what the derive of gc 0.5 expands to")]

use gc::{Finalize, Gc, GcCell, Trace};

use super::{BATCH, Change, Graph, SLOTS, Step, nodes, read};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Node {
    number: u64,
    edges: [GcCell<Option<Gc<Edge>>>; SLOTS],
}

#[derive(Trace, Finalize)]
struct Edge {
    target: Gc<Node>,
    weight: u64,
}

struct Nodes(Vec<Gc<Node>>);

impl Graph for Nodes {
    fn settle(&mut self) {
        gc::force_collect();
    }

    fn take(&mut self, steps: &[Step; BATCH], _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for step in steps {
            let edge = match step.change {
                Change::New { target, weight } => Some(Gc::new(Edge { target: self.0[target].clone(), weight })),
                Change::Copy { node, slot } => self.0[node].edges[slot].borrow().clone(),
            };
            let old = std::mem::replace(&mut *self.0[step.node].edges[step.slot].borrow_mut(), edge);
            sum = sum.wrapping_add(old.map_or(0, |old| read(old.weight, old.target.number)));
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let node = |number| Gc::new(Node { number, edges: std::array::from_fn(|_| GcCell::new(None)) });
    let nodes = (0..nodes(job) as u64).map(node).collect();
    super::run(job, recorder, &mut Nodes(nodes))
}
