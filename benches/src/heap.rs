//! How gc-core is driven, the same in every program.
//!
//! The default configuration, and nothing else: what is due is done at the end of each `mutate`. The
//! heap records its own pauses, from its making on; a program hands over those of its timed part.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::time::Duration;

use gc_core::stats::{Pauses, Phase};
use gc_core::{Heap, Rebrand};

use crate::measure::Recorder;

/// Hands over the pauses that the heap recorded since it was made.
pub(crate) fn take_pauses<R: Rebrand + 'static>(heap: &Heap<R>, recorder: &mut Recorder) {
    take_pauses_since(&Pauses::new(0), heap, recorder);
}

/// Hands over the pauses that the heap recorded since its [`Heap::pauses`] were `before`.
pub(crate) fn take_pauses_since<R: Rebrand + 'static>(before: &Pauses, heap: &Heap<R>, recorder: &mut Recorder) {
    let known: HashMap<u64, u64> = before.histogram().buckets().map(|bucket| (bucket.low, bucket.count)).collect();
    let pauses = heap.pauses();
    for bucket in pauses.histogram().buckets() {
        let count = bucket.count - known.get(&bucket.low).unwrap_or(&0);
        if count > 0 {
            recorder.add_pauses(Duration::from_nanos(bucket.high.min(pauses.max_ns())), count);
        }
    }
}

/// How long the heap has spent marking since it was made.
pub(crate) fn mark_time<R: Rebrand + 'static>(heap: &Heap<R>) -> Duration {
    let time = heap.stats().time;
    Duration::from_nanos(time[Phase::Mark] + time[Phase::Assist])
}
