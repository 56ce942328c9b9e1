//! The list hangs from the root.

use gc_core::{Gc, GcCell, Heap, Trace};

use super::{BATCH, List, fold};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Link<'gc> {
    next: Option<Gc<'gc, Link<'gc>>>,
    _other: Option<Gc<'gc, Link<'gc>>>,
    number: u64,
}

struct Links(Heap<GcCell<Option<Gc<'static, Link<'static>>>>>);

impl List for Links {
    fn extend(&mut self, first: u64, recorder: &mut Recorder) {
        self.0.mutate(|mc, list| {
            for number in first..first + BATCH {
                list.set(mc, Some(Gc::new(mc, Link { next: list.get(), _other: None, number })));
            }
        });
        follow(&self.0, recorder);
    }

    fn collect(&mut self, _: &mut Recorder) {
        self.0.collect();
    }

    fn sum(&mut self) -> u64 {
        self.0.mutate(|_, list| fold(std::iter::successors(list.get(), |link| link.next).map(|link| link.number)))
    }

    fn drop_all(&mut self, _: &mut Recorder) {
        self.0.mutate(|mc, list| list.set(mc, None));
        self.0.collect();
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut list = Links(crate::heap::new(job, |_| GcCell::new(None)));
    let checksum = super::run(job, recorder, &mut list);
    take_pauses(&list.0, recorder);
    checksum
}
