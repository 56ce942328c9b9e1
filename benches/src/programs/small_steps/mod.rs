//! What the smallest steps cost that a program takes all the time: an empty mutation, a root that is
//! cloned and dropped, a store through the write barrier when the barrier has nothing to do.
//!
//! They are here, and not only among the criterion benches, so that they stand in one table with
//! their bounds: a plain store, a reference count. One operation is one step.

mod on_gc_core;

use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

use bumpalo::Bump;
use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, DynamicRootSet, Gc, Rootable, lock::Lock};

use super::{Contender, Job, Program};
use crate::arena::safepoint;
use crate::measure::Recorder;

pub(crate) static MUTATE: Program = Program {
    name: "empty-mutate",
    about: "a mutation that does nothing, and the safepoint after it",
    operation: "mutation",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::mutate),
        Contender::own_memory("gc-arena", arena_mutate),
    ],
};

pub(crate) static ROOT: Program = Program {
    name: "root-clone-drop",
    about: "a root that is cloned, and the clone dropped",
    operation: "clone and drop",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::root),
        Contender::own_memory("gc-arena", arena_root),
        Contender::own_memory("Rc", rc_root),
    ],
};

pub(crate) static BARRIER: Program = Program {
    name: "untaken-barrier",
    about: "a pointer stored into an object, when the write barrier has nothing to do",
    operation: "store",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::store),
        Contender::own_memory("gc-arena", arena_store),
        Contender::own_memory("plain store", plain_store),
    ],
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

/// gc-arena's `mutate` alone is a function call; a program looks at the debt after it.
fn arena_mutate(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut arena = Arena::<Rootable![Gc<'_, u64>]>::new(|mc| Gc::new(mc, 1));
    run(job, recorder, |recorder| {
        for _ in 0..BATCH {
            let arena = black_box(&mut arena);
            arena.mutate(|_, root| black_box(root.as_ref()) as *const u64);
            safepoint(arena, recorder);
        }
    })
}

fn arena_root(job: &Job, recorder: &mut Recorder) -> u64 {
    #[expect(clippy::redundant_closure, reason = "the function itself is not general enough")]
    let arena = Arena::<Rootable![DynamicRootSet<'_>]>::new(|mc| DynamicRootSet::new(mc));
    let root = arena.mutate(|mc, set| set.stash::<Rootable![u64]>(mc, Gc::new(mc, 1)));
    run(job, recorder, |_| (0..BATCH).for_each(|_| drop(black_box(black_box(&root).clone()))))
}

fn rc_root(job: &Job, recorder: &mut Recorder) -> u64 {
    let root = Rc::new(1u64);
    run(job, recorder, |_| (0..BATCH).for_each(|_| drop(black_box(black_box(&root).clone()))))
}

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

fn arena_store(job: &Job, recorder: &mut Recorder) -> u64 {
    let arena = Arena::<Rootable![Vec<Gc<'_, Node<'_>>>]>::new(|mc| {
        (0..OBJECTS).map(|_| Gc::new(mc, Node { next: Lock::new(None) })).collect()
    });
    run(job, recorder, |_| {
        arena.mutate(|mc, nodes| {
            for round in 0..BATCH as usize / OBJECTS {
                let nodes = black_box(nodes.as_slice());
                for (i, &node) in nodes.iter().enumerate() {
                    unlock!(Gc::write(mc, node), Node, next).set(Some(nodes[target(i, round)]));
                }
            }
        });
    })
}

struct Plain<'a> {
    next: Cell<Option<&'a Plain<'a>>>,
}

fn plain_store(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let nodes: Vec<&Plain<'_>> = (0..OBJECTS).map(|_| &*bump.alloc(Plain { next: Cell::new(None) })).collect();
    run(job, recorder, |_| {
        for round in 0..BATCH as usize / OBJECTS {
            let nodes = black_box(nodes.as_slice());
            for (i, node) in nodes.iter().enumerate() {
                node.next.set(Some(nodes[target(i, round)]));
            }
        }
    })
}
