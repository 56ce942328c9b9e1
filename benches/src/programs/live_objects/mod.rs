//! How much memory a live object of 24 bytes takes, headers, marks and everything included: a list of
//! millions, and by how much resident memory has grown when it stands.
//!
//! One operation is one object. The peak shows what a collector needs on the way; "B/object" is
//! what remains after a full collection, where there is one.

mod on_gc_core;

use std::rc::Rc;

use bumpalo::Bump;
use gc_arena::{Arena, Collect, Gc, Rootable};

use super::{Contender, Job, Program};
use crate::arena::safepoint;
use crate::machine;
use crate::measure::{Checksum, Recorder};

pub(crate) static LIVE_24: Program = Program {
    name: "live-24",
    about: "resident memory for each of 2 million (full: 10 million) live objects of 24 bytes",
    operation: "object",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        Contender::on_malloc("gc-arena", on_gc_arena),
        Contender::on_malloc("Rc", on_rc),
        Contender::on_malloc("Box", on_box),
        Contender::own_memory("bumpalo", on_bumpalo),
    ],
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

struct Bumped<'a> {
    next: Option<&'a Bumped<'a>>,
    value: Value,
}

struct InRegion<'a> {
    bump: &'a Bump,
    first: Option<&'a Bumped<'a>>,
}

impl List for InRegion<'_> {
    fn extend(&mut self, first: u64, _: &mut Recorder) {
        for number in first..first + BATCH {
            let object = Bumped { next: self.first, value: value(number) };
            self.first = Some(self.bump.alloc(object));
        }
    }

    fn sum(&mut self) -> u64 {
        let objects = std::iter::successors(self.first, |o| o.next);
        fold(objects.map(|o| o.value[0]))
    }
}

fn on_bumpalo(job: &Job, recorder: &mut Recorder) -> u64 {
    run(job, recorder, &mut InRegion { bump: &Bump::new(), first: None })
}

#[derive(Collect)]
#[collect(no_drop)]
struct InArena<'gc> {
    next: Option<Gc<'gc, InArena<'gc>>>,
    value: Value,
}

impl List for Arena<Rootable![Option<Gc<'_, InArena<'_>>>]> {
    fn extend(&mut self, first: u64, recorder: &mut Recorder) {
        self.mutate_root(|mc, list| {
            for number in first..first + BATCH {
                *list = Some(Gc::new(mc, InArena { next: *list, value: value(number) }));
            }
        });
        safepoint(self, recorder);
    }

    fn settle(&mut self, _: &mut Recorder) {
        self.finish_cycle();
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, list| {
            let objects = std::iter::successors(*list, |o| o.next);
            fold(objects.map(|o| o.value[0]))
        })
    }
}

fn on_gc_arena(job: &Job, recorder: &mut Recorder) -> u64 {
    run(job, recorder, &mut Arena::new(|_| None))
}
