//! Once as it comes, counting objects; and once with debt that the program adds by hand, which is
//! what gc-arena's documentation proposes for objects that own memory: as much for each 4 KiB that
//! an object owns as for an object.

use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{OWNED, Payload, slots};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(require_static)]
struct Owner(Payload);

#[derive(Collect)]
#[collect(no_drop)]
struct Slots<'gc> {
    slots: Vec<Gc<'gc, Lock<Option<Gc<'gc, Owner>>>>>,
}

fn run(job: &Job, recorder: &mut Recorder, debt: f64) -> u64 {
    let len = slots(job);
    let mut arena = Arena::<Rootable![Slots<'_>]>::new(|mc| Slots {
        slots: (0..len).map(|_| Gc::new(mc, Lock::new(None))).collect(),
    });
    super::run(job, recorder, |slot, number, recorder| {
        let read = arena.mutate(|mc, root| {
            let slot = root.slots[slot];
            let old = slot.get();
            slot.set(mc, Some(Gc::new(mc, Owner(Payload::new(number)))));
            mc.metrics().adjust_debt(debt);
            old.map_or(0, |old| old.0.read())
        });
        safepoint(&mut arena, recorder);
        read
    })
}

pub(super) fn run_by_count(job: &Job, recorder: &mut Recorder) -> u64 {
    run(job, recorder, 0.0)
}

pub(super) fn run_with_debt(job: &Job, recorder: &mut Recorder) -> u64 {
    run(job, recorder, (OWNED / 4096) as f64)
}
