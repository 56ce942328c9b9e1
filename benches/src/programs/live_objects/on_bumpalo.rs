//! No collector: the list lies in a region.

use bumpalo::Bump;

use super::{BATCH, List, Value, fold, value};
use crate::measure::Recorder;
use crate::programs::Job;

struct Bumped<'a> {
    next: Option<&'a Bumped<'a>>,
    value: Value,
}

struct InRegion<'a> {
    bump: &'a Bump,
    first: Option<&'a Bumped<'a>>,
}

impl List for InRegion<'_> {
    fn extend(&mut self, first: u64, _: &mut Recorder) {
        for number in first..first + BATCH {
            let object = Bumped { next: self.first, value: value(number) };
            self.first = Some(self.bump.alloc(object));
        }
    }

    fn sum(&mut self) -> u64 {
        let objects = std::iter::successors(self.first, |o| o.next);
        fold(objects.map(|o| o.value[0]))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut InRegion { bump: &Bump::new(), first: None })
}
