//! `finish_marking` is the marking, `finish_cycle` after it the sweep. No pacing is involved.

use std::time::{Duration, Instant};

use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{Edges, Heap, Order, objects};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    left: Lock<Option<Gc<'gc, Node<'gc>>>>,
    right: Lock<Option<Gc<'gc, Node<'gc>>>>,
    number: u64,
}

type Graph = Arena<Rootable![Gc<'_, Node<'_>>]>;

impl Heap for Graph {
    fn collect(&mut self, recorder: &mut Recorder) -> Option<Duration> {
        recorder.pause(|| {
            let start = Instant::now();
            // A cycle that was under way is finished by this one.
            let marked = self.finish_marking().is_some();
            let marking = start.elapsed();
            self.finish_cycle();
            marked.then_some(marking)
        })
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, root| {
            let (mut sum, mut stack) = (0u64, vec![*root]);
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
    let mut graph = Graph::new(|mc| {
        let new = |number| Gc::new(mc, Node { left: Lock::new(None), right: Lock::new(None), number });
        let nodes: Vec<Gc<'_, Node<'_>>> = (0..len as u64).map(new).collect();
        let edges = Edges::new(order(len));
        let root = nodes[edges.root()];
        for (parent, [left, right]) in edges {
            let parent = Gc::write(mc, nodes[parent]);
            unlock!(parent, Node, left).set(left.map(|left| nodes[left]));
            unlock!(parent, Node, right).set(right.map(|right| nodes[right]));
        }
        root
    });
    super::run(job, recorder, &mut graph)
}
