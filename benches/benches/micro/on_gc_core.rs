//! The steps on gc-core.

use std::hint::black_box;

use criterion::Bencher;
use gc_core::{Gc, GcCell, GcMap, GcOnceCell, GcRefCell, GcVec, Heap, Mutation, Root, Trace, Weak};

use crate::on_bounds::places;
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

/// Every object is old, and written to for the first time since: the barrier's slow path, and what it makes the next
/// young collection do.
pub(crate) fn write_old(b: &mut Bencher<'_>) {
    let mut heap = Heap::<Nodes<'static>>::new(|mc| nodes(mc, OBJECTS));
    heap.collect();
    b.iter(|| {
        heap.mutate(|mc, nodes| {
            for pair in black_box(nodes.as_slice()).windows(2) {
                pair[1].write(mc, |n| &n.next).set(Some(pair[0]));
            }
        });
        heap.collect_young();
    });
}

#[derive(Trace)]
struct Cells<'gc> {
    plain: Vec<Gc<'gc, GcCell<u64>>>,
    borrowed: Vec<Gc<'gc, GcRefCell<u64>>>,
    once: Vec<Gc<'gc, GcOnceCell<u64>>>,
}

fn cells() -> Heap<Cells<'static>> {
    Heap::<Cells<'_>>::new(|mc| {
        let numbers = || 0..OBJECTS as u64;
        Cells {
            plain: numbers().map(|n| Gc::new(mc, GcCell::new(n))).collect(),
            borrowed: numbers().map(|n| Gc::new(mc, GcRefCell::new(n))).collect(),
            once: numbers().map(|n| Gc::new(mc, GcOnceCell::from(n))).collect(),
        }
    })
}

pub(crate) fn cell(b: &mut Bencher<'_>) {
    let mut heap = cells();
    b.iter(|| {
        heap.mutate(|mc, cells| black_box(cells.plain.as_slice()).iter().for_each(|cell| cell.set(mc, cell.get() + 1)));
    });
}

pub(crate) fn ref_cell(b: &mut Bencher<'_>) {
    let mut heap = cells();
    b.iter(|| {
        heap.mutate(|mc, cells| {
            black_box(cells.borrowed.as_slice()).iter().for_each(|cell| *cell.borrow_mut(mc) += 1);
        });
    });
}

pub(crate) fn once_cell(b: &mut Bencher<'_>) {
    let mut heap = cells();
    b.iter(|| {
        heap.mutate(|_, cells| black_box(cells.once.as_slice()).iter().filter_map(|cell| cell.get()).sum::<u64>())
    });
}

pub(crate) fn vec_push(b: &mut Bencher<'_>) {
    let mut heap = Heap::<u64>::new(|_| 1);
    b.iter(|| {
        heap.mutate(|mc, object| {
            let vector = GcVec::new(mc);
            (0..OBJECTS).for_each(|_| vector.push(mc, Some(black_box(object))));
            black_box(vector.len())
        })
    });
}

fn vector() -> Heap<GcVec<'static, u64>> {
    Heap::<GcVec<'_, u64>>::new(|mc| {
        let vector = GcVec::new(mc);
        (0..MARKED as u64).for_each(|n| vector.push(mc, n));
        vector
    })
}

pub(crate) fn vec_get(b: &mut Bencher<'_>) {
    let (mut heap, places) = (vector(), places());
    b.iter(|| heap.mutate(|_, vector| places.iter().filter_map(|&place| vector.get(place)).sum::<u64>()));
}

pub(crate) fn vec_set(b: &mut Bencher<'_>) {
    let (mut heap, places) = (vector(), places());
    b.iter(|| heap.mutate(|mc, vector| places.iter().for_each(|&place| vector.set(mc, place, place as u64))));
}

pub(crate) fn vec_iter(b: &mut Bencher<'_>) {
    let mut heap = vector();
    b.iter(|| heap.mutate(|_, vector| vector.iter().sum::<u64>()));
}

pub(crate) fn map_insert(b: &mut Bencher<'_>) {
    let mut heap = Heap::<()>::new(|_| ());
    b.iter(|| {
        heap.mutate(|mc, _| {
            let map = GcMap::new(mc);
            (0..OBJECTS as u64).for_each(|key| {
                map.insert(mc, key, key);
            });
            black_box(map.len())
        })
    });
}

pub(crate) fn map_get(b: &mut Bencher<'_>) {
    let mut heap =
        Heap::<GcMap<'_, u64, u64>>::new(|mc| GcMap::from_iter(mc, (0..MARKED as u64).map(|key| (key, key))));
    let places = places();
    b.iter(|| heap.mutate(|_, map| places.iter().filter_map(|&place| map.get(&(place as u64))).sum::<u64>()));
}
