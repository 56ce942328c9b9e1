//! Slots in pages, so that a write while gc-arena marks sends a page back to the queue, and not a million slots. A
//! mutation for each batch, and a safepoint after it.

use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{BATCH, Large, Slots, Small, Work, large, objects, small};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

type Page<'gc, T> = Gc<'gc, Vec<Lock<Option<Gc<'gc, T>>>>>;

#[derive(Collect)]
#[collect(no_drop)]
pub(super) struct Tables<'gc> {
    small: Vec<Page<'gc, Small>>,
    large: Vec<Page<'gc, Large>>,
}

pub(super) struct InArena(Arena<Rootable![Tables<'_>]>);

impl Slots for InArena {
    fn fill(&mut self, slots: std::ops::Range<usize>, recorder: &mut Recorder) {
        self.0.mutate(|mc, tables| {
            for slot in slots {
                let object = Gc::new_static(mc, small(slot));
                Gc::write(mc, tables.small[slot / BATCH])[slot % BATCH].unlock().set(Some(object));
            }
        });
        safepoint(&mut self.0, recorder);
    }

    fn fill_large(&mut self, slots: std::ops::Range<usize>, recorder: &mut Recorder) {
        self.0.mutate(|mc, tables| {
            for slot in slots {
                let object = Gc::new_static(mc, large(slot));
                Gc::write(mc, tables.large[slot / BATCH])[slot % BATCH].unlock().set(Some(object));
            }
        });
        safepoint(&mut self.0, recorder);
    }

    fn clear(&mut self, slots: std::ops::Range<usize>, dies: fn(usize) -> bool, recorder: &mut Recorder) {
        self.0.mutate(|mc, tables| {
            for slot in slots.filter(|&slot| dies(slot)) {
                Gc::write(mc, tables.small[slot / BATCH])[slot % BATCH].unlock().set(None);
            }
        });
        safepoint(&mut self.0, recorder);
    }

    fn settle(&mut self, recorder: &mut Recorder) {
        recorder.pause(|| {
            // A cycle under way is completed, and then a whole one done.
            self.0.finish_cycle();
            self.0.finish_cycle();
        });
    }

    fn sum(&mut self) -> u64 {
        self.0.mutate(|_, tables| {
            let small = tables.small.iter().flat_map(|page| page.iter()).filter_map(Lock::get).map(|object| object[7]);
            let large = tables.large.iter().flat_map(|page| page.iter()).filter_map(Lock::get).map(|object| object[15]);
            small.chain(large).fold(0, u64::wrapping_add)
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, work: impl Work<InArena>) -> u64 {
    let objects = objects(job);
    let arena = Arena::new(|mc| Tables {
        small: (0..objects.div_ceil(BATCH))
            .map(|_| Gc::new(mc, (0..BATCH).map(|_| Lock::new(None)).collect()))
            .collect(),
        large: (0..(objects / 4).div_ceil(BATCH))
            .map(|_| Gc::new(mc, (0..BATCH).map(|_| Lock::new(None)).collect()))
            .collect(),
    });
    work(job, recorder, &mut InArena(arena))
}
