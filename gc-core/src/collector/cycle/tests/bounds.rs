//! What one step may take: bounded work, and long work recorded.

use super::super::drive::{Node, Slot, checked, heap};
use crate::memory::geometry::CHUNK;
use crate::stats::Cause;
use crate::{Gc, GcRefCell, Heap, Root, Stress};

/// Allocates so many chunks of small garbage.
fn litter(heap: &mut Heap<Node<'static>>, chunks: usize) {
    heap.mutate(|mc, _| {
        for _ in 0..chunks * CHUNK / 8000 {
            Gc::from_slice(mc, &[0u8; 7900]);
        }
    });
}

#[test]
fn a_search_for_blocks_to_sweep_is_broken_off() {
    let mut heap = Heap::<Node<'static>>::with_config(checked().verify(false), |_| Node::value(0));
    heap.start_mark();
    // All of these are acquired while marking: there is nothing to sweep in them.
    let kept: Vec<Root<[u8]>> =
        heap.mutate(|mc, _| (0..10 * CHUNK / 8000).map(|_| Gc::from_slice(mc, &[0u8; 7900]).root(mc)).collect());
    heap.finish_mark();
    let steps = (0..100).take_while(|_| heap.sweep_block()).count();
    assert!((2..100).contains(&steps), "{steps} steps for {} chunks", heap.stats().reserved_bytes / CHUNK);
    heap.sweep_all();
    heap.verify();
    drop(kept);
}

#[test]
fn a_step_that_has_no_time_left_sweeps_one_block() {
    let mut heap = Heap::<Node<'static>>::with_config(checked().stress(Stress::default()), |_| Node::value(0));
    // Every other object goes: each block has to be walked.
    let all = heap.mutate(|mc, _| (0..20_000).map(|id| Node::new(mc, id).root(mc)).collect::<Vec<_>>());
    heap.young();
    let kept: Vec<_> = all.into_iter().step_by(2).collect();
    heap.start_mark();
    heap.finish_mark();
    let before = heap.stats().swept_blocks;
    for count in 1..8 {
        assert!(heap.step(std::time::Duration::ZERO));
        assert_eq!(heap.stats().swept_blocks - before, count);
    }
    drop(kept);
}

#[test]
fn memory_given_back_while_a_sweep_is_under_way_loses_no_block() {
    let mut heap = heap();
    for _ in 0..4 {
        litter(&mut heap, 1);
        heap.mutate(|mc, root| {
            let node = Node::list(mc, 1, 300);
            node.write(mc, |n| &n.other).set(root.other.get());
            root.write(mc, |n| &n.other).set(Some(node));
        });
        heap.young();
    }
    heap.whole_cycle();
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_block();
    heap.drive(|collector, _, _| collector.surplus = 16 * CHUNK);
    for _ in 0..8 {
        heap.step(std::time::Duration::ZERO);
        heap.verify();
    }
    // Under stress a step may have started another cycle.
    heap.collect();
    heap.whole_cycle();
    heap.mutate(|_, root| {
        let (mut lists, mut next) = (0, root.other.get());
        while let Some(list) = next {
            assert_eq!(list.len(), 300);
            (lists, next) = (lists + 1, list.other.get());
        }
        assert_eq!(lists, 4);
    });
}

fn barrier_pauses<R: crate::Rebrand + 'static>(heap: &Heap<R>) -> usize {
    heap.pauses().recent().filter(|pause| pause.cause == Cause::Barrier).count()
}

#[test]
fn a_write_that_scans_a_long_vector_is_recorded_as_a_pause() {
    type Field<'gc> = GcRefCell<Vec<Gc<'gc, u32>>>;
    let mut heap = Heap::<()>::with_config(checked(), |_| ());
    let [long, short]: [Root<Field<'static>>; 2] = heap.mutate(|mc, _| {
        let number = Gc::new(mc, 7_u32);
        [10_000, 10].map(|len| Gc::new(mc, GcRefCell::new(vec![number; len])).root(mc))
    });
    heap.young();
    heap.drive(|collector, state, _| collector.start(state));
    heap.mutate(|mc, _| short.get(mc).borrow_mut(mc).clear());
    assert_eq!(barrier_pauses(&heap), 0);
    heap.mutate(|mc, _| long.get(mc).borrow_mut(mc).clear());
    assert_eq!(barrier_pauses(&heap), 1);
    heap.mutate(|mc, _| long.get(mc).borrow_mut(mc).clear());
    assert_eq!(barrier_pauses(&heap), 1, "it has been scanned");
}

#[test]
fn a_write_to_many_segments_at_once_is_recorded_as_a_pause() {
    let mut heap = heap();
    let array: Root<[Slot<'static>]> = heap.mutate(|mc, _| Gc::from_fn(mc, 5000, |_| Slot::new(None)).root(mc));
    heap.start_mark();
    heap.mutate(|mc, _| assert!(array.get(mc).write(mc, |a| &a[0]).take().is_none()));
    assert_eq!(barrier_pauses(&heap), 0);
    heap.mutate(|mc, _| {
        array.get(mc).write(mc, |a| a);
    });
    assert_eq!(barrier_pauses(&heap), 1);
    heap.finish_mark();
    heap.sweep_all();
}

#[test]
fn large_objects_come_and_go_in_any_order() {
    let mut heap = heap();
    let mut kept: Vec<Option<Root<[u8]>>> = (0..60).map(|_| None).collect();
    let mut random = 1_u64;
    for _ in 0..400 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (index, bytes) = ((random >> 40) as usize % kept.len(), 9000 + (random >> 33) as usize % 900_000);
        kept[index] =
            (random & 0x2000_0000 != 0).then(|| heap.mutate(|mc, _| Gc::from_slice(mc, &vec![0u8; bytes]).root(mc)));
        if random >> 60 == 0 {
            heap.collect();
        }
    }
    drop(kept);
    heap.collect();
    assert_eq!(heap.stats().large_bytes, 0);
    assert!(heap.stats().reserved_bytes <= 4 * CHUNK, "{}", heap.stats());
}
