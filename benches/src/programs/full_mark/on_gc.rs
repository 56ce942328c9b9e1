//! `force_collect` marks, and sweeps; how long each took is not told.
#![expect(non_local_definitions, reason = "what the derive of gc 0.5 expands to")]

use std::time::Duration;

use gc::{Finalize, Gc, GcCell, Trace};

use super::{Edges, Heap, Order, objects};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Node {
    left: GcCell<Option<Gc<Node>>>,
    right: GcCell<Option<Gc<Node>>>,
    number: u64,
}

struct Graph(Gc<Node>);

impl Heap for Graph {
    fn collect(&mut self, recorder: &mut Recorder) -> Option<Duration> {
        recorder.pause(gc::force_collect);
        None
    }

    fn sum(&mut self) -> u64 {
        let (mut sum, mut stack) = (0u64, vec![self.0.clone()]);
        while let Some(node) = stack.pop() {
            sum = sum.wrapping_add(node.number);
            stack.extend([node.left.borrow().clone(), node.right.borrow().clone()].into_iter().flatten());
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, order: Order) -> u64 {
    let len = objects(job);
    let new = |number| Gc::new(Node { left: GcCell::new(None), right: GcCell::new(None), number });
    let nodes: Vec<Gc<Node>> = (0..len as u64).map(new).collect();
    let edges = Edges::new(order(len));
    let root = nodes[edges.root()].clone();
    for (parent, [left, right]) in edges {
        *nodes[parent].left.borrow_mut() = left.map(|left| nodes[left].clone());
        *nodes[parent].right.borrow_mut() = right.map(|right| nodes[right].clone());
    }
    drop(nodes);
    super::run(job, recorder, &mut Graph(root))
}
