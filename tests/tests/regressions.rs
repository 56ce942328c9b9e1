//! Mistakes that random programs have found, each as the smallest program that showed it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use gc_core::{Config, Gc, GcCell, GcRefCell, Heap, Rebrand, Relocator, Root, Static, Trace, Tracer, Weak};

type Leaf = [u64; 32];

/// An object of its own pages, whose end is counted.
#[derive(Trace)]
struct Large {
    counted: Static<Counted>,
    filling: [u64; 1500],
}

struct Counted(Rc<Cell<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn a_large_object_that_is_destroyed_hides_none_from_the_sweep() {
    let mut heap = Heap::<()>::with_config(old_cycles_at_will(), |_| ());
    let ended = Rc::new(Cell::new(0));
    // More than one step of the sweep looks at.
    let mut kept: Vec<Root<Large>> = heap.mutate(|mc, _| {
        let large = || Large { counted: Static(Counted(ended.clone())), filling: [7; 1500] };
        (0..3000).map(|_| Root::new(mc, Gc::new(mc, large()))).collect()
    });
    heap.collect_young();
    let mut index = 0;
    kept.retain(|_| {
        index += 1;
        index % 2 == 0
    });
    for _ in 0..1000 {
        if heap.stats().old_collections > 0 {
            break;
        }
        heap.step(Duration::from_micros(50));
        heap.collect_young();
    }
    heap.collect();
    assert_eq!(ended.get(), 1500);
    heap.mutate(|mc, _| assert!(kept.iter().all(|root| root.get(mc).filling == [7; 1500])));
}

/// Panics in its `trace` if told to.
struct Touchy<'gc> {
    children: [GcCell<Option<Gc<'gc, Leaf>>>; 2],
}

thread_local! {
    static TRACE_PANICS: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for Touchy<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if TRACE_PANICS.take() {
            std::panic::resume_unwind(Box::new("planned"));
        }
        self.children.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.children.relocate(relocator);
    }
}
// SAFETY: the same type with another brand.
unsafe impl Rebrand for Touchy<'_> {
    type At<'b> = Touchy<'b>;
}

fn old_cycles_at_will() -> Config {
    let mut stress = gc_core::Stress::none();
    stress.old_every = core::num::NonZeroU32::new(1);
    stress.yields = true;
    Config::default().manual().stress(stress)
}

#[test]
fn a_write_does_not_make_the_mark_forget_that_a_trace_has_panicked() {
    let mut heap = Heap::<()>::with_config(old_cycles_at_will(), |_| ());
    fn make(mc: &gc_core::Mutation<'_>, n: u64) -> Root<Touchy<'static>> {
        let child = |n| GcCell::new(Some(Gc::new(mc, [n; 32])));
        Root::new(mc, Gc::new(mc, Touchy { children: [child(n), child(n + 1)] }))
    }
    // The mark looks at the last root first.
    let (other, interrupted) = heap.mutate(|mc, _| (make(mc, 10), make(mc, 20)));
    for _ in 0..20 {
        heap.step(Duration::ZERO);
        TRACE_PANICS.set(true);
        let _ = catch_unwind(AssertUnwindSafe(|| heap.step(Duration::from_millis(10))));
        TRACE_PANICS.set(false);
        heap.mutate(|mc, _| other.get(mc).write(mc, |o| &o.children).slice().at(0).set(Some(Gc::new(mc, [10; 32]))));
        for _ in 0..4 {
            heap.step(Duration::from_millis(10));
            heap.mutate(|mc, _| {
                for root in [&other, &interrupted] {
                    // Would take the place of what was freed.
                    for _ in 0..100 {
                        Gc::new(mc, [99_u64; 32]);
                    }
                    let first = root.get(mc).children[0].get().unwrap()[31];
                    assert!(first == 10 || first == 20);
                    assert_eq!(*root.get(mc).children[1].get().unwrap(), [first + 1; 32]);
                }
            });
        }
    }
}

#[test]
fn an_allocation_that_sweeps_at_the_limit_is_one_pause() {
    let config = old_cycles_at_will().heap_limit(6 << 20);
    let mut heap = Heap::<()>::with_config(config, |_| ());
    let bytes = vec![1_u8; 3 << 20];
    for _ in 0..30 {
        heap.mutate(|mc, _| {
            for n in 0..20_000_u64 {
                let _ = Gc::try_new(mc, n);
            }
            // Not all fit; those that do not look for room by sweeping.
            let _ = Gc::try_from_slice(mc, &bytes);
            let _ = Gc::try_from_slice(mc, &bytes);
        });
        heap.step(Duration::ZERO);
    }
    let pauses = heap.pauses();
    assert!(pauses.count() > 0);
}

/// Something with a destructor.
#[derive(Trace)]
struct Owner {
    text: Box<u64>,
}

#[test]
fn destructors_may_run_before_their_block_is_swept() {
    let mut heap = Heap::<()>::with_config(old_cycles_at_will(), |_| ());
    let mut kept: Vec<Root<Owner>> = Vec::new();
    for _ in 0..5 {
        heap.mutate(|mc, _| {
            for n in 0..100_000_u64 {
                let owner = Gc::new(mc, Owner { text: Box::new(n) });
                if n.is_multiple_of(50) {
                    kept.push(Root::new(mc, owner));
                }
            }
        });
        // Each step destroys one block, marks a little and sweeps a little.
        for _ in 0..60 {
            heap.step(Duration::from_micros(2));
        }
    }
    heap.mutate(|mc, _| {
        for (index, root) in kept.iter().enumerate() {
            assert_eq!(*root.get(mc).text, index as u64 % 2000 * 50);
        }
    });
}

/// Panics when it is dropped, after it has been counted.
struct PanicsOnDrop(Rc<Cell<u32>>);

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("dropped");
    }
}

#[test]
fn every_element_of_a_slice_is_dropped_though_several_panic() {
    let count = Rc::new(Cell::new(0));
    let mut heap = Heap::<()>::new(|_| ());
    for len in [3, 2000] {
        count.set(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            heap.mutate(|mc, _| {
                Gc::from_fn(mc, len, |_| Static(PanicsOnDrop(count.clone())));
            });
            heap.collect();
        }));
        assert!(result.is_err());
        // Destructors run in slices: what a safepoint under stress has left is destroyed now.
        let _ = catch_unwind(AssertUnwindSafe(|| heap.collect()));
        assert_eq!(count.get(), len as u32);
    }
}

#[test]
fn dead_large_arrays_that_weak_pointers_name_do_not_count_against_the_limit() {
    let config = Config::default().heap_limit(64 << 20);
    let mut heap = Heap::<GcRefCell<Vec<Weak<'static, [u8]>>>>::with_config(config, |_| GcRefCell::default());
    for _ in 0..30 {
        heap.mutate(|mc, root| {
            let array = Gc::from_slice(mc, &vec![1_u8; 9 << 20]);
            root.borrow_mut(mc).push(array.downgrade());
        });
        heap.collect();
    }
    assert!(heap.stats().large_bytes < 10 << 20, "{}", heap.stats());
    heap.mutate(|mc, root| assert!(root.borrow().iter().all(|weak| weak.upgrade(mc).is_none())));
}

#[test]
fn a_step_may_take_for_ever() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.step(Duration::MAX);
}
