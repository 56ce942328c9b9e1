//! Nodes in boxes: written to while they are still owned by the caller, so that a store from the
//! top is a plain store.

use super::{Bench, From, Load, SAMPLE_DEPTH, entry, sample};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Default)]
struct Node {
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
    _load: Load,
}

impl Node {
    fn from_bottom(depth: u32, recorder: &mut Recorder) -> Box<Self> {
        let mut child = || (depth > 0).then(|| Self::from_bottom(depth - 1, recorder));
        let tree = Box::new(Self { left: child(), right: child(), _load: Load::default() });
        sample(depth, recorder);
        tree
    }

    fn populate(&mut self, depth: u32, recorder: &mut Recorder) {
        if depth > 0 {
            self.left.insert(Box::default()).populate(depth - 1, recorder);
            self.right.insert(Box::default()).populate(depth - 1, recorder);
        }
        sample(depth, recorder);
    }

    fn build(from: From, depth: u32, recorder: &mut Recorder) -> Box<Self> {
        match from {
            From::Bottom => Self::from_bottom(depth, recorder),
            From::Top => {
                let mut root = Box::<Self>::default();
                root.populate(depth, recorder);
                root
            }
        }
    }

    fn children(&self) -> u64 {
        u64::from(self.left.is_some()) + u64::from(self.right.is_some())
    }

    fn count(&self) -> u64 {
        1 + [&self.left, &self.right].into_iter().flatten().map(|child| child.count()).sum::<u64>()
    }
}

#[derive(Default)]
struct Boxes {
    tree: Option<Box<Node>>,
    array: Box<[f64]>,
}

impl Bench for Boxes {
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64 {
        let tree = Node::build(from, depth, recorder);
        let children = tree.children();
        if depth > SAMPLE_DEPTH {
            recorder.pause(|| drop(tree));
        } else {
            drop(tree);
        }
        children
    }

    fn settle(&mut self, depth: u32, len: usize, recorder: &mut Recorder) {
        self.tree = Some(Node::build(From::Top, depth, recorder));
        self.array = (0..len).map(entry).collect();
    }

    fn look(&mut self, index: usize) -> (u64, f64) {
        (self.tree.as_ref().map_or(0, |tree| tree.count()), self.array[index])
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Boxes::default())
}
