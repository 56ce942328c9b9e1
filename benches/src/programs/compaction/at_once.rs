//! `Heap::compact`.

use std::time::Instant;

use gc_core::Config;
use gc_core::stats::Phase;

use super::nodes::{NODE, drop_others, grown, sum};
use super::{MOVE_FIGURE, RESIDENT_FIGURE, bytes};
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
    let mut heap = recorder.timed(|recorder| {
        let mut heap = grown(job, config(), count, |_| true);
        drop_others(&mut heap, keep);
        heap.collect();
        let before = (heap.occupancy(), heap.stats());
        let compacted = heap.compact();
        let stats = heap.stats();
        recorder.occupancy(BLOCK_BYTES, before.0.blocks(), heap.occupancy().blocks());
        let time = |phase| (stats.time[phase] - before.1.time[phase]) as f64;
        let moving = time(Phase::Evacuate) + time(Phase::Relocate);
        recorder.figure(MOVE_FIGURE, moving / copy_time(compacted.moved_bytes as usize));
        recorder.figure("move ms/GiB live", moving / 1e6 / stats.live_bytes as f64 * (1_u64 << 30) as f64);
        heap
    });
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

/// Nanoseconds for copying as many bytes, between places that have been touched: the least of some times.
fn copy_time(bytes: usize) -> f64 {
    let from = vec![1_u8; bytes];
    let mut to = vec![0_u8; bytes];
    let times = (0..5).map(|_| {
        let start = Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&to);
        start.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min).max(1.0)
}
