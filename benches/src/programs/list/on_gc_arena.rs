//! The list hangs from the root.

use gc_arena::{Arena, Collect, Gc, Rootable};

use super::{BATCH, List, fold};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Link<'gc> {
    next: Option<Gc<'gc, Link<'gc>>>,
    _other: Option<Gc<'gc, Link<'gc>>>,
    number: u64,
}

struct Links(Arena<Rootable![Option<Gc<'_, Link<'_>>>]>);

impl List for Links {
    fn extend(&mut self, first: u64, recorder: &mut Recorder) {
        self.0.mutate_root(|mc, list| {
            for number in first..first + BATCH {
                *list = Some(Gc::new(mc, Link { next: *list, _other: None, number }));
            }
        });
        safepoint(&mut self.0, recorder);
    }

    fn collect(&mut self, recorder: &mut Recorder) {
        recorder.pause(|| {
            // A cycle under way is completed, and then a whole one done.
            self.0.finish_cycle();
            self.0.finish_cycle();
        });
    }

    fn sum(&mut self) -> u64 {
        self.0.mutate(|_, list| fold(std::iter::successors(*list, |link| link.next).map(|link| link.number)))
    }

    fn drop_all(&mut self, recorder: &mut Recorder) {
        self.0.mutate_root(|_, list| *list = None);
        self.collect(recorder);
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Links(Arena::new(|_| None)))
}
