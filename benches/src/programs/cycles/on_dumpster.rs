//! dumpster looks for cycles when enough pointers were dropped, inside of a drop: its pauses show as stalls.

use std::cell::RefCell;

use dumpster::{Trace, unsync::Gc};

use super::{BATCH, RING};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node {
    next: RefCell<Option<Gc<Node>>>,
    number: u64,
}

fn around(ring: u64) -> u64 {
    let last = Gc::new(Node { next: RefCell::new(None), number: ring * RING });
    let mut first = last.clone();
    for number in ring * RING + 1..(ring + 1) * RING {
        first = Gc::new(Node { next: RefCell::new(Some(first)), number });
    }
    *last.next.borrow_mut() = Some(first.clone());
    let (mut sum, mut at) = (0u64, first);
    for _ in 0..RING {
        sum = sum.wrapping_add(at.number);
        let next = at.next.borrow().clone();
        at = next.expect("the ring is closed");
    }
    sum
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, |first, _| (first..first + BATCH).fold(0u64, |sum, ring| sum.wrapping_add(around(ring))))
}
