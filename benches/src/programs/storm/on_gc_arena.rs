//! A mutation for each batch, and a safepoint after it. The table of holders is an object of its own.

use gc_arena::barrier::unlock;
use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{BATCH, Storm, Value, holders, value};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Holder<'gc> {
    held: Lock<Option<Gc<'gc, Value>>>,
}

type Holders = Arena<Rootable![Gc<'_, Vec<Gc<'_, Holder<'_>>>>]>;

impl Storm for Holders {
    fn settle(&mut self) {
        self.finish_cycle();
    }

    fn store(&mut self, first: u64, mut holder: impl FnMut() -> usize, recorder: &mut Recorder) -> u64 {
        let sum = self.mutate(|mc, holders| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new_static(mc, value(number));
                let old = unlock!(Gc::write(mc, holders[holder()]), Holder, held).replace(Some(new));
                sum = sum.wrapping_add(old.map_or(0, |old| old[0] ^ old[2]));
            }
            sum
        });
        safepoint(self, recorder);
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = holders(job);
    let mut holders =
        Holders::new(|mc| Gc::new(mc, (0..len).map(|_| Gc::new(mc, Holder { held: Lock::new(None) })).collect()));
    super::run(job, recorder, &mut holders)
}
