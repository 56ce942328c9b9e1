//! No collector, and nothing is ever freed.

use std::cell::Cell;

use bumpalo::Bump;

use super::{BATCH, Storm, Value, holders, value};
use crate::measure::Recorder;
use crate::programs::Job;

struct Region<'a> {
    bump: &'a Bump,
    holders: Vec<&'a Cell<Option<&'a Value>>>,
}

impl Storm for Region<'_> {
    fn store(&mut self, first: u64, mut holder: impl FnMut() -> usize, _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for number in first..first + BATCH {
            let old = self.holders[holder()].replace(Some(self.bump.alloc(value(number))));
            sum = sum.wrapping_add(old.map_or(0, |old| old[0] ^ old[2]));
        }
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let holders = (0..holders(job)).map(|_| &*bump.alloc(Cell::new(None))).collect();
    super::run(job, recorder, &mut Region { bump: &bump, holders })
}
