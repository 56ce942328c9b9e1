//! A mutation for each batch. The table of holders is one object that is never written to again.

use gc_core::stats::Pauses;
use gc_core::{Gc, GcCell, Heap, Trace};

use super::{BATCH, Storm, Value, holders, value};
use crate::heap::{follow, take_pauses_since};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Holder<'gc> {
    held: GcCell<Option<Gc<'gc, Value>>>,
}

struct Holders {
    heap: Heap<Vec<Gc<'static, Holder<'static>>>>,
    /// What came before the storm.
    before: Pauses,
}

impl Storm for Holders {
    fn settle(&mut self) {
        self.heap.collect();
        self.before = self.heap.pauses();
    }

    fn store(&mut self, first: u64, mut holder: impl FnMut() -> usize, recorder: &mut Recorder) -> u64 {
        let sum = self.heap.mutate(|mc, holders| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new(mc, value(number));
                let old = holders[holder()].write(mc, |h| &h.held).replace(Some(new));
                sum = sum.wrapping_add(old.map_or(0, |old| old[0] ^ old[2]));
            }
            sum
        });
        follow(&self.heap, recorder);
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let heap = crate::heap::new::<Vec<Gc<'_, Holder<'_>>>>(job, |mc| {
        (0..holders(job)).map(|_| Gc::new(mc, Holder { held: GcCell::new(None) })).collect()
    });
    let mut holders = Holders { heap, before: Pauses::new(0) };
    let checksum = super::run(job, recorder, &mut holders);
    take_pauses_since(&holders.before, &holders.heap, recorder);
    checksum
}
