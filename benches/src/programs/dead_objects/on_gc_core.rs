//! A mutation for each batch.

use gc_core::Gc;

use super::{BATCH, object, read};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

pub(super) fn run<const WORDS: usize>(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<()>(job, |_| ());
    let checksum = super::run(job, recorder, |first, recorder| {
        let sum = heap.mutate(|mc, _| {
            let objects = first..first + BATCH;
            let new = |number| Gc::new(mc, object::<WORDS>(number));
            objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(number))))
        });
        follow(&heap, recorder);
        sum
    });
    take_pauses(&heap, recorder);
    checksum
}
