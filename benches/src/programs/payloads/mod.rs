//! Small objects that own much: each a `Vec<u8>` of 256 KiB, of which a thousand live at a time.
//!
//! Asks whether a collector knows what its objects own. One that counts objects, or the bytes of the
//! objects alone, sees a few hundred kilobytes of garbage where there are gigabytes. The figure to
//! look at is the peak, beside 250 MiB that live. One operation is one object.

#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use std::ops::Deref;
use std::rc::Rc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

pub(crate) static PAYLOADS: Program = Program {
    name: "payloads-256k",
    about: "4,000 (full: 100,000) objects that own 256 KiB each, a thousand live at a time",
    operation: "object",
    contenders: &[
        Contender::on_malloc("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run_by_count),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena+debt", on_gc_arena::run_with_debt),
        Contender::on_malloc("Rc", |job, recorder| on_malloc(job, recorder, Rc::new)),
        Contender::on_malloc("Box", |job, recorder| on_malloc(job, recorder, Box::new)),
    ],
    ..Program::PLAIN
};

/// Bytes that an object owns.
const OWNED: usize = 256 << 10;

struct Payload {
    number: u64,
    bytes: Vec<u8>,
}

impl Payload {
    fn new(number: u64) -> Self {
        // Written to, so that the memory is really there.
        Self { number, bytes: vec![number as u8 | 1; OWNED] }
    }

    fn read(&self) -> u64 {
        self.number ^ u64::from(self.bytes[OWNED - 1])
    }
}

fn slots(job: &Job) -> usize {
    job.size.pick(10, 1_000, 1_000)
}

/// `replace(slot, number, recorder)` makes the object of that number, stores it there, and returns
/// what was read from the one before.
fn run(job: &Job, recorder: &mut Recorder, mut replace: impl FnMut(usize, u64, &mut Recorder) -> u64) -> u64 {
    let objects: u64 = job.size.pick(100, 4_000, 100_000);
    let slots = slots(job);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for number in 0..objects {
            checksum.add(replace(number as usize % slots, number, recorder));
            recorder.lap();
        }
    });
    recorder.operations(objects);
    checksum.value()
}

fn on_malloc<P: Deref<Target = Payload>>(job: &Job, recorder: &mut Recorder, new: fn(Payload) -> P) -> u64 {
    let mut slots: Vec<Option<P>> = (0..slots(job)).map(|_| None).collect();
    run(job, recorder, |slot, number, _| slots[slot].replace(new(Payload::new(number))).map_or(0, |old| old.read()))
}
