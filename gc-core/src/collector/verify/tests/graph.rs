//! Damage to the graph: R1, R3, G1–G5, W1.

use super::*;
use crate::collector::weakness::tombstone;

/// Frees an object as the sweep does.
pub(super) fn free(object: Object, state: &HeapState) {
    let granules = object.granules();
    byte(object, 0).store(Mark::CLEAR);
    byte(object, granules - 1).store(Mark::CLEAR);
    discount(object, state, granules);
}

#[test]
#[should_panic(expected = "G4 does not hold: it has no colour, and no cursor has been in its block")]
fn g4_a_reachable_object_that_was_freed() {
    damage(furnished(), |o, _, state| free(o.second, state));
}

#[test]
#[should_panic(expected = "from gc_core::collector::cycle::drive::Node<'_> at")]
fn a_message_shows_the_path() {
    damage(furnished(), |o, _, state| free(o.second, state));
}

#[test]
#[should_panic(expected = "W2 does not hold: it is a tombstone, and has not WEAK")]
fn w2_a_tombstone_that_looks_like_an_object() {
    damage(furnished(), |o, _, state| {
        let granules = o.first.granules();
        byte(o.first, granules - 1).store(Mark::CLEAR);
        byte(o.first, 0).store(tombstone(state.epoch()).without(Mark::WEAK));
        discount(o.first, state, granules - 1);
        o.first.header().retype(&crate::object::type_info::TOMBSTONE_INFO);
    });
}

#[test]
#[should_panic(expected = "R1 does not hold: it is a tombstone")]
fn r1_a_root_that_was_freed() {
    damage(furnished(), |o, _, state| {
        let granules = o.root.granules();
        byte(o.root, granules - 1).store(Mark::CLEAR);
        byte(o.root, 0).store(tombstone(state.epoch()));
        discount(o.root, state, granules - 1);
        o.root.header().retype(&crate::object::type_info::TOMBSTONE_INFO);
    });
}

#[test]
#[should_panic(expected = "R3 does not hold: the mark has it to look at")]
fn r3_a_new_object_given_to_the_mark() {
    let mut heap = marking();
    let new = heap.mutate(|mc, _| Node::new(mc, 1).object());
    damage(heap, |_, collector, _| collector.marker.reach(new));
}

/// Makes the root's second pointer one to `target`, with the barrier's traces removed, so that nothing
/// but the graph is wrong.
fn point_at(o: &Objects, collector: &mut Collector, target: Object) {
    let root = o.root.payload().cast::<Node<'static>>();
    // SAFETY: the root is a node. Nothing follows the pointer but the check, which looks before.
    unsafe { root.as_ref().other.as_cell().set(Some(Gc::from_payload(target.payload()))) };
    collector.shadow.clear();
}

#[test]
#[should_panic(expected = "G1 does not hold: a pointer leads out of the heap")]
fn g1_a_pointer_out_of_the_heap() {
    let elsewhere: &'static mut [u64; 8] = Box::leak(Box::new([0; 8]));
    damage(furnished(), |o, collector, _| {
        // SAFETY: nobody looks at the header.
        let nowhere = unsafe { Object::from_payload(core::ptr::NonNull::from(&mut elsewhere[4]).cast()) };
        point_at(o, collector, nowhere);
    });
}

#[test]
#[should_panic(expected = "G1 does not hold: a pointer leads into another object")]
fn g1_a_pointer_into_an_object() {
    damage(furnished(), |o, collector, _| {
        // SAFETY: the address lies in the object, and nobody looks at the header.
        let inside = unsafe { Object::from_payload(o.first.payload().add(16)) };
        point_at(o, collector, inside);
    });
}

#[test]
#[should_panic(expected = "G1 does not hold: a pointer leads into a free block")]
fn g1_a_pointer_into_a_free_block() {
    damage(furnished(), |o, collector, _| {
        let free = collector.space.free_list()[0].granule(8);
        // SAFETY: nobody looks at the header.
        point_at(o, collector, unsafe { Object::from_payload(free) });
    });
}

#[test]
#[should_panic(expected = "G1 does not hold: it is DEAD")]
fn g1_a_pointer_to_an_object_whose_destructor_waits() {
    let mut heap = furnished();
    let mortal = objects(&mut heap).mortal;
    heap.mutate(|mc, root| root.write(mc, |n| &n.mortal).set(None));
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    let root = heap.mutate(|_, root| root.object());
    heap.drive(|collector, _, _| {
        let root = root.payload().cast::<Node<'static>>();
        // SAFETY: the root is a node, and the pointer is to a whole mortal that is not freed yet.
        unsafe { root.as_ref().mortal.as_cell().set(Some(Gc::from_payload(mortal.payload()))) };
        collector.shadow.clear();
    });
    heap.verify();
}

#[test]
#[should_panic(expected = "G2 does not hold: the mark has not reached it, and will not")]
fn g2_a_snapshot_object_hidden_behind_the_mark() {
    let mut heap = marking();
    heap.mark_all();
    damage(heap, |o, _, state| {
        byte(o.second, 0).store(Mark::scanned(state.epoch().other()));
        discount(o.second, state, o.second.granules());
    });
}

#[test]
#[should_panic(expected = "G3 does not hold: the mark did not reach it, and it will be freed")]
fn g3_a_reachable_object_that_was_not_marked() {
    damage(sweeping(), |o, _, state| {
        byte(o.second, 0).store(Mark::scanned(state.epoch().other()));
        discount(o.second, state, o.second.granules());
    });
}

#[test]
#[should_panic(expected = "G4 does not hold: it is new, and shares memory with another object")]
fn g4_new_objects_that_overlap() {
    let mut heap = furnished();
    heap.mutate(|mc, root| {
        let (one, two) = (Node::new(mc, 5), Node::new(mc, 6));
        root.write(mc, |n| &n.other).set(Some(one));
        root.next.get().unwrap().write(mc, |n| &n.other).set(Some(two));
        // It claims more than it has.
        one.object().header().retype(InfoOf::<[u64; 64]>::ONE);
    });
    let mut heap = core::mem::ManuallyDrop::new(heap);
    heap.verify();
}

#[test]
#[should_panic(expected = "W1 does not hold: a weak pointer leads to no header")]
fn w1_a_weak_target_without_a_tombstone() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let target = Node::new(mc, 1);
        root.write(mc, |n| &n.weak).set(target.downgrade());
    });
    heap.young();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    let tomb = heap.mutate(|mc, root| weak_target(mc, root.weak.get()));
    heap.drive(|_, state, _| free(tomb, state));
    heap.verify();
}

fn weak_target<'gc>(_: &crate::Mutation<'gc>, weak: Weak<'gc, Node<'gc>>) -> Object {
    // SAFETY: a weak pointer is its target's payload address, and a header lies before that (W1).
    unsafe { core::mem::transmute(weak) }
}

#[test]
#[should_panic(expected = "W1 does not hold: the sweep will free it")]
fn w1_a_weak_target_that_the_sweep_will_forget() {
    let mut heap = furnished();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(None));
    heap.start_mark();
    heap.finish_mark();
    let mut heap = core::mem::ManuallyDrop::new(heap);
    let target = heap.mutate(|mc, root| weak_target(mc, root.weak.get()));
    heap.drive(|_, _, _| byte(target, 0).clear(Mark::WEAK));
    heap.verify();
}

#[test]
#[should_panic(expected = "G5, the barrier, does not hold: its pointers have changed without a write barrier")]
fn g5_a_write_without_the_barrier() {
    let mut heap = core::mem::ManuallyDrop::new(furnished());
    heap.mutate(|_, root| root.next.get().unwrap().other.as_cell().set(root.next.get()));
    heap.verify();
}

#[test]
#[should_panic(expected = "without a write barrier on it (segment 6)")]
fn g5_a_write_to_a_segment_without_the_barrier() {
    let mut heap = core::mem::ManuallyDrop::new(furnished());
    heap.mutate(|_, root| root.array.get().unwrap()[200].as_cell().set(root.next.get()));
    heap.young();
}

#[test]
fn g5_writes_with_the_barrier_pass() {
    let mut heap = furnished();
    heap.mutate(|mc, root| {
        let first = root.next.get().unwrap();
        first.write(mc, |n| &n.other).set(Some(root));
        root.array.get().unwrap().write(mc, |a| &a[200]).set(Some(first));
    });
    heap.verify();
    heap.collect();
    heap.verify();
}
