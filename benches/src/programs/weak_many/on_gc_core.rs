//! Strong and weak pointers are in two growing arrays.

use gc_core::{Gc, GcVec, Heap, Trace, Weak};

use super::{Places, objects};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct World<'gc> {
    strong: GcVec<'gc, Option<Gc<'gc, u64>>>,
    weak: GcVec<'gc, Option<Weak<'gc, u64>>>,
}

struct InHeap {
    heap: Heap<World<'static>>,
    has_weak: bool,
}

impl Places for InHeap {
    fn replace(&mut self, places: impl Iterator<Item = usize>, recorder: &mut Recorder) {
        let has_weak = self.has_weak;
        self.heap.mutate(|mc, world| {
            for place in places {
                let object = Gc::new(mc, place as u64);
                world.strong.set(mc, place, Some(object));
                if has_weak {
                    world.weak.set(mc, place, Some(object.downgrade()));
                }
            }
        });
        follow(&self.heap, recorder);
    }

    fn sum(&mut self) -> u64 {
        self.heap.mutate(|_, world| world.strong.iter().flatten().map(|object| *object).sum())
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder, has_weak: bool) -> u64 {
    let mut heap = crate::heap::new::<World<'_>>(job, |mc| World { strong: GcVec::new(mc), weak: GcVec::new(mc) });
    for first in (0..objects(job)).step_by(1000) {
        heap.mutate(|mc, world| {
            for _ in first..first + 1000 {
                world.strong.push(mc, None);
                if has_weak {
                    world.weak.push(mc, None);
                }
            }
        });
    }
    let mut places = InHeap { heap, has_weak };
    let checksum = super::run(job, recorder, &mut places);
    take_pauses(&places.heap, recorder);
    checksum
}
