//! What was reachable when a mark started, and what is made while it runs, survives it.

use super::super::drive::{Node, heap};
use crate::collector::Stage;
use crate::collector::sweep::Verdict;
use crate::{Gc, Root};

#[test]
fn garbage_goes_with_the_cycle_and_what_is_reachable_stays() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 1000)));
        root.write(mc, |n| &n.other).set(Some(Node::list(mc, 5000, 1000)));
    });
    heap.young();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
    assert_eq!(heap.census().objects(), 1001);
    heap.whole_cycle();
    heap.mutate(|_, root| assert_eq!(root.len(), 1001));
    assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
}

#[test]
fn a_pointer_moved_from_an_unscanned_object_to_a_new_one_is_found() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 3))));
    heap.start_mark();
    heap.mutate(|mc, root| {
        let one = root.next.get().unwrap();
        let two = one.write(mc, |n| &n.next).take().unwrap();
        let new = Node::new(mc, 9);
        new.write(mc, |n| &n.next).set(Some(two));
        root.write(mc, |n| &n.other).set(Some(new));
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!(root.other.get().unwrap().next.get().unwrap().len(), 2));
}

#[test]
fn a_write_scans_what_the_mark_has_not_and_only_that() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 3))));
    heap.young();
    heap.start_mark();
    let scanned =
        |heap: &mut crate::Heap<Node<'static>>| heap.drive(|collector, _, _| collector.marker.visitor.work.objects);
    assert_eq!(scanned(&mut heap), 0);
    // Its list is in the snapshot, and must be seen before it goes.
    let held = heap.mutate(|mc, root| {
        let new = Node::new(mc, 0);
        new.write(mc, |n| &n.next).set(root.write(mc, |n| &n.next).take());
        new.root(mc)
    });
    assert_eq!(scanned(&mut heap), 1);
    heap.young();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
    assert_eq!(scanned(&mut heap), 1);
    assert_eq!(heap.stats().remembered_entries, 1, "it is remembered all the same");
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|mc, _| assert_eq!(held.get(mc).len(), 4));
}

#[test]
fn a_snapshot_object_that_is_written_in_every_phase_keeps_what_it_gets() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 400))));
    heap.start_mark();
    let mut id = 1000;
    let mut grow = |heap: &mut crate::Heap<Node<'static>>| {
        heap.mutate(|mc, root| {
            let new = Node::new(mc, id);
            new.write(mc, |n| &n.next).set(root.other.get());
            root.write(mc, |n| &n.other).set(Some(new));
            let mut last = root;
            while let Some(next) = last.next.get() {
                last = next;
            }
            let held = Node::new(mc, id);
            held.write(mc, |n| &n.other).set(last.other.get());
            last.write(mc, |n| &n.other).set(Some(held));
        });
        id -= 1;
        heap.verify();
    };
    grow(&mut heap);
    while !heap.mark_some() {
        grow(&mut heap);
        heap.young();
        grow(&mut heap);
    }
    heap.finish_mark();
    grow(&mut heap);
    while heap.sweep_block() {
        grow(&mut heap);
    }
    heap.sweep_all();
    grow(&mut heap);
    heap.collect();
    heap.mutate(|_, root| {
        let len = root.other.get().unwrap().len();
        let mut last = root;
        while let Some(next) = last.next.get() {
            last = next;
        }
        let (mut held, mut count) = (last.other.get(), 0);
        while let Some(node) = held {
            (held, count) = (node.other.get(), count + 1);
        }
        assert_eq!((last.id, count), (400, len));
    });
}

#[test]
fn objects_made_while_marking_survive_it_and_the_next_cycle_frees_them() {
    let mut heap = heap();
    heap.start_mark();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::new(mc, 1))));
    heap.young();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(None));
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(heap.stats().live_bytes, 2 * heap.census().bytes() as usize);
    heap.whole_cycle();
    assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
}

#[test]
fn a_root_dropped_before_it_was_scanned_hands_its_object_to_the_mark() {
    let mut heap = heap();
    let root: Root<Node<'static>> = heap.mutate(|mc, _| Node::list(mc, 7, 100).root(mc));
    heap.start_mark();
    heap.mutate(|mc, heap_root| {
        heap_root.write(mc, |n| &n.next).set(Some(root.get(mc)));
        drop(root);
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!(root.next.get().unwrap().len(), 100));
}

#[test]
fn a_root_set_to_another_object_before_it_was_scanned_hands_the_first_one_to_the_mark() {
    let mut heap = heap();
    let root: Root<Node<'static>> = heap.mutate(|mc, _| Node::list(mc, 7, 10).root(mc));
    heap.start_mark();
    heap.mutate(|mc, heap_root| {
        heap_root.write(mc, |n| &n.next).set(Some(root.get(mc)));
        root.set(mc, heap_root);
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!(root.next.get().unwrap().len(), 10));
}

#[test]
fn a_new_object_whose_root_went_before_it_was_scanned_may_be_freed_at_once() {
    let mut heap = heap();
    heap.start_mark();
    // Large enough for a mapping of its own, which goes with it.
    let root = heap.mutate(|mc, _| Gc::from_slice(mc, &vec![1u64; 1 << 20]).root(mc));
    drop(root);
    heap.young();
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
}

#[test]
fn a_new_object_that_the_mark_was_given_by_its_root_may_be_freed_before_it_is_looked_at() {
    let mut heap = heap();
    heap.start_mark();
    let roots: Vec<_> =
        (0..10).map(|_| heap.mutate(|mc, _| Gc::from_slice(mc, &vec![1u64; 1 << 20]).root(mc))).collect();
    let many: Vec<_> = heap.mutate(|mc, _| (0..200).map(|id| Node::new(mc, id).root(mc)).collect());
    while heap.state().roots().owes_scan() && !heap.mark_some() {}
    drop((roots, many));
    heap.young();
    heap.finish_mark();
    heap.sweep_all();
}

#[test]
fn an_abandoned_mark_keeps_everything_and_the_next_cycle_frees_it() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 3000)));
        root.write(mc, |n| &n.other).set(Some(Node::list(mc, 5000, 3000)));
    });
    heap.young();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
    heap.start_mark();
    heap.mark_some();
    heap.abandon_mark();
    assert_eq!(heap.stage(), Stage::Sweeping(Verdict::Keep));
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(Some(Node::list(mc, 9000, 10))));
    while heap.sweep_block() {
        heap.mutate(|_, root| assert_eq!(root.len(), 3001));
    }
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!((root.len(), root.other.get().unwrap().len()), (3001, 10)));
    heap.whole_cycle();
    heap.mutate(|_, root| assert_eq!((root.len(), root.other.get().unwrap().len()), (3001, 10)));
    assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
}

#[test]
fn steps_end_a_cycle_though_nothing_is_allocated() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 20_000))));
    heap.start_mark();
    let steps = (0..2000).take_while(|_| heap.step(std::time::Duration::from_micros(20))).count();
    assert!(steps < 2000, "still {:?}", heap.stage());
    assert_eq!(heap.stats().old_collections, 1);
}

#[test]
fn steps_of_no_time_get_on_as_well() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, 3000))));
    heap.start_mark();
    let steps = (0..1000).take_while(|_| heap.step(std::time::Duration::ZERO)).count();
    assert!(2 < steps && steps < 1000, "{steps} steps, {:?}", heap.stage());
}

#[test]
fn roots_made_and_dropped_without_end_need_no_more_memory() {
    let mut heap = heap();
    for _ in 0..10_000 {
        drop(heap.mutate(|mc, root| root.root(mc)));
    }
    assert!(heap.state().roots().fresh() <= 2);
    let root: Root<Node<'static>> = heap.mutate(|mc, root| root.root(mc));
    heap.young();
    heap.mutate(|mc, heap_root| {
        for id in 0..100 {
            root.set(mc, Node::new(mc, id));
        }
        root.set(mc, heap_root);
        root.set(mc, Node::new(mc, 100));
    });
    assert_eq!(heap.state().roots().fresh(), 1);
    heap.young();
    heap.mutate(|mc, _| assert_eq!(root.get(mc).id, 100));
}
