//! What one process finds out about one run: the recorder that a program carries along, and the
//! line of JSON that goes back to the laboratory.
//!
//! Two yardsticks for intervals in which the program cannot run:
//!
//! - **Stalls** are measured alike for every collector: the program's loop reads the clock every few
//!   hundred operations ([`Recorder::worked`], [`Recorder::lap`]), and the time of each such batch is
//!   one sample. A batch that the collector interrupts is longer by the interruption, wherever that
//!   sits: in an allocation, a write, a destructor, a page fault.
//! - **Pauses** are what a collector calls its own: each call of `collect_debt`, each drop of a big
//!   structure ([`Recorder::pause`]), or what gc-core's pause recorder tells.
//!
//! A clock reading costs some 30 ns, so no sample is taken for less than about a microsecond's work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::machine;

/// How many operations [`Recorder::worked`] gathers into one sample.
pub(crate) const BATCH: u64 = 512;

/// Follows a program while it runs.
pub(crate) struct Recorder {
    last: Instant,
    gathered: u64,
    stalls: Histogram<u64>,
    pauses: Histogram<u64>,
    wall: Duration,
    processor: Option<Duration>,
    waited: Option<Duration>,
    operations: u64,
    figures: BTreeMap<String, f64>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        // A nanosecond to a minute, three digits.
        let histogram = || Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("valid bounds");
        Self {
            last: Instant::now(),
            gathered: 0,
            stalls: histogram(),
            pauses: histogram(),
            wall: Duration::ZERO,
            processor: None,
            waited: None,
            operations: 0,
            figures: BTreeMap::new(),
        }
    }

    /// Runs `work`, and adds its time to the program's.
    pub(crate) fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let processor = machine::processor_time();
        let waited = machine::waited_for_processor();
        let start = Instant::now();
        self.last = start;
        let result = work(self);
        self.wall += start.elapsed();
        add_growth(&mut self.processor, processor, machine::processor_time());
        add_growth(&mut self.waited, waited, machine::waited_for_processor());
        result
    }

    /// Says how many operations the timed part did, for the time per operation.
    pub(crate) fn operations(&mut self, count: u64) {
        self.operations += count;
    }

    /// Ends a batch: the time since the last `lap` or `resume` is one sample.
    #[inline]
    pub(crate) fn lap(&mut self) {
        let now = Instant::now();
        self.stalls.saturating_record(nanoseconds(now - self.last));
        self.last = now;
        self.gathered = 0;
    }

    /// Counts operations, and ends a batch when [`BATCH`] have come together.
    #[inline]
    pub(crate) fn worked(&mut self, operations: u64) {
        self.gathered += operations;
        if self.gathered >= BATCH {
            self.lap();
        }
    }

    /// Begins a batch anew: what the program did since the last one was work of its own, of another
    /// kind than the batches hold.
    #[inline]
    pub(crate) fn resume(&mut self) {
        self.last = Instant::now();
        self.gathered = 0;
    }

    /// Runs `work`, whose time is a pause of the collector.
    #[inline]
    pub(crate) fn pause<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.add_pause(start.elapsed());
        result
    }

    /// Adds a pause that was measured elsewhere.
    #[inline]
    pub(crate) fn add_pause(&mut self, length: Duration) {
        self.pauses.saturating_record(nanoseconds(length));
    }

    /// Adds as many pauses of that length, which the collector recorded itself.
    pub(crate) fn add_pauses(&mut self, length: Duration, count: u64) {
        self.pauses.saturating_record_n(nanoseconds(length), count);
    }

    /// Notes a figure that only some programs have, such as bytes per object.
    pub(crate) fn figure(&mut self, name: &str, value: f64) {
        self.figures.insert(name.to_owned(), value);
    }

    /// What goes back to the laboratory.
    pub(crate) fn finish(self, checksum: u64) -> Measurement {
        Measurement {
            checksum,
            allocator: Allocator::of_this_process(),
            wall_ns: nanoseconds(self.wall),
            processor_ns: self.processor.map(nanoseconds),
            waited_ns: self.waited.map(nanoseconds),
            operations: self.operations,
            pauses: Summary::of(&self.pauses),
            stalls: Summary::of(&self.stalls),
            peak_bytes: machine::peak_resident_bytes(),
            figures: self.figures,
        }
    }
}

fn add_growth(sum: &mut Option<Duration>, before: Option<Duration>, after: Option<Duration>) {
    if let (Some(before), Some(after)) = (before, after) {
        *sum = Some(sum.unwrap_or_default() + after.saturating_sub(before));
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// One run of one program on one collector, in a process of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// What the program computed; the same for every collector, or somebody is wrong.
    pub(crate) checksum: u64,
    pub(crate) allocator: Allocator,
    pub(crate) wall_ns: u64,
    /// Time of all threads, so that work done on the side is seen.
    pub(crate) processor_ns: Option<u64>,
    /// Time for which the machine was busy with others.
    pub(crate) waited_ns: Option<u64>,
    pub(crate) operations: u64,
    pub(crate) pauses: Option<Summary>,
    pub(crate) stalls: Option<Summary>,
    pub(crate) peak_bytes: Option<u64>,
    pub(crate) figures: BTreeMap<String, f64>,
}

/// A histogram, boiled down. All times in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) count: u64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
}

impl Summary {
    /// `None` of an empty histogram.
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        (!histogram.is_empty()).then(|| Self {
            count: histogram.len(),
            p50: histogram.value_at_quantile(0.5),
            p99: histogram.value_at_quantile(0.99),
            max: histogram.max(),
        })
    }
}

/// What a program computed, folded into one number that depends on the order.
pub(crate) struct Checksum(u64);

impl Checksum {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    #[inline]
    pub(crate) fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x0000_0100_0000_01b3);
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_survives_the_way_through_json() {
        let mut recorder = Recorder::new();
        recorder.timed(|r| {
            r.pause(|| ());
            r.lap();
        });
        recorder.operations(3);
        recorder.figure("bytes per object", 32.5);
        let sent = recorder.finish(42);
        let line = serde_json::to_string(&sent).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Measurement>(&line).unwrap(), sent);
    }

    #[test]
    fn a_summary_keeps_the_worst_and_three_digits() {
        let mut recorder = Recorder::new();
        for microseconds in 1..=1000 {
            recorder.add_pause(Duration::from_micros(microseconds));
        }
        let pauses = recorder.finish(0).pauses.unwrap();
        assert_eq!(pauses.count, 1000);
        assert!(pauses.p50.abs_diff(500_000) <= 1_000);
        assert!(pauses.p99.abs_diff(990_000) <= 1_000);
        assert!(pauses.max.abs_diff(1_000_000) <= 1_000);
    }

    #[test]
    fn a_batch_is_sampled_when_it_is_full() {
        let mut recorder = Recorder::new();
        for _ in 0..5 {
            recorder.worked(BATCH / 2);
        }
        assert_eq!(recorder.finish(0).stalls.unwrap().count, 2);
    }

    #[test]
    fn a_checksum_depends_on_the_order() {
        let sum = |values: [u64; 2]| {
            let mut sum = Checksum::new();
            values.into_iter().for_each(|v| sum.add(v));
            sum.value()
        };
        assert_ne!(sum([1, 2]), sum([2, 1]));
    }
}
