//! No collector: nodes are bumped out of a region, and a tree dies when its region is reset. The
//! least that allocation can cost, and what the others are measured against.

use bumpalo::Bump;

use super::{Forest, SAMPLE_DEPTH, nodes};
use crate::measure::Recorder;
use crate::programs::Job;

struct Tree<'a> {
    left: Option<&'a Tree<'a>>,
    right: Option<&'a Tree<'a>>,
}

impl<'a> Tree<'a> {
    fn build(bump: &'a Bump, depth: u32) -> &'a Self {
        let child = || (depth > 0).then(|| Self::build(bump, depth - 1));
        bump.alloc(Self { left: child(), right: child() })
    }

    fn build_sampled(bump: &'a Bump, depth: u32, recorder: &mut Recorder) -> &'a Self {
        if depth <= SAMPLE_DEPTH {
            let tree = Self::build(bump, depth);
            recorder.worked(nodes(depth));
            return tree;
        }
        let left = Some(Self::build_sampled(bump, depth - 1, recorder));
        let right = Some(Self::build_sampled(bump, depth - 1, recorder));
        bump.alloc(Self { left, right })
    }

    fn count(&self) -> u64 {
        match (self.left, self.right) {
            (Some(left), Some(right)) => 1 + left.count() + right.count(),
            _ => 1,
        }
    }
}

struct Regions<'a> {
    short: Bump,
    long: &'a Bump,
    planted: Option<&'a Tree<'a>>,
}

impl Forest for Regions<'_> {
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64 {
        let count = Tree::build_sampled(&self.short, depth, recorder).count();
        if depth > SAMPLE_DEPTH {
            recorder.resume();
        }
        // Keeps the last and largest of its chunks.
        self.short.reset();
        count
    }

    fn plant(&mut self, depth: u32, recorder: &mut Recorder) {
        self.planted = Some(Tree::build_sampled(self.long, depth, recorder));
    }

    fn count_planted(&mut self) -> u64 {
        self.planted.map_or(0, Tree::count)
    }
}

pub(super) fn run<const DEPTH: u32>(job: &Job, recorder: &mut Recorder) -> u64 {
    let long = Bump::new();
    super::run::<DEPTH>(job, recorder, &mut Regions { short: Bump::new(), long: &long, planted: None })
}
