//! The old-to-young storm: a million old objects, and every step makes a new one that a random old one points to from
//! then on, in place of the one that it pointed to.
//!
//! The worst case for a remembered set: each store is into an old object that was not written to for long, and
//! each new object is kept by nothing else. One operation is one store.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_malloc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static STORM: Program = Program {
    name: "old-to-young",
    about: "new objects stored into a million old ones at random, 2 million (full: 20 million) times",
    operation: "store",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_malloc::run_rc),
        Contender::on_malloc("Box", on_malloc::run_box),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    serves_requests: true,
    by_default: false,
    ..Program::PLAIN
};

/// Stores in one mutation: a request.
const BATCH: u64 = 64;

/// What a new object holds.
type Value = [u64; 3];

fn value(number: u64) -> Value {
    [number, 1, number << 7]
}

fn holders(job: &Job) -> usize {
    job.size.pick(1_000, 1_000_000, 1_000_000)
}

/// What a collector has to offer, once it has made the holders, all empty.
trait Storm {
    /// Collects fully, if there is a collector, so that the holders are old when the storm begins.
    fn settle(&mut self) {}
    /// Stores the objects from `first` on, a batch of them, into holders that `holder` names. Returns the sum of what
    /// the ones before held.
    fn store(&mut self, first: u64, holder: impl FnMut() -> usize, recorder: &mut Recorder) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, storm: &mut impl Storm) -> u64 {
    let stores: u64 = job.size.pick(6_400, 2_000_000, 20_000_000);
    let holders = holders(job);
    let mut random = Random::seeded(41);
    let mut checksum = Checksum::new();
    storm.settle();
    recorder.timed(|recorder| {
        for first in (0..stores).step_by(BATCH as usize) {
            let holder = || random.below(holders);
            checksum.add(recorder.request(|recorder| storm.store(first, holder, recorder)));
        }
    });
    recorder.operations(stores.next_multiple_of(BATCH));
    checksum.value()
}
