//! A mutation for each batch.

use gc_core::{Gc, GcCell, Mutation, Trace};

use super::{BATCH, RING};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node<'gc> {
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    number: u64,
}

fn around(mc: &Mutation<'_>, ring: u64) -> u64 {
    let last = Gc::new(mc, Node { next: GcCell::new(None), number: ring * RING });
    let mut first = last;
    for number in ring * RING + 1..(ring + 1) * RING {
        first = Gc::new(mc, Node { next: GcCell::new(Some(first)), number });
    }
    last.write(mc, |n| &n.next).set(Some(first));
    let (mut sum, mut at) = (0u64, first);
    for _ in 0..RING {
        sum = sum.wrapping_add(at.number);
        at = at.next.get().expect("the ring is closed");
    }
    sum
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<()>(job, |_| ());
    let checksum = super::run(job, recorder, |first, recorder| {
        let sum =
            heap.mutate(|mc, _| (first..first + BATCH).fold(0u64, |sum, ring| sum.wrapping_add(around(mc, ring))));
        follow(&heap, recorder);
        sum
    });
    take_pauses(&heap, recorder);
    checksum
}
