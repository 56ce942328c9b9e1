//! What the machine itself adds: a thread that does nothing but sleep, and looks how late it wakes.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gc_report::Histogram;

use crate::measure::nanoseconds;

/// How long it sleeps at a time.
const SLEEP: Duration = Duration::from_millis(1);

/// A control thread; it runs from its start to [`Control::stop`].
pub(crate) struct Control {
    /// Relaxed: it carries nothing but itself; the join orders the rest.
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Histogram>,
}

impl Control {
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || sleep_until(|| stopped.load(Ordering::Relaxed)));
        Self { stop, thread }
    }

    /// Ends the thread, and returns by how much it woke later than it had asked for.
    pub(crate) fn stop(self) -> Histogram {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

fn sleep_until(stopped: impl Fn() -> bool) -> Histogram {
    let mut late = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3).expect("valid bounds");
    while !stopped() {
        let begin = Instant::now();
        std::thread::sleep(SLEEP);
        late.saturating_record(nanoseconds(begin.elapsed().saturating_sub(SLEEP)).max(1));
    }
    let max = late.max();
    Histogram::of_buckets(late.iter_recorded().map(|b| (b.value_iterated_to().min(max), b.count_at_value())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_about_once_a_millisecond() {
        let control = Control::start();
        std::thread::sleep(Duration::from_millis(100));
        let late = control.stop();
        assert!((1..=101).contains(&late.count()), "{}", late.count());
    }
}
