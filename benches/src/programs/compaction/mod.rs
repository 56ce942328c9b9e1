//! What it costs to put a heap together that has fallen apart, and what it gains.
//!
//! *Compaction*: a heap is grown, nine random objects out of ten are dropped, and the rest is moved at once. The move is
//! set beside a plain copy of the same bytes, and what is resident after it beside a fresh heap with the same objects.
//! *In slices*: some of a heap's memory has fallen apart, and the heap puts it together by itself, at safepoints, while
//! the program goes on; the pauses in which objects move should not grow with the heap. Nothing else here moves objects.
//!
//! One operation is one object made.

mod at_once;
mod in_slices;
mod nodes;

use super::{Contender, Job, Program};

pub(crate) static COMPACTION: Program = Program {
    name: "compaction",
    about: "64 MiB (full: 1 GiB) of objects, nine random ones of ten dropped, the rest moved together",
    operation: "object",
    contenders: &[Contender::own_memory("gc-core", at_once::run)],
    by_default: false,
    ..Program::PLAIN
};

pub(crate) static IN_SLICES: Program = Program {
    name: "compaction-in-slices",
    about: "64 MiB (full: 1 GiB) of live objects, some of them in sparse blocks that are emptied at safepoints",
    operation: "object",
    contenders: &[Contender::own_memory("gc-core", in_slices::run)],
    by_default: false,
    ..Program::PLAIN
};

/// The time of the move ÷ that of a plain copy of the bytes that were moved.
pub(crate) const MOVE_FIGURE: &str = "move ÷ copy";
/// What is resident afterwards ÷ what a fresh heap needs for the same objects.
pub(crate) const RESIDENT_FIGURE: &str = "resident ÷ fresh heap's";
/// The longest pause in which objects moved, in nanoseconds.
pub(crate) const SLICE_FIGURE: &str = "longest pause that moves, ns";

/// Bytes of objects to begin with.
fn bytes(job: &Job) -> u64 {
    job.size.pick(1 << 20, 64 << 20, 1 << 30)
}
