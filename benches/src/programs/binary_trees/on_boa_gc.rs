//! boa_gc collects by itself, inside of `Gc::new`: its pauses show as stalls.

use boa_gc::{Finalize, Gc, Trace};

use super::{Forest, SAMPLE_DEPTH, nodes};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Tree {
    left: Option<Gc<Tree>>,
    right: Option<Gc<Tree>>,
}

impl Tree {
    fn build(depth: u32) -> Gc<Self> {
        let child = || (depth > 0).then(|| Self::build(depth - 1));
        Gc::new(Self { left: child(), right: child() })
    }

    fn build_sampled(depth: u32, recorder: &mut Recorder) -> Gc<Self> {
        if depth <= SAMPLE_DEPTH {
            let tree = Self::build(depth);
            recorder.worked(nodes(depth));
            return tree;
        }
        let left = Some(Self::build_sampled(depth - 1, recorder));
        let right = Some(Self::build_sampled(depth - 1, recorder));
        Gc::new(Self { left, right })
    }

    fn count(&self) -> u64 {
        match (&self.left, &self.right) {
            (Some(left), Some(right)) => 1 + left.count() + right.count(),
            _ => 1,
        }
    }
}

#[derive(Default)]
struct Collected {
    planted: Option<Gc<Tree>>,
}

impl Forest for Collected {
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64 {
        let count = Tree::build_sampled(depth, recorder).count();
        if depth > SAMPLE_DEPTH {
            recorder.resume();
        }
        count
    }

    fn plant(&mut self, depth: u32, recorder: &mut Recorder) {
        self.planted = Some(Tree::build_sampled(depth, recorder));
    }

    fn count_planted(&mut self) -> u64 {
        self.planted.as_ref().map_or(0, |tree| tree.count())
    }
}

pub(super) fn run<const DEPTH: u32>(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run::<DEPTH>(job, recorder, &mut Collected::default())
}
