//! One mutation for each tree, and a safepoint after it.

use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};

use super::{Forest, SAMPLE_DEPTH, nodes};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Tree<'gc> {
    left: Option<Gc<'gc, Tree<'gc>>>,
    right: Option<Gc<'gc, Tree<'gc>>>,
}

type Pointer<'gc> = Gc<'gc, Tree<'gc>>;

fn build<'gc>(mc: &Mutation<'gc>, depth: u32) -> Pointer<'gc> {
    let child = || (depth > 0).then(|| build(mc, depth - 1));
    Gc::new(mc, Tree { left: child(), right: child() })
}

fn build_sampled<'gc>(mc: &Mutation<'gc>, depth: u32, recorder: &mut Recorder) -> Pointer<'gc> {
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

#[derive(Collect)]
#[collect(no_drop)]
struct Land<'gc> {
    planted: Option<Pointer<'gc>>,
}

struct Arenas(Arena<Rootable![Land<'_>]>);

impl Forest for Arenas {
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64 {
        let count = self.0.mutate(|mc, _| count(build_sampled(mc, depth, recorder)));
        if depth > SAMPLE_DEPTH {
            recorder.resume();
        }
        safepoint(&mut self.0, recorder);
        if depth > SAMPLE_DEPTH {
            recorder.lap();
        }
        count
    }

    fn plant(&mut self, depth: u32, recorder: &mut Recorder) {
        self.0.mutate_root(|mc, root| root.planted = Some(build_sampled(mc, depth, recorder)));
    }

    fn count_planted(&mut self) -> u64 {
        self.0.mutate(|_, root| root.planted.map_or(0, count))
    }
}

pub(super) fn run<const DEPTH: u32>(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run::<DEPTH>(job, recorder, &mut Arenas(paced(job, Arena::new(|_| Land { planted: None }))))
}
