//! Each check can fail: heaps are damaged on purpose, and the check says so.

mod faint;

use super::super::cycle::drive::{Mortal, Node, heap};
use super::super::{Collector, HeapState, Stage};
use crate::memory::{Block, BlockState, LargeObject, Mark, MarkByte};
use crate::object::header::{LARGE, LOGGED};
use crate::object::{InfoOf, Object};
use crate::{Gc, GcCell, Heap, Weak};

/// A heap whose root (0) holds a list of nodes 1 to 20, a mortal, a large array and a weak pointer to
/// node 1, all old.
fn furnished() -> Heap<Node<'static>> {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let list = Node::list(mc, 1, 20);
        root.write(mc, |n| &n.next).set(Some(list));
        root.write(mc, |n| &n.weak).set(list.downgrade());
        root.write(mc, |n| &n.mortal).set(Some(Mortal::new(mc, 1)));
        root.write(mc, |n| &n.array).set(Some(Gc::from_fn(mc, 3000, |_| GcCell::new(None))));
    });
    heap.young();
    // None is to run; but blocks with new destructors are looked through before they are used again.
    heap.destroy_all();
    heap
}

/// Some of its objects.
struct Objects {
    root: Object,
    first: Object,
    second: Object,
    mortal: Object,
    array: Object,
}

fn objects(heap: &mut Heap<Node<'static>>) -> Objects {
    heap.mutate(|_, root| {
        let first = root.next.get().unwrap();
        Objects {
            root: root.object(),
            first: first.object(),
            second: first.next.get().unwrap().object(),
            mortal: root.mortal.get().unwrap().object(),
            array: root.array.get().unwrap().object(),
        }
    })
}

/// Damages a heap and checks it. The heap is leaked: it is in no state to be dropped.
#[track_caller]
fn damage(mut heap: Heap<Node<'static>>, what: impl FnOnce(&Objects, &mut Collector, &HeapState)) {
    heap.verify();
    let objects = objects(&mut heap);
    let mut heap = core::mem::ManuallyDrop::new(heap);
    heap.drive(|collector, state, _| what(&objects, collector, state));
    heap.verify();
}

fn block(object: Object) -> Block {
    Block::around(object.granule())
}

/// Takes granules off the counter of an object's block.
fn discount(object: Object, state: &HeapState, granules: usize) {
    let rest = block(object).live(state.epoch()) - granules;
    block(object).forget_live(state.epoch());
    block(object).count_live(state.epoch(), rest);
}

/// The mark byte of one of an object's granules.
fn byte(object: Object, granule: usize) -> &'static MarkByte {
    let block = block(object);
    &block.marks()[block.granule_index(object.granule()) + granule]
}

/// The mark of the root's list is under way, and nothing has been looked at.
fn marking() -> Heap<Node<'static>> {
    let mut heap = furnished();
    heap.start_mark();
    heap
}

/// The mark is over, and nothing has been swept.
fn sweeping() -> Heap<Node<'static>> {
    let mut heap = marking();
    heap.finish_mark();
    heap
}

#[test]
fn an_undamaged_heap_passes() {
    damage(furnished(), |_, _, _| {});
    damage(marking(), |_, _, _| {});
    damage(sweeping(), |_, _, _| {});
}

#[test]
#[should_panic(expected = "B1 does not hold")]
fn b1_a_counter_that_is_wrong() {
    damage(furnished(), |o, _, state| block(o.first).count_live(state.epoch(), 1));
}

#[test]
#[should_panic(expected = "B2 does not hold: a block has not been swept")]
fn b2_a_stamp_of_the_other_epoch() {
    damage(furnished(), |o, _, state| block(o.first).stamp(state.epoch().other()));
}

#[test]
#[should_panic(expected = "B2 does not hold")]
fn b2_a_colour_of_the_other_epoch() {
    damage(furnished(), |o, _, state| {
        byte(o.first, 0).store(Mark::scanned(state.epoch().other()));
        let granules = o.first.granules();
        discount(o.first, state, granules);
        block(o.first).count_live(state.epoch().other(), granules);
    });
}

#[test]
#[should_panic(expected = "B3 does not hold: an object needs attention")]
fn b3_a_destructor_without_attention() {
    damage(furnished(), |o, _, _| block(o.mortal).set_attention(false));
}

#[test]
#[should_panic(expected = "B3 does not hold: more is counted here than the mark reached")]
fn b3_a_stranger_in_a_snapshot_block_without_attention() {
    damage(marking(), |o, _, state| {
        block(o.first).set_attention(false);
        byte(o.mortal, 0).store(Mark::scanned(state.epoch()).with(Mark::END));
        block(o.mortal).count_live(state.epoch(), 1);
        byte(o.mortal, o.mortal.granules() - 1).store(Mark::CLEAR);
        o.mortal.header().retype(&crate::object::type_info::TOMBSTONE_INFO);
    });
}

#[test]
#[should_panic(expected = "B2 does not hold: 0x")]
fn b2_a_block_on_a_list_it_does_not_belong_to() {
    damage(furnished(), |o, collector, state| {
        collector.space.file(block(o.first), state.epoch());
        block(o.first).set_state(BlockState::Settled);
    });
}

#[test]
#[should_panic(expected = "M1 does not hold: a dead object has a colour")]
fn m1_dead_with_a_colour() {
    damage(furnished(), |o, _, _| byte(o.first, 0).set(Mark::DEAD));
}

#[test]
#[should_panic(expected = "M2 does not hold")]
fn m2_an_end_in_the_wrong_place() {
    damage(furnished(), |o, _, _| byte(o.first, 1).store(Mark::END));
}

#[test]
#[should_panic(expected = "M2 does not hold")]
fn m2_an_end_that_is_missing() {
    damage(furnished(), |o, _, _| byte(o.first, o.first.granules() - 1).store(Mark::CLEAR));
}

#[test]
#[should_panic(expected = "M3 does not hold: a mark byte belongs to no object")]
fn m3_a_mark_on_a_free_granule() {
    damage(furnished(), |o, _, _| block(o.first).marks()[crate::memory::geometry::BLOCK_GRANULES - 1].store(Mark::END));
}

#[test]
#[should_panic(expected = "M3 does not hold: a granule of a free block is marked")]
fn m3_a_mark_in_a_free_block() {
    damage(furnished(), |_, collector, _| collector.space.free_list()[0].marks()[5].store(Mark::END));
}

#[test]
#[should_panic(expected = "M3 does not hold: a new object lies where no cursor has been")]
fn m3_a_destructor_bit_where_nothing_was_allocated() {
    damage(furnished(), |o, _, _| {
        block(o.first).marks()[crate::memory::geometry::BLOCK_GRANULES - 9].store(Mark::DROP);
    });
}

#[test]
#[should_panic(expected = "K2 does not hold")]
fn k2_grey_while_nothing_marks() {
    damage(furnished(), |o, _, state| byte(o.first, 0).store(Mark::grey(state.epoch())));
}

#[test]
#[should_panic(expected = "W2 does not hold")]
fn w2_weak_on_a_marked_object() {
    damage(furnished(), |o, _, _| {
        byte(o.first, 0).set(Mark::WEAK);
        block(o.first).set_attention(true);
    });
}

#[test]
#[should_panic(expected = "D1 does not hold: its DROP bit")]
fn d1_a_destructor_that_will_not_run() {
    damage(furnished(), |o, _, _| byte(o.mortal, 0).clear(Mark::DROP));
}

#[test]
#[should_panic(expected = "D1 does not hold: the block")]
fn d1_a_block_that_is_not_queued() {
    damage(furnished(), |o, _, _| assert!(block(o.mortal).enqueue()));
}

#[test]
#[should_panic(expected = "Y1 does not hold: it is logged and not in the remembered set")]
fn y1_logged_and_not_remembered() {
    damage(furnished(), |o, _, _| o.first.header().set(LOGGED));
}

#[test]
#[should_panic(expected = "Y1 does not hold: it is logged and not in the remembered set, or the reverse")]
fn y1_remembered_and_not_logged() {
    let mut heap = furnished();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
    damage(heap, |o, _, _| o.root.header().clear(LOGGED));
}

#[test]
#[should_panic(expected = "Y1 does not hold: segment 2 is logged")]
fn y1_a_segment_logged_and_not_remembered() {
    damage(furnished(), |o, _, _| LargeObject::of(o.array).segments()[2].log());
}

#[test]
#[should_panic(expected = "L1 does not hold: a large slice is logged as a whole")]
fn l1_a_large_slice_logged_as_a_whole() {
    damage(furnished(), |o, _, _| o.array.header().set(LOGGED));
}

#[test]
#[should_panic(expected = "L1 does not hold: a small object's header")]
fn l1_a_small_object_that_says_it_is_large() {
    damage(furnished(), |o, _, _| o.first.header().set(LARGE));
}

#[test]
#[should_panic(expected = "L1 does not hold: a large object's header")]
fn l1_a_large_object_that_says_it_is_small() {
    damage(furnished(), |o, collector, state| {
        // The check of the remembered set would come first.
        collector.remembered.insert(o.array);
        o.array.header().clear(LARGE);
        o.array.header().set(LOGGED);
        assert_eq!(state.stage.get(), Stage::Idle);
    });
}

#[test]
#[should_panic(expected = "L3 does not hold")]
fn l3_a_segment_of_the_other_epoch() {
    damage(furnished(), |o, _, state| LargeObject::of(o.array).segments()[1].set_scanned(state.epoch().other()));
}

#[test]
#[should_panic(expected = "L3 does not hold: 1 segments were visited before the object")]
fn l3_a_segment_visited_before_its_object() {
    damage(marking(), |o, _, state| LargeObject::of(o.array).segments()[1].set_scanned(state.epoch()));
}

/// Frees an object as the sweep does.
fn free(object: Object, state: &HeapState) {
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
#[should_panic(expected = "R1 does not hold: it is a tombstone")]
fn r1_a_root_that_was_freed() {
    damage(furnished(), |o, _, state| {
        let granules = o.root.granules();
        byte(o.root, granules - 1).store(Mark::CLEAR);
        byte(o.root, 0).store(Mark::scanned(state.epoch()).with(Mark::END));
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
#[should_panic(expected = "without a write barrier on it (segment 1)")]
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
