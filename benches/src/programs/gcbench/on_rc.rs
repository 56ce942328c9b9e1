//! Nodes in `Rc`s. What is stored into a shared node goes into a `OnceCell`, the smallest cell that
//! allows it and can be read.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{Bench, From, Load, SAMPLE_DEPTH, entry, sample};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Default)]
struct Node {
    left: OnceCell<Rc<Node>>,
    right: OnceCell<Rc<Node>>,
    _load: Load,
}

impl Node {
    fn from_bottom(depth: u32, recorder: &mut Recorder) -> Rc<Self> {
        let mut child = || match depth {
            0 => OnceCell::new(),
            _ => OnceCell::from(Self::from_bottom(depth - 1, recorder)),
        };
        let tree = Rc::new(Self { left: child(), right: child(), _load: Load::default() });
        sample(depth, recorder);
        tree
    }

    fn populate(&self, depth: u32, recorder: &mut Recorder) {
        if depth > 0 {
            self.left.get_or_init(Rc::default).populate(depth - 1, recorder);
            self.right.get_or_init(Rc::default).populate(depth - 1, recorder);
        }
        sample(depth, recorder);
    }

    fn build(from: From, depth: u32, recorder: &mut Recorder) -> Rc<Self> {
        match from {
            From::Bottom => Self::from_bottom(depth, recorder),
            From::Top => {
                let root = Rc::<Self>::default();
                root.populate(depth, recorder);
                root
            }
        }
    }

    fn children(&self) -> u64 {
        u64::from(self.left.get().is_some()) + u64::from(self.right.get().is_some())
    }

    fn count(&self) -> u64 {
        let children = [&self.left, &self.right].into_iter().filter_map(OnceCell::get);
        1 + children.map(|child| child.count()).sum::<u64>()
    }
}

#[derive(Default)]
struct Counted {
    tree: Option<Rc<Node>>,
    array: Box<[f64]>,
}

impl Bench for Counted {
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
    super::run(job, recorder, &mut Counted::default())
}
