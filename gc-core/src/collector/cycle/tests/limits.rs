//! At the heap limit: memory is found where the protocol allows it, or the value comes back.

use super::super::drive::{Mortal, Node, checked};
use crate::collector::Stage;
use crate::memory::geometry::BLOCK;
use crate::{AllocError, Gc, Heap, OutOfMemory};

/// A heap of `blocks` blocks, filled with a list of which every second node is garbage by now.
fn full(blocks: usize) -> Heap<Node<'static>> {
    let mut heap = Heap::<Node<'static>>::with_config(checked().heap_limit(blocks * BLOCK), |_| Node::value(0));
    fill(&mut heap);
    heap.young();
    heap.mutate(|mc, root| {
        let mut node = root.next.get();
        while let Some(one) = node {
            let after = one.next.get().and_then(|next| next.next.get());
            one.write(mc, |n| &n.next).set(after);
            node = after;
        }
    });
    heap.verify();
    heap
}

/// Adds nodes to the root's list until there is no memory. Returns how many.
fn fill(heap: &mut Heap<Node<'static>>) -> u32 {
    heap.mutate(|mc, root| {
        let mut count = 0;
        loop {
            match Gc::try_new(mc, Node::value(count + 1)) {
                Ok(node) => {
                    node.write(mc, |n| &n.next).set(root.next.get());
                    root.write(mc, |n| &n.next).set(Some(node));
                    count += 1;
                }
                Err(error) => {
                    let _: &AllocError<Node<'_>> = &error;
                    assert!(mc.should_yield());
                    return count;
                }
            }
        }
    })
}

fn len(heap: &mut Heap<Node<'static>>) -> u32 {
    heap.mutate(|_, root| {
        let (mut len, mut next) = (0, root.next.get());
        while let Some(node) = next {
            (len, next) = (len + 1, node.next.get());
        }
        len
    })
}

#[test]
fn allocation_at_the_limit_gives_the_value_back_and_the_heap_stays_usable() {
    let mut heap = full(8);
    let kept = len(&mut heap);
    assert_eq!(fill(&mut heap), 0);
    heap.collect();
    assert_eq!(len(&mut heap), kept);
    let room = fill(&mut heap);
    heap.verify();
    assert_eq!(len(&mut heap), kept + room);
    heap.collect();
}

#[test]
fn a_mutation_at_the_limit_sweeps_for_its_memory() {
    let mut heap = sparse(8);
    let kept = len(&mut heap);
    heap.start_mark();
    heap.finish_mark();
    let room = fill(&mut heap);
    assert!(room > kept, "{room} of {kept}");
    heap.verify();
    assert!(heap.stage() != Stage::Idle);
    heap.sweep_all();
    assert_eq!(len(&mut heap), kept + room);
    heap.whole_cycle();
    assert_eq!(len(&mut heap), kept + room);
}

/// A full heap of which one node in ten is left, in runs with holes between them.
fn sparse(blocks: usize) -> Heap<Node<'static>> {
    let mut heap = Heap::<Node<'static>>::with_config(checked().heap_limit(blocks * BLOCK), |_| Node::value(0));
    fill(&mut heap);
    heap.young();
    heap.mutate(|mc, root| {
        let mut last = root;
        let (mut next, mut index) = (root.next.get(), 0);
        while let Some(node) = next {
            next = node.next.get();
            if index % 100 < 10 {
                last.write(mc, |n| &n.next).set(Some(node));
                last = node;
            }
            index += 1;
        }
        last.write(mc, |n| &n.next).set(None);
    });
    heap
}

#[test]
fn a_mutation_at_the_limit_uses_snapshot_holes_while_marking() {
    let mut heap = sparse(8);
    heap.whole_cycle();
    let kept = len(&mut heap);
    heap.start_mark();
    let room = fill(&mut heap);
    assert!(room > kept, "{room} of {kept}");
    heap.verify();
    heap.young();
    assert_eq!(len(&mut heap), kept + room);
    // Drop what was put there, and some of the snapshot: as much as was reached, by count.
    heap.mutate(|mc, root| {
        let mut node = root;
        for _ in 0..kept {
            node = node.next.get().unwrap();
        }
        node.write(mc, |n| &n.next).set(None);
    });
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(len(&mut heap), kept);
    for _ in 0..2 {
        heap.whole_cycle();
        assert_eq!(len(&mut heap), kept);
    }
    assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
}

#[test]
fn snapshot_holes_in_which_destructors_ran_are_swept_with_their_block() {
    let mut heap = sparse(8);
    heap.whole_cycle();
    let kept = len(&mut heap);
    heap.start_mark();
    heap.mutate(|mc, root| {
        while Gc::try_new(mc, Mortal::value(1, None)).is_ok() {
            let Ok(node) = Gc::try_new(mc, Node::value(9)) else { break };
            node.write(mc, |n| &n.next).set(root.other.get());
            root.write(mc, |n| &n.other).set(Some(node));
        }
    });
    heap.young();
    heap.destroy_all();
    heap.mutate(|mc, root| root.write(mc, |n| &n.other).set(None));
    heap.finish_mark();
    heap.destroy_all();
    heap.sweep_all();
    assert_eq!(len(&mut heap), kept);
    heap.collect();
    assert_eq!(len(&mut heap), kept);
}

#[test]
fn snapshot_holes_can_be_used_again_when_destructors_have_run_in_them() {
    let mut heap = sparse(8);
    heap.whole_cycle();
    let kept = len(&mut heap);
    heap.start_mark();
    let mortals =
        heap.mutate(|mc, _| (0..).take_while(|_| Gc::try_new(mc, Mortal::value(1, None)).is_ok()).count() as u32);
    heap.young();
    heap.destroy_all();
    heap.verify();
    let room = fill(&mut heap);
    assert!(room > mortals / 8, "room for {room} where {mortals} were destroyed");
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(len(&mut heap), kept + room);
    heap.collect();
    assert_eq!(len(&mut heap), kept + room);
}

#[test]
fn an_abandoned_mark_keeps_what_lies_in_snapshot_holes() {
    let mut heap = sparse(8);
    heap.whole_cycle();
    let kept = len(&mut heap);
    heap.start_mark();
    let room = fill(&mut heap);
    heap.abandon_mark();
    heap.verify();
    heap.sweep_all();
    assert_eq!(len(&mut heap), kept + room);
    heap.collect();
    assert_eq!(len(&mut heap), kept + room);
}

#[test]
fn large_objects_respect_the_limit_and_their_memory_comes_back() {
    let mut heap = Heap::<()>::with_config(checked().heap_limit(1 << 20), |_| ());
    for _ in 0..5 {
        let big = heap.mutate(|mc, _| Gc::try_from_slice(mc, &[0u8; 600 << 10]).map(|slice| slice.root(mc)));
        let big = big.expect("there is room for one");
        heap.mutate(|mc, _| assert!(Gc::try_from_slice(mc, &[0u8; 600 << 10]).is_err()));
        drop(big);
        heap.collect();
    }
}

#[test]
fn an_allocation_that_fails_leaves_no_external_bytes_behind() {
    let mut heap = Heap::<()>::with_config(checked().heap_limit(8 * BLOCK + BLOCK / 16), |_| ());
    heap.mutate(|mc, _| {
        while Gc::try_new(mc, [0u64; 3]).is_ok() {}
        for _ in 0..100 {
            assert!(Gc::try_new(mc, vec![0u8; 10]).is_err());
            assert!(Gc::try_from_vec(mc, vec![vec![0u8; 10]]).is_err());
            assert!(Gc::try_new(mc, (vec![0u8; 10], [0u8; 9000])).is_err());
        }
    });
    assert_eq!(heap.stats().external_bytes, 0);
}

#[test]
fn a_charge_beyond_all_numbers_takes_nothing_of_others_away() {
    let mut heap = Heap::<()>::with_config(checked(), |_| ());
    heap.mutate(|mc, _| {
        let kept = mc.external(1000);
        let huge = mc.external(usize::MAX);
        let another = mc.external(usize::MAX);
        assert_eq!((kept.bytes(), huge.bytes()), (1000, usize::MAX));
        drop(huge);
        drop(another);
        std::mem::forget(kept);
    });
    assert_eq!(heap.stats().external_bytes, 1000);
}

#[test]
fn the_error_is_true_even_if_more_is_in_use_than_the_limit_allows() {
    let mut heap = Heap::<()>::with_config(checked().heap_limit(1 << 20), |_| ());
    heap.mutate(|mc, _| {
        let _charge = mc.external(2 << 20);
        let error = Gc::try_from_slice(mc, &[0u8; 10_000]).unwrap_err();
        assert!(matches!(error, OutOfMemory::HeapLimit { in_use, limit, .. } if in_use > limit));
        assert!(!error.to_string().contains("of which"), "{error}");
    });
}

#[test]
fn live_bytes_are_those_of_the_granules_before_and_after_a_mark() {
    let mut heap = Heap::<()>::with_config(checked(), |_| ());
    let roots = heap.mutate(|mc, _| {
        let pointers = Gc::from_fn(mc, 2000, |_| crate::GcCell::new(None::<Gc<'_, u32>>));
        let bytes = Gc::from_slice(mc, &[1u8; 3 << 20]);
        (pointers.root(mc), bytes.root(mc), Gc::new(mc, [0u64; 2000]).root(mc))
    });
    heap.young();
    let promoted = heap.stats();
    heap.collect();
    let marked = heap.stats();
    assert_eq!(promoted.live_bytes as u64, heap.census().bytes());
    assert_eq!(marked.live_bytes, promoted.live_bytes);
    assert!(marked.fragmentation > 0.9, "one small object in a block: {}", marked.fragmentation);
    drop(roots);
    heap.collect();
    assert_eq!(heap.stats().live_bytes as u64, heap.census().bytes());
}
