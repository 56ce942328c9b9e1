//! The steps on gc-arena.

use std::hint::black_box;

use criterion::Bencher;
use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, DynamicRootSet, Gc, GcWeak, Mutation, Rootable, lock::Lock, lock::RefLock};

use crate::{MARKED, OBJECTS};

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
    value: u64,
}

type List = Arena<Rootable![Vec<Gc<'_, Node<'_>>>]>;

fn nodes<'gc>(mc: &Mutation<'gc>, len: usize) -> Vec<Gc<'gc, Node<'gc>>> {
    let mut nodes: Vec<Gc<'gc, Node<'gc>>> = Vec::new();
    for value in 0..len as u64 {
        let next = Lock::new(nodes.last().copied());
        nodes.push(Gc::new(mc, Node { next, value }));
    }
    nodes
}

pub(crate) fn allocate(b: &mut Bencher<'_>) {
    let mut arena = Arena::<Rootable![()]>::new(|_| ());
    b.iter(|| {
        arena.mutate(|mc, ()| {
            (0..OBJECTS as u64).for_each(|i| {
                black_box(Gc::new(mc, [i, 1, 2, 3]));
            });
        });
        arena.collect_debt();
    });
}

pub(crate) fn read(b: &mut Bencher<'_>) {
    let list = List::new(|mc| nodes(mc, OBJECTS));
    b.iter(|| {
        list.mutate(|_, nodes| {
            let along = std::iter::successors(nodes.last().copied(), |node| node.next.get());
            along.map(|node| node.value).sum::<u64>()
        })
    });
}

pub(crate) fn write(b: &mut Bencher<'_>) {
    let list = List::new(|mc| nodes(mc, OBJECTS));
    b.iter(|| {
        list.mutate(|mc, nodes| {
            for pair in black_box(nodes).windows(2) {
                unlock!(Gc::write(mc, pair[1]), Node, next).set(Some(pair[0]));
            }
        });
    });
}

pub(crate) fn root(b: &mut Bencher<'_>) {
    #[expect(clippy::redundant_closure, reason = "the function itself is not general enough")]
    let arena = Arena::<Rootable![DynamicRootSet<'_>]>::new(|mc| DynamicRootSet::new(mc));
    let root = arena.mutate(|mc, set| set.stash::<Rootable![u64]>(mc, Gc::new(mc, 1)));
    b.iter(|| drop(black_box(black_box(&root).clone())));
}

#[derive(Collect)]
#[collect(no_drop)]
struct Both<'gc> {
    strong: Gc<'gc, u64>,
    weak: GcWeak<'gc, u64>,
}

pub(crate) fn upgrade(b: &mut Bencher<'_>) {
    let arena = Arena::<Rootable![Both<'_>]>::new(|mc| {
        let strong = Gc::new(mc, 1);
        Both { strong, weak: Gc::downgrade(strong) }
    });
    b.iter(|| {
        arena.mutate(|mc, root| {
            black_box(root.strong);
            black_box(root.weak).upgrade(mc).map(|object| *object)
        })
    });
}

pub(crate) fn mark(b: &mut Bencher<'_>) {
    let mut list = List::new(|mc| nodes(mc, MARKED));
    b.iter(|| list.finish_cycle());
}

pub(crate) fn lock(b: &mut Bencher<'_>) {
    let arena = Arena::<Rootable![Vec<Gc<'_, Lock<u64>>>]>::new(|mc| {
        (0..OBJECTS as u64).map(|n| Gc::new(mc, Lock::new(n))).collect()
    });
    b.iter(|| arena.mutate(|mc, cells| black_box(cells).iter().for_each(|cell| cell.set(mc, cell.get() + 1))));
}

pub(crate) fn ref_lock(b: &mut Bencher<'_>) {
    let arena = Arena::<Rootable![Vec<Gc<'_, RefLock<u64>>>]>::new(|mc| {
        (0..OBJECTS as u64).map(|n| Gc::new(mc, RefLock::new(n))).collect()
    });
    b.iter(|| arena.mutate(|mc, cells| black_box(cells).iter().for_each(|cell| *cell.borrow_mut(mc) += 1)));
}
