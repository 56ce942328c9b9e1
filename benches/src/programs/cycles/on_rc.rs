//! The pointer that closes the ring is weak.

use std::cell::OnceCell;
use std::rc::{Rc, Weak};

use super::{BATCH, RING};
use crate::measure::Recorder;
use crate::programs::Job;

struct Node {
    next: Option<Rc<Node>>,
    /// Of the last one only.
    first: OnceCell<Weak<Node>>,
    number: u64,
}

impl Node {
    fn after(&self) -> Option<Rc<Self>> {
        self.next.clone().or_else(|| self.first.get()?.upgrade())
    }
}

fn around(ring: u64) -> u64 {
    let node = |next, number| Rc::new(Node { next, first: OnceCell::new(), number });
    let last = node(None, ring * RING);
    let mut first = last.clone();
    for number in ring * RING + 1..(ring + 1) * RING {
        first = node(Some(first), number);
    }
    last.first.get_or_init(|| Rc::downgrade(&first));
    drop(last);
    let (mut sum, mut at) = (0u64, first);
    // All the way around: the first one is kept alive by nothing but `at` and the ring.
    let keep = at.clone();
    for _ in 0..RING {
        sum = sum.wrapping_add(at.number);
        at = at.after().expect("the ring is closed");
    }
    drop(keep);
    sum
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, |first, _| (first..first + BATCH).fold(0u64, |sum, ring| sum.wrapping_add(around(ring))))
}
