//! Objects of 32 bytes that are dead as soon as they were read: what allocation itself costs, with
//! everything that it makes necessary later.
//!
//! One operation is one object. A thousand of them share a mutation (and, on bumpalo, a reset: its
//! memory stays in the first-level cache, which is the hardest bound there is).

mod on_gc_core;

use std::hint::black_box;
use std::ops::Deref;
use std::rc::Rc;

use bumpalo::Bump;
use gc_arena::{Arena, Gc, Rootable};

use super::{Contender, Job, Program};
use crate::arena::safepoint;
use crate::measure::{Checksum, Recorder};

pub(crate) static DEAD_32: Program = Program {
    name: "dead-32",
    about: "32-byte objects that are dead as soon as they were read",
    operation: "object",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        Contender::on_malloc("gc-arena", on_gc_arena),
        Contender::on_malloc("Rc", |job, recorder| on_malloc(job, recorder, Rc::new)),
        Contender::on_malloc("Box", |job, recorder| on_malloc(job, recorder, Box::new)),
        Contender::own_memory("bumpalo", on_bumpalo),
    ],
};

const BATCH: u64 = 1000;

type Object = [u64; 4];

/// Reads an object whose address nobody may guess, so that it has to be made.
#[inline]
fn read(object: &Object) -> u64 {
    let object = black_box(object);
    object[0] ^ object[3]
}

#[inline]
fn object(number: u64) -> Object {
    [number, 1, 2, number << 32]
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

fn on_malloc<P: Deref<Target = Object>>(job: &Job, recorder: &mut Recorder, new: fn(Object) -> P) -> u64 {
    run(job, recorder, |first, _| {
        let objects = first..first + BATCH;
        objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(object(number)))))
    })
}

fn on_bumpalo(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut bump = Bump::with_capacity(BATCH as usize * size_of::<Object>());
    run(job, recorder, |first, _| {
        let objects = first..first + BATCH;
        let new = |number| &*bump.alloc(object(number));
        let sum = objects.fold(0u64, |sum, number| sum.wrapping_add(read(new(number))));
        bump.reset();
        sum
    })
}

fn on_gc_arena(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut arena = Arena::<Rootable![()]>::new(|_| ());
    run(job, recorder, |first, recorder| {
        let sum = arena.mutate(|mc, ()| {
            let objects = first..first + BATCH;
            let new = |number| Gc::new_static(mc, object(number));
            objects.fold(0u64, |sum, number| sum.wrapping_add(read(&new(number))))
        });
        safepoint(&mut arena, recorder);
        sum
    })
}
