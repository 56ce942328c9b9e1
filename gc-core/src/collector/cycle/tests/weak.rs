//! Weak pointers in every phase.

use super::super::drive::{Mortal, Node, checked, destroyed, heap};
use crate::collector::Stage;
use crate::collector::walk::each_coloured;
use crate::{Gc, GcCell, Heap, Rebrand, Weak};

/// Lets the root hold node 1 strongly through `other` and weakly, after a young collection.
fn with_target() -> Heap<Node<'static>> {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let target = Node::new(mc, 1);
        root.write(mc, |n| &n.other).set(Some(target));
        root.write(mc, |n| &n.weak).set(target.downgrade());
    });
    heap.young();
    heap
}

fn cut(heap: &mut Heap<Node<'static>>) {
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
}

fn upgraded(heap: &mut Heap<Node<'static>>) -> Option<u32> {
    heap.mutate(|mc, root| root.weak.get().upgrade(mc).map(|node| node.id))
}

#[test]
fn a_weak_pointer_ends_with_a_young_target() {
    let mut heap = heap();
    heap.mutate(|mc, root| root.write(mc, |n| &n.weak).set(Node::new(mc, 1).downgrade()));
    heap.young();
    assert_eq!(upgraded(&mut heap), None);
    heap.whole_cycle();
    assert_eq!(upgraded(&mut heap), None);
}

#[test]
fn a_weak_pointer_in_an_object_that_survives_follows_a_target_that_does() {
    let mut heap = with_target();
    heap.whole_cycle();
    assert_eq!(upgraded(&mut heap), Some(1));
    cut(&mut heap);
    heap.whole_cycle();
    assert_eq!(upgraded(&mut heap), None);
}

fn tombstones<R: Rebrand + 'static>(heap: &mut Heap<R>) -> usize {
    heap.drive(|collector, _, _| {
        let mut count = 0;
        each_coloured(&collector.space, |object, _| count += usize::from(object.info().is_tombstone()));
        count
    })
}

#[test]
fn a_tombstone_stays_through_an_abandoned_mark_and_goes_with_its_last_weak_pointer() {
    for len in [100, 100_000] {
        let mut heap = Heap::<GcCell<Weak<'static, [u8]>>>::with_config(checked(), |_| GcCell::new(Weak::new()));
        let target = heap.mutate(|mc, root| {
            let target = Gc::from_slice(mc, &vec![7_u8; len]);
            root.write(mc, |cell| cell).set(target.downgrade());
            target.root(mc)
        });
        heap.whole_cycle();
        assert_eq!(tombstones(&mut heap), 0);
        drop(target);
        heap.whole_cycle();
        assert_eq!(tombstones(&mut heap), 1);
        heap.start_mark();
        heap.abandon_mark();
        heap.sweep_all();
        assert_eq!(tombstones(&mut heap), 1);
        heap.whole_cycle();
        assert_eq!(tombstones(&mut heap), 1);
        heap.mutate(|mc, root| {
            assert!(root.get().upgrade(mc).is_none());
            root.write(mc, |cell| cell).set(Weak::new());
        });
        heap.whole_cycle();
        assert_eq!(tombstones(&mut heap), 0);
    }
}

#[test]
fn an_object_upgraded_while_marking_survives_the_cycle() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.start_mark();
    heap.mutate(|mc, root| {
        let target = root.weak.get().upgrade(mc).expect("nothing has been found dead yet");
        root.write(mc, |n| &n.next).set(Some(target));
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, root| assert_eq!(root.next.get().unwrap().id, 1));
    assert_eq!(upgraded(&mut heap), Some(1));
}

#[test]
fn an_object_upgraded_when_the_queue_was_empty_is_still_marked() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.start_mark();
    heap.mark_all();
    heap.mutate(|mc, root| {
        let target = root.weak.get().upgrade(mc).expect("the mark has not ended");
        root.write(mc, |n| &n.next).set(Some(target));
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(upgraded(&mut heap), Some(1));
}

#[test]
fn a_dead_object_that_has_not_been_swept_is_not_upgraded() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.start_mark();
    heap.finish_mark();
    assert!(heap.stage() != Stage::Idle);
    assert_eq!(upgraded(&mut heap), None);
    while heap.sweep_block() {
        assert_eq!(upgraded(&mut heap), None);
    }
    heap.sweep_all();
    assert_eq!(upgraded(&mut heap), None);
}

#[test]
fn a_weak_pointer_written_anywhere_while_marking_names_a_header_after_the_sweep() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.start_mark();
    heap.mark_some();
    heap.mutate(|mc, root| {
        let new = Node::new(mc, 2);
        new.write(mc, |n| &n.weak).set(root.weak.get());
        root.write(mc, |n| &n.next).set(Some(new));
        root.write(mc, |n| &n.weak).take();
    });
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|mc, root| assert!(root.next.get().unwrap().weak.get().upgrade(mc).is_none()));
}

#[test]
fn a_tombstone_stays_while_a_weak_pointer_names_it_and_goes_then() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.whole_cycle();
    for _ in 0..3 {
        heap.whole_cycle();
        assert_eq!(upgraded(&mut heap), None);
    }
    let used = used_granules(&mut heap);
    heap.mutate(|mc, root| {
        let _ = root.write(mc, |n| &n.weak).take();
    });
    heap.whole_cycle();
    assert_eq!(used_granules(&mut heap), used - 1);
}

fn used_granules(heap: &mut Heap<Node<'static>>) -> usize {
    heap.drive(|collector, state, _| {
        let blocks = collector.space.chunks().iter().flat_map(|chunk| chunk.blocks());
        blocks.map(|block| block.live(state.epoch())).sum()
    })
}

#[test]
fn a_weak_pointer_does_not_take_the_next_tenant_for_its_target() {
    let mut heap = with_target();
    cut(&mut heap);
    heap.whole_cycle();
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 10, 2000))));
    assert_eq!(upgraded(&mut heap), None);
    heap.young();
    assert_eq!(upgraded(&mut heap), None);
    heap.mutate(|_, root| assert_eq!(root.next.get().unwrap().len(), 2000));
}

#[test]
fn a_weak_pointer_to_its_own_object_does_not_keep_it() {
    let mut heap = heap();
    heap.mutate(|mc, root| {
        let node = Node::new(mc, 1);
        node.write(mc, |n| &n.weak).set(node.downgrade());
        root.write(mc, |n| &n.next).set(Some(node));
    });
    heap.young();
    heap.mutate(|mc, root| {
        let node = root.next.get().unwrap();
        assert!(node.weak.get().upgrade(mc).is_some_and(|own| own.ptr_eq(node)));
        root.write(mc, |n| &n.next).set(None);
    });
    heap.whole_cycle();
    assert_eq!(heap.census().objects(), 1);
    heap.whole_cycle();
    assert_eq!(used_granules(&mut heap), heap.census().bytes() as usize / 16);
}

#[test]
fn an_object_whose_destructor_waits_is_not_upgraded_and_leaves_a_tombstone() {
    let mut heap = heap();
    destroyed();
    heap.mutate(|mc, root| {
        let mortal = Mortal::new(mc, 5);
        root.write(mc, |n| &n.mortal).set(Some(mortal));
        root.write(mc, |n| &n.weak_mortal).set(mortal.downgrade());
    });
    heap.young();
    let upgraded =
        |heap: &mut Heap<Node<'static>>| heap.mutate(|mc, root| root.weak_mortal.get().upgrade(mc).map(|m| m.id()));
    assert_eq!(upgraded(&mut heap), Some(5));
    heap.mutate(|mc, root| root.write(mc, |n| &n.mortal).set(None));
    heap.start_mark();
    heap.finish_mark();
    assert_eq!(upgraded(&mut heap), None);
    heap.sweep_all();
    assert_eq!((upgraded(&mut heap), destroyed()), (None, vec![]));
    // The next cycle starts and ends before the destructor has run.
    heap.start_mark();
    heap.finish_mark();
    assert_eq!(upgraded(&mut heap), None);
    heap.destroy_all();
    assert_eq!((upgraded(&mut heap), destroyed()), (None, vec![5]));
    heap.sweep_all();
    heap.whole_cycle();
    assert_eq!((upgraded(&mut heap), destroyed()), (None, vec![]));
}

#[test]
fn a_new_object_with_a_destructor_that_only_a_weak_pointer_names_dies_young() {
    let mut heap = heap();
    destroyed();
    heap.mutate(|mc, root| root.write(mc, |n| &n.weak_mortal).set(Mortal::new(mc, 6).downgrade()));
    heap.young();
    heap.mutate(|mc, root| assert!(root.weak_mortal.get().upgrade(mc).is_none()));
    heap.destroy_all();
    assert_eq!(destroyed(), [6]);
    heap.mutate(|mc, root| assert!(root.weak_mortal.get().upgrade(mc).is_none()));
    heap.collect();
}

#[test]
fn weak_pointers_to_large_objects_end_with_them() {
    let mut heap = Heap::<Option<crate::Weak<'static, [u64]>>>::with_config(super::super::drive::checked(), |_| None);
    let mut large = crate::Heap::<WeakSlice<'static>>::with_config(super::super::drive::checked(), |_| WeakSlice {
        weak: crate::GcCell::new(crate::Weak::new()),
    });
    heap.collect();
    let root = large.mutate(|mc, root| {
        let slice = Gc::from_slice(mc, &[7u64; 4000]);
        root.write(mc, |r| &r.weak).set(slice.downgrade());
        slice.root(mc)
    });
    large.young();
    large.whole_cycle();
    large.mutate(|mc, r| assert_eq!(r.weak.get().upgrade(mc).map(|s| s[3999]), Some(7)));
    drop(root);
    large.start_mark();
    large.finish_mark();
    large.mutate(|mc, r| assert!(r.weak.get().upgrade(mc).is_none()));
    large.sweep_all();
    large.mutate(|mc, r| assert!(r.weak.get().upgrade(mc).is_none()));
    large.whole_cycle();
    large.mutate(|mc, r| assert!(r.weak.get().upgrade(mc).is_none()));
    // A new one that dies at once.
    large.mutate(|mc, r| r.write(mc, |r| &r.weak).set(Gc::from_slice(mc, &[7u64; 4000]).downgrade()));
    large.collect();
    large.mutate(|mc, r| assert!(r.weak.get().upgrade(mc).is_none()));
}

struct WeakSlice<'gc> {
    weak: crate::GcCell<crate::Weak<'gc, [u64]>>,
}
// SAFETY: visits and updates the one pointer.
unsafe impl<'gc> crate::Trace<'gc> for WeakSlice<'gc> {
    fn trace(&self, tracer: &mut crate::Tracer<'gc>) {
        self.weak.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut crate::Relocator<'gc>) {
        self.weak.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> crate::Rebrand for WeakSlice<'x> {
    type At<'b> = WeakSlice<'b>;
}
