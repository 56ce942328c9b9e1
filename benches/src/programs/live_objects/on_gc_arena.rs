//! The list hangs from the root.

use gc_arena::{Arena, Collect, Gc, Rootable};

use super::{BATCH, List, Value, fold, value};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct InArena<'gc> {
    next: Option<Gc<'gc, InArena<'gc>>>,
    value: Value,
}

impl List for Arena<Rootable![Option<Gc<'_, InArena<'_>>>]> {
    fn extend(&mut self, first: u64, recorder: &mut Recorder) {
        self.mutate_root(|mc, list| {
            for number in first..first + BATCH {
                *list = Some(Gc::new(mc, InArena { next: *list, value: value(number) }));
            }
        });
        safepoint(self, recorder);
    }

    fn settle(&mut self, _: &mut Recorder) {
        self.finish_cycle();
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, list| {
            let objects = std::iter::successors(*list, |o| o.next);
            fold(objects.map(|o| o.value[0]))
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Arena::new(|_| None))
}
