//! Sizes over time: samples that stay few however long the program runs.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gc_report::Sample;

use super::nanoseconds;

/// With more samples than this every second one goes, and as many are taken from then on.
const MOST: usize = 400;

/// Sizes of the heap and of the process, at intervals.
///
/// A sample costs some ten microseconds (a read from `/proc`), which the interval keeps below a
/// three-hundredth of the time.
pub(super) struct Timeline {
    samples: Vec<Sample>,
    interval: Duration,
    next: Instant,
    /// Whether the last sample lacks the heap's size, which only the heap can tell.
    pub(super) wants_heap: bool,
}

impl Timeline {
    pub(super) fn new() -> Self {
        Self { samples: Vec::new(), interval: Duration::from_millis(4), next: Instant::now(), wants_heap: false }
    }

    #[inline]
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Adds a sample, taken `at` after the start.
    #[cold]
    pub(super) fn add(&mut self, now: Instant, at: Duration, resident_bytes: Option<u64>) {
        self.samples.push(Sample { at_ns: nanoseconds(at), heap_bytes: None, resident_bytes });
        self.wants_heap = true;
        if self.samples.len() > MOST {
            let mut number = 0;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.interval *= 2;
        }
        self.next = now + self.interval;
    }

    /// Completes the last sample.
    #[cold]
    pub(super) fn heap(&mut self, bytes: u64) {
        self.wants_heap = false;
        if let Some(last) = self.samples.last_mut() {
            last.heap_bytes = Some(bytes);
        }
    }

    pub(super) fn into_samples(self) -> Vec<Sample> {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_no_more_samples_than_a_short_one() {
        let mut timeline = Timeline::new();
        let start = Instant::now();
        let mut taken = 0;
        for ms in 0..100_000 {
            let at = Duration::from_millis(ms);
            if timeline.is_due(start + at) {
                timeline.add(start + at, at, Some(ms));
                timeline.heap(ms);
                taken += 1;
            }
        }
        let samples = timeline.into_samples();
        assert!(samples.len() <= MOST && samples.len() > MOST / 3, "{}", samples.len());
        assert!(taken < 10 * MOST, "{taken}");
        assert!(samples.windows(2).all(|pair| pair[0].at_ns < pair[1].at_ns));
        assert!(samples.iter().all(|sample| sample.heap_bytes == sample.resident_bytes));
    }
}
