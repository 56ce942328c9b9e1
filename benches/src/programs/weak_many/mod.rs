//! Ten million weak pointers, while the program does something else.
//!
//! Each of as many objects is named by a strong and by a weak pointer. Then the program replaces objects at random for
//! as long as it takes to collect the whole heap a few times. The column `gc-core+without` has no weak pointers: the
//! difference between the longest pauses of both is what weak pointers add to a pause. One operation is one object
//! replaced; the weak pointer of a replaced object stays where it is until its place is used again.

mod on_gc_core;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static WEAK_MANY: Program = Program {
    name: "weak-many",
    about: "1 million (full: 10 million) weak pointers while objects are replaced",
    operation: "object replaced",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, true)),
        Contender::own_memory("gc-core+without", |job, recorder| on_gc_core::run(job, recorder, false)),
    ],
    by_default: false,
    ..Program::PLAIN
};

/// Objects in one mutation, and in one sample.
const BATCH: usize = 500;

fn objects(job: &Job) -> usize {
    job.size.pick(5_000, 1_000_000, 10_000_000)
}

/// Objects by number, and weak pointers to them.
trait Places {
    /// Makes objects for places, the numbers of which are given, in place of those that were there.
    fn replace(&mut self, places: impl Iterator<Item = usize>, recorder: &mut Recorder);
    /// The sum of the numbers of all objects.
    fn sum(&mut self) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, places: &mut impl Places) -> u64 {
    let objects = objects(job);
    for first in (0..objects).step_by(BATCH) {
        places.replace(first..first + BATCH, recorder);
    }
    let mut random = Random::seeded(19);
    recorder.timed(|recorder| {
        for _ in (0..2 * objects).step_by(BATCH) {
            places.replace((0..BATCH).map(|_| random.below(objects)), recorder);
            recorder.lap();
        }
    });
    recorder.operations(2 * objects as u64);
    let mut checksum = Checksum::new();
    checksum.add(places.sum());
    checksum.value()
}
