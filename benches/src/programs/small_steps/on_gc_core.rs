//! The objects that are stored into are new, and later in the remembered set: either way the barrier
//! has nothing to do.

use std::hint::black_box;

use gc_core::{Gc, GcCell, Heap, Root, Trace};

use super::{BATCH, OBJECTS, target};
use crate::measure::Recorder;
use crate::programs::Job;

pub(super) fn mutate(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<u64>(job, |_| 1);
    super::run(job, recorder, |_| {
        for _ in 0..BATCH {
            black_box(&mut heap).mutate(|_, root| black_box(root.as_ref()) as *const u64);
        }
    })
}

pub(super) fn root(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<u64>(job, |_| 1);
    let root: Root<u64> = heap.mutate(|mc, root| root.root(mc));
    super::run(job, recorder, |_| {
        (0..BATCH).for_each(|_| drop(black_box(black_box(&root).clone())));
    })
}

#[derive(Trace)]
struct Node<'gc> {
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

pub(super) fn store(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = Heap::<Vec<Gc<'_, Node<'_>>>>::new(|mc| {
        (0..OBJECTS).map(|_| Gc::new(mc, Node { next: GcCell::new(None) })).collect()
    });
    super::run(job, recorder, |_| {
        heap.mutate(|mc, nodes| {
            for round in 0..BATCH as usize / OBJECTS {
                let nodes = black_box(nodes.as_slice());
                for (i, &node) in nodes.iter().enumerate() {
                    node.write(mc, |n| &n.next).set(Some(nodes[target(i, round)]));
                }
            }
        });
    })
}
