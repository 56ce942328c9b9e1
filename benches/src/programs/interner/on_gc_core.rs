//! An `Interner`.

use gc_core::{Gc, GcCell, Heap, Interner, Trace};

use super::{Symbols, symbols, text};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct World<'gc> {
    table: Interner<'gc, str>,
    places: Gc<'gc, [GcCell<Option<Gc<'gc, str>>>]>,
}

impl Symbols for Heap<World<'static>> {
    fn intern(&mut self, numbers: &[usize], recorder: &mut Recorder) -> usize {
        let known = self.mutate(|mc, world| {
            let mut known = 0;
            for &number in numbers {
                let symbol = world.table.intern(mc, &text(number));
                match world.places[number].get() {
                    Some(place) => known += usize::from(place.ptr_eq(symbol)),
                    None => world.places.write(mc, |places| &places[number]).set(Some(symbol)),
                }
            }
            known
        });
        follow(self, recorder);
        known
    }

    fn drop_odd(&mut self) {
        self.mutate(|mc, world| {
            for number in (1..world.places.len()).step_by(2) {
                world.places.write(mc, |places| &places[number]).set(None);
            }
        });
    }

    fn collect(&mut self, _: &mut Recorder) {
        Heap::collect(self);
    }

    fn sum(&mut self) -> u64 {
        self.mutate(|_, world| {
            world.places.iter().filter_map(|place| place.get()).map(|symbol| symbol.len() as u64).sum()
        })
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut heap = crate::heap::new::<World<'_>>(job, |mc| World {
        table: Interner::new(mc),
        places: Gc::from_fn(mc, symbols(job), |_| GcCell::new(None)),
    });
    let checksum = super::run(job, recorder, &mut heap);
    take_pauses(&heap, recorder);
    checksum
}
