//! Small cycles, made and dropped: rings of a few objects that nothing refers to any more.
//!
//! What reference counts alone cannot free, and what collectors that look for cycles among suspects were made for. On
//! `Rc` the pointer that closes the ring is weak, as it has to be. One operation is one ring.

#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_dumpster;
#[cfg(feature = "peers")]
mod on_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_rc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

pub(crate) static CYCLES: Program = Program {
    name: "small-cycles",
    about: "500,000 (full: 5 million) rings of four objects, dropped as soon as they were gone around",
    operation: "ring",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", on_boa_gc::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc", on_gc::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("dumpster", on_dumpster::run),
        Contender::on_malloc("Rc", on_rc::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    ..Program::PLAIN
};

/// Rings in one mutation, and in one sample.
const BATCH: u64 = 128;

/// Objects of a ring.
const RING: u64 = 4;

/// `batch(first, recorder)` makes the rings from `first` on, goes around each once, and drops it. It returns the sum of
/// the numbers that it met, which are `first * RING` and on.
fn run(job: &Job, recorder: &mut Recorder, mut batch: impl FnMut(u64, &mut Recorder) -> u64) -> u64 {
    let rings: u64 = job.size.pick(2_560, 500_000, 5_000_000);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for first in (0..rings).step_by(BATCH as usize) {
            checksum.add(batch(first, recorder));
            recorder.lap();
        }
    });
    recorder.operations(rings.next_multiple_of(BATCH));
    checksum.value()
}
