//! A mutation for each batch, and a safepoint after it.

use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable, lock::Lock};

use super::{BATCH, RING};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
    number: u64,
}

fn around<'gc>(mc: &Mutation<'gc>, ring: u64) -> u64 {
    let last = Gc::new(mc, Node { next: Lock::new(None), number: ring * RING });
    let mut first = last;
    for number in ring * RING + 1..(ring + 1) * RING {
        first = Gc::new(mc, Node { next: Lock::new(Some(first)), number });
    }
    unlock!(Gc::write(mc, last), Node, next).set(Some(first));
    let (mut sum, mut at) = (0u64, first);
    for _ in 0..RING {
        sum = sum.wrapping_add(at.number);
        at = at.next.get().expect("the ring is closed");
    }
    sum
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut arena = Arena::<Rootable![()]>::new(|_| ());
    super::run(job, recorder, |first, recorder| {
        let sum =
            arena.mutate(|mc, ()| (first..first + BATCH).fold(0u64, |sum, ring| sum.wrapping_add(around(mc, ring))));
        safepoint(&mut arena, recorder);
        sum
    })
}
