//! Large arrays are marked, remembered and written segment by segment.

use super::super::drive::{Node, Slot, heap};
use crate::memory::LargeObject;
use crate::{Gc, GcCell, Heap};

const LEN: usize = 20_000;

fn with_array() -> Heap<Node<'static>> {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let array: Gc<'_, [Slot<'_>]> = Gc::from_fn(mc, LEN, |_| GcCell::new(None));
        root.write(mc, |n| &n.array).set(Some(array));
        for index in (0..LEN).step_by(100) {
            array.write(mc, |a| &a[index]).set(Some(Node::new(mc, index as u32)));
        }
    });
    heap.young();
    heap
}

fn array<'gc>(root: Gc<'gc, Node<'gc>>) -> Gc<'gc, [Slot<'gc>]> {
    root.array.get().unwrap()
}

fn set(heap: &mut Heap<Node<'static>>, index: usize, id: u32) {
    heap.mutate(|mc, root| array(root).write(mc, |a| &a[index]).set(Some(Node::new(mc, id))));
}

fn check(heap: &mut Heap<Node<'static>>, index: usize, id: u32) {
    heap.mutate(|_, root| assert_eq!(array(root)[index].get().map(|node| node.id), Some(id)));
}

fn remembered(heap: &mut Heap<Node<'static>>) -> usize {
    heap.drive(|collector, _, _| collector.remembered.len())
}

#[test]
fn a_write_remembers_the_segments_it_covers_and_no_more() {
    let mut heap = with_array();
    set(&mut heap, 5, 1);
    set(&mut heap, 6, 2);
    assert_eq!(remembered(&mut heap), 1);
    set(&mut heap, LEN - 1, 3);
    assert_eq!(remembered(&mut heap), 2);
    heap.mutate(|mc, root| {
        let per_segment = LargeObject::of(array(root).object()).segment_elements();
        array(root).write(mc, |a| &a[4 * per_segment - 1..5 * per_segment + 1]);
    });
    assert_eq!(remembered(&mut heap), 5);
    heap.young();
    assert_eq!(remembered(&mut heap), 0);
    for (index, id) in [(5, 1), (6, 2), (LEN - 1, 3)] {
        check(&mut heap, index, id);
    }
}

#[test]
fn what_is_moved_between_segments_while_marking_is_found() {
    let mut heap = with_array();
    heap.start_mark();
    let mut index = 0;
    loop {
        // From a segment at the end, not visited yet, to one at the start.
        heap.mutate(|mc, root| {
            let from = array(root).write(mc, |a| &a[LEN - 100 - index]).take();
            array(root).write(mc, |a| &a[index + 1]).set(from);
        });
        heap.verify();
        index += 100;
        if heap.mark_some() || index == LEN / 2 {
            break;
        }
    }
    heap.finish_mark();
    heap.sweep_all();
    for moved in (0..index).step_by(100) {
        check(&mut heap, moved + 1, (LEN - 100 - moved) as u32);
    }
    heap.whole_cycle();
    check(&mut heap, 1, (LEN - 100) as u32);
}

#[test]
fn an_array_made_while_marking_is_remembered_by_segment_from_its_promotion_on() {
    let mut heap = heap();
    heap.start_mark();
    heap.mutate(|mc, root| {
        let array: Gc<'_, [Slot<'_>]> = Gc::from_fn(mc, LEN, |i| GcCell::new((i == 9).then(|| Node::new(mc, 9))));
        root.write(mc, |n| &n.array).set(Some(array));
    });
    set(&mut heap, 7000, 4);
    heap.young();
    set(&mut heap, 8000, 5);
    assert_eq!(remembered(&mut heap), 1);
    heap.finish_mark();
    heap.sweep_all();
    for (index, id) in [(9, 9), (7000, 4), (8000, 5)] {
        check(&mut heap, index, id);
    }
    heap.whole_cycle();
    check(&mut heap, 7000, 4);
}

#[test]
fn an_abandoned_mark_leaves_all_segments_with_the_colour_of_the_object() {
    let mut heap = with_array();
    heap.start_mark();
    set(&mut heap, 19_000, 1);
    heap.mark_some();
    heap.abandon_mark();
    set(&mut heap, 12_000, 2);
    heap.sweep_all();
    for _ in 0..3 {
        heap.whole_cycle();
        check(&mut heap, 19_000, 1);
        check(&mut heap, 12_000, 2);
    }
}

#[test]
fn every_large_object_is_swept_though_others_are_freed_meanwhile() {
    let mut heap = heap();
    // Eight arrays in a list of roots; the first ones have destructors.
    let mut roots = Vec::new();
    let mut strings = Vec::new();
    heap.mutate(|mc, _| {
        for id in 0..4 {
            strings.push(Gc::from_fn(mc, 2000, |_| super::super::drive::Mortal::value(id, None)).root(mc));
        }
        for _ in 0..4 {
            roots.push(Gc::from_fn(mc, LEN, |i| GcCell::new((i == 9).then(|| Node::new(mc, 9)))).root(mc));
        }
    });
    let _: &Vec<crate::Root<[Slot<'static>]>> = &roots;
    heap.young();
    strings.clear();
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
    // Their destructors wait while the next mark is abandoned; they run in the middle of its sweep.
    heap.start_mark();
    heap.abandon_mark();
    for _ in 0..5 {
        heap.sweep_large();
    }
    heap.destroy_all();
    heap.sweep_all();
    for _ in 0..2 {
        heap.whole_cycle();
        heap.mutate(|mc, _| assert!(roots.iter().all(|root| root.get(mc)[9].get().unwrap().id == 9)));
    }
}
