//! How gc-core is driven, the same in every program.
//!
//! The default configuration, and nothing else: what is due is done at the end of each `mutate`. The
//! heap records its own pauses; a program hands them over at its end.
#![forbid(unsafe_code)]

use std::time::Duration;

use gc_core::stats::Phase;
use gc_core::{Heap, Rebrand};

use crate::measure::Recorder;

/// Hands over the pauses that the heap recorded since it was made.
pub(crate) fn take_pauses<R: Rebrand + 'static>(heap: &Heap<R>, recorder: &mut Recorder) {
    let pauses = heap.pauses();
    for bucket in pauses.histogram().buckets() {
        recorder.add_pauses(Duration::from_nanos(bucket.high.min(pauses.max_ns())), bucket.count);
    }
}

/// How long the heap has spent marking since it was made.
pub(crate) fn mark_time<R: Rebrand + 'static>(heap: &Heap<R>) -> Duration {
    let time = heap.stats().time;
    Duration::from_nanos(time[Phase::Mark] + time[Phase::Assist])
}
