//! What one process finds out about one run: the recorder that a program carries along.
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
//! Programs that serve requests measure **latency** as well ([`Recorder::request`]), in a closed or in an
//! open loop.
//!
//! A clock reading costs some 30 ns, so no sample is taken for less than about a microsecond's work.

mod checksum;
mod pace;
mod spans;
mod timeline;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gc_report::{Collection, Occupancy, Pause, Round, Utilisation, UtilisationPoint};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::allocator::Allocator;
use crate::machine;

pub(crate) use checksum::Checksum;
use pace::Arrivals;
pub(crate) use pace::Pace;
use spans::Spans;
use timeline::Timeline;

/// How many operations [`Recorder::worked`] gathers into one sample.
pub(crate) const BATCH: u64 = 512;

/// So many pauses are written down one by one.
const PAUSES_WRITTEN: usize = 400;

/// Follows a program while it runs.
pub(crate) struct Recorder {
    /// When the timed part began.
    start: Instant,
    last: Instant,
    gathered: u64,
    stalls: Histogram<u64>,
    pauses: Histogram<u64>,
    spans: Spans,
    /// Pauses of a collector that records them itself.
    pause_list: Vec<Pause>,
    collections: Vec<Collection>,
    requests: Histogram<u64>,
    arrivals: Option<Arrivals>,
    timeline: Timeline,
    wall: Duration,
    processor: Option<Duration>,
    waited: Option<Duration>,
    operations: u64,
    peak_bytes: Option<u64>,
    shrunk_bytes: Option<u64>,
    occupancy: Option<Occupancy>,
    figures: BTreeMap<String, f64>,
}

/// What a child process answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The allocator that the process really used.
    pub(crate) allocator: Allocator,
    pub(crate) round: Round,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self::paced(Pace::Closed)
    }

    /// A recorder whose requests start at that pace.
    pub(crate) fn paced(pace: Pace) -> Self {
        // A nanosecond to a minute, three digits.
        let histogram = || Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("valid bounds");
        Self {
            start: Instant::now(),
            last: Instant::now(),
            gathered: 0,
            stalls: histogram(),
            pauses: histogram(),
            spans: Spans::default(),
            pause_list: Vec::new(),
            collections: Vec::new(),
            requests: histogram(),
            arrivals: match pace {
                Pace::Closed => None,
                Pace::Open { interval } => Some(Arrivals::new(interval)),
            },
            timeline: Timeline::new(),
            wall: Duration::ZERO,
            processor: None,
            waited: None,
            operations: 0,
            peak_bytes: None,
            shrunk_bytes: None,
            occupancy: None,
            figures: BTreeMap::new(),
        }
    }

    /// Runs `work`, which is the timed part of the program.
    pub(crate) fn timed<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let processor = machine::processor_time();
        let waited = machine::waited_for_processor();
        let start = Instant::now();
        self.start = start;
        self.last = start;
        let result = work(self);
        self.wall += start.elapsed();
        add_growth(&mut self.processor, processor, machine::processor_time());
        add_growth(&mut self.waited, waited, machine::waited_for_processor());
        // Before what was recorded is worked up, which takes memory as well.
        self.peak_bytes = machine::peak_resident_bytes();
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
        if self.timeline.is_due(now) {
            self.sample(now);
        }
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

    /// Serves a request, when it is time for it. In a closed loop it is a batch as well, unless it has
    /// batches of its own.
    #[inline]
    pub(crate) fn request<T>(&mut self, serve: impl FnOnce(&mut Self) -> T) -> T {
        let (start, last) = (self.start, self.last);
        let begin = match &mut self.arrivals {
            None => last,
            Some(arrivals) => start + arrivals.wait(|| start.elapsed(), pace::rest),
        };
        let result = serve(self);
        let now = Instant::now();
        self.requests.saturating_record(nanoseconds(now - begin));
        if self.arrivals.is_none() && self.last == last {
            self.stalls.saturating_record(nanoseconds(now - last));
        }
        self.last = now;
        self.gathered = 0;
        if self.timeline.is_due(now) {
            self.sample(now);
        }
        result
    }

    /// Takes a sample of the sizes if one is due: for a program that has no batches.
    #[cfg(feature = "scheme")]
    #[inline]
    pub(crate) fn look(&mut self) {
        let now = Instant::now();
        if self.timeline.is_due(now) {
            self.sample(now);
        }
    }

    /// What a sample costs is kept out of the batches.
    #[cold]
    fn sample(&mut self, now: Instant) {
        self.timeline.add(now, now - self.start, machine::resident_bytes_roughly());
        self.last = Instant::now();
    }

    /// Whether the size of the heap is asked for.
    #[inline]
    pub(crate) fn wants_heap_bytes(&self) -> bool {
        self.timeline.wants_heap
    }

    /// The size of the heap now, for the timeline.
    pub(crate) fn heap_bytes(&mut self, bytes: u64) {
        self.timeline.heap(bytes);
    }

    /// Runs `work`, whose time is a pause of the collector.
    #[inline]
    pub(crate) fn pause<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let length = start.elapsed();
        self.add_pauses(length, 1);
        self.spans.add(self.start, start, length);
        result
    }

    /// Adds as many pauses of that length, which the collector recorded itself, to the histogram alone.
    pub(crate) fn add_pauses(&mut self, length: Duration, count: u64) {
        self.pauses.saturating_record_n(nanoseconds(length), count);
    }

    /// Lists pauses that the collector recorded itself, with their starts counted from `born`. They are in
    /// the histogram already.
    pub(crate) fn list_pauses(&mut self, born: Instant, pauses: impl Iterator<Item = Pause>) {
        let in_time = pauses.filter_map(|pause| {
            let at = (born + Duration::from_nanos(pause.start_ns)).checked_duration_since(self.start)?;
            Some(Pause { start_ns: nanoseconds(at), ..pause })
        });
        self.pause_list.extend(in_time);
    }

    /// Lists collections, whose times count from `born`.
    pub(crate) fn list_collections(&mut self, born: Instant, collections: impl Iterator<Item = Collection>) {
        let in_time = collections.filter_map(|collection| {
            let at = (born + Duration::from_nanos(collection.at_ns)).checked_duration_since(self.start)?;
            Some(Collection { at_ns: nanoseconds(at), ..collection })
        });
        self.collections.extend(in_time);
    }

    /// Notes a figure that only some programs have, such as bytes per object.
    pub(crate) fn figure(&mut self, name: &str, value: f64) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Notes what is resident now that the program has let most of its objects go.
    pub(crate) fn shrunk(&mut self) {
        self.shrunk_bytes = machine::resident_bytes();
    }

    /// Keeps how full the heap's blocks were before and after a compaction: of the first one.
    pub(crate) fn occupancy(
        &mut self,
        block_bytes: u64,
        before: impl Iterator<Item = f32>,
        after: impl Iterator<Item = f32>,
    ) {
        self.occupancy.get_or_insert_with(|| Occupancy {
            block_bytes,
            before: before.collect(),
            after: after.collect(),
        });
    }

    /// What goes back to the laboratory.
    pub(crate) fn finish(mut self, checksum: u64) -> Answer {
        self.pause_list.extend(self.spans.into_pauses());
        self.pause_list.sort_unstable_by_key(|pause| pause.start_ns);
        let utilisation = utilisation(&self.pause_list, self.wall);
        let listed = self.pause_list.len();
        if listed > PAUSES_WRITTEN {
            self.pause_list.drain(..listed - PAUSES_WRITTEN);
        }
        thin(&mut self.collections);
        let requests = buckets(&self.requests);
        let (closed_loop, open_loop, open_loop_rate) = match &self.arrivals {
            None => (requests, gc_report::Histogram::default(), None),
            Some(arrivals) => (gc_report::Histogram::default(), requests, Some(arrivals.rate())),
        };
        let round = Round {
            checksum,
            wall_ns: nanoseconds(self.wall),
            cpu_ns: self.processor.map(nanoseconds),
            waited_ns: self.waited.map(nanoseconds),
            operations: self.operations,
            pauses: buckets(&self.pauses),
            stalls: buckets(&self.stalls),
            closed_loop,
            open_loop,
            open_loop_rate,
            pauses_left_out: if self.pause_list.is_empty() {
                0
            } else {
                self.pauses.len().saturating_sub(self.pause_list.len() as u64)
            },
            pause_list: self.pause_list,
            utilisation,
            timeline: self.timeline.into_samples(),
            collections: self.collections,
            peak_bytes: self.peak_bytes,
            shrunk_bytes: self.shrunk_bytes,
            figures: self.figures,
            occupancy: self.occupancy,
        };
        Answer { allocator: Allocator::of_this_process(), round }
    }
}

/// The least share of any window of a length in which the program could run, for lengths from 0.1 ms to 1 s.
fn utilisation(pauses: &[Pause], wall: Duration) -> Vec<UtilisationPoint> {
    if pauses.is_empty() {
        return Vec::new();
    }
    Utilisation::new(pauses, 0, nanoseconds(wall)).curve(12)
}

/// Leaves at most a thousand collections, of each kind as many in proportion; a drawing shows no more.
fn thin(collections: &mut Vec<Collection>) {
    const MOST: usize = 1000;
    let every = collections.len().div_ceil(MOST).max(1);
    let mut seen = BTreeMap::new();
    collections.retain(|collection| {
        let seen: &mut usize = seen.entry(collection.kind).or_default();
        *seen += 1;
        (*seen - 1).is_multiple_of(every)
    });
}

fn buckets(histogram: &Histogram<u64>) -> gc_report::Histogram {
    let max = histogram.max();
    let buckets = histogram.iter_recorded();
    gc_report::Histogram::of_buckets(buckets.map(|b| (b.value_iterated_to().min(max), b.count_at_value())))
}

fn add_growth(sum: &mut Option<Duration>, before: Option<Duration>, after: Option<Duration>) {
    if let (Some(before), Some(after)) = (before, after) {
        *sum = Some(sum.unwrap_or_default() + after.saturating_sub(before));
    }
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_report::CollectionKind;

    #[test]
    fn an_answer_survives_the_way_through_json() {
        let mut recorder = Recorder::new();
        recorder.timed(|r| {
            r.pause(|| ());
            r.lap();
            r.request(|_| ());
        });
        recorder.operations(3);
        recorder.figure("bytes per object", 32.5);
        let sent = recorder.finish(u64::MAX - 1);
        let line = serde_json::to_string(&sent).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Answer>(&line).unwrap(), sent);
    }

    #[test]
    fn known_pauses_come_out_of_the_histogram_to_three_digits() {
        let mut recorder = Recorder::new();
        for microseconds in 1..=1000 {
            recorder.add_pauses(Duration::from_micros(microseconds), 1);
        }
        let pauses = recorder.finish(0).round.pauses;
        assert_eq!(pauses.count(), 1000);
        for (q, expected) in [(0.5, 500_000), (0.99, 990_000), (1.0, 1_000_000)] {
            assert!(pauses.quantile(q).unwrap().abs_diff(expected) <= expected / 1000, "{q}");
        }
    }

    /// A recorder whose program ran for a second from `start` on.
    fn after_a_second(start: Instant) -> Recorder {
        let mut recorder = Recorder::new();
        recorder.start = start;
        recorder.wall = Duration::from_secs(1);
        recorder
    }

    #[test]
    fn pauses_at_known_times_give_the_utilisation_that_follows() {
        let start = Instant::now();
        let mut recorder = after_a_second(start);
        // 1 ms at 100 ms and at 105 ms, 10 ms at 500 ms.
        for (at_ms, length_ms) in [(100, 1), (105, 1), (500, 10)] {
            let (at, length) = (Duration::from_millis(at_ms), Duration::from_millis(length_ms));
            recorder.add_pauses(length, 1);
            recorder.spans.add(start, start + at, length);
        }
        let round = recorder.finish(0).round;
        assert_eq!(round.pauses.count(), 3);
        assert_eq!(
            round.pause_list.iter().map(|p| p.start_ns).collect::<Vec<_>>(),
            [100_000_000, 105_000_000, 500_000_000]
        );
        for point in &round.utilisation {
            let window_ms = point.window_ns as f64 / 1e6;
            // The longest pause is the worst of any window up to half a second.
            if window_ms <= 300.0 {
                let expected = (1.0 - 10.0 / window_ms).max(0.0);
                assert!((point.utilisation - expected).abs() < 1e-6, "{point:?}");
            }
        }
        assert!(round.utilisation.len() > 20);
    }

    #[test]
    fn what_came_before_the_timed_part_is_not_listed() {
        let born = Instant::now();
        let mut recorder = after_a_second(born + Duration::from_millis(50));
        (0..2).for_each(|_| recorder.add_pauses(Duration::from_nanos(6), 1));
        recorder.list_pauses(born, [Pause::new(10_000_000, 5), Pause::new(60_000_000, 7)].into_iter());
        let collection = |at_ns| Collection { at_ns, kind: CollectionKind::Young };
        recorder.list_collections(born, [10_000_000, 60_000_000].map(collection).into_iter());
        let round = recorder.finish(0).round;
        assert_eq!(round.pause_list, [Pause::new(10_000_000, 7)]);
        assert_eq!(round.collections, [collection(10_000_000)]);
    }

    #[test]
    fn collections_are_thinned_kind_by_kind() {
        let collection = |i: u64| Collection {
            at_ns: i,
            kind: if i.is_multiple_of(1000) { CollectionKind::Old } else { CollectionKind::Young },
        };
        let mut collections: Vec<_> = (1..=100_000).map(collection).collect();
        thin(&mut collections);
        assert!(collections.len() <= 1001);
        assert_eq!(collections.iter().filter(|c| c.kind == CollectionKind::Old).count(), 1);
    }

    #[test]
    fn a_batch_is_sampled_when_it_is_full() {
        let mut recorder = Recorder::new();
        for _ in 0..5 {
            recorder.worked(BATCH / 2);
        }
        assert_eq!(recorder.finish(0).round.stalls.count(), 2);
    }

    #[test]
    fn requests_in_an_open_loop_are_no_batches() {
        let mut recorder = Recorder::paced(Pace::Open { interval: Duration::from_micros(1) });
        recorder.timed(|r| (0..10).for_each(|_| r.request(|_| ())));
        let round = recorder.finish(0).round;
        assert_eq!((round.open_loop.count(), round.closed_loop.count(), round.stalls.count()), (10, 0, 0));
        assert_eq!(round.open_loop_rate, Some(1e6));
    }
}
