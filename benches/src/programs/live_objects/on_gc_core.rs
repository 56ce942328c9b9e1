//! The list hangs from the root.

use gc_core::{Gc, GcCell, Heap, Trace};

use super::{BATCH, List, Value, fold, value};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Object<'gc> {
    next: Option<Gc<'gc, Object<'gc>>>,
    value: Value,
}

type First<'gc> = GcCell<Option<Gc<'gc, Object<'gc>>>>;

impl List for Heap<First<'static>> {
    fn extend(&mut self, first: u64, recorder: &mut Recorder) {
        self.mutate(|mc, list| {
            for number in first..first + BATCH {
                let object = Gc::new(mc, Object { next: list.get(), value: value(number) });
                list.set(mc, Some(object));
            }
        });
        follow(self, recorder);
    }

    fn settle(&mut self, recorder: &mut Recorder) {
        take_pauses(self, recorder);
        self.collect();
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, list| {
            let objects = std::iter::successors(list.get(), |o| o.next);
            fold(objects.map(|o| o.value[0]))
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<First<'_>>(job, |_| GcCell::new(None));
    super::run(job, recorder, &mut heap)
}
