//! A vector of reference counts: to copy it, every count is raised, and lowered when the old one dies.

use std::rc::Rc;

use super::{Arrays, BATCH, Value, arrays, fold, len, value};
use crate::measure::Recorder;
use crate::programs::Job;

struct Counted(Vec<Vec<Option<Rc<Value>>>>);

impl Arrays for Counted {
    fn store(&mut self, array: usize, first: u64, mut place: impl FnMut() -> usize, _: &mut Recorder) -> u64 {
        let array = &mut self.0[array];
        let mut sum = 0u64;
        for number in first..first + BATCH {
            let old = array[place()].replace(Rc::new(value(number)));
            sum = sum.wrapping_add(old.map_or(0, |old| old[0]));
        }
        sum
    }

    fn copy(&mut self, array: usize, recorder: &mut Recorder) {
        let copy = self.0[array].clone();
        let old = std::mem::replace(&mut self.0[array], copy);
        recorder.pause(|| drop(old));
    }

    fn sum(&mut self, array: usize) -> u64 {
        fold(self.0[array].iter().map(Option::as_deref))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Counted(vec![vec![None; len(job)]; arrays(job)]))
}
