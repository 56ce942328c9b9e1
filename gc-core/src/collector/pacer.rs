//! When to collect, and how much at a time: a pure function of counters.
//!
//! The pacer sees bytes, counts and durations, and answers with bytes and counts. It reads no clock and
//! touches no heap, so that a scripted program can be simulated against it (`pacer/simulation.rs`).
//!
//! Words used throughout. *Heap bytes* are those of objects; *external bytes* are what objects own
//! elsewhere. External bytes count for when to collect, not for how much marking there is. *Used*
//! bytes are those of old objects that are not known to be dead: what the last cycle marked, and all that was
//! promoted since.
//!
//! **Nursery** (`nursery.rs`). A young pause is `fixed + unit × (survivors + remembered)`. Both
//! costs are measured, survival is counted, and a young collection is due before the sum exceeds
//! three quarters of the pause target. It shrinks at once and grows by a quarter at a time.
//!
//! **Cycle** (`cycle.rs`). After a cycle that found `live` bytes the next one must have marked
//! all before the heap reaches the *goal*:
//!
//! ```text
//! headroom = sqrt(live × T/2), within live/8 and live; at least what brings the goal to 16 MiB
//! goal     = live + headroom, not above the heap limit less a reserve
//! runway   = headroom/2, up to 3/4 of it where slices within the pause target need more
//! trigger  = goal − runway, but at least headroom/4 above what is used when the cycle ends
//! ```
//!
//! (In a growing heap, or where marking takes long, the trigger can thus come to lie higher, and the goal moves up with
//! it, unless there is a limit; if that cuts the headroom short, the distance is a sixteenth of what is left.)
//!
//! While marking, the line `work × grown / (3/4 × runway)` says how much must be marked by the time
//! that the heap has grown by `grown`; a slice pays what is missing, as far as its time allows. Work is
//! the heap bytes in use at the start: an upper bound, so marking ends early by the share of garbage. The
//! square root is from MemBalancer (Kirisame, Shenoy, Panchekha, *Optimal Heap Limits for
//! Reducing Browser Memory Use*, OOPSLA 2022); the line is that of Go's collector (Clements, *Go 1.5
//! concurrent garbage collector pacing*, 2015).
//!
//! **Retention** (`retention.rs`). What the heap needs until the next goal stays mapped, and a fading
//! memory of what it needed before; only a clear surplus goes back.
//!
//! With T = 1 GiB, in simulation: everything survives its young collection and is replaced first in, first out;
//! marking at 1.5 bytes a nanosecond, in slices of 250 µs, one for each 64 KiB allocated.
//!
//! | live | headroom | peak ÷ live | cycles while `live` bytes are replaced |
//! |---|---|---|---|
//! | 1 MiB | 15 MiB | 9.3 | 0.13 |
//! | 64 MiB | 64 MiB | 1.76 | 1.9 |
//! | 512 MiB | 512 MiB | 1.75 | 2.0 |
//! | 4 GiB | 1.4 GiB | 1.44 | 3.8 |
//! | 32 GiB | 4 GiB | 1.38 | 4.9 |
//!
//! In the last row the pause target wins over the goal: slices so short cannot mark 32 GiB while the heap grows by 4,
//! and marking ended up to 2.8 GiB beyond the goal (at 4 GiB and 1 byte a nanosecond, 0.1 GiB beyond, with a peak of 1.61).
//! Such heaps want a larger T, or a marker thread.
//!
//! Also: 1,000 payloads of 256 KiB outside the heap peak at 1.51 × live; growth to 2 GiB marks each byte 2.7 times;
//! 64 MiB live below a limit of 1.5 × that never need to finish a cycle under pressure, below 1.25 × nearly all do.
//!
//! - **P3** A quota never exceeds what the measured speed does in the time given, but for one quantum,
//!   so that there is always progress.
//! - **P4** Between the end of a cycle and the next trigger there is always some growth (a quarter of the
//!   headroom, if no limit cuts it), and sweeping is paced to end in half of that.
//!
//! In simulation (marking at 1.5 bytes a nanosecond, everything replaced first in, first out): 256 MiB live
//! peak at 1.75 × with two cycles for each time that the live bytes are replaced; 1,000 payloads of 256 KiB outside
//! the heap peak at 1.51 ×; growth to 2 GiB marks each byte 2.7 times; with a limit of 1.5 × live no pause exceeds its
//! target, with 1.25 × most cycles are finished under pressure.

#![forbid(unsafe_code)]

mod cycle;
mod nursery;
mod rate;
mod retention;
#[cfg(all(test, target_pointer_width = "64"))]
mod simulation;

use crate::config::Config;

use cycle::Cycle;
use nursery::Nursery;
use retention::Retention;

pub(crate) use cycle::MarkProgress;
pub(crate) use nursery::{NurseryFill, YoungReport};

/// Bytes in the heap, and bytes outside it that its objects own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) heap_bytes: usize,
    pub(crate) external_bytes: usize,
}

impl Usage {
    pub(crate) fn total(self) -> usize {
        self.heap_bytes.saturating_add(self.external_bytes)
    }
}

/// Decides when to collect, and how much work a slice does.
#[derive(Debug)]
pub(crate) struct Pacer {
    nursery: Nursery,
    cycle: Cycle,
    retention: Retention,
}

impl Pacer {
    pub(crate) fn new(config: &Config) -> Pacer {
        Pacer { nursery: Nursery::new(config), cycle: Cycle::new(config), retention: Retention::new(config) }
    }

    // Young collections.

    /// How many external bytes make a young collection due: they cost no pause, so it is a share of what is alive.
    pub(crate) fn nursery_external_bytes(&self) -> usize {
        self.nursery.external_budget_bytes(self.cycle.live().total())
    }

    /// True if a young collection is due.
    pub(crate) fn young_due(&self, fill: NurseryFill) -> bool {
        self.nursery.is_due(fill) || fill.external_bytes >= self.nursery_external_bytes()
    }

    /// Learns from a young collection.
    pub(crate) fn after_young(&mut self, report: &YoungReport) {
        self.nursery.learn(report);
    }

    // Old cycles.

    /// True if an old cycle should start (or, while sweeping, if the sweep must be completed now so
    /// that it can). Ask right after a young collection.
    ///
    /// `charged` is what counts against the heap limit: blocks in use with their holes, large objects,
    /// external bytes of dead objects too.
    pub(crate) fn old_due(&self, used: Usage, charged: usize) -> bool {
        self.cycle.is_due(used, charged)
    }

    /// True if so little is left below the heap limit that freeing memory goes before the pause target.
    pub(crate) fn is_pressed(&self, charged: usize) -> bool {
        self.cycle.is_pressed(charged)
    }

    /// Where marking must have ended, in used bytes, external ones included: how far the heap is expected to grow.
    #[cfg(test)]
    pub(crate) fn goal_bytes(&self) -> usize {
        self.cycle.goal()
    }

    /// An old cycle starts to mark.
    pub(crate) fn start_marking(&mut self, used: Usage) {
        self.cycle.start(used);
    }

    /// How many heap bytes to mark now, in a slice that may take `budget_ns`; 0 if marking is not behind.
    pub(crate) fn mark_quota(&self, progress: MarkProgress, budget_ns: u64) -> usize {
        self.cycle.mark_quota(progress, budget_ns)
    }

    /// Learns how long a slice took.
    pub(crate) fn after_mark_slice(&mut self, marked_bytes: usize, ns: u64) {
        self.cycle.learn_marking(marked_bytes, ns);
    }

    /// Marking has ended: `marked` is what the snapshot held alive, `grown_bytes` (heap and external) what was
    /// promoted since the start and is not in `marked`. `blocks` are to be swept.
    pub(crate) fn finish_marking(&mut self, marked: Usage, grown_bytes: usize, blocks: usize) {
        self.cycle.finish(marked, grown_bytes, blocks);
    }

    /// The cycle was given up: nothing is known to be dead. `blocks` are to be recoloured.
    pub(crate) fn abandon(&mut self, used: Usage, blocks: usize) {
        self.cycle.finish(used, 0, blocks);
    }

    // Sweeping.

    /// How many blocks to sweep now, in a slice that may take `budget_ns`, when `allocated_bytes` (heap and external)
    /// were allocated since marking ended and `swept` blocks are done.
    pub(crate) fn sweep_quota(&self, allocated_bytes: usize, swept: usize, budget_ns: u64) -> usize {
        self.cycle.sweep_quota(allocated_bytes, swept, budget_ns)
    }

    /// Learns how long sweeping some blocks took.
    pub(crate) fn after_sweep_slice(&mut self, blocks: usize, ns: u64) {
        self.cycle.learn_sweeping(blocks, ns);
    }

    // Free memory.

    /// How many bytes of wholly free chunks to give back. Ask once after each sweep.
    ///
    /// `eagerly` after an explicit `collect` or `compact`: forgets what the heap needed in earlier cycles.
    pub(crate) fn bytes_to_release(&mut self, used: Usage, free_chunk_bytes: usize, eagerly: bool) -> usize {
        self.retention.surplus(used, self.cycle.goal(), free_chunk_bytes, eagerly)
    }
}

/// `part × of / whole` without overflow, rounded down; all of `of` if `whole` is zero.
fn share(of: usize, part: usize, whole: usize) -> usize {
    if whole == 0 {
        return of;
    }
    let share = of as u128 * part as u128 / whole as u128;
    usize::try_from(share).unwrap_or(usize::MAX)
}
