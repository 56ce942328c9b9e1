//! Every node in an `Rc`. A tree dies by a walk through all of it, which is the pause.

use std::rc::Rc;

use super::{Forest, SAMPLE_DEPTH, nodes};
use crate::measure::Recorder;
use crate::programs::Job;

struct Tree {
    left: Option<Rc<Tree>>,
    right: Option<Rc<Tree>>,
}

impl Tree {
    fn build(depth: u32) -> Rc<Self> {
        let child = || (depth > 0).then(|| Self::build(depth - 1));
        Rc::new(Self { left: child(), right: child() })
    }

    fn build_sampled(depth: u32, recorder: &mut Recorder) -> Rc<Self> {
        if depth <= SAMPLE_DEPTH {
            let tree = Self::build(depth);
            recorder.worked(nodes(depth));
            return tree;
        }
        let left = Some(Self::build_sampled(depth - 1, recorder));
        let right = Some(Self::build_sampled(depth - 1, recorder));
        Rc::new(Self { left, right })
    }

    fn count(&self) -> u64 {
        match (&self.left, &self.right) {
            (Some(left), Some(right)) => 1 + left.count() + right.count(),
            _ => 1,
        }
    }
}

#[derive(Default)]
struct Counted {
    planted: Option<Rc<Tree>>,
}

impl Forest for Counted {
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64 {
        let tree = Tree::build_sampled(depth, recorder);
        let count = tree.count();
        // Smaller trees die in less time than the clock takes to read.
        if depth > SAMPLE_DEPTH {
            recorder.resume();
            recorder.pause(|| drop(tree));
            recorder.lap();
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
    super::run::<DEPTH>(job, recorder, &mut Counted::default())
}
