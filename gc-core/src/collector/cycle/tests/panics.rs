//! A `trace` that panics: the heap stays usable, and nothing reachable is freed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::super::drive::{Node, heap};
use crate::Heap;
use crate::collector::Stage;
use crate::collector::sweep::Verdict;

/// Does something while tracing node `id` panics.
fn with_fault(heap: &mut Heap<Node<'static>>, id: u32, work: impl FnOnce(&mut Heap<Node<'static>>)) {
    assert!(heap.with_fault(id, work), "nobody traced node {id}");
}

/// Node 0 holds a list from node 1 on, and node 50 of it holds another list by its second pointer,
/// which `trace` visits after the place of the fault.
fn with_lists() -> Heap<Node<'static>> {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 200)));
        nth(root, 50).write(mc, |n| &n.other).set(Some(Node::list(mc, 1000, 200)));
    });
    heap
}

fn nth<'gc>(root: crate::Gc<'gc, Node<'gc>>, id: u32) -> crate::Gc<'gc, Node<'gc>> {
    let mut node = root;
    while node.id < id {
        node = node.next.get().unwrap();
    }
    node
}

fn check(heap: &mut Heap<Node<'static>>) {
    heap.verify();
    heap.mutate(|_, root| assert_eq!((root.len(), nth(root, 50).other.get().unwrap().len()), (201, 200)));
}

#[test]
fn a_mark_whose_trace_panicked_is_abandoned_and_frees_nothing() {
    let mut heap = with_lists();
    heap.start_mark();
    with_fault(&mut heap, 50, Heap::mark_all);
    check(&mut heap);
    heap.step(Duration::ZERO);
    assert!(matches!(heap.stage(), Stage::Idle | Stage::Sweeping(Verdict::Keep)));
    check(&mut heap);
    heap.sweep_all();
    check(&mut heap);
    assert_eq!(heap.stats().abandoned_collections, 1);
    heap.whole_cycle();
    check(&mut heap);
}

#[test]
fn an_interrupted_mark_is_abandoned_even_if_the_program_wrote_and_allocated_since() {
    let mut heap = with_lists();
    heap.start_mark();
    with_fault(&mut heap, 50, Heap::mark_all);
    // The barrier scans what is written, and an allocation may mark.
    heap.mutate(|mc, root| nth(root, 199).write(mc, |n| &n.other).set(Some(Node::new(mc, 7))));
    heap.mark_some();
    check(&mut heap);
    heap.step(Duration::ZERO);
    if heap.stage() != Stage::Idle {
        heap.sweep_all();
    }
    check(&mut heap);
    assert_eq!(heap.stats().abandoned_collections, 1);
    heap.whole_cycle();
    check(&mut heap);
}

#[test]
fn a_panic_in_the_barrier_leaves_the_object_as_it_was() {
    let mut heap = with_lists();
    heap.start_mark();
    with_fault(&mut heap, 50, |heap| {
        heap.mutate(|mc, root| {
            nth(root, 50).write(mc, |n| &n.other).set(None);
        });
    });
    check(&mut heap);
    heap.collect();
    check(&mut heap);
    assert_eq!(heap.stats().abandoned_collections, 1);
}

#[test]
fn a_whole_collection_that_panicked_can_be_done_again() {
    for id in [0, 50, 199, 1199] {
        let mut heap = with_lists();
        heap.young();
        with_fault(&mut heap, id, Heap::collect);
        check(&mut heap);
        heap.collect();
        check(&mut heap);
        assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
    }
}

#[test]
fn a_young_collection_that_panicked_is_resumed_and_frees_nothing_before() {
    for id in [0, 1, 50, 120, 1100] {
        let mut heap = with_lists();
        with_fault(&mut heap, id, Heap::young);
        // What was promoted is armed, what was not is still new: both are written.
        heap.mutate(|mc, root| {
            for id in [10, 100, 150] {
                nth(root, id).write(mc, |n| &n.mortal).set(Some(super::super::drive::Mortal::new(mc, id)));
            }
        });
        with_fault(&mut heap, 150, Heap::young);
        check(&mut heap);
        heap.young();
        check(&mut heap);
        heap.whole_cycle();
        check(&mut heap);
        heap.mutate(|_, root| assert_eq!(nth(root, 100).mortal.get().unwrap().id(), 100));
    }
}

#[test]
fn no_cycle_starts_and_none_ends_while_a_young_collection_is_unfinished() {
    let mut heap = with_lists();
    heap.start_mark();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(Some(Node::list(mc, 2000, 20))));
    with_fault(&mut heap, 2010, Heap::young);
    with_fault(&mut heap, 2010, |heap| while heap.step(Duration::from_millis(1)) {});
    assert_eq!(heap.stage(), Stage::Marking);
    heap.mutate(|_, root| assert_eq!(root.other.get().unwrap().len(), 20));
    heap.collect();
    check(&mut heap);
    heap.mutate(|_, root| assert_eq!(root.other.get().unwrap().len(), 20));
}

#[test]
fn a_remembered_object_whose_trace_panics_is_not_forgotten() {
    let mut heap = with_lists();
    heap.young();
    heap.mutate(|mc, root| nth(root, 50).write(mc, |n| &n.other).set(Some(Node::list(mc, 3000, 200))));
    with_fault(&mut heap, 50, Heap::young);
    heap.young();
    heap.mutate(|_, root| assert_eq!(nth(root, 50).other.get().unwrap().len(), 200));
    heap.whole_cycle();
    heap.mutate(|_, root| assert_eq!(nth(root, 50).other.get().unwrap().len(), 200));
}

#[test]
fn a_mutation_that_panics_ends_without_a_safepoint() {
    let mut heap = with_lists();
    heap.start_mark();
    let result = catch_unwind(AssertUnwindSafe(|| {
        heap.mutate(|mc, root| {
            nth(root, 20).write(mc, |n| &n.other).set(Some(Node::list(mc, 1, 50)));
            panic!("the program's own");
        })
    }));
    assert!(result.is_err());
    check(&mut heap);
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!(nth(root, 20).other.get().unwrap().len(), 50));
}

#[test]
fn after_a_panic_in_a_trace_a_safepoint_is_due() {
    // At a safepoint, in collections on demand, and in the barrier.
    let works: [fn(&mut Heap<Node<'static>>); 4] = [
        |heap| assert!(heap.step(Duration::from_millis(1))),
        Heap::collect_young,
        Heap::collect,
        |heap| {
            heap.mutate(|mc, root| nth(root, 50).write(mc, |n| &n.other).set(None));
        },
    ];
    for (index, work) in works.into_iter().enumerate() {
        let mut heap = with_lists();
        if index == 3 {
            heap.start_mark();
        } else {
            heap.state().set_due();
        }
        if index == 0 {
            heap.start_mark();
        }
        with_fault(&mut heap, 50, work);
        heap.mutate(|mc, _| assert!(mc.should_yield(), "way {index}"));
        heap.collect();
        check_root(&mut heap);
    }
}

fn check_root(heap: &mut Heap<Node<'static>>) {
    heap.verify();
    heap.mutate(|_, root| assert_eq!(root.len(), 201));
}

#[test]
fn a_young_collection_that_panicked_counts_external_bytes_once() {
    let mut heap = with_lists();
    heap.young();
    let before = heap.drive(|collector, _, _| collector.tally.allocated);
    heap.mutate(|mc, root| {
        let _ = crate::Gc::new(mc, vec![0u8; 1 << 20]);
        root.write(mc, |n| &n.other).set(Some(Node::new(mc, 777)));
    });
    for _ in 0..3 {
        with_fault(&mut heap, 777, Heap::young);
    }
    heap.young();
    let counted = heap.drive(|collector, _, _| collector.tally.allocated) - before;
    assert!((1 << 20..(1 << 20) + 4096).contains(&counted), "{counted}");
}
