//! No collector: a region for what stays, and one that is reset after each tree that dies.

use std::cell::Cell;

use bumpalo::Bump;

use super::{Bench, From, Load, entry, sample};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Default)]
struct Node<'a> {
    left: Cell<Option<&'a Node<'a>>>,
    right: Cell<Option<&'a Node<'a>>>,
    _load: Load,
}

impl<'a> Node<'a> {
    fn from_bottom(bump: &'a Bump, depth: u32, recorder: &mut Recorder) -> &'a Self {
        let mut child = || Cell::new((depth > 0).then(|| Self::from_bottom(bump, depth - 1, recorder)));
        let tree = bump.alloc(Self { left: child(), right: child(), _load: Load::default() });
        sample(depth, recorder);
        tree
    }

    fn populate(&self, bump: &'a Bump, depth: u32, recorder: &mut Recorder) {
        if depth > 0 {
            for side in [&self.left, &self.right] {
                let child = bump.alloc(Node::default());
                side.set(Some(child));
                child.populate(bump, depth - 1, recorder);
            }
        }
        sample(depth, recorder);
    }

    fn build(bump: &'a Bump, from: From, depth: u32, recorder: &mut Recorder) -> &'a Self {
        match from {
            From::Bottom => Self::from_bottom(bump, depth, recorder),
            From::Top => {
                let root = bump.alloc(Node::default());
                root.populate(bump, depth, recorder);
                root
            }
        }
    }

    fn children(&self) -> u64 {
        u64::from(self.left.get().is_some()) + u64::from(self.right.get().is_some())
    }

    fn count(&self) -> u64 {
        1 + [&self.left, &self.right].into_iter().filter_map(Cell::get).map(Node::count).sum::<u64>()
    }
}

struct Regions<'a> {
    short: Bump,
    long: &'a Bump,
    tree: Option<&'a Node<'a>>,
    array: &'a [f64],
}

impl Bench for Regions<'_> {
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64 {
        let children = Node::build(&self.short, from, depth, recorder).children();
        self.short.reset();
        children
    }

    fn settle(&mut self, depth: u32, len: usize, recorder: &mut Recorder) {
        self.tree = Some(Node::build(self.long, From::Top, depth, recorder));
        self.array = self.long.alloc_slice_fill_with(len, entry);
    }

    fn look(&mut self, index: usize) -> (u64, f64) {
        (self.tree.map_or(0, Node::count), self.array[index])
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let long = Bump::new();
    let mut bench = Regions { short: Bump::new(), long: &long, tree: None, array: &[] };
    super::run(job, recorder, &mut bench)
}
