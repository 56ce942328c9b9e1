//! The list hangs from a variable, which roots it.
#![expect(non_local_definitions, reason = "what the derive of gc 0.5 expands to")]

use gc::{Finalize, Gc, Trace};

use super::{BATCH, List, fold};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace, Finalize)]
struct Link {
    next: Option<Gc<Link>>,
    _other: Option<Gc<Link>>,
    number: u64,
}

#[derive(Default)]
struct Links(Option<Gc<Link>>);

impl List for Links {
    fn extend(&mut self, first: u64, _: &mut Recorder) {
        for number in first..first + BATCH {
            self.0 = Some(Gc::new(Link { next: self.0.take(), _other: None, number }));
        }
    }

    fn collect(&mut self, recorder: &mut Recorder) {
        recorder.pause(gc::force_collect);
    }

    fn sum(&mut self) -> u64 {
        fold(std::iter::successors(self.0.as_deref(), |link| link.next.as_deref()).map(|link| link.number))
    }

    fn drop_all(&mut self, recorder: &mut Recorder) {
        self.0 = None;
        self.collect(recorder);
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Links::default())
}
