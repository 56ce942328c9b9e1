//! An array is a vector of locks; a store into it while gc-arena marks sends the whole array back to the queue.

use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{Arrays, BATCH, Value, arrays, fold, len, value};
use crate::arena::safepoint;
use crate::measure::Recorder;
use crate::programs::Job;

type Slot<'gc> = Option<Gc<'gc, Value>>;
type Array<'gc> = Gc<'gc, Vec<Lock<Slot<'gc>>>>;

#[derive(Collect)]
#[collect(no_drop)]
struct Root<'gc> {
    arrays: Vec<Array<'gc>>,
}

struct InArena(Arena<Rootable![Root<'_>]>);

impl Arrays for InArena {
    fn store(&mut self, array: usize, first: u64, mut place: impl FnMut() -> usize, recorder: &mut Recorder) -> u64 {
        let sum = self.0.mutate(|mc, root| {
            let array = root.arrays[array];
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new_static(mc, value(number));
                let old = Gc::write(mc, array)[place()].unlock().replace(Some(new));
                sum = sum.wrapping_add(old.map_or(0, |old| old[0]));
            }
            sum
        });
        safepoint(&mut self.0, recorder);
        sum
    }

    fn copy(&mut self, array: usize, recorder: &mut Recorder) {
        self.0.mutate_root(|mc, root| {
            let copy = root.arrays[array].iter().map(|slot| Lock::new(slot.get())).collect();
            root.arrays[array] = Gc::new(mc, copy);
        });
        safepoint(&mut self.0, recorder);
    }

    fn sum(&mut self, array: usize) -> u64 {
        self.0.mutate(|_, root| fold(root.arrays[array].as_ref().iter().map(|slot| slot.get().map(Gc::as_ref))))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let (arrays, len) = (arrays(job), len(job));
    let arena = Arena::new(|mc| {
        let array = |_| Gc::new(mc, (0..len).map(|_| Lock::new(None)).collect());
        Root { arrays: (0..arrays).map(array).collect() }
    });
    super::run(job, recorder, &mut InArena(arena))
}
