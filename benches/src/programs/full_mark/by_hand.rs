//! A marker for this graph alone: a stack, and an epoch in each node.

use std::cell::Cell;
use std::time::Instant;

use bumpalo::Bump;

use super::{Edges, Heap, Order, objects};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Default)]
struct Node<'a> {
    mark: Cell<u64>,
    children: [Cell<Option<&'a Node<'a>>>; 2],
    number: u64,
}

struct Graph<'a> {
    root: &'a Node<'a>,
    stack: Vec<&'a Node<'a>>,
    epoch: u64,
}

impl<'a> Graph<'a> {
    fn mark(&mut self, mut visit: impl FnMut(&Node<'a>)) {
        self.epoch += 1;
        self.stack.push(self.root);
        while let Some(node) = self.stack.pop() {
            if node.mark.replace(self.epoch) != self.epoch {
                visit(node);
                self.stack.extend(node.children.iter().rev().filter_map(Cell::get));
            }
        }
    }
}

impl Heap for Graph<'_> {
    fn collect(&mut self, recorder: &mut Recorder) -> Option<std::time::Duration> {
        recorder.pause(|| {
            let start = Instant::now();
            self.mark(|_| ());
            Some(start.elapsed())
        })
    }

    fn sum(&mut self) -> u64 {
        let mut sum = 0u64;
        self.mark(|node| sum = sum.wrapping_add(node.number));
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, order: Order) -> u64 {
    let bump = Bump::new();
    let len = objects(job);
    let node = |number| &*bump.alloc(Node { number, ..Node::default() });
    let nodes: Vec<&Node<'_>> = (0..len as u64).map(node).collect();
    let edges = Edges::new(order(len));
    let root = nodes[edges.root()];
    for (parent, children) in edges {
        for (slot, child) in nodes[parent].children.iter().zip(children) {
            slot.set(child.map(|child| nodes[child]));
        }
    }
    drop(nodes);
    super::run(job, recorder, &mut Graph { root, stack: Vec::new(), epoch: 0 })
}
