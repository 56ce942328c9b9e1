//! Mistakes that random programs have found, each as the smallest program that showed it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use gc_core::{Config, Gc, GcCell, Heap, Rebrand, Relocator, Root, Trace, Tracer};

/// An object of its own pages, with a number at its end.
#[derive(Trace)]
struct Large<'gc> {
    child: GcCell<Option<Gc<'gc, u64>>>,
    filling: [u64; 2000],
}

impl<'gc> Large<'gc> {
    fn with(child: Option<Gc<'gc, u64>>) -> Self {
        Self { child: GcCell::new(child), filling: [7; 2000] }
    }
}

#[test]
fn a_large_object_that_dies_young_hides_none_from_the_sweep() {
    let mut heap = Heap::<()>::with_config(Config::default().manual(), |_| ());
    let mut kept: Vec<Root<Large<'static>>> = Vec::new();
    for round in 0..6 {
        heap.mutate(|mc, ()| {
            // The first are looked at by the sweep before the next die, and the last take their places.
            for n in 0..1500_u64 {
                let large = Gc::new(mc, Large::with(Some(Gc::new(mc, round << 32 | n))));
                if n.is_multiple_of(3) {
                    kept.push(Root::new(mc, large));
                }
            }
        });
        // An old collection, with a young one between each two of its steps.
        for _ in 0..400 {
            heap.step(Duration::from_micros(20));
            heap.mutate(|mc, ()| {
                for _ in 0..3 {
                    Gc::new(mc, Large::with(None));
                }
            });
            heap.collect_young();
        }
    }
    heap.collect();
    heap.mutate(|mc, ()| {
        for (index, root) in kept.iter().enumerate() {
            let large = root.get(mc);
            let (round, n) = (index as u64 / 500, index as u64 % 500 * 3);
            assert_eq!(large.child.get().map(|c| *c), Some(round << 32 | n));
            assert_eq!(large.filling, [7; 2000]);
        }
    });
}
