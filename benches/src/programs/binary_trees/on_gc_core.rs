//! One mutation for each tree; its end is the safepoint.

use gc_core::{Gc, GcCell, Heap, Mutation, Trace};

use super::{Forest, SAMPLE_DEPTH, nodes};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Tree<'gc> {
    left: Option<Gc<'gc, Tree<'gc>>>,
    right: Option<Gc<'gc, Tree<'gc>>>,
}

#[derive(Trace)]
struct Land<'gc> {
    planted: GcCell<Option<Gc<'gc, Tree<'gc>>>>,
}

type Pointer<'gc> = Gc<'gc, Tree<'gc>>;

fn build<'gc>(mc: &'gc Mutation<'gc>, depth: u32) -> Pointer<'gc> {
    let child = || (depth > 0).then(|| build(mc, depth - 1));
    Gc::new(mc, Tree { left: child(), right: child() })
}

fn build_sampled<'gc>(mc: &'gc Mutation<'gc>, depth: u32, recorder: &mut Recorder) -> Pointer<'gc> {
    if depth <= SAMPLE_DEPTH {
        let tree = build(mc, depth);
        recorder.worked(nodes(depth));
        return tree;
    }
    let left = Some(build_sampled(mc, depth - 1, recorder));
    let right = Some(build_sampled(mc, depth - 1, recorder));
    Gc::new(mc, Tree { left, right })
}

fn count(tree: Pointer<'_>) -> u64 {
    match (tree.left, tree.right) {
        (Some(left), Some(right)) => 1 + count(left) + count(right),
        _ => 1,
    }
}

struct OneHeap(Heap<Land<'static>>);

impl Forest for OneHeap {
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64 {
        let count = self.0.mutate(|mc, _| {
            let count = count(build_sampled(mc, depth, recorder));
            if depth > SAMPLE_DEPTH {
                recorder.resume();
            }
            count
        });
        if depth > SAMPLE_DEPTH {
            recorder.lap();
        }
        follow(&self.0, recorder);
        count
    }

    fn plant(&mut self, depth: u32, recorder: &mut Recorder) {
        self.0.mutate(|mc, land| {
            let tree = build_sampled(mc, depth, recorder);
            land.write(mc, |l| &l.planted).set(Some(tree));
        });
    }

    fn count_planted(&mut self) -> u64 {
        self.0.mutate(|_, land| land.planted.get().map_or(0, count))
    }
}

pub(super) fn run<const DEPTH: u32>(job: &Job, recorder: &mut Recorder) -> u64 {
    let heap = crate::heap::new::<Land<'_>>(job, |_| Land { planted: GcCell::new(None) });
    let mut forest = OneHeap(heap);
    let checksum = super::run::<DEPTH>(job, recorder, &mut forest);
    take_pauses(&forest.0, recorder);
    checksum
}
