//! No collector, and nothing is ever freed.

use std::cell::Cell;

use bumpalo::Bump;

use super::{BATCH, Change, Graph, SLOTS, Step, nodes, read};
use crate::measure::Recorder;
use crate::programs::Job;

struct Node<'a> {
    number: u64,
    edges: [Cell<Option<&'a Edge<'a>>>; SLOTS],
}

struct Edge<'a> {
    target: &'a Node<'a>,
    weight: u64,
}

struct Region<'a> {
    bump: &'a Bump,
    nodes: Vec<&'a Node<'a>>,
}

impl Graph for Region<'_> {
    fn take(&mut self, steps: &[Step; BATCH], _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for step in steps {
            let edge = match step.change {
                Change::New { target, weight } => Some(&*self.bump.alloc(Edge { target: self.nodes[target], weight })),
                Change::Copy { node, slot } => self.nodes[node].edges[slot].get(),
            };
            let old = self.nodes[step.node].edges[step.slot].replace(edge);
            sum = sum.wrapping_add(old.map_or(0, |old| read(old.weight, old.target.number)));
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let node = |number| &*bump.alloc(Node { number, edges: Default::default() });
    let nodes = (0..nodes(job) as u64).map(node).collect();
    super::run(job, recorder, &mut Region { bump: &bump, nodes })
}
