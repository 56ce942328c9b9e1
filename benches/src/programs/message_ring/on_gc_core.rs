//! The ring as a `GcVec`, whose barrier works on the piece that is written, and as a vector in one
//! `GcRefCell`, which counts as one object for every pause.

use gc_core::{Gc, GcRefCell, GcVec, Heap, Trace};

use super::{BATCH, Message, Ring, message, read, slots};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

type Slot<'gc> = Option<Gc<'gc, Message>>;

#[derive(Trace)]
struct InVec<'gc> {
    slots: GcVec<'gc, Slot<'gc>>,
}

#[derive(Trace)]
struct InRefCell<'gc> {
    slots: GcRefCell<Vec<Slot<'gc>>>,
}

struct VecRing {
    heap: Heap<InVec<'static>>,
    len: usize,
}

impl Ring for VecRing {
    fn push(&mut self, first: u64, recorder: &mut Recorder) -> u64 {
        let len = self.len;
        let sum = self.heap.mutate(|mc, ring| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let slot = number as usize % len;
                let new = Gc::new(mc, message(number));
                let old = ring.slots.get(slot).flatten();
                ring.slots.set(mc, slot, Some(new));
                sum = sum.wrapping_add(old.map_or(0, |old| read(&old)));
            }
            sum
        });
        follow(&self.heap, recorder);
        sum
    }

    fn sum(&mut self) -> u64 {
        self.heap.mutate(|_, ring| {
            let messages = ring.slots.iter().flatten();
            messages.fold(0u64, |sum, message| sum.wrapping_add(read(&message)))
        })
    }
}

struct RefCellRing {
    heap: Heap<InRefCell<'static>>,
    len: usize,
}

impl Ring for RefCellRing {
    fn push(&mut self, first: u64, recorder: &mut Recorder) -> u64 {
        let len = self.len;
        let sum = self.heap.mutate(|mc, ring| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new(mc, message(number));
                let mut slots = ring.write(mc, |r| &r.slots).borrow_mut();
                let old = slots[number as usize % len].replace(new);
                sum = sum.wrapping_add(old.map_or(0, |old| read(&old)));
            }
            sum
        });
        follow(&self.heap, recorder);
        sum
    }

    fn sum(&mut self) -> u64 {
        self.heap.mutate(|_, ring| {
            let slots = ring.slots.borrow();
            slots.iter().flatten().fold(0u64, |sum, message| sum.wrapping_add(read(message)))
        })
    }
}

pub(super) fn run_vec(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = slots(job);
    let heap = crate::heap::new::<InVec<'_>>(job, |mc| {
        let slots = GcVec::new(mc);
        (0..len).for_each(|_| slots.push(mc, None));
        InVec { slots }
    });
    let mut ring = VecRing { heap, len };
    let checksum = super::run(job, recorder, &mut ring);
    take_pauses(&ring.heap, recorder);
    checksum
}

pub(super) fn run_refcell(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = slots(job);
    let heap = crate::heap::new::<InRefCell<'_>>(job, |_| InRefCell { slots: GcRefCell::new(vec![None; len]) });
    let mut ring = RefCellRing { heap, len };
    let checksum = super::run(job, recorder, &mut ring);
    take_pauses(&ring.heap, recorder);
    checksum
}
