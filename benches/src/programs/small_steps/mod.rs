//! What the smallest steps cost that a program takes all the time: an empty mutation, a root that is
//! cloned and dropped, a store through the write barrier when the barrier has nothing to do.
//!
//! They are here, and not only among the criterion benches, so that they stand in one table with
//! their bounds: a plain store, a reference count. One operation is one step.

#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use super::{Contender, Job, Program};
use crate::measure::Recorder;

pub(crate) static MUTATE: Program = Program {
    name: "empty-mutate",
    about: "a mutation that does nothing, and the safepoint after it",
    operation: "mutation",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::mutate),
        #[cfg(feature = "peers")]
        Contender::own_memory("gc-arena", on_gc_arena::mutate),
    ],
    ..Program::PLAIN
};

pub(crate) static ROOT: Program = Program {
    name: "root-clone-drop",
    about: "a root that is cloned, and the clone dropped",
    operation: "clone and drop",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::root),
        #[cfg(feature = "peers")]
        Contender::own_memory("gc-arena", on_gc_arena::root),
        Contender::own_memory("Rc", rc_root),
    ],
    ..Program::PLAIN
};

pub(crate) static BARRIER: Program = Program {
    name: "untaken-barrier",
    about: "a pointer stored into an object, when the write barrier has nothing to do",
    operation: "store",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::store),
        #[cfg(feature = "peers")]
        Contender::own_memory("gc-arena", on_gc_arena::store),
        Contender::own_memory("plain store", plain_store),
    ],
    ..Program::PLAIN
};

/// Steps between two readings of the clock.
const BATCH: u64 = 1024;

/// Objects that are stored into; few enough for the first-level cache.
const OBJECTS: usize = 64;

/// `batch` takes that many steps; the program has no result but that it ends.
fn run(job: &Job, recorder: &mut Recorder, mut batch: impl FnMut(&mut Recorder)) -> u64 {
    let batches: u64 = job.size.pick(10, 20_000, 200_000);
    recorder.timed(|recorder| {
        for _ in 0..batches {
            batch(recorder);
            recorder.lap();
        }
    });
    recorder.operations(batches * BATCH);
    batches
}

/// Which object the one at `i` is made to point to in round `round`: another each time.
#[inline]
fn target(i: usize, round: usize) -> usize {
    (i * 7 + round) % OBJECTS
}

fn rc_root(job: &Job, recorder: &mut Recorder) -> u64 {
    let root = Rc::new(1u64);
    run(job, recorder, |_| (0..BATCH).for_each(|_| drop(black_box(black_box(&root).clone()))))
}

#[derive(Default)]
struct Plain<'a> {
    next: Cell<Option<&'a Plain<'a>>>,
}

fn plain_store(job: &Job, recorder: &mut Recorder) -> u64 {
    let objects: Vec<Plain<'_>> = (0..OBJECTS).map(|_| Plain::default()).collect();
    let nodes: Vec<&Plain<'_>> = objects.iter().collect();
    run(job, recorder, |_| {
        for round in 0..BATCH as usize / OBJECTS {
            let nodes = black_box(nodes.as_slice());
            for (i, node) in nodes.iter().enumerate() {
                node.next.set(Some(nodes[target(i, round)]));
            }
        }
    })
}
