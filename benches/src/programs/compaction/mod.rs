//! What it costs to put a heap together that has fallen apart, and what it gains.
//!
//! *Compaction*: a heap is grown, nine random objects out of ten are dropped, and the rest is moved at once: copied, and every
//! pointer updated. What is resident after it is set beside a fresh heap with the same objects, and the move beside two copies
//! ([`copies`]), which update nothing and find nothing out:
//!
//! * one of as many bytes that lie together, which is what memory can do at best: it reads a line once, foreseen, and all of it
//!   counts;
//! * one of objects of the same sizes, one by one, from places as far apart as theirs, to one place after the other, by a plain loop
//!   that has their addresses in a list. That much no way of moving them can save, but by fetching them ahead of the loop.
//!
//! *In slices*: some of a heap's memory has fallen apart, and the heap puts it together by itself, at safepoints, while
//! the program goes on; the pauses in which objects move should not grow with the heap. Nothing else here moves objects.
//!
//! One operation is one object made.

mod at_once;
mod copies;
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

/// The time of the move ÷ that of a plain copy of as many bytes that lie together.
pub(crate) const MOVE_FIGURE: &str = "move ÷ copy";
/// The time of the move ÷ that of a plain loop that copies the same objects from where they lie.
pub(crate) const PLACES_FIGURE: &str = "move ÷ copy from the same places";
/// What is resident afterwards ÷ what a fresh heap needs for the same objects.
pub(crate) const RESIDENT_FIGURE: &str = "resident ÷ fresh heap's";
/// The longest pause in which objects moved, in nanoseconds.
pub(crate) const SLICE_FIGURE: &str = "longest pause that moves, ns";

/// Bytes of objects to begin with.
fn bytes(job: &Job) -> u64 {
    job.size.pick(1 << 20, 64 << 20, 1 << 30)
}
