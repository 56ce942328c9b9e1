//! rust-gc collects by itself, inside of `Gc::new`: its pauses show as stalls.
#![expect(non_local_definitions, reason = "what the derive of gc 0.5 expands to")]

use gc::{Finalize, Gc, GcCell, Trace};

use super::{Bench, From, Load, entry, sample};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Node {
    left: GcCell<Option<Gc<Node>>>,
    right: GcCell<Option<Gc<Node>>>,
    #[unsafe_ignore_trace]
    _load: Load,
}

impl Node {
    fn new(left: Option<Gc<Self>>, right: Option<Gc<Self>>) -> Gc<Self> {
        Gc::new(Self { left: GcCell::new(left), right: GcCell::new(right), _load: Load::default() })
    }

    fn from_bottom(depth: u32, recorder: &mut Recorder) -> Gc<Self> {
        let mut child = || (depth > 0).then(|| Self::from_bottom(depth - 1, recorder));
        let (left, right) = (child(), child());
        let tree = Self::new(left, right);
        sample(depth, recorder);
        tree
    }

    fn populate(&self, depth: u32, recorder: &mut Recorder) {
        if depth > 0 {
            for side in [&self.left, &self.right] {
                let child = Self::new(None, None);
                *side.borrow_mut() = Some(child.clone());
                child.populate(depth - 1, recorder);
            }
        }
        sample(depth, recorder);
    }

    fn build(from: From, depth: u32, recorder: &mut Recorder) -> Gc<Self> {
        match from {
            From::Bottom => Self::from_bottom(depth, recorder),
            From::Top => {
                let root = Self::new(None, None);
                root.populate(depth, recorder);
                root
            }
        }
    }

    fn children(&self) -> u64 {
        u64::from(self.left.borrow().is_some()) + u64::from(self.right.borrow().is_some())
    }

    fn count(&self) -> u64 {
        let count = |side: &GcCell<Option<Gc<Self>>>| side.borrow().as_ref().map_or(0, |child| child.count());
        1 + count(&self.left) + count(&self.right)
    }
}

#[derive(Default)]
struct Collected {
    tree: Option<Gc<Node>>,
    array: Box<[f64]>,
}

impl Bench for Collected {
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64 {
        Node::build(from, depth, recorder).children()
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
    super::run(job, recorder, &mut Collected::default())
}
