//! Every interval in which the program could not run.
//!
//! The histogram and the totals cover the heap's whole life; the ring holds the last pauses in full,
//! with cause and phases, which is what the utilisation curve is computed from.
//!
//! - **S3** Pauses are recorded in the order of time and do not overlap.
//! - **S4** Recording does not allocate: ring and histogram have their memory from the beginning.

#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use super::histogram::Histogram;
use super::phase::PhaseTimes;
use super::units::Nanos;

/// Why the program had to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Work that was due at the end of `mutate`.
    Safepoint,
    /// An allocation that marked, because marking had fallen behind.
    AllocationMark,
    /// An allocation that swept, to find free memory.
    AllocationSweep,
    /// An allocation that asked the system for memory.
    AllocationGrowth,
    /// A write that had to scan its owner first, or to wait for that.
    Barrier,
    /// A call of `collect`, `collect_young` or the like.
    Collect,
    /// A call of `step`.
    Step,
}

impl Cause {
    /// Its name, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Safepoint => "safepoint",
            Cause::AllocationMark => "allocation (mark)",
            Cause::AllocationSweep => "allocation (sweep)",
            Cause::AllocationGrowth => "allocation (growth)",
            Cause::Barrier => "barrier",
            Cause::Collect => "collect",
            Cause::Step => "step",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One interval in which the program could not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When it began, in nanoseconds since the heap was created.
    pub start_ns: u64,
    /// How long it was, in nanoseconds.
    pub duration_ns: u64,
    /// Why.
    pub cause: Cause,
    /// What was done, in nanoseconds by phase. The sum can be less than the duration.
    pub phases: PhaseTimes,
}

impl Pause {
    /// When it ended, in nanoseconds since the heap was created.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.start_ns + self.duration_ns
    }
}

/// The record of all pauses of a heap.
///
/// ```
/// use std::time::Duration;
/// use gc_core::stats::{Cause, Pause, Pauses, PhaseTimes};
///
/// let mut pauses = Pauses::new(16);
/// for start_ns in [1_000, 5_000] {
///     pauses.record(Pause { start_ns, duration_ns: 500, cause: Cause::Step, phases: PhaseTimes::ZERO });
/// }
/// assert_eq!(pauses.total_ns(), 1_000);
/// // The worst microsecond holds one whole pause.
/// assert_eq!(pauses.mmu(Duration::from_micros(1)), 0.5);
/// ```
#[derive(Clone)]
pub struct Pauses {
    histogram: Histogram,
    total_ns: u64,
    ring: Vec<Pause>,
    capacity: usize,
    /// Where the next pause goes once the ring is full: the oldest is there.
    next: usize,
    last_end_ns: u64,
}

impl Pauses {
    /// A recorder that keeps the last `kept` pauses in full, about 90 bytes each.
    #[must_use]
    pub fn new(kept: usize) -> Self {
        Pauses {
            histogram: Histogram::new(),
            total_ns: 0,
            ring: Vec::with_capacity(kept),
            capacity: kept,
            next: 0,
            last_end_ns: 0,
        }
    }

    /// Adds a pause. It must not begin before the last one ended. Costs about 5 ns; never allocates.
    #[inline]
    pub fn record(&mut self, pause: Pause) {
        debug_assert!(pause.start_ns >= self.last_end_ns, "S3: a pause begins within the one before it");
        self.last_end_ns = pause.end_ns();
        self.histogram.record(pause.duration_ns);
        self.total_ns += pause.duration_ns;
        if self.ring.len() < self.capacity {
            self.ring.push(pause);
        } else if let Some(oldest) = self.ring.get_mut(self.next) {
            *oldest = pause;
            self.next = if self.next + 1 == self.capacity { 0 } else { self.next + 1 };
        }
    }

    /// How many pauses there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.count()
    }

    /// The time paused in all, in nanoseconds.
    #[must_use]
    pub fn total_ns(&self) -> u64 {
        self.total_ns
    }

    /// The longest pause, in nanoseconds.
    #[must_use]
    pub fn max_ns(&self) -> u64 {
        self.histogram.max()
    }

    /// The length, in nanoseconds, that the share `q` of all pauses does not exceed, to three digits.
    ///
    /// # Panics
    /// If `q` is not within 0 and 1.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        self.histogram.quantile(q)
    }

    /// All durations, in nanoseconds.
    #[must_use]
    pub fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    /// The last pauses, oldest first.
    pub fn recent(&self) -> impl DoubleEndedIterator<Item = &Pause> + '_ {
        let (newer, older) = self.ring.split_at(self.next);
        older.iter().chain(newer)
    }

    /// The minimum mutator utilisation: the smallest share of any window of that length in which the
    /// program could run, from 0 (some window is all pause) to 1. (Cheng and Blelloch, *A Parallel,
    /// Real-Time Garbage Collector*, PLDI 2001.)
    ///
    /// It covers the last pauses only, those that [`recent`](Self::recent) lists; time before them
    /// and after them counts as free of pauses. Costs a few µs per hundred pauses, and allocates.
    #[must_use]
    pub fn mmu(&self, window: Duration) -> f64 {
        let window_ns = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX).max(1);
        let pauses: Vec<&Pause> = self.recent().collect();
        // `before[i]` is the time paused up to the start of pause i.
        let mut before = vec![0];
        before.extend(pauses.iter().scan(0, |sum, pause| {
            *sum += pause.duration_ns;
            Some(*sum)
        }));
        let paused_until = |time: u64| {
            let begun = pauses.partition_point(|pause| pause.start_ns < time);
            match begun.checked_sub(1) {
                Some(last) => before[last] + pauses[last].duration_ns.min(time - pauses[last].start_ns),
                None => 0,
            }
        };
        let paused = |from: u64, to: u64| paused_until(to) - paused_until(from);
        // A window can be slid, without losing pause, until it begins where a pause begins or ends where
        // one ends.
        let worst = pauses.iter().map(|pause| {
            let forward = paused(pause.start_ns, pause.start_ns.saturating_add(window_ns));
            let backward = paused(pause.end_ns().saturating_sub(window_ns), pause.end_ns());
            forward.max(backward)
        });
        let run_ns = window_ns - worst.max().unwrap_or(0);
        run_ns as f64 / window_ns as f64
    }

    /// Forgets all pauses; the settings and the memory stay.
    pub fn clear(&mut self) {
        self.histogram.clear();
        self.total_ns = 0;
        self.ring.clear();
        self.next = 0;
    }
}

impl fmt::Debug for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pauses")
            .field("count", &self.count())
            .field("total_ns", &self.total_ns)
            .field("max_ns", &self.max_ns())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pauses, {} in all", self.count(), Nanos(self.total_ns))?;
        for (name, q) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
            write!(f, ", {name} {}", Nanos(self.quantile(q)))?;
        }
        write!(f, ", max {}", Nanos(self.max_ns()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Phase;

    fn pauses(kept: usize, intervals: &[(u64, u64)]) -> Pauses {
        let mut pauses = Pauses::new(kept);
        for &(start_ns, duration_ns) in intervals {
            let phases = PhaseTimes::of(Phase::Mark, duration_ns);
            pauses.record(Pause { start_ns, duration_ns, cause: Cause::Safepoint, phases });
        }
        pauses
    }

    fn mmu(pauses: &Pauses, window_ns: u64) -> f64 {
        pauses.mmu(Duration::from_nanos(window_ns))
    }

    #[test]
    fn totals_cover_all_pauses_and_the_ring_the_last() {
        let recorder = pauses(3, &[(0, 10), (20, 20), (50, 30), (100, 40), (200, 50)]);
        assert_eq!((recorder.count(), recorder.total_ns(), recorder.max_ns()), (5, 150, 50));
        let starts: Vec<u64> = recorder.recent().map(|p| p.start_ns).collect();
        assert_eq!(starts, [50, 100, 200]);
        let quantiles = [0.2, 0.5, 1.0].map(|q| recorder.quantile(q));
        assert_eq!(quantiles, [10, 30, 50]);
        assert_eq!(recorder.to_string(), "5 pauses, 150 ns in all, p50 30 ns, p99 50 ns, p99.9 50 ns, max 50 ns");
    }

    #[test]
    fn a_ring_of_none_keeps_totals() {
        let recorder = pauses(0, &[(0, 10), (20, 20)]);
        assert_eq!((recorder.count(), recorder.recent().count(), mmu(&recorder, 5)), (2, 0, 1.0));
    }

    #[test]
    fn utilisation_is_that_of_the_worst_window() {
        let recorder = pauses(8, &[(100, 10), (115, 10), (200, 20)]);
        assert_eq!(mmu(&recorder, 20), 0.0);
        assert_eq!(mmu(&recorder, 25), 5.0 / 25.0);
        assert_eq!(mmu(&recorder, 40), 0.5);
        assert_eq!(mmu(&recorder, 120), 80.0 / 120.0);
        assert_eq!(mmu(&recorder, 1000), 960.0 / 1000.0);
    }

    #[test]
    fn utilisation_agrees_with_sliding_a_window_tick_by_tick() {
        let mut seed = 7u64;
        let mut random = |n: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % n
        };
        let mut at = 300;
        let intervals: Vec<_> = std::iter::repeat_with(|| {
            let pause = (at + random(30), random(20));
            at = pause.0 + pause.1;
            pause
        })
        .take(40)
        .collect();
        let recorder = pauses(64, &intervals);
        let is_paused = |t: u64| intervals.iter().any(|&(start, len)| (start..start + len).contains(&t));
        let ticks: Vec<bool> = (0..at + 300).map(is_paused).collect();
        for window in [1, 7, 50, 299] {
            let most = ticks.windows(window).map(|w| w.iter().filter(|&&p| p).count()).max().unwrap();
            assert_eq!(mmu(&recorder, window as u64), (window - most) as f64 / window as f64, "window {window}");
        }
    }

    #[test]
    fn without_pauses_the_program_runs_all_the_time() {
        let mut recorder = pauses(4, &[(0, 5)]);
        recorder.clear();
        assert_eq!((mmu(&recorder, 0), recorder.count(), recorder.quantile(0.5)), (1.0, 0, 0));
    }
}
