//! The programs, and who runs them.
//!
//! A program is a folder. Its `mod.rs` has the idea, the sizes, and what a collector has to offer
//! (usually a small trait) so that the loop, the random numbers and the checksum are the same text
//! for all; each `on_….rs` beside it is the program written as one would write it for that collector.
//! To add a column, add a file and a [`Contender`]; the checksum says whether it is the same program.

pub(crate) mod binary_trees;
pub(crate) mod compaction;
pub(crate) mod cycles;
pub(crate) mod dead_objects;
pub(crate) mod ephemerons;
pub(crate) mod full_mark;
pub(crate) mod gcbench;
pub(crate) mod graph_mutation;
pub(crate) mod interner;
pub(crate) mod inverted_index;
pub(crate) mod list;
pub(crate) mod live_objects;
pub(crate) mod lru_cache;
pub(crate) mod memory;
pub(crate) mod message_ring;
pub(crate) mod payloads;
pub(crate) mod pointer_arrays;
pub(crate) mod quads;
#[cfg(feature = "scheme")]
pub(crate) mod scheme;
pub(crate) mod slots;
pub(crate) mod small_steps;
pub(crate) mod storm;
pub(crate) mod weak_many;

use std::path::PathBuf;

use clap::ValueEnum;
use gc_report::Calibration;

use crate::allocator::Allocator;
use crate::measure::{Pace, Recorder};

/// All programs, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Program> {
    let all = ON_THE_HEAP.iter().copied();
    #[cfg(feature = "scheme")]
    let all = all.chain(scheme::ALL);
    all
}

/// The programs that are written anew for each collector.
static ON_THE_HEAP: &[&Program] = &[
    &binary_trees::DEPTH_16,
    &binary_trees::DEPTH_20,
    &gcbench::GCBENCH,
    &quads::QUADS,
    &message_ring::MESSAGE_RING,
    &lru_cache::LRU_CACHE,
    &graph_mutation::GRAPH_MUTATION,
    &inverted_index::INVERTED_INDEX,
    &storm::STORM,
    &pointer_arrays::POINTER_ARRAYS,
    &cycles::CYCLES,
    &list::LIST,
    &dead_objects::DEAD_16,
    &dead_objects::DEAD_32,
    &dead_objects::DEAD_64,
    &dead_objects::DEAD_256,
    &full_mark::IN_ORDER,
    &full_mark::SHUFFLED,
    &live_objects::LIVE_24,
    &payloads::PAYLOADS,
    &slots::GROWTH,
    &slots::FRAGMENTATION,
    &compaction::COMPACTION,
    &compaction::IN_SLICES,
    &ephemerons::CHAIN,
    &ephemerons::CHAIN_BACK,
    &ephemerons::WEB,
    &ephemerons::WEAK_MAP,
    &interner::INTERNER,
    &weak_many::WEAK_MANY,
    &small_steps::MUTATE,
    &small_steps::ROOT,
    &small_steps::BARRIER,
    &memory::MEMORY,
];

/// A program and the collectors that it is written for.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// A line for `list`.
    pub(crate) about: &'static str,
    /// What one operation is, for the time per operation.
    pub(crate) operation: &'static str,
    pub(crate) contenders: &'static [Contender],
    /// Whether a run that asks for nothing in particular has it.
    pub(crate) by_default: bool,
    /// Whether it serves requests, which can arrive at a fixed rate as well.
    pub(crate) serves_requests: bool,
    /// Whether it is run in heaps of several sizes.
    pub(crate) over_heap_size: bool,
    /// Whether it can tell what is alive at most ([`Job::live`]), so that a heap can be sized by that, too.
    pub(crate) tells_live: bool,
    /// The least that this machine takes for one operation, or for marking one object.
    pub(crate) bound: Option<Bound>,
}

impl Program {
    /// A program of which nothing is said: to take the rest from.
    pub(crate) const PLAIN: Self = Self {
        name: "",
        about: "",
        operation: "",
        contenders: &[],
        by_default: true,
        serves_requests: false,
        over_heap_size: false,
        tells_live: false,
        bound: None,
    };
}

/// What the machine's limit is for a program, from its calibration.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// Marking an object that is reached through one random edge: a load whose address is known.
    RandomEdge,
    /// Marking objects of so many bytes from end to end of memory.
    Sequential { bytes: f64 },
    /// Allocating an object of so many bytes by moving a pointer.
    Bump,
}

impl Bound {
    /// In nanoseconds, on that machine.
    pub(crate) fn nanoseconds(self, machine: &Calibration) -> Option<f64> {
        match self {
            Self::RandomEdge => machine.independent_load_ns,
            Self::Sequential { bytes } => Some(bytes * 1e9 / machine.sequential_bytes_per_second?),
            Self::Bump => machine.bump_allocation_ns,
        }
    }
}

/// One program on one collector.
pub(crate) struct Contender {
    pub(crate) collector: &'static str,
    /// Whether it lives on malloc, and therefore runs on two of them.
    pub(crate) calls_malloc: bool,
    /// Runs the program and returns its checksum.
    pub(crate) run: fn(&Job, &mut Recorder) -> u64,
    /// Whether a run that asks for nothing in particular has it.
    pub(crate) by_default: bool,
}

impl Contender {
    /// A collector that takes its memory from the system.
    pub(crate) const fn own_memory(collector: &'static str, run: fn(&Job, &mut Recorder) -> u64) -> Self {
        Self { collector, calls_malloc: false, run, by_default: true }
    }

    /// A collector that takes every object from malloc.
    pub(crate) const fn on_malloc(collector: &'static str, run: fn(&Job, &mut Recorder) -> u64) -> Self {
        Self { collector, calls_malloc: true, run, by_default: true }
    }

    /// The same, but only for who asks for it: it takes too long for a first look.
    #[cfg_attr(not(feature = "peers"), allow(dead_code, reason = "only peers take that long"))]
    pub(crate) const fn on_request(self) -> Self {
        Self { by_default: false, ..self }
    }

    pub(crate) fn allocators(&self) -> &'static [Allocator] {
        if self.calls_malloc { &[Allocator::System, Allocator::Mimalloc] } else { &[Allocator::System] }
    }
}

/// What a child process is told about its run.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) size: Size,
    /// The folder whose text files are indexed.
    pub(crate) input: PathBuf,
    /// When requests start.
    pub(crate) pace: Pace,
    /// The most that the heap may use, in bytes, where the collector has a limit.
    pub(crate) heap_limit: Option<usize>,
    /// How far the heap may grow between collections, as a multiple of what lives, where the collector has
    /// that instead of a limit.
    pub(crate) growth: Option<f64>,
    /// Whether gc-core's recorder for other people's programs runs along.
    pub(crate) recorded: bool,
    /// Whether the program collects in full again and again, and tells the most that was alive as [`LIVE_FIGURE`].
    pub(crate) live: bool,
}

/// What the figure is called: bytes.
pub(crate) const LIVE_FIGURE: &str = "live bytes";

impl Job {
    /// The usual job of that size.
    pub(crate) fn new(size: Size, input: PathBuf) -> Self {
        Self { size, input, pace: Pace::Closed, heap_limit: None, growth: None, recorded: false, live: false }
    }
}

/// How much a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// Milliseconds: to test that everything works. The figures mean nothing.
    Tiny,
    /// Some tenths of a second each: the whole table in a few minutes.
    Quick,
    /// The sizes that the project's goals are stated for.
    Full,
}

impl Size {
    /// The value for this size.
    pub(crate) fn pick<T>(self, tiny: T, quick: T, full: T) -> T {
        match self {
            Self::Tiny => tiny,
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// The program of that name.
pub(crate) fn named(name: &str) -> Option<&'static Program> {
    all().find(|program| program.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collector_computes_the_same() {
        let job = Job::new(Size::Tiny, env!("CARGO_MANIFEST_DIR").into());
        for program in all() {
            let mut expected = None;
            for contender in program.contenders {
                let checksum = (contender.run)(&job, &mut Recorder::new());
                let (first, value) = *expected.get_or_insert((contender.collector, checksum));
                assert_eq!(value, checksum, "{}: {} and {first} differ", program.name, contender.collector);
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = all().map(|program| program.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }
}
