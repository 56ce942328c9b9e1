//! The barrier: nothing is written into an object that it does not know of.

#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use gc_core::{Config, Gc, GcCell, GcOnceCell, GcRefCell, Heap, Stress, Trace, Write};

type Link<'gc> = GcCell<Option<Gc<'gc, u64>>>;

#[derive(Trace)]
struct Owner<'gc> {
    first: Link<'gc>,
    pair: (Link<'gc>, Link<'gc>),
    array: [Link<'gc>; 3],
    boxed: Box<Link<'gc>>,
    list: Vec<Link<'gc>>,
    maybe: Option<Box<[Link<'gc>; 2]>>,
    result: Result<Link<'gc>, u8>,
    once: GcOnceCell<Gc<'gc, u64>>,
    held: GcRefCell<Vec<Gc<'gc, u64>>>,
    other: GcCell<Option<Gc<'gc, Owner<'gc>>>>,
    nothing: (),
}

fn owner<'gc>() -> Owner<'gc> {
    Owner {
        first: Link::default(),
        pair: Default::default(),
        array: Default::default(),
        boxed: Box::default(),
        list: (0..5).map(|_| Link::default()).collect(),
        maybe: Some(Box::default()),
        result: Ok(Link::default()),
        once: GcOnceCell::new(),
        held: GcRefCell::default(),
        other: GcCell::default(),
        nothing: (),
    }
}

fn refused<T>(work: impl FnOnce() -> T) -> bool {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => false,
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().copied().map(str::to_owned);
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap();
            assert!(text.contains("does not lie in the object that is written"), "{text}");
            true
        }
    }
}

/// Case 11.
#[test]
fn a_write_of_what_lies_elsewhere_panics() {
    let mut heap = Heap::<Owner>::new(|_| owner());
    heap.mutate(|mc, root| {
        let other = Gc::new(mc, owner());
        root.write(mc, |o| &o.other).set(Some(other));
        let copy = owner();
        // Through another `Gc`, a box, a vector, a copy on the stack, the neighbour in memory.
        assert!(refused(|| root.write(mc, |o| &o.other.get().unwrap().as_ref().first)));
        assert!(refused(|| root.write(mc, |o| &*o.boxed)));
        assert!(refused(|| root.write(mc, |o| &o.list[0])));
        assert!(refused(|| root.write(mc, |o| o.list.as_slice())));
        assert!(refused(|| root.write(mc, |o| &o.maybe.as_ref().unwrap()[1])));
        assert!(refused(|| root.write_at(mc, &copy.first)));
        assert!(refused(|| root.write_at(mc, &other.first)));
        assert!(refused(|| other.write_at(mc, &root.first)));
        assert!(!refused(|| other.write_at(mc, &other.first)));
        // The refused writes have left the heap as it was.
        root.write(mc, |o| &o.first).set(Some(Gc::new(mc, 1)));
    });
    heap.collect();
    heap.mutate(|_, root| assert_eq!(root.first.get().map(|gc| *gc), Some(1)));
}

/// Case 11.
#[test]
fn a_place_that_is_partly_in_the_owner_is_not_in_it() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let stack = [1_u64, 2, 3];
        let slice = Gc::from_slice(mc, &stack);
        let whole: &[u64] = &slice;
        assert!(!refused(|| slice.write_at(mc, whole)));
        assert!(!refused(|| slice.write_at(mc, &whole[1..])));
        assert!(refused(|| slice.write_at(mc, &stack[..])));
        let word = Gc::new(mc, 1_u64);
        assert!(refused(|| word.write_at(mc, whole)));
    });
}

/// Case 11.
#[test]
fn places_without_size_pass_at_the_edge_and_store_nothing() {
    let mut heap = Heap::<Owner>::new(|_| owner());
    heap.mutate(|mc, root| {
        let empty: Gc<'_, [Link<'_>]> = Gc::from_vec(mc, Vec::new());
        let none: Gc<'_, ()> = Gc::new(mc, ());
        assert!(!refused(|| root.write(mc, |o| &o.nothing)));
        assert!(!refused(|| empty.write(mc, |slice| slice)));
        assert!(!refused(|| none.write(mc, |unit| unit)));
        let slice = Gc::from_slice(mc, &[1_u64, 2]);
        let end: &[u64] = &slice[2..];
        assert!(!refused(|| slice.write_at(mc, end)));
        assert_eq!(slice.write_at(mc, end).each().count(), 0);
        assert!(refused(|| root.write_at(mc, &[(); 3])), "on the stack, without size");
    });
}

/// Case 8: through all that an owner holds itself.
#[test]
fn what_is_written_through_a_projection_lives() {
    let mut heap = Heap::<Owner>::with_config(Config::default().stress(Stress::all()), |_| owner());
    heap.collect();
    for round in 0..20_u64 {
        heap.mutate(|mc, root| {
            let new = || Some(Gc::new(mc, round));
            root.write(mc, |o| &o.first).set(new());
            let (a, b) = root.write(mc, |o| &o.pair).parts();
            a.set(new());
            b.set(new());
            root.write(mc, |o| &o.array).slice().each().for_each(|link| link.set(new()));
            root.write(mc, |o| &o.boxed).inner().set(new());
            root.write(mc, |o| &o.list).slice().at(4).set(new());
            root.write(mc, |o| &o.maybe).some().unwrap().inner().slice().get_at(1).unwrap().set(new());
            root.write(mc, |o| &o.result).either().unwrap().set(new());
            root.write(mc, |o| &o.once).get_or_init(|| Gc::new(mc, 99));
            root.write(mc, |o| &o.held).borrow_mut().push(Gc::new(mc, round));
        });
        heap.mutate(|_, root| {
            let links = [&root.first, &root.pair.0, &root.pair.1, &root.array[0], &root.array[1], &root.array[2]];
            let more = [&*root.boxed, &root.list[4], &root.maybe.as_ref().unwrap()[1], root.result.as_ref().unwrap()];
            for link in links.into_iter().chain(more) {
                assert_eq!(link.get().map(|gc| *gc), Some(round));
            }
            assert_eq!(**root.once.get().unwrap(), 99);
            assert!((0..=round).eq(root.held.borrow().iter().map(|gc| **gc)));
        });
    }
}

/// Case 11: each segment that the written place overlaps, in large slices of elements of many sizes.
#[test]
fn every_segment_that_a_write_covers_is_logged() {
    fn check<const N: usize>() {
        let mut config = Stress::all();
        config.old_every = std::num::NonZeroU32::new(3);
        let mut heap = Heap::<GcCell<Option<Gc<'static, [[Link<'static>; N]]>>>>::with_config(
            Config::default().stress(config),
            |mc| {
                let elements = (0..4000 / N).map(|_| std::array::from_fn(|_| Link::default()));
                GcCell::new(Some(Gc::from_iter(mc, elements)))
            },
        );
        heap.collect();
        for round in 0..30 {
            heap.mutate(|mc, root| {
                let slice = root.get().unwrap();
                let len = slice.len();
                let (from, to) = (round * 37 % len, (round * 37 % len + 1 + round * 13).min(len));
                for element in slice.write_at(mc, &slice[from..to]).each() {
                    element.slice().each().for_each(|link| link.set(Some(Gc::new(mc, round as u64))));
                }
            });
            heap.mutate(|_, root| {
                let links = root.get().unwrap();
                assert!(links.iter().flatten().flat_map(GcCell::get).all(|gc| *gc <= round as u64));
            });
        }
    }
    check::<1>();
    check::<2>();
    check::<3>();
    check::<5>();
    check::<200>();
}

/// Case 12.
#[test]
fn a_forgotten_guard_makes_its_cell_unusable_and_nothing_else() {
    let mut heap = Heap::<Owner>::with_config(Config::default().stress(Stress::all()), |_| owner());
    heap.mutate(|mc, root| {
        let mut guard = root.write(mc, |o| &o.held).borrow_mut();
        guard.push(Gc::new(mc, 5));
        std::mem::forget(guard);
        let other = Gc::new(mc, owner());
        std::mem::forget(other.held.borrow());
        root.write(mc, |o| &o.other).set(Some(other));
    });
    heap.collect();
    for _ in 0..5 {
        heap.mutate(|mc, root| {
            assert!(root.held.try_borrow().is_err());
            assert!(root.write(mc, |o| &o.held).try_borrow_mut().is_err());
            let other = root.other.get().unwrap();
            assert!(other.held.borrow().is_empty());
            assert!(other.write(mc, |o| &o.held).try_borrow_mut().is_err());
            root.write(mc, |o| &o.first).set(Some(Gc::new(mc, 1)));
        });
        heap.collect();
    }
}

/// Case 8: values may change owner.
#[test]
fn values_may_be_swapped_between_two_objects() {
    let mut heap = Heap::<Owner>::with_config(Config::default().stress(Stress::all()), |_| owner());
    heap.mutate(|mc, root| root.write(mc, |o| &o.other).set(Some(Gc::new(mc, owner()))));
    heap.collect();
    for round in 0..20 {
        heap.mutate(|mc, root| {
            let other = root.other.get().unwrap();
            let (a, b) = (root.write(mc, |o| &o.held), other.write(mc, |o| &o.held));
            a.borrow_mut().push(Gc::new(mc, round));
            std::mem::swap(&mut *a.borrow_mut(), &mut *b.borrow_mut());
            let taken = a.take();
            assert!(taken.is_sorted());
            a.replace(taken);
        });
        heap.mutate(|_, root| {
            let other = root.other.get().unwrap();
            assert_eq!(root.held.borrow().len() + other.held.borrow().len(), round as usize + 1);
            assert!(root.held.borrow().iter().chain(other.held.borrow().iter()).all(|gc| **gc <= round));
        });
    }
}

/// Cases 8 and 27: what runs in the middle of a write may write, allocate and panic.
#[test]
fn a_write_may_be_interrupted_by_another() {
    let mut heap = Heap::<Owner>::with_config(Config::default().stress(Stress::all()), |_| owner());
    heap.collect();
    heap.mutate(|mc, root| {
        root.write(mc, |o| {
            root.write(mc, |o| &o.first).set(Some(Gc::new(mc, 1)));
            &o.first
        })
        .update(|old| {
            root.write(mc, |o| &o.first).set(Some(Gc::new(mc, 2)));
            old.map(|gc| Gc::new(mc, *gc + 10))
        });
        assert_eq!(root.first.get().map(|gc| *gc), Some(11));
        let once = root.write(mc, |o| &o.once);
        let result = catch_unwind(AssertUnwindSafe(|| {
            once.get_or_init(|| {
                let _ = once.set(Gc::new(mc, 1));
                Gc::new(mc, 2)
            });
        }));
        assert!(result.is_err() || once.get().is_some());
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut guard = root.write(mc, |o| &o.held).borrow_mut();
            guard.push(Gc::new(mc, 3));
            root.held.borrow();
        }));
        assert!(result.is_err());
    });
    heap.collect();
    heap.mutate(|_, root| assert_eq!(*root.held.borrow()[0], 3));
}

/// Case 9: what is shared holds no `Gc`, and may be written as it likes.
#[test]
fn shared_cells_of_plain_values_are_plain_values() {
    let shared = Rc::new(std::cell::RefCell::new(vec![String::from("a")]));
    let mut heap =
        Heap::<Rc<std::cell::RefCell<Vec<String>>>>::with_config(Config::default().stress(Stress::all()), |_| {
            shared.clone()
        });
    for _ in 0..10 {
        shared.borrow_mut().push(String::from("b"));
        heap.mutate(|_, root| root.borrow_mut().push(String::from("c")));
    }
    heap.collect();
    assert_eq!(shared.borrow().len(), 21);
    let _ = |write: &Write<Rc<std::cell::RefCell<Vec<String>>>>| write.get_ref().clone();
}
