//! When requests start: one after the other, or at a fixed rate.
//!
//! In a *closed* loop the next request starts when the last one is done, so that a stall delays one
//! request and is counted once. In an *open* loop requests arrive at a fixed rate whether or not the
//! program is ready, as they do at a server; latency runs from the arrival, and a stall is charged to all
//! that it delayed. (The difference is G. Tene's "coordinated omission".)
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use super::nanoseconds;

/// When the requests of a run start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// When the one before is done.
    Closed,
    /// So long after the one before was to start.
    Open { interval: Duration },
}

/// Tells the arrivals of an open loop.
pub(super) struct Arrivals {
    interval: Duration,
    /// When the next request arrives, counted from the first one.
    next: Duration,
}

impl Arrivals {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, next: Duration::ZERO }
    }

    /// Waits for the next request, by a clock that counts from the first one, and returns its arrival.
    /// Does not wait for one that is late.
    pub(super) fn wait(&mut self, clock: impl Fn() -> Duration, sleep: impl Fn(Duration)) -> Duration {
        let arrival = self.next;
        self.next += self.interval;
        loop {
            let early = arrival.saturating_sub(clock());
            if early.is_zero() {
                return arrival;
            }
            sleep(early);
        }
    }

    /// Requests a second.
    pub(super) fn rate(&self) -> f64 {
        1e9 / nanoseconds(self.interval).max(1) as f64
    }
}

/// Lets the time pass: asleep as far as a sleep is exact enough, and then spinning.
pub(super) fn rest(early: Duration) {
    /// A sleeping thread wakes this much late, on a quiet machine.
    const INEXACT: Duration = Duration::from_micros(150);
    if early > 2 * INEXACT {
        std::thread::sleep(early - INEXACT);
    } else {
        let end = Instant::now() + early;
        while Instant::now() < end {
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A clock that only moves when somebody works or sleeps.
    #[derive(Default)]
    struct Synthetic(Cell<Duration>);

    impl Synthetic {
        fn pass(&self, time: Duration) {
            self.0.set(self.0.get() + time);
        }

        /// The latencies, in µs, of requests that arrive each 10 µs and take as long as told.
        fn latencies(&self, work_us: &[u64]) -> Vec<u64> {
            let mut arrivals = Arrivals::new(Duration::from_micros(10));
            let latency = |&work: &u64| {
                let arrival = arrivals.wait(|| self.0.get(), |early| self.pass(early));
                self.pass(Duration::from_micros(work));
                (self.0.get() - arrival).as_micros() as u64
            };
            work_us.iter().map(latency).collect()
        }
    }

    #[test]
    fn without_a_stall_latency_is_the_work() {
        assert_eq!(Synthetic::default().latencies(&[3, 4, 10, 1]), [3, 4, 10, 1]);
    }

    #[test]
    fn a_stall_is_charged_to_every_request_that_it_delayed() {
        // The second request takes 35 µs; those that arrive meanwhile wait, and catch up by 5 µs each.
        assert_eq!(Synthetic::default().latencies(&[5, 35, 5, 5, 5, 5, 5, 5]), [5, 35, 30, 25, 20, 15, 10, 5]);
    }

    #[test]
    fn who_is_too_slow_for_the_rate_falls_behind_for_good() {
        assert_eq!(Synthetic::default().latencies(&[15; 4]), [15, 20, 25, 30]);
    }

    #[test]
    fn the_rate_is_that_of_the_interval() {
        assert_eq!(Arrivals::new(Duration::from_micros(20)).rate(), 50_000.0);
    }
}
