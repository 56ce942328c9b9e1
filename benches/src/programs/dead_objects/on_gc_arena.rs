//! A mutation for each batch, and a safepoint after it.

use gc_arena::{Arena, Gc, Rootable};

use super::{BATCH, object, read};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

pub(super) fn run<const WORDS: usize>(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut arena = Arena::<Rootable![()]>::new(|_| ());
    super::run(job, recorder, |first, recorder| {
        let sum = arena.mutate(|mc, ()| {
            let objects = first..first + BATCH;
            let new = |number| Gc::new_static(mc, object::<WORDS>(number));
            objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(number))))
        });
        safepoint(&mut arena, recorder);
        sum
    })
}
