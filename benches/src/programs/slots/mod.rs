//! What becomes of memory when most objects die: millions of objects in slots, of which many are cleared.
//!
//! *Growth and shrinkage*: all slots are filled, then nine of ten cleared, three times over. Resident memory should follow
//! what lives; "shrunk" is what it was after the last time. *Fragmentation*: every other object is let go, and then
//! objects of twice the size are asked for, as many bytes of them as were freed. Free memory lies in holes, none of which
//! is large enough; "resident ÷ live" tells who can use it nonetheless. One operation is one object.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_malloc;

use std::ops::Range;

use super::{Contender, Job, Program};
use crate::machine;
use crate::measure::{Checksum, Recorder};

/// The contenders, for one of the two programs.
macro_rules! contenders {
    ($program:ident) => {
        &[
            Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, $program)),
            Contender::own_memory("gc-core+compact", |job, recorder| {
                on_gc_core::run_compacting(job, recorder, $program)
            }),
            #[cfg(feature = "peers")]
            Contender::on_malloc("gc-arena", |job, recorder| on_gc_arena::run(job, recorder, $program)),
            Contender::on_malloc("Rc", |job, recorder| on_malloc::run_rc(job, recorder, $program)),
            Contender::on_malloc("Box", |job, recorder| on_malloc::run_box(job, recorder, $program)),
            #[cfg(feature = "peers")]
            Contender::own_memory("bumpalo", |job, recorder| on_bumpalo::run(job, recorder, $program)),
        ]
    };
}

pub(crate) static GROWTH: Program = Program {
    name: "growth-shrinkage",
    about: "1 million (full: 4 million) objects of 64 bytes, nine of ten of which die, three times over",
    operation: "object",
    contenders: contenders!(grow_and_shrink),
    ..Program::PLAIN
};

pub(crate) static FRAGMENTATION: Program = Program {
    name: "fragmentation",
    about: "every other of 1 million (full: 4 million) objects freed, then objects of twice the size",
    operation: "object",
    contenders: contenders!(fragment),
    ..Program::PLAIN
};

/// Objects in one mutation, and in one sample.
const BATCH: usize = 500;

type Small = [u64; 8];
type Large = [u64; 16];

fn small(number: usize) -> Small {
    [number as u64; 8]
}

fn large(number: usize) -> Large {
    [!number as u64; 16]
}

fn objects(job: &Job) -> usize {
    job.size.pick(10_000, 1_000_000, 4_000_000)
}

/// What a collector has to offer: as many slots as there are [`objects`], for small objects, and a fourth as many for
/// large ones; all empty at first.
trait Slots {
    /// Makes small objects for a batch of slots, numbered like them.
    fn fill(&mut self, slots: Range<usize>, recorder: &mut Recorder);
    /// Makes large objects for a batch of the slots for large ones.
    fn fill_large(&mut self, slots: Range<usize>, recorder: &mut Recorder);
    /// Empties the slots of a batch, for small objects, that `dies` says.
    fn clear(&mut self, slots: Range<usize>, dies: fn(usize) -> bool, recorder: &mut Recorder);
    /// Collects fully, if there is a collector, and lets it do what it does when a program rests.
    fn settle(&mut self, _: &mut Recorder) {}
    /// The sum of all that is there.
    fn sum(&mut self) -> u64;
}

/// What is done with the slots.
trait Work<S: Slots>: FnOnce(&Job, &mut Recorder, &mut S) -> u64 {}

impl<S: Slots, F: FnOnce(&Job, &mut Recorder, &mut S) -> u64> Work<S> for F {}

/// All slots, batch by batch.
fn batches(slots: usize) -> impl Iterator<Item = Range<usize>> {
    (0..slots).step_by(BATCH).map(|first| first..first + BATCH)
}

fn grow_and_shrink<S: Slots>(job: &Job, recorder: &mut Recorder, slots: &mut S) -> u64 {
    const TIMES: usize = 3;
    let objects = objects(job);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for _ in 0..TIMES {
            for batch in batches(objects) {
                slots.fill(batch, recorder);
                recorder.lap();
            }
            for batch in batches(objects) {
                // In runs, as things die that were made together.
                slots.clear(batch, |slot| !(slot / BATCH).is_multiple_of(10), recorder);
                recorder.lap();
            }
            checksum.add(slots.sum());
        }
        slots.settle(recorder);
    });
    recorder.shrunk();
    recorder.operations((TIMES * objects) as u64);
    checksum.value()
}

fn fragment<S: Slots>(job: &Job, recorder: &mut Recorder, slots: &mut S) -> u64 {
    let objects = objects(job);
    let before = machine::resident_bytes();
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for batch in batches(objects) {
            slots.fill(batch, recorder);
            recorder.lap();
        }
        for batch in batches(objects) {
            slots.clear(batch, |slot| slot % 2 == 1, recorder);
            recorder.lap();
        }
        slots.settle(recorder);
        recorder.resume();
        checksum.add(slots.sum());
        for batch in batches(objects / 4) {
            slots.fill_large(batch, recorder);
            recorder.lap();
        }
        slots.settle(recorder);
    });
    let live = objects / 2 * size_of::<Small>() + objects / 4 * size_of::<Large>();
    if let (Some(before), Some(after)) = (before, machine::resident_bytes()) {
        recorder.figure("resident ÷ live", (after as f64 - before as f64) / live as f64);
    }
    recorder.operations((objects + objects / 4) as u64);
    checksum.add(slots.sum());
    checksum.value()
}
