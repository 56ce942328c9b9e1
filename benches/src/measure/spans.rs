//! When pauses were: compactly, so that writing them down is not what the memory is seen to grow by.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use gc_report::Pause;

use super::nanoseconds;

/// So many are remembered: 2 MiB.
const MOST: usize = 1 << 17;

/// The pauses of a run. Of more than [`MOST`] the shorter half is forgotten, again and again: what is known of the
/// long ones stays exact, and a utilisation curve takes the forgotten ones for running.
#[derive(Default)]
pub(super) struct Spans(Vec<Span>);

#[derive(Clone, Copy)]
struct Span {
    start_ns: u64,
    length_ns: u64,
}

impl Spans {
    /// Adds a pause that began `start`, counted from `origin`; one that came before that is not remembered.
    #[inline]
    pub(super) fn add(&mut self, origin: Instant, start: Instant, length: Duration) {
        if let Some(at) = start.checked_duration_since(origin) {
            if self.0.len() == MOST {
                self.forget();
            }
            self.0.push(Span { start_ns: nanoseconds(at), length_ns: nanoseconds(length) });
        }
    }

    #[cold]
    fn forget(&mut self) {
        let mut lengths: Vec<u64> = self.0.iter().map(|span| span.length_ns).collect();
        let middle = MOST / 2;
        let median = *lengths.select_nth_unstable(middle).1;
        self.0.retain(|span| span.length_ns > median);
        // All alike: then it does not matter which.
        self.0.truncate(middle);
    }

    pub(super) fn into_pauses(self) -> impl Iterator<Item = Pause> {
        self.0.into_iter().map(|span| Pause::new(span.start_ns, span.length_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_ones_stay_when_there_are_too_many() {
        let origin = Instant::now();
        let mut spans = Spans::default();
        for n in 0..3 * MOST as u64 {
            let length = if n.is_multiple_of(1000) { 5000 } else { n % 100 };
            spans.add(origin, origin + Duration::from_nanos(n * 10_000), Duration::from_nanos(length));
        }
        let pauses: Vec<Pause> = spans.into_pauses().collect();
        assert!(pauses.len() <= MOST);
        assert!(pauses.is_sorted_by_key(|pause| pause.start_ns));
        let long = pauses.iter().filter(|pause| pause.duration_ns == 5000).count();
        assert_eq!(long, (3 * MOST).div_ceil(1000));
    }

    #[test]
    fn memory_is_bounded_even_if_all_are_alike() {
        let origin = Instant::now();
        let mut spans = Spans::default();
        (0..2 * MOST).for_each(|_| spans.add(origin, origin, Duration::from_nanos(7)));
        let count = spans.into_pauses().count();
        assert!((1..=MOST).contains(&count));
    }
}
