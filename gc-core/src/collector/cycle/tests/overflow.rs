//! Collections whose stacks are full: the heap remembers what is to be done (O1).

use super::super::drive::{Mortal, Node, Slot, checked, destroyed, heap};
use crate::object::worklist::{PIECE, refusal};
use crate::{Gc, GcCell, Heap, Root};

/// Every collection in here is refused all that it wants to push.
fn refused(work: impl FnOnce()) {
    refusal::start(1);
    work();
    refusal::start(0);
}

fn list_of(heap: &mut Heap<Node<'static>>, len: u32) {
    heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(Node::list(mc, 1, len))));
}

fn check_list(heap: &mut Heap<Node<'static>>, len: u32) {
    heap.verify();
    heap.mutate(|_, root| assert_eq!(root.len(), len + 1));
}

#[test]
fn a_mark_without_a_stack_reaches_everything_and_counts_it_once() {
    refused(|| {
        let mut heap = heap();
        list_of(&mut heap, 300);
        for _ in 0..3 {
            heap.whole_cycle();
            check_list(&mut heap, 300);
            assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
        }
        heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(None));
        heap.collect();
        assert_eq!(heap.census().objects(), 1);
    });
}

#[test]
fn a_mark_without_a_stack_goes_on_slice_by_slice_while_the_program_writes_and_grows() {
    refused(|| {
        let mut heap = heap();
        list_of(&mut heap, 60);
        heap.start_mark();
        let mut slices = 0;
        while !heap.mark_some() {
            slices += 1;
            heap.mutate(|mc, root| {
                // What is cut off was in the snapshot, and is marked all the same.
                let second = root.next.get().and_then(|n| n.next.get());
                root.write(mc, |n| &n.other).set(second);
                let new = Node::new(mc, 7);
                new.write(mc, |n| &n.next).set(root.next.get());
                root.write(mc, |n| &n.mortal).set(Some(Mortal::new(mc, 1)));
            });
            if slices % 3 == 0 {
                heap.young();
            }
            heap.destroy_all();
            assert!(slices < 2000);
        }
        heap.finish_mark();
        heap.sweep_all();
        check_list(&mut heap, 60);
        destroyed();
    });
}

#[test]
fn large_slices_that_find_no_place_are_found_again() {
    for one_in in [1, 2, 3] {
        refusal::start(one_in);
        let mut heap = heap();
        let array: Root<[Slot<'static>]> = heap.mutate(|mc, _| {
            let slots: Vec<Slot<'_>> =
                (0..4000).map(|id| GcCell::new((id % 7 == 0).then(|| Node::new(mc, id)))).collect();
            Gc::from_vec(mc, slots).root(mc)
        });
        for _ in 0..2 {
            heap.young();
            heap.whole_cycle();
            heap.mutate(|mc, _| {
                for (id, slot) in array.get(mc).iter().enumerate() {
                    assert_eq!(slot.get().map(|node| node.id), (id % 7 == 0).then_some(id as u32));
                }
            });
        }
        refusal::start(0);
    }
}

#[test]
fn writes_that_cannot_be_remembered_are_not_forgotten() {
    refused(|| {
        let mut heap = heap();
        list_of(&mut heap, 100);
        let array: Root<[Slot<'static>]> = heap.mutate(|mc, _| Gc::from_fn(mc, 3000, |_| Slot::new(None)).root(mc));
        heap.whole_cycle();
        for round in 0..3 {
            if round == 1 {
                heap.start_mark();
            }
            heap.mutate(|mc, root| {
                let mut node = root;
                while let Some(next) = node.next.get() {
                    node = next;
                    node.write(mc, |n| &n.other).set(Some(Node::new(mc, 1000 + node.id)));
                }
                let array = array.get(mc);
                array.write(mc, |a| &a[2999]).set(Some(Node::new(mc, 5)));
                assert!(mc.should_yield(), "a safepoint is wanted");
            });
            heap.young();
            heap.mutate(|mc, root| {
                let mut node = root;
                while let Some(next) = node.next.get() {
                    node = next;
                    assert_eq!(node.other.get().unwrap().id, 1000 + node.id);
                }
                assert_eq!(array.get(mc)[2999].get().unwrap().id, 5);
            });
        }
        heap.collect();
        check_list(&mut heap, 100);
    });
}

#[test]
fn weak_pointers_end_and_keep_as_ever() {
    refused(|| {
        let mut heap = heap();
        destroyed();
        let kept = heap.mutate(|mc, root| {
            let (dead, kept) = (Node::new(mc, 1), Node::new(mc, 2));
            root.write(mc, |n| &n.weak).set(kept.downgrade());
            let holder = Node::new(mc, 3);
            holder.write(mc, |n| &n.weak).set(dead.downgrade());
            holder.write(mc, |n| &n.weak_mortal).set(Mortal::new(mc, 1).downgrade());
            root.write(mc, |n| &n.other).set(Some(holder));
            kept.root(mc)
        });
        for round in 0..2 {
            if round == 0 {
                heap.young()
            } else {
                heap.whole_cycle()
            }
            heap.destroy_all();
            heap.verify();
            heap.mutate(|mc, root| {
                assert_eq!(root.weak.get().upgrade(mc).map(|node| node.id), Some(2));
                let holder = root.other.get().unwrap();
                assert!(holder.weak.get().upgrade(mc).is_none());
                assert!(holder.weak_mortal.get().upgrade(mc).is_none());
            });
        }
        assert_eq!(destroyed(), [1]);
        drop(kept);
        heap.collect();
        heap.mutate(|mc, root| assert!(root.weak.get().upgrade(mc).is_none()));
    });
}

#[test]
fn roots_dropped_while_marking_are_marked_without_a_list() {
    refused(|| {
        let mut heap = heap();
        let roots: Vec<_> = heap.mutate(|mc, _| (0..1000).map(|id| Node::list(mc, id, 2).root(mc)).collect());
        heap.start_mark();
        heap.mutate(|mc, root| root.write(mc, |n| &n.next).set(Some(roots[900].get(mc))));
        drop(roots);
        heap.finish_mark();
        heap.sweep_all();
        heap.verify();
        heap.mutate(|_, root| assert_eq!(root.next.get().unwrap().next.get().unwrap().id, 901));
        heap.collect();
        assert_eq!(heap.census().objects(), 3);
    });
}

#[test]
fn a_panic_in_a_collection_without_a_stack_loses_nothing() {
    refused(|| {
        for id in [0, 1, 50, 120] {
            let mut heap = heap();
            list_of(&mut heap, 150);
            assert!(heap.with_fault(id, Heap::young));
            heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(Some(Node::new(mc, 999))));
            check_list(&mut heap, 150);
            assert!(heap.with_fault(id, Heap::young));
            heap.young();
            check_list(&mut heap, 150);
            heap.start_mark();
            assert!(heap.with_fault(id, Heap::mark_all));
            heap.abandon_mark();
            heap.sweep_all();
            check_list(&mut heap, 150);
            heap.collect();
            check_list(&mut heap, 150);
        }
    });
}

#[test]
fn memory_given_back_while_grey_objects_are_searched_for_hides_none() {
    refused(|| {
        let mut heap = heap();
        let junk: Vec<_> = heap.mutate(|mc, _| (0..4).map(|_| Gc::from_slice(mc, &[0u8; 8000]).root(mc)).collect());
        drop(junk);
        list_of(&mut heap, 400);
        // Chunks of garbage, before and behind what lives.
        for _ in 0..3 {
            heap.mutate(|mc, _| {
                for _ in 0..1200 {
                    Gc::from_slice(mc, &[0u8; 8000]);
                }
            });
        }
        heap.young();
        heap.start_mark();
        while !heap.mark_some() {
            heap.drive(|collector, _, _| collector.release_chunks(0));
        }
        heap.finish_mark();
        heap.sweep_all();
        check_list(&mut heap, 400);
    });
}

#[test]
fn the_stacks_of_a_mark_stay_inside_the_heap_limit() {
    const LEN: u32 = 100_000;
    let mut heap = Heap::<Node<'static>>::with_config(checked().verify(false).heap_limit(1 << 30), |_| Node::value(0));
    let nodes: Root<Vec<Gc<'static, Node<'static>>>> =
        heap.mutate(|mc, _| Gc::new(mc, Vec::from_iter((0..LEN).map(|id| Node::new(mc, id)))).root(mc));
    heap.young();
    for (room, least, most) in [(1 << 20, 1 << 17, 1 << 20), (0, 0, 3 * PIECE)] {
        heap.drive(|collector, state, _| collector.space.footprint.limit = collector.charged(state) + room);
        heap.start_mark();
        // The roots, and then what they hold.
        assert!(!heap.mark_some() && !heap.mark_some());
        let stacks = heap.drive(|collector, _, _| collector.stack_bytes());
        assert!((least..=most).contains(&stacks), "{stacks} bytes of stacks");
        heap.finish_mark();
        heap.sweep_all();
        heap.verify();
        heap.mutate(|mc, _| assert!(nodes.get(mc).iter().zip(0..).all(|(node, id)| node.id == id)));
    }
}
