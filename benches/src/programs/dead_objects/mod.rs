//! Objects of 16, 32, 64 and 256 bytes that are dead as soon as they were read: what allocation itself
//! costs, with everything that it makes necessary later.
//!
//! One operation is one object. A thousand of them share a mutation (and, on bumpalo, a reset: its
//! memory stays in the first-level cache, which is the hardest bound there is).

#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use std::hint::black_box;
use std::ops::Deref;
use std::rc::Rc;

use super::{Bound, Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

/// The contenders, for objects of so many words.
macro_rules! contenders {
    ($words:literal) => {
        &[
            Contender::own_memory("gc-core", on_gc_core::run::<$words>),
            #[cfg(feature = "peers")]
            Contender::on_malloc("gc-arena", on_gc_arena::run::<$words>),
            Contender::on_malloc("Rc", |job, recorder| on_malloc::<$words, _>(job, recorder, Rc::new)),
            Contender::on_malloc("Box", |job, recorder| on_malloc::<$words, _>(job, recorder, Box::new)),
            #[cfg(feature = "peers")]
            Contender::own_memory("bumpalo", on_bumpalo::<$words>),
        ]
    };
}

const DEAD: Program = Program { operation: "object", ..Program::PLAIN };

pub(crate) static DEAD_16: Program = Program {
    name: "dead-16",
    about: "16-byte objects that are dead as soon as they were read",
    contenders: contenders!(2),
    by_default: false,
    ..DEAD
};

pub(crate) static DEAD_32: Program = Program {
    name: "dead-32",
    about: "the same with 32 bytes",
    contenders: contenders!(4),
    bound: Some(Bound::Bump),
    ..DEAD
};

pub(crate) static DEAD_64: Program =
    Program { name: "dead-64", about: "the same with 64 bytes", contenders: contenders!(8), by_default: false, ..DEAD };

pub(crate) static DEAD_256: Program = Program {
    name: "dead-256",
    about: "the same with 256 bytes",
    contenders: contenders!(32),
    by_default: false,
    ..DEAD
};

const BATCH: u64 = 1000;

type Object<const WORDS: usize> = [u64; WORDS];

/// Reads an object whose address nobody may guess, so that it has to be made.
#[inline]
fn read<const WORDS: usize>(object: &Object<WORDS>) -> u64 {
    let object = black_box(object);
    object[0] ^ object[WORDS - 1]
}

/// Every word is written: an object that one does not fill, one need not make that large.
#[inline]
fn object<const WORDS: usize>(number: u64) -> Object<WORDS> {
    let mut object = [1; WORDS];
    object[0] = number;
    object[WORDS - 1] = number << 32;
    object
}

/// `batch(first, recorder)` makes a batch of objects, and returns the sum of what was read.
fn run(job: &Job, recorder: &mut Recorder, mut batch: impl FnMut(u64, &mut Recorder) -> u64) -> u64 {
    let batches: u64 = job.size.pick(10, 10_000, 100_000);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for number in 0..batches {
            checksum.add(batch(number * BATCH, recorder));
            recorder.lap();
        }
    });
    recorder.operations(batches * BATCH);
    checksum.value()
}

fn on_malloc<const WORDS: usize, P: Deref<Target = Object<WORDS>>>(
    job: &Job,
    recorder: &mut Recorder,
    new: fn(Object<WORDS>) -> P,
) -> u64 {
    run(job, recorder, |first, _| {
        let objects = first..first + BATCH;
        objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(object(number)))))
    })
}

#[cfg(feature = "peers")]
fn on_bumpalo<const WORDS: usize>(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut bump = bumpalo::Bump::with_capacity(BATCH as usize * size_of::<Object<WORDS>>());
    run(job, recorder, |first, _| {
        let objects = first..first + BATCH;
        let new = |number| &*bump.alloc(object::<WORDS>(number));
        let sum = objects.fold(0u64, |sum, number| sum.wrapping_add(read(new(number))));
        bump.reset();
        sum
    })
}
