//! Compaction in slices, phase by phase.

use super::super::drive::{Mortal, Node, Slot, checked, destroyed};
use crate::{Gc, GcCell, Heap};

/// A list of `kept` nodes in the order of their numbers, few in each block.
fn sparse(
    heap: &mut Heap<Node<'static>>,
    kept: u32,
    furnish: impl for<'gc> Fn(&crate::Mutation<'gc>, Gc<'gc, Node<'gc>>),
) {
    heap.mutate(|mc, root| {
        for id in 0..kept {
            let node = Node::new(mc, 1000 + id);
            node.write(mc, |n| &n.next).set(root.next.get());
            root.write(mc, |n| &n.next).set(Some(node));
            furnish(mc, node);
            (0..300).for_each(|_| _ = Node::new(mc, 1));
        }
    });
    heap.young();
    heap.destroy_all();
}

fn check(heap: &mut Heap<Node<'static>>, kept: u32) {
    heap.mutate(|_, root| {
        let (mut id, mut next) = (1000 + kept, root.next.get());
        while let Some(node) = next {
            id -= 1;
            assert_eq!(node.id, id);
            next = node.next.get();
        }
        assert_eq!(id, 1000);
    });
}

/// A cycle after which there are blocks to be emptied.
fn choose(heap: &mut Heap<Node<'static>>) {
    heap.want_compaction();
    heap.start_mark();
    heap.finish_mark();
    heap.sweep_all();
}

#[test]
fn an_emptied_block_stays_while_old_addresses_in_it_may_be_asked_for() {
    for verify in [true, false] {
        let mut heap = Heap::<Node>::with_config(checked().verify(verify), |_| Node::value(0));
        sparse(&mut heap, 60, |mc, node| node.write(mc, |n| &n.mortal).set(Some(Mortal::new(mc, node.id))));
        heap.mutate(|mc, root| {
            let mut next = root.next.get();
            while let Some(node) = next {
                node.write(mc, |n| &n.mortal).set(None);
                next = node.next.get();
            }
        });
        choose(&mut heap);
        // Destructors are pending in blocks that are being emptied, and run when some have been.
        (0..5).for_each(|_| heap.evacuate_block());
        assert!(heap.stats().moved_objects > 0);
        heap.destroy_all();
        heap.mutate(|mc, _| (0..20_000).for_each(|_| _ = Node::new(mc, 2)));
        (0..40).for_each(|_| heap.evacuate_block());
        heap.whole_cycle();
        heap.mutate(|mc, _| (0..60_000).for_each(|_| _ = Node::new(mc, 3)));
        check(&mut heap, 60);
        assert_eq!(destroyed().len(), 60);
    }
}

#[test]
fn blocks_of_small_and_medium_objects_are_emptied_in_one_cycle() {
    let mut heap = Heap::<Node>::with_config(checked(), |_| Node::value(0));
    sparse(&mut heap, 200, |mc, node| {
        let array = Gc::from_vec(mc, (0..60).map(|_| GcCell::new(Some(node))).collect::<Vec<Slot<'_>>>());
        node.write(mc, |n| &n.array).set(Some(array));
    });
    heap.whole_cycle();
    let used = |heap: &mut Heap<Node<'static>>| heap.occupancy().blocks().filter(|&share| share > 0.0).count();
    let before = used(&mut heap);
    choose(&mut heap);
    (0..300).for_each(|_| heap.evacuate_block());
    assert!(heap.stats().moved_objects >= 390, "{}", heap.stats());
    assert!(used(&mut heap) * 3 < before, "{before} blocks\n{}", heap.occupancy());
    check(&mut heap, 200);
}

#[test]
fn a_step_ends_what_was_begun() {
    let mut heap = Heap::<Node>::with_config(checked(), |_| Node::value(0));
    sparse(&mut heap, 60, |_, _| {});
    choose(&mut heap);
    heap.evacuate_block();
    while heap.step(core::time::Duration::from_millis(1)) {}
    assert!(!heap.drive(|collector, _, _| collector.gradual.is_on()));
    check(&mut heap, 60);
}

#[test]
fn roots_and_pins_are_updated_by_their_slots() {
    let mut heap = Heap::<Node>::with_config(checked(), |_| Node::value(0));
    sparse(&mut heap, 60, |_, _| {});
    let mut roots = Vec::new();
    let mut pins = Vec::new();
    let list = |heap: &mut Heap<Node<'static>>,
                each: &mut dyn for<'gc> FnMut(&crate::Mutation<'gc>, Gc<'gc, Node<'gc>>)| {
        heap.mutate(|mc, root| {
            let mut next = root.next.get();
            while let Some(node) = next {
                each(mc, node);
                next = node.next.get();
            }
        });
    };
    list(&mut heap, &mut |mc, node| roots.push((node.id, node.root(mc))));
    heap.want_compaction();
    heap.start_mark();
    list(&mut heap, &mut |mc, node| roots.push((node.id, node.root(mc))));
    heap.finish_mark();
    list(&mut heap, &mut |mc, node| {
        if node.id % 7 == 0 {
            pins.push((node.id, node.pin(mc)));
        }
    });
    heap.sweep_all();
    roots.truncate(100);
    pins.swap_remove(1);
    pins.swap_remove(0);
    (0..60).for_each(|_| heap.evacuate_block());
    assert!(heap.stats().moved_objects > 30);
    heap.mutate(|mc, _| {
        assert!(roots.iter().all(|(id, root)| root.get(mc).id == *id));
        assert!(pins.iter().all(|(id, pin)| {
            pin.get(mc).id == *id && pin.get(mc).as_ptr().cast::<u8>() == pin.address().as_ptr().cast_const()
        }));
    });
    check(&mut heap, 60);
}
