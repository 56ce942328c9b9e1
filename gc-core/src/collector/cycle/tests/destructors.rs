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
