//! The steps on gc-core.

use std::hint::black_box;

use criterion::Bencher;
use gc_core::{Gc, GcCell, Heap, Mutation, Root, Trace, Weak};

use crate::{MARKED, OBJECTS};

#[derive(Trace)]
struct Node<'gc> {
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    value: u64,
}

type Nodes<'gc> = Vec<Gc<'gc, Node<'gc>>>;

fn nodes<'gc>(mc: &Mutation<'gc>, len: usize) -> Nodes<'gc> {
    let mut nodes = Nodes::new();
    for value in 0..len as u64 {
        let next = GcCell::new(nodes.last().copied());
        nodes.push(Gc::new(mc, Node { next, value }));
    }
    nodes
}

pub(crate) fn allocate(b: &mut Bencher<'_>) {
    let mut heap = Heap::<u64>::new(|_| 0);
    b.iter(|| {
        heap.mutate(|mc, _| {
            (0..OBJECTS as u64).for_each(|i| {
                black_box(Gc::new(mc, [i, 1, 2, 3]));
            });
        });
    });
}

pub(crate) fn read(b: &mut Bencher<'_>) {
    let mut heap = Heap::<Nodes<'static>>::new(|mc| nodes(mc, OBJECTS));
    b.iter(|| {
        heap.mutate(|_, nodes| {
            let along = std::iter::successors(nodes.last().copied(), |node| node.next.get());
            along.map(|node| node.value).sum::<u64>()
        })
    });
}

pub(crate) fn write(b: &mut Bencher<'_>) {
    let mut heap = Heap::<Nodes<'static>>::new(|mc| nodes(mc, OBJECTS));
    b.iter(|| {
        heap.mutate(|mc, nodes| {
            for pair in black_box(nodes.as_slice()).windows(2) {
                pair[1].write(mc, |n| &n.next).set(Some(pair[0]));
            }
        });
    });
}

pub(crate) fn root(b: &mut Bencher<'_>) {
    let mut heap = Heap::<u64>::new(|_| 0);
    let root: Root<u64> = heap.mutate(|mc, root| root.root(mc));
    b.iter(|| drop(black_box(black_box(&root).clone())));
}

#[derive(Trace)]
struct Both<'gc> {
    strong: Gc<'gc, u64>,
    weak: Weak<'gc, u64>,
}

pub(crate) fn upgrade(b: &mut Bencher<'_>) {
    let mut heap = Heap::<Both<'static>>::new(|mc| {
        let strong = Gc::new(mc, 1);
        Both { strong, weak: strong.downgrade() }
    });
    b.iter(|| {
        heap.mutate(|mc, root| {
            black_box(root.strong);
            black_box(root.weak).upgrade(mc).map(|object| *object)
        })
    });
}

pub(crate) fn mark(b: &mut Bencher<'_>) {
    let mut heap = Heap::<Nodes<'static>>::new(|mc| nodes(mc, MARKED));
    b.iter(|| heap.collect());
}
