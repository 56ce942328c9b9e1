//! Programs that a hostile reviewer wrote against the heap, in safe code, and one that uses no more
//! than the contract of `Trace` allows. Each found a hole once, or might have; none may again.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::time::Duration;

use gc_core::{Config, Gc, GcCell, GcRefCell, GcVec, Heap, Relocator, Static, Stress, Trace, Tracer, Weak};

const NOW: Duration = Duration::from_secs(60);

/// A heap that does one phase a step, and starts a cycle as soon as none is under way.
fn step_by_step() -> Config {
    let mut stress = Stress::all();
    stress.old_every = std::num::NonZeroU32::new(1);
    Config::default().manual().stress(stress)
}

/// Ends the panic `work` throws without running the destructor of what it threw.
fn survive<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            if payload.is::<Bomb>() {
                std::mem::forget(payload);
            }
            None
        }
    }
}

struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // A payload of no size: the heap leaks it, and a leak detector has nothing to tell.
            panic_any(());
        }
    }
}

/// Throws a bomb when dropped, and counts how often that happens.
struct Thrower(Rc<Cell<u32>>);
impl Drop for Thrower {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic_any(Bomb);
    }
}

/// The second of two panics in one block is dropped: its own destructor panics, in the middle of the
/// block. (Case 22.)
#[test]
fn a_destructor_runs_once_whatever_it_throws() {
    let counters: Vec<Rc<Cell<u32>>> = (0..8).map(|_| Rc::default()).collect();
    let mut heap = Heap::<()>::with_config(Config::default().manual(), |_| ());
    heap.mutate(|mc, _| {
        for counter in &counters {
            Gc::new(mc, Static(Thrower(counter.clone())));
        }
    });
    for _ in 0..10 {
        survive(|| heap.collect());
    }
    survive(|| drop(heap));
    assert!(counters.iter().all(|counter| counter.get() == 1), "{counters:?}");
}

/// As before, in the teardown of a heap.
#[test]
fn a_destructor_runs_once_in_teardown_whatever_it_throws() {
    let counters: Vec<Rc<Cell<u32>>> = (0..8).map(|_| Rc::default()).collect();
    let mut heap = Heap::<()>::with_config(Config::default().manual(), |_| ());
    heap.mutate(|mc, _| {
        for counter in &counters {
            Gc::new(mc, Static(Thrower(counter.clone())));
        }
    });
    survive(|| drop(heap));
    assert!(counters.iter().all(|counter| counter.get() == 1), "{counters:?}");
}

#[derive(Trace)]
struct Cargo<'gc> {
    value: u64,
    next: Slot<'gc>,
}

type Slot<'gc> = Option<Gc<'gc, Cargo<'gc>>>;

/// Allocates objects that die at once.
fn litter<'gc>(mc: &gc_core::Mutation<'gc>, count: u64) {
    for value in 0..count {
        Gc::new(mc, Cargo { value, next: None });
    }
}

type Array<'gc> = Gc<'gc, [Option<Gc<'gc, Cargo<'gc>>>]>;

#[derive(Trace)]
struct Large<'gc> {
    strong: GcRefCell<Vec<Array<'gc>>>,
    doomed: GcCell<Option<Gc<'gc, [Static<Loud>]>>>,
    weak: GcCell<Option<Weak<'gc, [Slot<'gc>]>>>,
}

#[derive(Clone)]
struct Loud(#[expect(dead_code, reason = "dropped")] Rc<()>);
impl Drop for Loud {
    fn drop(&mut self) {}
}

/// The sweep of large objects goes in slices; when one that it has passed is freed in between, another
/// takes its place in the list. (Case 28.)
#[test]
fn no_large_object_escapes_the_sweep() {
    let mut heap = Heap::<Large>::with_config(step_by_step(), |_| Large {
        strong: GcRefCell::default(),
        doomed: GcCell::default(),
        weak: GcCell::default(),
    });
    heap.mutate(|mc, root| {
        let doomed = Gc::from_vec(mc, vec![Static(Loud(Rc::new(()))); 2000]);
        root.write(mc, |r| &r.doomed).set(Some(doomed));
        for _ in 0..1100 {
            let array = Gc::from_slice(mc, &[None; 1100]);
            root.write(mc, |r| &r.strong).borrow_mut().push(array);
        }
        let cargo = Gc::new(mc, Cargo { value: 7, next: None });
        let last = Gc::from_vec(mc, vec![Some(cargo); 1100]);
        root.write(mc, |r| &r.strong).borrow_mut().push(last);
    });
    heap.collect();
    // Two are dead from here on: the first, which has a destructor, and the last, which has a weak pointer.
    heap.mutate(|mc, root| {
        root.write(mc, |r| &r.doomed).set(None);
        let last = root.write(mc, |r| &r.strong).borrow_mut().pop().unwrap();
        root.write(mc, |r| &r.weak).set(Some(last.downgrade()));
    });
    let before = heap.stats().old_collections;
    let mut steps = 0;
    while heap.stats().old_collections == before {
        heap.step(NOW);
        // What is allocated is what makes the cycle go on.
        heap.mutate(|mc, _| litter(mc, 4000));
        steps += 1;
        assert!(steps < 1000, "the cycle does not end");
    }
    heap.mutate(|mc, root| {
        litter(mc, 10_000);
        if let Some(array) = root.weak.get().unwrap().upgrade(mc) {
            panic!("a dead array came back, with {:?}", array[0].map(|cargo| (cargo.value, cargo.next.is_some())));
        }
    });
}

/// Panics in `trace` when told to.
struct Touchy<'gc> {
    panics: Rc<Cell<bool>>,
    child: Gc<'gc, Cargo<'gc>>,
}
// SAFETY: visits and updates the one pointer that there is, unless it panics, which a `trace` may.
unsafe impl<'gc> Trace<'gc> for Touchy<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        assert!(!self.panics.get(), "a trace panics");
        self.child.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.child.relocate(relocator);
    }
}
// SAFETY: the type with another brand.
unsafe impl gc_core::Rebrand for Touchy<'_> {
    type At<'b> = Touchy<'b>;
}

#[derive(Trace)]
struct Pair<'gc> {
    // Visited last in, first out: `touchy` before `other`.
    other: GcCell<Option<Gc<'gc, GcCell<Slot<'gc>>>>>,
    touchy: GcCell<Option<Gc<'gc, Touchy<'gc>>>>,
}

/// After a `trace` has panicked, and before the next safepoint, the barrier scans another object.
/// (Case 27.)
#[test]
fn a_mark_that_was_interrupted_is_not_forgotten() {
    let panics = Rc::new(Cell::new(false));
    let mut heap = Heap::<Pair>::with_config(step_by_step().mark_while_allocating(false), |_| Pair {
        touchy: GcCell::default(),
        other: GcCell::default(),
    });
    heap.mutate(|mc, root| {
        let mut child = Gc::new(mc, Cargo { value: 7, next: None });
        for _ in 0..100 {
            child = Gc::new(mc, Cargo { value: 7, next: Some(child) });
        }
        let touchy = Gc::new(mc, Touchy { panics: panics.clone(), child });
        root.write(mc, |r| &r.touchy).set(Some(touchy));
        let other = Gc::new(mc, GcCell::new(None));
        root.write(mc, |r| &r.other).set(Some(other));
    });
    heap.collect();
    let collections = heap.stats().old_collections;
    panics.set(true);
    let mut steps = 0;
    while survive(|| heap.step(NOW)).is_some() {
        heap.mutate(|mc, _| litter(mc, 4000));
        steps += 1;
        assert!(steps < 1000, "no trace panicked");
    }
    panics.set(false);
    heap.mutate(|mc, root| {
        let cargo = Gc::new(mc, Cargo { value: 8, next: None });
        root.other.get().unwrap().set(mc, Some(cargo));
    });
    let mut steps = 0;
    while heap.stats().old_collections < collections + 3 {
        heap.step(NOW);
        steps += 1;
        assert!(steps < 1000, "the cycles do not end: {:?}", heap.stats());
        heap.mutate(|mc, root| {
            litter(mc, 4000);
            let mut next = Some(root.touchy.get().unwrap().child);
            while let Some(cargo) = next {
                assert_eq!(cargo.value, 7);
                next = cargo.next;
            }
        });
    }
}

/// `external_bytes` is a safe method, and reads what lies in a `GcRefCell`: here while it is borrowed for
/// writing and in disorder, since `dedup_by` has dropped some elements already.
#[test]
fn asking_for_external_bytes_does_not_look_behind_a_writer() {
    let mut heap = Heap::<GcRefCell<Vec<Box<String>>>>::new(|_| GcRefCell::default());
    heap.mutate(|mc, root| {
        let mut vec = root.borrow_mut(mc);
        vec.extend((0..10).map(|n| Box::new(format!("{n} is a string of some length"))));
        vec.dedup_by(|a, _| {
            std::hint::black_box(root.as_ref().external_bytes());
            a.len() > 3
        });
    });
}

/// Charges that add up to more than there are numbers.
#[test]
fn charges_beyond_measure_are_counted_as_the_most_there_is() {
    let mut heap = Heap::<()>::new(|_| ());
    let charges: Vec<_> = heap.mutate(|mc, _| (0..3).map(|_| mc.external(usize::MAX)).collect());
    heap.collect();
    heap.mutate(|mc, _| {
        for value in 0..100_000 {
            Gc::new(mc, Cargo { value, next: None });
        }
        Gc::new(mc, vec![0_u8; 100]);
        Gc::new(mc, [0_u64; 5000]);
    });
    heap.collect();
    heap.step(NOW);
    assert!(heap.stats().external_bytes > usize::MAX / 32);
    drop(heap);
    drop(charges);
}

thread_local! {
    static FREED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

#[derive(Trace)]
#[trace(static)]
struct Numbered(u32);
impl Drop for Numbered {
    fn drop(&mut self) {
        FREED.with_borrow_mut(|freed| freed.push(self.0));
    }
}

#[derive(Trace)]
struct Watch<'gc> {
    leaf: GcCell<Option<Gc<'gc, u64>>>,
    numbered: GcRefCell<Vec<Gc<'gc, Numbered>>>,
    weak: GcRefCell<Vec<Weak<'gc, Numbered>>>,
    filler: GcRefCell<Vec<Gc<'gc, Numbered>>>,
}

/// A tombstone that takes its place while marking counts for the new epoch, as many granules as there
/// are dead ones of the old in the same block. Many blocks have destructors pending, so that they are
/// still being worked off when the next mark starts. (Cases 19 and 28.)
#[test]
fn a_block_is_swept_though_its_counters_agree_by_chance() {
    FREED.take();
    let mut heap = Heap::<Watch>::with_config(step_by_step(), |_| Watch {
        leaf: GcCell::default(),
        numbered: GcRefCell::default(),
        weak: GcRefCell::default(),
        filler: GcRefCell::default(),
    });
    // Every block: mostly dead objects with destructors, some of them with a weak pointer, and leaves.
    for round in 0..6 {
        heap.mutate(|mc, root| {
            for n in 0..40_000 {
                let leaf = Gc::new(mc, n);
                if n % 1000 == 0 {
                    root.write(mc, |r| &r.leaf).set(Some(leaf));
                }
                let numbered = Gc::new(mc, Numbered(round * 100_000 + n as u32));
                root.write(mc, |r| &r.numbered).borrow_mut().push(numbered);
                if n % 7 == 0 {
                    root.write(mc, |r| &r.weak).borrow_mut().push(numbered.downgrade());
                }
            }
        });
        heap.collect_young();
        heap.mutate(|mc, root| {
            root.write(mc, |r| &r.numbered).borrow_mut().retain(|numbered| numbered.0 % 1000 == 999);
        });
        for step in 0..40 {
            heap.step(if step % 3 == 0 { Duration::from_micros(50) } else { Duration::ZERO });
            heap.mutate(|mc, root| {
                root.write(mc, |r| &r.filler).borrow_mut().push(Gc::new(mc, Numbered(9_000_000)));
                for weak in root.weak.borrow().iter() {
                    if let Some(numbered) = weak.upgrade(mc) {
                        assert!(numbered.0 < 1_000_000);
                    }
                }
            });
        }
        heap.mutate(|mc, root| {
            root.write(mc, |r| &r.weak).borrow_mut().clear();
            root.write(mc, |r| &r.filler).borrow_mut().clear();
        });
    }
    drop(heap);
    let mut freed: Vec<u32> = FREED.take().into_iter().filter(|&n| n < 1_000_000).collect();
    let all = freed.len();
    freed.sort_unstable();
    freed.dedup();
    assert_eq!((all, freed.len()), (240_000, 240_000), "each destructor runs once");
}

/// With a pause target of a nanosecond a safepoint works off one block of destructors, and most are still
/// pending when the next mark starts, or the one after it. (Cases 19 and 28.)
#[test]
fn destructors_may_be_pending_over_several_cycles() {
    // Verification visits the whole heap after every phase.
    let seeds = if std::env::var_os("GC_VERIFY").is_some() { 2 } else { 12 };
    for seed in 1..seeds {
        let mut random = u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15);
        let config = Config::default().pause_target(Duration::from_nanos(1)).nursery(32 << 10, 64 << 10);
        let mut heap = Heap::<Busy>::with_config(config.headroom(1 << 16), |_| Busy {
            numbered: GcRefCell::default(),
            weak: GcRefCell::default(),
            leaves: GcRefCell::default(),
        });
        for round in 0..300_u32 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            heap.mutate(|mc, root| {
                let mut numbered = root.write(mc, |r| &r.numbered).borrow_mut();
                let mut weak = root.write(mc, |r| &r.weak).borrow_mut();
                let mut leaves = root.write(mc, |r| &r.leaves).borrow_mut();
                for n in 0..(random >> 40) % 2000 {
                    let new = Gc::new(mc, Numbered(round * 10_000 + n as u32));
                    if n % 3 == 0 {
                        weak.push(new.downgrade());
                    }
                    numbered.push(new);
                    leaves.push(Gc::new(mc, n));
                }
                if random >> 60 == 0 {
                    numbered.clear();
                    leaves.clear();
                    weak.retain(|weak| weak.upgrade(mc).is_some());
                }
                let doomed = (random >> 50) as u32 % 7;
                numbered.retain(|numbered| numbered.0 % 7 != doomed);
                let mut place = 0;
                leaves.retain(|leaf| {
                    assert!(**leaf < 2000);
                    place += 1;
                    place % 7 != doomed
                });
                for upgraded in weak.iter().filter_map(|weak| weak.upgrade(mc)) {
                    assert!(upgraded.0 < 4_000_000);
                    if upgraded.0 % 1013 == 0 {
                        numbered.push(upgraded);
                    }
                }
            });
        }
        heap.collect();
    }
}

#[derive(Trace)]
struct Busy<'gc> {
    numbered: GcRefCell<Vec<Gc<'gc, Numbered>>>,
    weak: GcRefCell<Vec<Weak<'gc, Numbered>>>,
    leaves: GcRefCell<Vec<Gc<'gc, u64>>>,
}

#[derive(Clone, Copy, Trace)]
#[repr(align(4096))]
struct PageAligned(u8);

/// Closures that change the vector that they are called for, elements without size, and with the most
/// alignment.
#[test]
fn a_vector_may_change_under_what_works_on_it() {
    let mut heap = Heap::<()>::with_config(Config::default().stress(Stress::all()), |_| ());
    heap.mutate(|mc, _| {
        let aligned = GcVec::from_iter(mc, (0..20).map(PageAligned));
        assert!(aligned.iter().map(|element| element.0).eq(0..20));
        let units = GcVec::new(mc);
        (0..5000).for_each(|_| units.push(mc, ()));
        units.truncate(mc, 1024);
        units.insert(mc, 1024, ());
        units.remove(mc, 0);
        units.shrink_to_fit(mc);
        assert_eq!(units.len(), 1024);
        let numbers = GcVec::from_iter(mc, 0..1000_u64);
        numbers.sort_by(mc, |a, b| {
            numbers.pop(mc);
            numbers.shrink_to_fit(mc);
            b.cmp(a)
        });
        numbers.extend(
            mc,
            (0..3000).inspect(|_| {
                numbers.pop(mc);
            }),
        );
        numbers.extend(mc, 0..3000);
        numbers.retain(mc, |number| {
            numbers.pop(mc);
            number % 3 > 0
        });
        let mut iter = numbers.iter();
        while iter.next().is_some() {
            numbers.pop(mc);
            iter.next_back();
            numbers.truncate(mc, numbers.len().saturating_sub(3));
            iter.nth(1);
        }
        assert!(numbers.try_reserve(mc, usize::MAX).is_err());
    });
}
