//! `Compaction::Automatic`.

use gc_core::stats::Phase;
use gc_core::{Compaction, Config};

use super::nodes::{BATCH, NODE, drop_others, grown, node, sum, value};
use super::{SLICE_FIGURE, bytes};
use crate::heap::{follow, take_pauses};
use crate::measure::{Checksum, Recorder};
use crate::programs::Job;
use crate::random::Random;

/// The share of holes from which on objects are moved. A tenth of the heap loses three of five objects.
const ABOVE: f64 = 0.02;

/// Bytes to be moved in all. In sparse blocks there is several times as much, in a heap of full size.
const ENOUGH: u64 = 10 << 20;

/// Collections after which it is over in any case.
const MOST: u64 = 8;

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let count = bytes(job) / NODE;
    let config = Config::default().compaction(Compaction::Automatic { above: ABOVE });
    let mut heap = grown(job, config, count, |_| true);
    let keep = |number: &u64| *number > count / 10 || Random::seeded(*number).next() % 5 < 2;
    drop_others(&mut heap, |number| keep(&number));
    heap.collect();
    // What is in the array. How often it is written depends on when cycles end, and so on the clock.
    let mut kept: Vec<u64> = (0..count).filter(keep).collect();
    let before = heap.stats();
    // The most bytes that moved between two collections' ends; how many there were, and what had moved at the last one's.
    let (mut most, mut cycle) = (0, (0, 0));
    recorder.timed(|recorder| {
        // Whole cycles pass: one that finds the holes, one that records who points into them, and what comes after.
        let mut number = 0;
        loop {
            let stats = heap.stats();
            let (cycles, moved) =
                (stats.old_collections - before.old_collections, stats.moved_bytes - before.moved_bytes);
            if cycles > cycle.0 {
                (most, cycle) = (most.max(moved - cycle.1), (cycles, moved));
            }
            if cycles >= MOST || cycles >= 3 && moved >= ENOUGH {
                break;
            }
            heap.mutate(|mc, world| {
                let nodes = world.nodes.get();
                for _ in 0..BATCH {
                    number += 1;
                    let new = node(mc, number, None);
                    // Every other one lives, in place of one of those that came last: so the blocks with new objects are not
                    // the sparsest, nor are the sparsest emptied by the program.
                    if number % 2 == 0 {
                        let place = nodes.len() - 1 - (number / 2) as usize % nodes.len();
                        nodes.set(mc, place, Some(new));
                        kept[place] = number;
                    }
                }
            });
            follow(&heap, recorder);
            recorder.lap();
        }
        recorder.operations(number);
    });
    let stats = heap.stats();
    let mib = |bytes: u64| bytes as f64 / (1 << 20) as f64;
    recorder.figure("moved MiB", mib(stats.moved_bytes - before.moved_bytes));
    recorder.figure("moved MiB in one cycle", mib(most));
    let pauses = heap.pauses();
    let moves = pauses.recent().filter(|pause| pause.phases[Phase::Evacuate] + pause.phases[Phase::Relocate] > 0);
    if let Some(longest) = moves.map(|pause| pause.duration_ns).max() {
        recorder.figure(SLICE_FIGURE, longest as f64);
    }
    take_pauses(&heap, recorder);
    heap.collect();
    assert_eq!(sum(&mut heap), kept.iter().map(|&number| value(number)).fold(0, u64::wrapping_add));
    let mut checksum = Checksum::new();
    checksum.add(kept.len() as u64);
    checksum.value()
}
