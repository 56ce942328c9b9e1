//! How much memory a live object of 24 bytes takes, headers, marks and everything included: a list of
//! millions, and by how much resident memory has grown when it stands.
//!
//! One operation is one object. The peak shows what a collector needs on the way; "B/object" is
//! what remains after a full collection, where there is one.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use std::rc::Rc;

use super::{Contender, Job, Program};
use crate::machine;
use crate::measure::{Checksum, Recorder};

pub(crate) static LIVE_24: Program = Program {
    name: "live-24",
    about: "resident memory for each of 2 million (full: 10 million) live objects of 24 bytes",
    operation: "object",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_rc),
        Contender::on_malloc("Box", on_box),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    ..Program::PLAIN
};

const BATCH: u64 = 500;

/// What the figure of resident bytes for each object is called.
pub(crate) const BYTES_FIGURE: &str = "B/object";

/// What an object holds, besides the pointer to the one that was made before it.
type Value = [u64; 2];

#[inline]
fn value(number: u64) -> Value {
    [number, !number]
}

/// A sum that depends on the order.
fn fold(values: impl Iterator<Item = u64>) -> u64 {
    values.fold(0, |sum, value| sum.wrapping_mul(3).wrapping_add(value))
}

/// What a collector has to offer: a list, empty at first.
trait List {
    /// Puts the objects from `first` on in front of the list, a batch of them.
    fn extend(&mut self, first: u64, recorder: &mut Recorder);
    /// Collects fully, if there is a collector.
    fn settle(&mut self, _: &mut Recorder) {}
    /// The sum of the values, from the front.
    fn sum(&mut self) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, list: &mut impl List) -> u64 {
    let objects: u64 = job.size.pick(5_000, 2_000_000, 10_000_000);
    let before = machine::resident_bytes();
    recorder.timed(|recorder| {
        for first in (0..objects).step_by(BATCH as usize) {
            list.extend(first, recorder);
            recorder.lap();
        }
    });
    recorder.operations(objects);
    list.settle(recorder);
    if let (Some(before), Some(after)) = (before, machine::resident_bytes()) {
        recorder.figure(BYTES_FIGURE, (after as f64 - before as f64) / objects as f64);
    }
    let mut checksum = Checksum::new();
    checksum.add(list.sum());
    checksum.value()
}

macro_rules! list_of {
    ($pointer:ident) => {{
        struct Object {
            next: Option<$pointer<Object>>,
            value: Value,
        }
        #[derive(Default)]
        struct Objects(Option<$pointer<Object>>);
        impl List for Objects {
            fn extend(&mut self, first: u64, _: &mut Recorder) {
                for number in first..first + BATCH {
                    let object = Object { next: self.0.take(), value: value(number) };
                    self.0 = Some($pointer::new(object));
                }
            }
            fn sum(&mut self) -> u64 {
                let objects = std::iter::successors(self.0.as_ref(), |o| o.next.as_ref());
                fold(objects.map(|o| o.value[0]))
            }
        }
        |job: &Job, recorder: &mut Recorder| {
            // Dropping it would be as many calls deep as it is long.
            let mut list = std::mem::ManuallyDrop::new(Objects::default());
            run(job, recorder, &mut *list)
        }
    }};
}

fn on_rc(job: &Job, recorder: &mut Recorder) -> u64 {
    list_of!(Rc)(job, recorder)
}

fn on_box(job: &Job, recorder: &mut Recorder) -> u64 {
    list_of!(Box)(job, recorder)
}
