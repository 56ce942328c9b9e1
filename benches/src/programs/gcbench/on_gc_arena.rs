//! One mutation for each tree, and a safepoint after it. The array is memory that an object owns.

use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable, lock::Lock};

use super::{Bench, From, Load, entry, sample};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    left: Lock<Option<Gc<'gc, Node<'gc>>>>,
    right: Lock<Option<Gc<'gc, Node<'gc>>>>,
    #[collect(require_static)]
    _load: Load,
}

type Pointer<'gc> = Gc<'gc, Node<'gc>>;

fn node<'gc>(mc: &Mutation<'gc>, left: Option<Pointer<'gc>>, right: Option<Pointer<'gc>>) -> Pointer<'gc> {
    Gc::new(mc, Node { left: Lock::new(left), right: Lock::new(right), _load: Load::default() })
}

fn from_bottom<'gc>(mc: &Mutation<'gc>, depth: u32, recorder: &mut Recorder) -> Pointer<'gc> {
    let mut child = || (depth > 0).then(|| from_bottom(mc, depth - 1, recorder));
    let tree = node(mc, child(), child());
    sample(depth, recorder);
    tree
}

fn populate<'gc>(mc: &Mutation<'gc>, parent: Pointer<'gc>, depth: u32, recorder: &mut Recorder) {
    if depth > 0 {
        let left = node(mc, None, None);
        unlock!(Gc::write(mc, parent), Node, left).set(Some(left));
        populate(mc, left, depth - 1, recorder);
        let right = node(mc, None, None);
        unlock!(Gc::write(mc, parent), Node, right).set(Some(right));
        populate(mc, right, depth - 1, recorder);
    }
    sample(depth, recorder);
}

fn build<'gc>(mc: &Mutation<'gc>, from: From, depth: u32, recorder: &mut Recorder) -> Pointer<'gc> {
    match from {
        From::Bottom => from_bottom(mc, depth, recorder),
        From::Top => {
            let root = node(mc, None, None);
            populate(mc, root, depth, recorder);
            root
        }
    }
}

fn count(node: Pointer<'_>) -> u64 {
    let children = [node.left.get(), node.right.get()].into_iter().flatten();
    1 + children.map(count).sum::<u64>()
}

#[derive(Collect)]
#[collect(no_drop)]
struct LongLived<'gc> {
    tree: Option<Gc<'gc, Node<'gc>>>,
    array: Gc<'gc, Box<[f64]>>,
}

struct Arenas(Arena<Rootable![LongLived<'_>]>);

impl Bench for Arenas {
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64 {
        let children = self.0.mutate(|mc, _| {
            let tree = build(mc, from, depth, recorder);
            u64::from(tree.left.get().is_some()) + u64::from(tree.right.get().is_some())
        });
        safepoint(&mut self.0, recorder);
        children
    }

    fn settle(&mut self, depth: u32, len: usize, recorder: &mut Recorder) {
        self.0.mutate_root(|mc, root| {
            root.tree = Some(build(mc, From::Top, depth, recorder));
            root.array = Gc::new(mc, (0..len).map(entry).collect());
        });
        safepoint(&mut self.0, recorder);
    }

    fn look(&mut self, index: usize) -> (u64, f64) {
        self.0.mutate(|_, root| (root.tree.map_or(0, count), root.array[index]))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let arena = Arena::new(|mc| LongLived { tree: None, array: Gc::new(mc, Box::default()) });
    super::run(job, recorder, &mut Arenas(paced(job, arena)))
}
