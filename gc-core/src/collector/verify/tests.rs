//! Each check can fail: heaps are damaged on purpose, and the check says so.

use super::super::cycle::drive::{Mortal, Node, heap};
use super::super::weakness::tombstone;
use super::super::{Collector, HeapState, Stage};
use crate::memory::{Block, BlockState, LargeObject, Mark, MarkByte};
use crate::object::header::{LARGE, LOGGED};
use crate::object::{InfoOf, Object};
use crate::{Gc, GcCell, Heap, Weak};

mod faint;
mod graph;

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
#[should_panic(expected = "B4 does not hold: a header must be looked at")]
fn b4_an_identity_that_its_block_does_not_know_of() {
    damage(furnished(), |o, _, _| o.second.header().set(crate::object::header::ASKED));
}

#[test]
#[should_panic(expected = "B3 does not hold: more is counted here than the mark reached")]
fn b3_a_stranger_in_a_snapshot_block_without_attention() {
    damage(marking(), |o, _, state| {
        block(o.first).set_attention(false);
        byte(o.mortal, 0).store(tombstone(state.epoch()));
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

#[test]
#[should_panic(expected = "O1")]
fn o1_a_grey_object_that_nobody_searches_for() {
    damage(marking(), |o, _, state| {
        // As if there had been no place for it on the stack.
        crate::collector::overflow::grey(o.second, state.epoch());
    });
}
