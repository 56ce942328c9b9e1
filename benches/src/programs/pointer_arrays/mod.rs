//! Arrays of a million pointers, into which new objects are stored at random places, and which are copied as a whole
//! now and then.
//!
//! Asks whether a pause grows with the length of an array: one that is traced or copied as a whole by the
//! collector holds up the program for milliseconds. One operation is one pointer, stored or copied.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_rc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static POINTER_ARRAYS: Program = Program {
    name: "pointer-arrays",
    about: "2 (full: 8) arrays of a million pointers, written at random and copied as a whole",
    operation: "pointer stored or copied",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run_slice),
        Contender::own_memory("gc-core+vec", on_gc_core::run_vec),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_rc::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    by_default: false,
    ..Program::PLAIN
};

/// Stores in one mutation, and in one sample.
const BATCH: u64 = 256;

/// What an element points to.
type Value = [u64; 2];

fn value(number: u64) -> Value {
    [number, !number]
}

fn arrays(job: &Job) -> usize {
    job.size.pick(2, 2, 8)
}

fn len(job: &Job) -> usize {
    job.size.pick(5_000, 1_000_000, 1_000_000)
}

/// What a collector has to offer: arrays of pointers, all empty at first.
trait Arrays {
    /// Stores the objects from `first` on, a batch of them, at the places that `place` tells. Returns the sum of what
    /// was there.
    fn store(&mut self, array: usize, first: u64, place: impl FnMut() -> usize, recorder: &mut Recorder) -> u64;
    /// Replaces an array by a copy.
    fn copy(&mut self, array: usize, recorder: &mut Recorder);
    /// The sum of all that an array points to, weighted by the place.
    fn sum(&mut self, array: usize) -> u64;
}

/// The sum of the values, in order.
fn fold<'a>(values: impl Iterator<Item = Option<&'a Value>>) -> u64 {
    values.fold(0, |sum, value| sum.wrapping_mul(3).wrapping_add(value.map_or(0, |value| value[0])))
}

fn run(job: &Job, recorder: &mut Recorder, all: &mut impl Arrays) -> u64 {
    let batches: u64 = job.size.pick(50, 8_000, 80_000);
    // After so many batches an array is replaced by a copy of itself.
    let copy_every: u64 = job.size.pick(10, 1_000, 1_000);
    let (arrays, len) = (arrays(job), len(job));
    let mut random = Random::seeded(43);
    let mut checksum = Checksum::new();
    let mut operations = 0;
    recorder.timed(|recorder| {
        for batch in 1..=batches {
            let array = (batch / copy_every) as usize % arrays;
            if batch.is_multiple_of(copy_every) {
                all.copy(array, recorder);
                operations += len as u64;
                recorder.resume();
            }
            checksum.add(all.store(array, batch * BATCH, || random.below(len), recorder));
            operations += BATCH;
            recorder.lap();
        }
    });
    recorder.operations(operations);
    (0..arrays).for_each(|array| checksum.add(all.sum(array)));
    checksum.value()
}
