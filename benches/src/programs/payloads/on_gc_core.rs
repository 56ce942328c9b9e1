//! Nothing to say to the heap: the derived `external_bytes` counts what the vector owns.

use gc_core::{Gc, GcCell, Trace};

use super::{Payload, slots};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Owner {
    number: u64,
    bytes: Vec<u8>,
}

impl Owner {
    fn read(&self) -> u64 {
        self.number ^ u64::from(self.bytes[self.bytes.len() - 1])
    }
}

#[derive(Trace)]
struct Slots<'gc> {
    slots: Gc<'gc, [GcCell<Option<Gc<'gc, Owner>>>]>,
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = slots(job);
    let mut heap = crate::heap::new::<Slots<'_>>(job, |mc| Slots {
        slots: Gc::from_iter(mc, (0..len).map(|_| GcCell::new(None))),
    });
    let checksum = super::run(job, recorder, |slot, number, recorder| {
        let read = heap.mutate(|mc, root| {
            let Payload { number, bytes } = Payload::new(number);
            let old = root.slots[slot].get();
            let new = Gc::new(mc, Owner { number, bytes });
            root.slots.write(mc, |slots| &slots[slot]).set(Some(new));
            old.map_or(0, |old| old.read())
        });
        follow(&heap, recorder);
        read
    });
    take_pauses(&heap, recorder);
    checksum
}
