//! Numbers that a program can read about its heap.
//!
//! [`Stats`] is a snapshot of counters; [`Pauses`] knows every interval in which the program could
//! not run; [`Event`] tells a listener what happens when it happens; [`Census`] counts live objects by
//! type; [`Compacted`] and [`Occupancy`] tell what moving objects has gained. None of them touches the heap: they are plain data, filled in by the collector.
//!
//! All times are in nanoseconds, all sizes in bytes.

#![forbid(unsafe_code)]

mod census;
mod compaction;
mod event;
mod histogram;
mod pauses;
mod phase;
mod units;

use std::fmt;

pub use census::{Census, TypeCount};
pub use compaction::{Compacted, CompactionReason, Occupancy};
pub use event::{Event, Listener};
pub use histogram::{Bucket, Histogram};
pub use pauses::{Cause, Pause, Pauses};
pub use phase::{Phase, PhaseTimes};

use units::{Bytes, Nanos};

/// A snapshot of a heap's counters.
///
/// Counters named "so far" only grow while the heap lives; the others describe the moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes of objects that are alive as far as is known: what the last old collection marked, and
    /// what was promoted since. An upper estimate, without the nursery.
    pub live_bytes: usize,
    /// Bytes allocated so far, headers and large objects included.
    pub allocated_bytes: u64,
    /// Bytes of address space that the heap holds.
    pub reserved_bytes: usize,
    /// Of these, the bytes that are backed by memory as far as the heap knows: touched or prepared, and not
    /// given back.
    pub resident_bytes: usize,
    /// Bytes of blocks that hold objects, their holes included.
    pub block_bytes: usize,
    /// Bytes of blocks that are wholly free, and kept for later.
    pub free_block_bytes: usize,
    /// Bytes of large objects, rounded up to pages.
    pub large_bytes: usize,
    /// Bytes that objects own outside the heap, and explicit external charges.
    pub external_bytes: usize,

    /// Young collections so far.
    pub young_collections: u64,
    /// Old collections that ran to their end so far.
    pub old_collections: u64,
    /// Old collections that were given up so far, because a `trace` panicked.
    pub abandoned_collections: u64,

    /// Time by phase so far, in and between pauses.
    pub time: PhaseTimes,
    /// Objects marked by old collections so far.
    pub marked_objects: u64,
    /// Bytes of objects marked by old collections so far.
    pub marked_bytes: u64,
    /// Blocks swept so far.
    pub swept_blocks: u64,
    /// Destructors run so far.
    pub destructors_run: u64,
    /// Pointers in values of ephemerons that collections have looked at so far. A value whose key had been reached counts once,
    /// whatever it holds.
    pub ephemerons_scanned: u64,
    /// Of these, the ones that had to wait for a key that had not been reached.
    pub ephemerons_waited: u64,
    /// Registered objects that collections have handed to their guardians so far.
    pub guardians_found: u64,
    /// Bytes that survived a young collection so far.
    pub promoted_bytes: u64,
    /// Compactions so far: those that move everything at once, and those in slices.
    pub compactions: u64,
    /// Objects moved so far.
    pub moved_objects: u64,
    /// Bytes of objects moved so far.
    pub moved_bytes: u64,

    /// The share of the memory in use by blocks that lies in holes, from 0 (none) to 1.
    pub fragmentation: f64,
    /// Pointers in values of ephemerons that wait for their keys now: 0 unless an old collection marks.
    pub ephemerons_waiting: usize,
    /// Objects written to since the last young collection, and remembered for the next one.
    pub remembered_entries: usize,
    /// Roots that exist now.
    pub roots: usize,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = |n: usize| Bytes(n as u64);
        writeln!(
            f,
            "live        {} in the heap, {} outside; {} roots, {} remembered",
            bytes(self.live_bytes),
            bytes(self.external_bytes),
            self.roots,
            self.remembered_entries
        )?;
        writeln!(
            f,
            "memory      {} reserved, {} resident; blocks {} used ({:.1} % holes), {} free; large {}",
            bytes(self.reserved_bytes),
            bytes(self.resident_bytes),
            bytes(self.block_bytes),
            self.fragmentation * 100.0,
            bytes(self.free_block_bytes),
            bytes(self.large_bytes)
        )?;
        writeln!(
            f,
            "so far      {} allocated, {} promoted ({:.1} %)",
            Bytes(self.allocated_bytes),
            Bytes(self.promoted_bytes),
            percent(self.promoted_bytes, self.allocated_bytes)
        )?;
        writeln!(
            f,
            "collections {} young, {} old, {} abandoned; {} compactions moved {}",
            self.young_collections,
            self.old_collections,
            self.abandoned_collections,
            self.compactions,
            Bytes(self.moved_bytes)
        )?;
        writeln!(
            f,
            "work        {} objects marked ({}), {} blocks swept, {} destructors run",
            self.marked_objects,
            Bytes(self.marked_bytes),
            self.swept_blocks,
            self.destructors_run
        )?;
        write!(f, "time        {} in all", Nanos(self.time.total()))?;
        for (phase, ns) in self.time.iter().filter(|&(_, ns)| ns > 0) {
            write!(f, ", {phase} {}", Nanos(ns))?;
        }
        Ok(())
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_reads_well() {
        let mut stats = Stats {
            live_bytes: 3 << 20,
            allocated_bytes: 10 << 30,
            promoted_bytes: 1 << 30,
            fragmentation: 0.125,
            young_collections: 12,
            roots: 2,
            ..Stats::default()
        };
        stats.time.add(Phase::Young, 1_500_000);
        stats.time.add(Phase::Mark, 2_000);
        let text = stats.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "live        3.0 MiB in the heap, 0 B outside; 2 roots, 0 remembered");
        assert_eq!(lines[2], "so far      10.0 GiB allocated, 1.0 GiB promoted (10.0 %)");
        assert_eq!(lines[3], "collections 12 young, 0 old, 0 abandoned; 0 compactions moved 0 B");
        assert_eq!(lines[5], "time        1.50 ms in all, young 1.50 ms, mark 2.00 µs");
        assert!(text.contains("(12.5 % holes)"));
    }
}
