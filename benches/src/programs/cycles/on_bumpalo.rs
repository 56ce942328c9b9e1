//! No collector: a region that is reset after each batch.

use std::cell::Cell;

use bumpalo::Bump;

use super::{BATCH, RING};
use crate::measure::Recorder;
use crate::programs::Job;

struct Node<'a> {
    next: Cell<Option<&'a Node<'a>>>,
    number: u64,
}

fn around(bump: &Bump, ring: u64) -> u64 {
    let node = |next, number| &*bump.alloc(Node { next: Cell::new(next), number });
    let last = node(None, ring * RING);
    let mut first = last;
    for number in ring * RING + 1..(ring + 1) * RING {
        first = node(Some(first), number);
    }
    last.next.set(Some(first));
    let (mut sum, mut at) = (0u64, first);
    for _ in 0..RING {
        sum = sum.wrapping_add(at.number);
        at = at.next.get().expect("the ring is closed");
    }
    sum
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut bump = Bump::new();
    super::run(job, recorder, |first, _| {
        let sum = (first..first + BATCH).fold(0u64, |sum, ring| sum.wrapping_add(around(&bump, ring)));
        bump.reset();
        sum
    })
}
