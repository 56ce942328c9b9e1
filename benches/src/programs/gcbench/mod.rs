//! GCBench, after John Ellis, Pete Kovac and Hans Boehm: a long-lived tree and a long-lived array of
//! numbers, then trees that die, half of them built from the top (each new node is stored into an
//! older one, through the write barrier) and half from the bottom.
//!
//! One operation is one node.

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

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

pub(crate) static GCBENCH: Program = Program {
    name: "gcbench",
    about: "a long-lived tree and array, and short-lived trees built from the top and the bottom",
    operation: "node",
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
        Contender::on_malloc("Box", on_box::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    over_heap_size: true,
    ..Program::PLAIN
};

const MIN_DEPTH: u32 = 4;
const STEP: usize = 2;

/// The clock may be read after each subtree of this depth, and after enough trees that have none.
const SAMPLE_DEPTH: u32 = 8;

/// What every node carries besides its children, as in the original.
#[derive(Clone, Copy, Default)]
#[expect(dead_code, reason = "it is there to take room")]
struct Load {
    i: i32,
    j: i32,
}

/// To be called when a subtree of that depth is whole.
#[inline]
fn sample(depth: u32, recorder: &mut Recorder) {
    if depth == SAMPLE_DEPTH {
        recorder.worked(nodes(depth));
    }
}

const fn nodes(depth: u32) -> u64 {
    (2 << depth) - 1
}

/// The entries of the long-lived array.
fn entry(i: usize) -> f64 {
    1.0 / (i + 1) as f64
}

/// Which end a tree is built from.
#[derive(Clone, Copy)]
enum From {
    Top,
    Bottom,
}

/// What a collector has to offer.
trait Bench {
    /// Builds a tree, looks at the root's children, and lets it die. Returns how many of the two
    /// children there were.
    fn short_lived(&mut self, from: From, depth: u32, recorder: &mut Recorder) -> u64;
    /// Builds the tree that stays, from the top, and the array that stays, `len` of [`entry`].
    fn settle(&mut self, depth: u32, len: usize, recorder: &mut Recorder);
    /// Counts the nodes of the tree that stayed, and reads the array there.
    fn look(&mut self, index: usize) -> (u64, f64);
}

fn run(job: &Job, recorder: &mut Recorder, bench: &mut impl Bench) -> u64 {
    // The original's figures are 18, 16, 500,000 and 16.
    let stretch: u32 = job.size.pick(8, 16, 18);
    let (long_lived, array, max_depth) = (stretch - 2, job.size.pick(1_000, 125_000, 500_000), stretch - 2);
    let mut checksum = Checksum::new();
    let mut operations = nodes(stretch) + nodes(long_lived);
    recorder.timed(|recorder| {
        checksum.add(bench.short_lived(From::Bottom, stretch, recorder));
        bench.settle(long_lived, array, recorder);
        for depth in (MIN_DEPTH..=max_depth).step_by(STEP) {
            let iterations = 2 * nodes(stretch) / nodes(depth);
            for from in [From::Top, From::Bottom] {
                let mut children = 0;
                for _ in 0..iterations {
                    children += bench.short_lived(from, depth, recorder);
                    if depth < SAMPLE_DEPTH {
                        recorder.worked(nodes(depth));
                    }
                }
                operations += iterations * nodes(depth);
                checksum.add(children);
            }
        }
        let (count, value) = bench.look(array / 2);
        checksum.add(count);
        checksum.add(value.to_bits());
    });
    recorder.operations(operations);
    checksum.value()
}
