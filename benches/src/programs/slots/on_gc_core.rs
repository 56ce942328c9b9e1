//! Slots are two slices of cells. A mutation for each batch. When the program rests, the heap is collected, or compacted as
//! well.

use gc_core::{Gc, GcCell, Heap, Trace};

use super::{Large, Slots, Small, Work, large, objects, small};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

/// gc-core's blocks.
const BLOCK_BYTES: u64 = 64 << 10;

#[derive(Trace)]
pub(super) struct Tables<'gc> {
    small: Gc<'gc, [GcCell<Option<Gc<'gc, Small>>>]>,
    large: Gc<'gc, [GcCell<Option<Gc<'gc, Large>>>]>,
}

pub(super) struct InHeap {
    heap: Heap<Tables<'static>>,
    /// Whether objects are moved together when the program rests.
    compacts: bool,
}

impl Slots for InHeap {
    fn fill(&mut self, slots: std::ops::Range<usize>, recorder: &mut Recorder) {
        self.heap.mutate(|mc, tables| {
            for slot in slots {
                let object = Gc::new(mc, small(slot));
                tables.small.write(mc, |table| &table[slot]).set(Some(object));
            }
        });
        follow(&self.heap, recorder);
    }

    fn fill_large(&mut self, slots: std::ops::Range<usize>, recorder: &mut Recorder) {
        self.heap.mutate(|mc, tables| {
            for slot in slots {
                let object = Gc::new(mc, large(slot));
                tables.large.write(mc, |table| &table[slot]).set(Some(object));
            }
        });
        follow(&self.heap, recorder);
    }

    fn clear(&mut self, slots: std::ops::Range<usize>, dies: fn(usize) -> bool, recorder: &mut Recorder) {
        self.heap.mutate(|mc, tables| {
            for slot in slots.filter(|&slot| dies(slot)) {
                tables.small.write(mc, |table| &table[slot]).set(None);
            }
        });
        follow(&self.heap, recorder);
    }

    fn settle(&mut self, recorder: &mut Recorder) {
        self.heap.collect();
        if self.compacts {
            let before = self.heap.occupancy();
            self.heap.compact();
            recorder.occupancy(BLOCK_BYTES, before.blocks(), self.heap.occupancy().blocks());
        }
        (0..100).for_each(|_| self.heap.mutate(|_, _| ()));
    }

    fn sum(&mut self) -> u64 {
        self.heap.mutate(|_, tables| {
            let small = tables.small.iter().filter_map(|slot| slot.get()).map(|object| object[7]);
            let large = tables.large.iter().filter_map(|slot| slot.get()).map(|object| object[15]);
            small.chain(large).fold(0, u64::wrapping_add)
        })
    }
}

fn in_heap(job: &Job, compacts: bool) -> InHeap {
    let objects = objects(job);
    let heap = crate::heap::new(job, |mc| Tables {
        small: Gc::from_fn(mc, objects, |_| GcCell::new(None)),
        large: Gc::from_fn(mc, objects / 4, |_| GcCell::new(None)),
    });
    InHeap { heap, compacts }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, work: impl Work<InHeap>) -> u64 {
    let mut slots = in_heap(job, false);
    let checksum = work(job, recorder, &mut slots);
    take_pauses(&slots.heap, recorder);
    checksum
}

pub(super) fn run_compacting(job: &Job, recorder: &mut Recorder, work: impl Work<InHeap>) -> u64 {
    let mut slots = in_heap(job, true);
    let checksum = work(job, recorder, &mut slots);
    take_pauses(&slots.heap, recorder);
    checksum
}
