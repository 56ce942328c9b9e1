//! Destructors in every phase: once each, at safepoints, without the heap.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::super::drive::{Mortal, Node, Shared, destroyed, heap};
use crate::{Gc, Heap, Root};

/// Hangs mortals with these numbers on new nodes of the list that node 0 begins.
fn add_mortals(heap: &mut Heap<Node<'static>>, ids: impl IntoIterator<Item = u32>) {
    heap.mutate(|mc, root| {
        for id in ids {
            let node = Node::new(mc, id);
            node.write(mc, |n| &n.mortal).set(Some(Mortal::new(mc, id)));
            node.write(mc, |n| &n.next).set(root.next.get());
            root.write(mc, |n| &n.next).set(Some(node));
        }
    });
}

fn cut(heap: &mut Heap<Node<'static>>) {
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(None));
}

#[test]
fn destructors_of_new_and_old_objects_run_once() {
    let mut heap = heap();
    destroyed();
    add_mortals(&mut heap, 0..5000);
    cut(&mut heap);
    heap.young();
    assert!(destroyed().is_empty(), "none runs before its safepoint");
    heap.destroy_all();
    assert_eq!(destroyed(), Vec::from_iter(0..5000));
    add_mortals(&mut heap, 0..5000);
    heap.young();
    cut(&mut heap);
    heap.whole_cycle();
    assert_eq!(destroyed(), Vec::from_iter(0..5000));
    heap.collect();
    drop(heap);
    assert!(destroyed().is_empty());
}

#[test]
fn a_heap_dropped_in_any_phase_runs_all_destructors_once() {
    type Do = fn(&mut Heap<Node<'static>>);
    let phases: [Do; 7] = [
        |_| {},
        Heap::young,
        Heap::start_mark,
        |heap| {
            heap.start_mark();
            heap.finish_mark();
        },
        |heap| {
            heap.start_mark();
            heap.finish_mark();
            heap.sweep_block();
        },
        |heap| {
            heap.start_mark();
            heap.finish_mark();
            heap.sweep_all();
            heap.destroy_block();
        },
        |heap| {
            heap.start_mark();
            heap.abandon_mark();
            heap.sweep_block();
        },
    ];
    for phase in phases {
        let mut heap = heap();
        destroyed();
        add_mortals(&mut heap, 0..2000);
        heap.young();
        cut(&mut heap);
        add_mortals(&mut heap, 2000..4000);
        phase(&mut heap);
        add_mortals(&mut heap, 4000..4100);
        drop(heap);
        assert_eq!(destroyed(), Vec::from_iter(0..4100));
    }
}

#[test]
fn destructors_wait_through_whole_cycles_and_run_in_every_phase() {
    let mut heap = heap();
    destroyed();
    add_mortals(&mut heap, 0..20_000);
    heap.young();
    // Every third one stays, so that blocks with waiting destructors are full, or nearly.
    heap.mutate(|mc, root| {
        let mut node = root.next.get();
        while let Some(one) = node {
            if one.id % 16 == 0 {
                one.write(mc, |n| &n.mortal).set(None);
            }
            node = one.next.get();
        }
    });
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
    assert!(destroyed().is_empty());
    heap.destroy_block();
    heap.start_mark();
    heap.destroy_block();
    heap.mark_some();
    heap.destroy_block();
    heap.finish_mark();
    heap.destroy_block();
    heap.sweep_block();
    heap.destroy_block();
    heap.sweep_all();
    heap.destroy_block();
    heap.start_mark();
    heap.abandon_mark();
    heap.destroy_block();
    heap.sweep_all();
    let before = destroyed().len();
    assert!(before > 0 && before < 1250, "{before}");
    heap.destroy_all();
    assert_eq!(before + destroyed().len(), 1250);
    heap.collect();
    assert!(destroyed().is_empty());
}

#[test]
fn a_destructor_may_drop_roots_in_every_phase() {
    for phase in 0..3 {
        let mut heap = heap();
        destroyed();
        let held: Shared = Rc::new(RefCell::new(None));
        let other = held.clone();
        heap.mutate(|mc, root| {
            *held.borrow_mut() = Some(Node::list(mc, 1, 100).root(mc));
            let end = Mortal::value(1, Some(Box::new(move || drop(other.take()))));
            root.write(mc, |n| &n.mortal).set(Some(Gc::new(mc, end)));
        });
        heap.young();
        heap.mutate(|mc, root| root.write(mc, |n| &n.mortal).set(None));
        heap.start_mark();
        heap.finish_mark();
        heap.sweep_all();
        if phase > 0 {
            heap.start_mark();
        }
        if phase > 1 {
            heap.finish_mark();
        }
        heap.destroy_all();
        assert!(held.borrow().is_none());
        heap.collect();
        assert_eq!((destroyed(), heap.census().objects()), (vec![1], 1));
    }
}

#[test]
fn the_first_panic_of_a_destructor_goes_on_and_all_others_run() {
    let mut heap = heap();
    destroyed();
    heap.mutate(|mc, _| {
        for id in 0..1000 {
            let then: Option<Box<dyn FnOnce()>> =
                (id % 100 == 7).then(|| -> Box<dyn FnOnce()> { Box::new(move || panic!("destructor {id}")) });
            Gc::new(mc, Mortal::value(id, then));
        }
    });
    let result = catch_unwind(AssertUnwindSafe(|| heap.collect()));
    let message = result.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("destructor"), "{message}");
    assert_eq!(destroyed(), Vec::from_iter(0..1000));
    heap.verify();
    heap.collect();
    assert!(destroyed().is_empty());
}

#[test]
fn large_slices_with_destructors_are_destroyed_piece_by_piece() {
    let mut heap = heap();
    destroyed();
    let root: Root<[Mortal<'static>]> =
        heap.mutate(|mc, _| Gc::from_fn(mc, 10_000, |id| Mortal::value(id as u32, None)).root(mc));
    heap.young();
    drop(root);
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
    let mut rounds = 0;
    let mut count = 0;
    while count < 10_000 {
        heap.destroy_block();
        heap.verify();
        count += destroyed().len();
        rounds += 1;
    }
    assert!(rounds > 10);
    heap.collect();
    assert!(destroyed().is_empty());
    assert_eq!(heap.stats().large_bytes, 0);
}

#[test]
fn a_block_with_tombstones_made_while_marking_is_still_swept() {
    let mut heap = heap();
    destroyed();
    heap.mutate(|mc, root| {
        let mortal = Mortal::new(mc, 1);
        root.write(mc, |n| &n.mortal).set(Some(mortal));
        root.write(mc, |n| &n.weak_mortal).set(mortal.downgrade());
        root.write(mc, |n| &n.next).set(Some(Node::new(mc, 1)));
    });
    heap.young();
    heap.mutate(|mc, root| root.write(mc, |n| &n.mortal).set(None));
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(None));
    heap.start_mark();
    heap.mark_all();
    heap.destroy_all();
    heap.finish_mark();
    heap.sweep_all();
    heap.collect();
    assert_eq!(destroyed(), [1]);
}

/// Mortals that nobody holds, of which those panic that are told to.
fn drop_mortals(heap: &mut Heap<Node<'static>>, ids: std::ops::Range<u32>, panics: impl Fn(u32) -> bool) {
    heap.mutate(|mc, _| {
        for id in ids {
            let then: Option<Box<dyn FnOnce()>> =
                panics(id).then(|| -> Box<dyn FnOnce()> { Box::new(move || panic!("destructor {id}")) });
            Gc::new(mc, Mortal::value(id, then));
        }
    });
}

#[test]
fn a_young_collection_on_demand_runs_all_destructors_whichever_panic() {
    let mut heap = heap();
    destroyed();
    drop_mortals(&mut heap, 0..10_000, |id| id % 1000 == 7);
    let result = catch_unwind(AssertUnwindSafe(|| heap.collect_young()));
    assert_eq!(*result.unwrap_err().downcast::<String>().unwrap(), "destructor 7");
    assert_eq!(destroyed(), Vec::from_iter(0..10_000));
    assert_eq!(heap.stats().destructors_run, 10_000, "those that ran before a panic count");
    heap.verify();
}

#[test]
fn the_destructors_of_a_block_stop_when_the_time_is_up_and_go_on_later() {
    for panics in [false, true] {
        let mut heap = heap();
        destroyed();
        drop_mortals(&mut heap, 0..1000, |id| panics && id % 50 == 0);
        heap.young();
        let (mut all, mut calls) = (Vec::new(), 0);
        while all.len() < 1000 {
            let _ = catch_unwind(AssertUnwindSafe(|| heap.destroy_block()));
            heap.verify();
            let some = destroyed();
            assert!((1..=64).contains(&some.len()), "{} at once", some.len());
            all.extend(some);
            calls += 1;
            // What comes between two slices, in any phase.
            match calls % 8 {
                1 => heap.start_mark(),
                2 => heap.young(),
                3 => heap.finish_mark(),
                5 => heap.sweep_all(),
                _ => {}
            }
        }
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..1000), "each ran once");
        heap.collect();
        assert!(destroyed().is_empty());
        assert_eq!(heap.stats().destructors_run, 1000);
    }
}

#[test]
fn a_large_slice_stops_when_the_time_is_up_even_after_a_panic() {
    let mut heap = heap();
    destroyed();
    heap.mutate(|mc, _| {
        Gc::from_fn(mc, 5000, |id| {
            Mortal::value(id as u32, (id == 3).then(|| -> Box<dyn FnOnce()> { Box::new(|| panic!("3")) }))
        });
    });
    heap.young();
    assert!(catch_unwind(AssertUnwindSafe(|| heap.destroy_block())).is_err());
    let first = destroyed().len();
    assert!((4..200).contains(&first), "{first} at once");
    heap.destroy_all();
    assert_eq!(first + destroyed().len(), 5000);
}
