//! One mutation for each tree; its end is the safepoint. The array is an object.

use gc_core::{Gc, GcCell, Heap, Mutation, Static, Trace};

use super::{Bench, From, Load, entry, sample};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node<'gc> {
    left: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    right: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    _load: Static<Load>,
}

type Pointer<'gc> = Gc<'gc, Node<'gc>>;

fn node<'gc>(mc: &Mutation<'gc>, left: Option<Pointer<'gc>>, right: Option<Pointer<'gc>>) -> Pointer<'gc> {
    let _load = Static(Load::default());
    Gc::new(mc, Node { left: GcCell::new(left), right: GcCell::new(right), _load })
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
        parent.write(mc, |n| &n.left).set(Some(left));
        populate(mc, left, depth - 1, recorder);
        let right = node(mc, None, None);
        parent.write(mc, |n| &n.right).set(Some(right));
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

#[derive(Trace)]
struct LongLived<'gc> {
    tree: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    array: GcCell<Option<Gc<'gc, [f64]>>>,
}

struct OneHeap(Heap<LongLived<'static>>);

impl Bench for OneHeap {
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64 {
        let children = self.0.mutate(|mc, _| {
            let tree = build(mc, from, depth, recorder);
            u64::from(tree.left.get().is_some()) + u64::from(tree.right.get().is_some())
        });
        follow(&self.0, recorder);
        children
    }

    fn settle(&mut self, depth: u32, len: usize, recorder: &mut Recorder) {
        self.0.mutate(|mc, root| {
            root.write(mc, |r| &r.tree).set(Some(build(mc, From::Top, depth, recorder)));
            root.write(mc, |r| &r.array).set(Some(Gc::from_iter(mc, (0..len).map(entry))));
        });
    }

    fn look(&mut self, index: usize) -> (u64, f64) {
        self.0.mutate(|_, root| {
            let value = root.array.get().map_or(0.0, |array| array[index]);
            (root.tree.get().map_or(0, count), value)
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let heap =
        crate::heap::new::<LongLived<'_>>(job, |_| LongLived { tree: GcCell::new(None), array: GcCell::new(None) });
    let mut bench = OneHeap(heap);
    let checksum = super::run(job, recorder, &mut bench);
    take_pauses(&bench.0, recorder);
    checksum
}
