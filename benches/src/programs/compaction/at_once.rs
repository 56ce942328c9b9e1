//! `Heap::compact`.

use gc_core::Config;
use gc_core::stats::Phase;

use super::nodes::{NODE, drop_others, grown, sum};
use super::{MOVE_FIGURE, PLACES_FIGURE, RESIDENT_FIGURE, bytes, copies};
use crate::heap::take_pauses;
use crate::measure::{Checksum, Recorder};
use crate::programs::Job;
use crate::random::Random;

/// gc-core's blocks.
const BLOCK_BYTES: u64 = 64 << 10;

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let count = bytes(job) / NODE;
    let keep = |number: u64| Random::seeded(number).next().is_multiple_of(10);
    // Nothing that is free is kept, or what is resident would be a matter of taste.
    let config = || Config::default().retain_free(0);
    let mut checksum = Checksum::new();
    let (mut heap, compacted, moving) = recorder.timed(|recorder| {
        let mut heap = grown(job, config(), count, |_| true);
        drop_others(&mut heap, keep);
        heap.collect();
        let before = (heap.occupancy(), heap.stats());
        let compacted = heap.compact();
        let stats = heap.stats();
        recorder.occupancy(BLOCK_BYTES, before.0.blocks(), heap.occupancy().blocks());
        let time = |phase| (stats.time[phase] - before.1.time[phase]) as f64;
        let moving = time(Phase::Evacuate) + time(Phase::Relocate);
        recorder.figure("move ms/GiB live", moving / 1e6 / stats.live_bytes as f64 * (1_u64 << 30) as f64);
        (heap, compacted, moving)
    });
    let an_object = moving / compacted.moved_objects.max(1) as f64;
    recorder.figure("move ns/object", an_object);
    recorder.figure(MOVE_FIGURE, moving / copies::at_once(compacted.moved_bytes as usize));
    recorder.figure(PLACES_FIGURE, an_object / copies::one_by_one(count, keep));
    recorder.operations(count);
    checksum.add(sum(&mut heap));
    take_pauses(&heap, recorder);
    let resident = heap.stats().resident_bytes;
    drop(heap);
    let mut fresh = grown(job, config(), count, keep);
    recorder.figure(RESIDENT_FIGURE, resident as f64 / fresh.stats().resident_bytes as f64);
    checksum.add(sum(&mut fresh));
    checksum.value()
}
