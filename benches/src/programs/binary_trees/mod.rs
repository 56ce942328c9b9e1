//! Binary trees, in the shape of the Computer Language Benchmarks Game: one tree to stretch the heap,
//! one that lives to the end, and many that die as soon as their nodes are counted.
//!
//! Measures allocation of small objects that point to two others, and what it costs to be rid of
//! them. One operation is one node.
//!
//! Depth 20 in the game's full number of iterations is 300 million nodes, half a minute on a slow
//! collector; the quick size does a 32nd of the iterations at each depth (of depth 16, half), on the
//! same live heap.

#[cfg(feature = "peers")]
mod on_boa_gc;
mod on_box;
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

use super::{Contender, Job, Program, Size};
use crate::measure::{Checksum, Recorder};

macro_rules! contenders {
    ($depth:literal) => {
        &[
            Contender::own_memory("gc-core", on_gc_core::run::<$depth>),
            #[cfg(feature = "peers")]
            Contender::on_malloc("gc-arena", on_gc_arena::run::<$depth>),
            #[cfg(feature = "peers")]
            Contender::on_malloc("boa_gc", on_boa_gc::run::<$depth>).on_request(),
            #[cfg(feature = "peers")]
            Contender::on_malloc("gc", on_gc::run::<$depth>).on_request(),
            #[cfg(feature = "peers")]
            Contender::on_malloc("dumpster", on_dumpster::run::<$depth>).on_request(),
            Contender::on_malloc("Rc", on_rc::run::<$depth>),
            Contender::on_malloc("Box", on_box::run::<$depth>),
            #[cfg(feature = "peers")]
            Contender::own_memory("bumpalo", on_bumpalo::run::<$depth>),
        ]
    };
}

pub(crate) static DEPTH_16: Program = Program {
    name: "binary-trees-16",
    about: "a tree of depth 16 that stays, and 2^21 nodes (quick: 2^20) in trees of each even depth",
    operation: "node",
    contenders: contenders!(16),
    ..Program::PLAIN
};

pub(crate) static DEPTH_20: Program = Program {
    name: "binary-trees-20",
    about: "the same at depth 20: 2^25 nodes of each depth (quick: 2^20)",
    operation: "node",
    contenders: contenders!(20),
    by_default: false,
    ..Program::PLAIN
};

/// The least depth of the short-lived trees.
const MIN_DEPTH: u32 = 4;

/// Bigger trees are built from subtrees of this depth, after each of which the clock may be read.
const SAMPLE_DEPTH: u32 = 8;

/// How many nodes a full tree has.
const fn nodes(depth: u32) -> u64 {
    (2 << depth) - 1
}

/// What a collector has to offer.
trait Forest {
    /// Builds a tree, counts its nodes, and lets it die.
    fn short_lived(&mut self, depth: u32, recorder: &mut Recorder) -> u64;
    /// Builds the tree that stays.
    fn plant(&mut self, depth: u32, recorder: &mut Recorder);
    /// Counts the nodes of the tree that stayed.
    fn count_planted(&mut self) -> u64;
}

fn run<const DEPTH: u32>(job: &Job, recorder: &mut Recorder, forest: &mut impl Forest) -> u64 {
    let depth = if job.size == Size::Tiny { 8 } else { DEPTH };
    // Iterations are divided by two to this power; quick leaves 2^20 nodes of each depth.
    let fewer = if job.size == Size::Quick { depth - 15 } else { 0 };
    let mut checksum = Checksum::new();
    let mut operations = nodes(depth + 1) + nodes(depth);
    recorder.timed(|recorder| {
        checksum.add(forest.short_lived(depth + 1, recorder));
        forest.plant(depth, recorder);
        for short in (MIN_DEPTH..=depth).step_by(2) {
            // At least one, so that the deepest trees are still there.
            let iterations = (1u64 << (depth - short + MIN_DEPTH)) >> fewer.min(depth - short + 4);
            let mut count = 0;
            for _ in 0..iterations {
                count += forest.short_lived(short, recorder);
            }
            operations += iterations * nodes(short);
            checksum.add(count);
        }
        checksum.add(forest.count_planted());
    });
    recorder.operations(operations);
    checksum.value()
}
