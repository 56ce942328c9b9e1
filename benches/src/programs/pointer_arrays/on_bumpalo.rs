//! No collector, and nothing is ever freed.

use bumpalo::Bump;

use super::{Arrays, BATCH, Value, arrays, fold, len, value};
use crate::measure::Recorder;
use crate::programs::Job;

struct Region<'a> {
    bump: &'a Bump,
    arrays: Vec<&'a mut [Option<&'a Value>]>,
}

impl Arrays for Region<'_> {
    fn store(&mut self, array: usize, first: u64, mut place: impl FnMut() -> usize, _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for number in first..first + BATCH {
            let new = &*self.bump.alloc(value(number));
            let old = self.arrays[array][place()].replace(new);
            sum = sum.wrapping_add(old.map_or(0, |old| old[0]));
        }
        sum
    }

    fn copy(&mut self, array: usize, _: &mut Recorder) {
        self.arrays[array] = self.bump.alloc_slice_copy(self.arrays[array]);
    }

    fn sum(&mut self, array: usize) -> u64 {
        fold(self.arrays[array].iter().copied())
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let array = |_| bump.alloc_slice_fill_copy(len(job), None);
    let arrays = (0..arrays(job)).map(array).collect();
    super::run(job, recorder, &mut Region { bump: &bump, arrays })
}
