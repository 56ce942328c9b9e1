//! The programs, and who runs them.
//!
//! A program is a folder. Its `mod.rs` has the idea, the sizes, and what a collector has to offer
//! (usually a small trait) so that the loop, the random numbers and the checksum are the same text
//! for all; each `on_….rs` beside it is the program written as one would write it for that collector.
//! To add a column, add a file and a [`Contender`]; the checksum says whether it is the same program.

pub(crate) mod binary_trees;
pub(crate) mod dead_objects;
pub(crate) mod full_mark;
pub(crate) mod gcbench;
pub(crate) mod graph_mutation;
pub(crate) mod inverted_index;
pub(crate) mod live_objects;
pub(crate) mod memory;
pub(crate) mod message_ring;
pub(crate) mod payloads;
pub(crate) mod small_steps;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::allocator::Allocator;
use crate::measure::Recorder;

/// All programs, in the order of the table.
pub(crate) static ALL: &[&Program] = &[
    &binary_trees::DEPTH_16,
    &binary_trees::DEPTH_20,
    &gcbench::GCBENCH,
    &message_ring::MESSAGE_RING,
    &dead_objects::DEAD_32,
    &live_objects::LIVE_24,
    &payloads::PAYLOADS,
    &full_mark::IN_ORDER,
    &full_mark::SHUFFLED,
    &graph_mutation::GRAPH_MUTATION,
    &inverted_index::INVERTED_INDEX,
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
}

/// One program on one collector.
pub(crate) struct Contender {
    pub(crate) collector: &'static str,
    /// Whether it lives on malloc, and therefore runs on two of them.
    pub(crate) calls_malloc: bool,
    /// Runs the program and returns its checksum.
    pub(crate) run: fn(&Job, &mut Recorder) -> u64,
}

impl Contender {
    /// A collector that takes its memory from the system.
    pub(crate) const fn own_memory(collector: &'static str, run: fn(&Job, &mut Recorder) -> u64) -> Self {
        Self { collector, calls_malloc: false, run }
    }

    /// A collector that takes every object from malloc.
    pub(crate) const fn on_malloc(collector: &'static str, run: fn(&Job, &mut Recorder) -> u64) -> Self {
        Self { collector, calls_malloc: true, run }
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
    ALL.iter().copied().find(|program| program.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collector_computes_the_same() {
        let job = Job { size: Size::Tiny, input: env!("CARGO_MANIFEST_DIR").into() };
        for program in ALL {
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
        let mut names: Vec<_> = ALL.iter().map(|program| program.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
