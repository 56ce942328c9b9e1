//! `collect` marks and sweeps; how long marking took is among the heap's statistics.

use std::time::Duration;

use gc_core::{Gc, GcCell, Trace};

use super::{Edges, Heap, Order, objects};
use crate::heap::mark_time;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node<'gc> {
    left: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    right: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    number: u64,
}

#[derive(Trace)]
struct Tree<'gc> {
    root: Gc<'gc, Node<'gc>>,
}

impl Heap for gc_core::Heap<Tree<'static>> {
    fn collect(&mut self, recorder: &mut Recorder) -> Option<Duration> {
        let before = mark_time(self);
        recorder.pause(|| gc_core::Heap::collect(self));
        Some(mark_time(self) - before)
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, tree| {
            let (mut sum, mut stack) = (0u64, vec![tree.root]);
            while let Some(node) = stack.pop() {
                sum = sum.wrapping_add(node.number);
                stack.extend([node.left.get(), node.right.get()].into_iter().flatten());
            }
            sum
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, order: Order) -> u64 {
    let len = objects(job);
    let mut heap = crate::heap::new::<Tree<'_>>(job, |mc| {
        let new = |number| Gc::new(mc, Node { left: GcCell::new(None), right: GcCell::new(None), number });
        let nodes: Vec<Gc<'_, Node<'_>>> = (0..len as u64).map(new).collect();
        let edges = Edges::new(order(len));
        let root = nodes[edges.root()];
        for (parent, [left, right]) in edges {
            let parent = nodes[parent];
            parent.write(mc, |n| &n.left).set(left.map(|left| nodes[left]));
            parent.write(mc, |n| &n.right).set(right.map(|right| nodes[right]));
        }
        Tree { root }
    });
    super::run(job, recorder, &mut heap)
}
