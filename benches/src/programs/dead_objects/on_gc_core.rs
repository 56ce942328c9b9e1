//! A mutation for each batch.

use gc_core::{Gc, Heap};

use super::{BATCH, object, read};
use crate::heap::take_pauses;
use crate::measure::Recorder;
use crate::programs::Job;

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = Heap::<()>::new(|_| ());
    let checksum = super::run(job, recorder, |first, _| {
        heap.mutate(|mc, _| {
            let objects = first..first + BATCH;
            let new = |number| Gc::new(mc, object(number));
            objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(number))))
        })
    });
    take_pauses(&heap, recorder);
    checksum
}
