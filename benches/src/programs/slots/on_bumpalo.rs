//! No collector, and nothing is ever freed: what the others would take if they did the same.

use std::ops::Range;

use bumpalo::Bump;

use super::{Large, Slots, Small, Work, large, objects, small};
use crate::measure::Recorder;
use crate::programs::Job;

pub(super) struct Region {
    bump: &'static Bump,
    small: Vec<Option<&'static Small>>,
    large: Vec<Option<&'static Large>>,
}

impl Slots for Region {
    fn fill(&mut self, slots: Range<usize>, _: &mut Recorder) {
        for slot in slots {
            self.small[slot] = Some(self.bump.alloc(small(slot)));
        }
    }

    fn fill_large(&mut self, slots: Range<usize>, _: &mut Recorder) {
        for slot in slots {
            self.large[slot] = Some(self.bump.alloc(large(slot)));
        }
    }

    fn clear(&mut self, slots: Range<usize>, dies: fn(usize) -> bool, _: &mut Recorder) {
        for slot in slots.filter(|&slot| dies(slot)) {
            self.small[slot] = None;
        }
    }

    fn sum(&mut self) -> u64 {
        let small = self.small.iter().flatten().map(|object| object[7]);
        let large = self.large.iter().flatten().map(|object| object[15]);
        small.chain(large).fold(0, u64::wrapping_add)
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, work: impl Work<Region>) -> u64 {
    let objects = objects(job);
    // It lasts as long as the process, which runs one program.
    let bump = Box::leak(Box::new(Bump::new()));
    work(job, recorder, &mut Region { bump, small: vec![None; objects], large: vec![None; objects / 4] })
}
