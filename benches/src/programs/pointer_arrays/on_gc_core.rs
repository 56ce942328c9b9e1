//! An array is a slice of cells, or a `GcVec`; either way a store concerns the segment that it writes.

use gc_core::{Gc, GcCell, GcVec, Heap, Trace};

use super::{Arrays, BATCH, Value, arrays, fold, len, value};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

type Slot<'gc> = Option<Gc<'gc, Value>>;

#[derive(Trace)]
struct Slices<'gc> {
    arrays: [GcCell<Option<Gc<'gc, [GcCell<Slot<'gc>>]>>>; 8],
}

struct InSlices(Heap<Slices<'static>>);

impl Arrays for InSlices {
    fn store(&mut self, array: usize, first: u64, mut place: impl FnMut() -> usize, recorder: &mut Recorder) -> u64 {
        let sum = self.0.mutate(|mc, root| {
            let array = root.arrays[array].get().expect("there are as many");
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let (at, new) = (place(), Gc::new(mc, value(number)));
                let old = array.write(mc, |array| &array[at]).replace(Some(new));
                sum = sum.wrapping_add(old.map_or(0, |old| old[0]));
            }
            sum
        });
        follow(&self.0, recorder);
        sum
    }

    fn copy(&mut self, array: usize, _: &mut Recorder) {
        self.0.mutate(|mc, root| {
            let old = root.arrays[array].get().expect("there are as many");
            let new = Gc::from_iter(mc, old.iter().map(|slot| GcCell::new(slot.get())));
            root.write(mc, |r| &r.arrays[array]).set(Some(new));
        });
    }

    fn sum(&mut self, array: usize) -> u64 {
        self.0.mutate(|_, root| {
            let array = root.arrays[array].get().expect("there are as many");
            fold(array.as_ref().iter().map(|slot| slot.get().map(Gc::as_ref)))
        })
    }
}

#[derive(Trace)]
struct Vectors<'gc> {
    arrays: [GcCell<Option<GcVec<'gc, Slot<'gc>>>>; 8],
}

struct InVectors(Heap<Vectors<'static>>);

impl Arrays for InVectors {
    fn store(&mut self, array: usize, first: u64, mut place: impl FnMut() -> usize, recorder: &mut Recorder) -> u64 {
        let sum = self.0.mutate(|mc, root| {
            let array = root.arrays[array].get().expect("there are as many");
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let old = array.replace(mc, place(), Some(Gc::new(mc, value(number))));
                sum = sum.wrapping_add(old.map_or(0, |old| old[0]));
            }
            sum
        });
        follow(&self.0, recorder);
        sum
    }

    fn copy(&mut self, array: usize, _: &mut Recorder) {
        self.0.mutate(|mc, root| {
            let old = root.arrays[array].get().expect("there are as many");
            let new = GcVec::with_capacity(mc, old.len());
            old.iter().for_each(|slot| new.push(mc, slot));
            root.write(mc, |r| &r.arrays[array]).set(Some(new));
        });
    }

    fn sum(&mut self, array: usize) -> u64 {
        self.0.mutate(|_, root| {
            let array = root.arrays[array].get().expect("there are as many");
            fold(array.iter().map(|slot| slot.map(Gc::as_ref)))
        })
    }
}

pub(super) fn run_slice(job: &Job, recorder: &mut Recorder) -> u64 {
    let (arrays, len) = (arrays(job), len(job));
    let heap = crate::heap::new::<Slices<'_>>(job, |mc| {
        let slice = || Gc::from_fn(mc, len, |_| GcCell::new(None));
        Slices { arrays: std::array::from_fn(|array| GcCell::new((array < arrays).then(slice))) }
    });
    let mut all = InSlices(heap);
    let checksum = super::run(job, recorder, &mut all);
    take_pauses(&all.0, recorder);
    checksum
}

pub(super) fn run_vec(job: &Job, recorder: &mut Recorder) -> u64 {
    let (arrays, len) = (arrays(job), len(job));
    let heap = crate::heap::new::<Vectors<'_>>(job, |mc| {
        let vector = || {
            let vector = GcVec::with_capacity(mc, len);
            (0..len).for_each(|_| vector.push(mc, None));
            vector
        };
        Vectors { arrays: std::array::from_fn(|array| GcCell::new((array < arrays).then(vector))) }
    });
    let mut all = InVectors(heap);
    let checksum = super::run(job, recorder, &mut all);
    take_pauses(&all.0, recorder);
    checksum
}
