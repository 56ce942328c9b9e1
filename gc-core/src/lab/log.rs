//! What the listener heard.
//!
//! - **S7** Times of the heap count from its making, times of the results from the recorder's start. An event that tells a
//!   pause comes right after it, so the offset between the two is the least that any such event shows.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use gc_report::{Collection, CollectionKind, Round, Sample};

use super::process;
use crate::stats::{Event, Histogram, Pause};

/// So many pauses are kept one by one, the last ones: 90 bytes each.
pub const PAUSES_KEPT: usize = 1 << 16;

/// With more sizes or collections than this every second one goes, and as many are noted from then on.
const MOST: usize = 4096;

/// How often the system is asked what is resident, at most.
const LOOK: Duration = Duration::from_millis(10);

pub(super) struct Log {
    began: Instant,
    pauses: VecDeque<Pause>,
    histogram: Histogram,
    /// The least "now − end of the pause" seen, both on their own clocks.
    offset_ns: Option<i64>,
    collections: Thinned<Collection>,
    sizes: Thinned<Sample>,
    /// What the heap holds, as far as its events say.
    heap_bytes: usize,
    next_look: Instant,
}

impl Log {
    pub(super) fn new(began: Instant, heap_bytes: usize) -> Self {
        Self {
            began,
            pauses: VecDeque::new(),
            histogram: Histogram::new(),
            offset_ns: None,
            collections: Thinned::new(),
            sizes: Thinned::new(),
            heap_bytes,
            next_look: began,
        }
    }

    /// Notes an event that is heard `now`.
    pub(super) fn hear(&mut self, event: &Event<'_>, now: Instant) {
        match *event {
            Event::YoungStarted { nursery_bytes, .. } => self.size(self.heap_bytes + nursery_bytes, now),
            Event::YoungFinished { promoted_bytes, .. } => {
                self.heap_bytes += promoted_bytes;
                self.collected(CollectionKind::Young, now);
            }
            Event::OldStarted { used_bytes } => self.heap_bytes = used_bytes,
            Event::MarkFinished { .. } => self.collected(CollectionKind::Old, now),
            Event::SweepFinished { freed_bytes } => {
                self.heap_bytes = self.heap_bytes.saturating_sub(freed_bytes);
                self.size(self.heap_bytes, now);
            }
            Event::Compacted { .. } => self.collected(CollectionKind::Compaction, now),
            Event::Paused { pause } => self.paused(*pause, now),
            _ => {}
        }
    }

    fn paused(&mut self, pause: Pause, now: Instant) {
        let offset = self.at(now) as i64 - pause.end_ns() as i64;
        self.offset_ns = Some(self.offset_ns.map_or(offset, |least| least.min(offset)));
        self.histogram.record(pause.duration_ns);
        if self.pauses.len() == PAUSES_KEPT {
            self.pauses.pop_front();
        }
        self.pauses.push_back(pause);
    }

    fn collected(&mut self, kind: CollectionKind, now: Instant) {
        let collection = Collection { at_ns: self.at(now), kind };
        self.collections.push(collection);
        self.size(self.heap_bytes, now);
    }

    fn size(&mut self, heap_bytes: usize, now: Instant) {
        if !self.sizes.wants_next() {
            return;
        }
        let looks = now >= self.next_look;
        let resident_bytes = if looks { process::resident_bytes() } else { None };
        if looks {
            self.next_look = now + LOOK;
        }
        self.sizes.keep(Sample { at_ns: self.at(now), heap_bytes: Some(heap_bytes as u64), resident_bytes });
    }

    /// Nanoseconds from the recorder's start to `now`.
    fn at(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    /// All of it, as results have it. What was not heard is left empty.
    pub(super) fn into_round(self) -> Round {
        let offset = self.offset_ns.unwrap_or(0);
        let max = self.histogram.max();
        let buckets = self.histogram.buckets().map(|bucket| (bucket.high.min(max), bucket.count));
        Round {
            pauses: gc_report::Histogram::of_buckets(buckets),
            pauses_left_out: self.histogram.count() - self.pauses.len() as u64,
            pause_list: self.pauses.iter().map(|pause| told(pause, offset)).collect(),
            timeline: self.sizes.items,
            collections: self.collections.items,
            ..Round::default()
        }
    }
}

fn told(pause: &Pause, offset_ns: i64) -> gc_report::Pause {
    let phases = pause.phases.iter().filter(|&(_, ns)| ns > 0);
    gc_report::Pause {
        start_ns: pause.start_ns.saturating_add_signed(offset_ns),
        duration_ns: pause.duration_ns,
        cause: pause.cause.name().to_owned(),
        phases: phases.map(|(phase, ns)| (phase.name().to_owned(), ns)).collect(),
    }
}

/// A list that stays short: of what comes, every n-th is kept, with n doubled whenever it is full.
struct Thinned<T> {
    items: Vec<T>,
    every: usize,
    /// How many go by before the next one is kept.
    skip: usize,
}

impl<T> Thinned<T> {
    fn new() -> Self {
        Self { items: Vec::new(), every: 1, skip: 0 }
    }

    /// Whether the next one is kept; if not, it has come.
    fn wants_next(&mut self) -> bool {
        let wanted = self.skip == 0;
        self.skip = if wanted { self.every } else { self.skip } - 1;
        wanted
    }

    /// Takes the next one, and keeps it if it is its turn.
    fn push(&mut self, item: T) {
        if self.wants_next() {
            self.keep(item);
        }
    }

    fn keep(&mut self, item: T) {
        self.items.push(item);
        if self.items.len() == MOST {
            let mut number = 0;
            self.items.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Cause, Phase, PhaseTimes};

    /// A log on a synthetic clock: the heap was made 1 ms before the recorder began.
    struct Synthetic {
        log: Log,
        began: Instant,
    }

    impl Synthetic {
        fn new() -> Self {
            let began = Instant::now();
            Self { log: Log::new(began, 0), began }
        }

        /// A pause at `start_ns` after the recorder's start, told `late_ns` after its end.
        fn pause(&mut self, start_ns: u64, duration_ns: u64, late_ns: u64) {
            let phases = PhaseTimes::of(Phase::Young, duration_ns);
            let pause = Pause { start_ns: start_ns + 1_000_000, duration_ns, cause: Cause::Safepoint, phases };
            let now = self.began + Duration::from_nanos(start_ns + duration_ns + late_ns);
            self.log.hear(&Event::Paused { pause: &pause }, now);
        }
    }

    #[test]
    fn known_pauses_give_the_exact_histogram_and_utilisation() {
        let mut synthetic = Synthetic::new();
        synthetic.pause(1_000_000, 100_000, 300);
        synthetic.pause(2_000_000, 200_000, 0);
        synthetic.pause(2_300_000, 100_000, 50);
        let round = Round { wall_ns: 10_000_000, ..synthetic.log.into_round() };
        // Buckets are a thousandth wide; the greatest value is exact.
        assert_eq!(round.pauses.count(), 3);
        assert_eq!(round.pauses.max(), Some(200_000));
        assert!(round.pauses.quantile(0.5).unwrap().abs_diff(100_000) <= 100);
        let starts: Vec<u64> = round.pause_list.iter().map(|pause| pause.start_ns).collect();
        assert_eq!(starts, [1_000_000, 2_000_000, 2_300_000]);
        assert_eq!(round.pause_list[0].phases, [("young".to_owned(), 100_000)]);
        for point in round.utilisation_curve() {
            // The worst window: within the longest pause; over both of the close ones; over all three.
            let paused = match point.window_ns {
                window if window <= 200_000 => window,
                window if window <= 400_000 => 200_000.max(window - 100_000),
                window if window <= 1_400_000 => 300_000.max(window.saturating_sub(1_000_000)),
                _ => 400_000,
            };
            let expected = 1.0 - paused as f64 / point.window_ns as f64;
            assert!((point.utilisation - expected).abs() < 1e-9, "{point:?}, expected {expected}");
        }
    }

    #[test]
    fn a_long_run_keeps_the_last_pauses_and_counts_all() {
        let mut synthetic = Synthetic::new();
        let pauses = PAUSES_KEPT as u64 + 1000;
        (0..pauses).for_each(|n| synthetic.pause(n * 1000, 10, 0));
        let round = synthetic.log.into_round();
        assert_eq!((round.pauses.count(), round.pauses_left_out), (pauses, 1000));
        assert_eq!(round.pause_list.first().map(|pause| pause.start_ns), Some(1_000_000));
    }

    #[test]
    fn lists_stay_short_and_cover_everything() {
        let mut list = Thinned::new();
        (0..1_000_000).for_each(|n| list.push(n));
        assert!((MOST / 4..=MOST).contains(&list.items.len()), "{}", list.items.len());
        assert!(list.items.is_sorted() && list.items[0] == 0 && *list.items.last().unwrap() > 990_000);
    }
}
