//! Ephemerons and guardians, damaged.

use super::super::super::cycle::drive::{Faint, Node, heap};
use super::graph::free;
use crate::Heap;
use crate::memory::{Mark, MarkByte};
use crate::object::Object;
use crate::object::worklist::Edge;

struct Objects {
    key: Object,
    registered: Object,
    root: Object,
}

/// A heap with an entry whose key only a weak pointer names, and a registered object, all old.
fn furnished() -> (Heap<Node<'static>>, Objects) {
    let mut heap = heap();
    let (key, registered) = heap.mutate(|mc, root| {
        let faint = Faint::try_new(mc, 0).unwrap();
        root.write(mc, |n| &n.faint).set(Some(faint));
        let (key, registered) = (Node::new(mc, 1), Node::new(mc, 2));
        faint.map.insert(mc, key, Node::new(mc, 3));
        faint.guardian.register(mc, registered);
        (key.root(mc), registered.root(mc))
    });
    heap.young();
    let objects = heap.mutate(|mc, root| Objects {
        key: key.get(mc).object(),
        registered: registered.get(mc).object(),
        root: root.object(),
    });
    (heap, objects)
}

/// The same, with its mark under way and the entry waiting for its key.
fn waiting() -> (Heap<Node<'static>>, Objects) {
    let (mut heap, objects) = furnished();
    heap.start_mark();
    heap.mark_all();
    (heap, objects)
}

#[test]
fn an_undamaged_heap_passes() {
    let (mut heap, _) = furnished();
    heap.verify();
    let (mut heap, _) = waiting();
    heap.verify();
    assert_eq!(heap.stats().ephemerons_waiting, 1);
}

#[test]
#[should_panic(expected = "Q2 does not hold: something waits for it in the mark, and it is not white with WEAK")]
fn q2_a_key_that_nobody_will_wake() {
    let (heap, objects) = waiting();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    MarkByte::of(objects.key).clear(Mark::WEAK);
    heap.verify();
}

#[test]
#[should_panic(expected = "Q2 does not hold: values wait for keys, and no mark is under way")]
fn q2_an_index_that_was_not_forgotten() {
    let (heap, objects) = furnished();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    heap.drive(|collector, _, _| collector.marker.visitor.waiting.add(objects.key, Edge::new(objects.root, false)));
    heap.verify();
}

#[test]
#[should_panic(expected = "Q3 does not hold: it waits for a key in the mark, and is new")]
fn q3_a_new_value_that_waits() {
    let (heap, objects) = waiting();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    let new = heap.mutate(|mc, root| {
        let new = Node::new(mc, 9);
        root.write(mc, |n| &n.next).set(Some(new));
        new.object()
    });
    heap.drive(|collector, _, _| collector.marker.visitor.waiting.add(objects.key, Edge::new(new, false)));
    heap.verify();
}

#[test]
#[should_panic(expected = "U1 does not hold: a guardian's registration leads to no header")]
fn u1_a_registered_object_that_was_freed() {
    let (heap, objects) = furnished();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    heap.drive(|_, state, _| free(objects.registered, state));
    // A string of ones is no header.
    // SAFETY: the object is damaged on purpose, and its heap is leaked.
    unsafe { objects.registered.payload().cast::<usize>().sub(1).write(usize::MAX) };
    heap.verify();
}

#[test]
#[should_panic(expected = "U2 does not hold: it is on the list of ready sheets and nothing in it is, or the reverse")]
fn u2_a_ready_registration_that_will_not_be_found() {
    let (mut heap, _) = waiting();
    heap.finish_mark();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    heap.mutate(|_, root| root.faint.get().unwrap().guardian.forget_ready());
    heap.verify();
}
