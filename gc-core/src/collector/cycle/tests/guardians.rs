//! Guardians in every phase.

use super::super::drive::{Node, checked};
use crate::{Gc, GcCell, Guardian, Heap, Mutation, Rebrand, Relocator, Trace, Tracer, Weak};

type Guard<'gc> = Guardian<'gc, Node<'gc>>;

/// A root with two guardians and a node.
struct World<'gc> {
    first: GcCell<Option<Guard<'gc>>>,
    second: GcCell<Option<Guard<'gc>>>,
    kept: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    weak: GcCell<Weak<'gc, Node<'gc>>>,
    guarded: GcCell<Option<Guardian<'gc, GcCell<Option<Guard<'gc>>>>>>,
}
// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for World<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.first.trace(tracer);
        self.second.trace(tracer);
        self.kept.trace(tracer);
        self.weak.trace(tracer);
        self.guarded.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.first.relocate(relocator);
        self.second.relocate(relocator);
        self.kept.relocate(relocator);
        self.weak.relocate(relocator);
        self.guarded.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for World<'x> {
    type At<'b> = World<'b>;
}

fn world() -> Heap<World<'static>> {
    Heap::with_config(checked(), |mc| World {
        first: GcCell::new(Some(Guardian::new(mc))),
        second: GcCell::new(Some(Guardian::new(mc))),
        kept: GcCell::new(None),
        weak: GcCell::new(Weak::new()),
        guarded: GcCell::new(Some(Guardian::new(mc))),
    })
}

fn first<'gc>(world: Gc<'gc, World<'gc>>) -> Guard<'gc> {
    world.first.get().unwrap()
}
fn keep<'gc>(world: Gc<'gc, World<'gc>>, mc: &Mutation<'gc>, node: Option<Gc<'gc, Node<'gc>>>) {
    world.write(mc, |w| &w.kept).set(node);
}

/// The numbers of all nodes that the first guardian hands back.
fn polled(heap: &mut Heap<World<'static>>) -> Vec<u32> {
    let mut ids = heap.mutate(|mc, world| first(world).poll_all(mc).map(|node| node.id).collect::<Vec<_>>());
    ids.sort_unstable();
    ids
}

/// What is done until an object must have been found.
const WAYS: [fn(&mut Heap<World<'static>>); 3] = [
    |heap| heap.young(),
    |heap| heap.whole_cycle(),
    |heap| {
        heap.start_mark();
        heap.finish_mark();
    },
];

#[test]
fn what_only_a_guardian_knows_is_handed_back_once() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            first(world).register(mc, Node::list(mc, 1, 3));
            let kept = Node::new(mc, 9);
            first(world).register(mc, kept);
            keep(world, mc, Some(kept));
        });
        assert!(polled(&mut heap).is_empty(), "nothing has been collected");
        way(&mut heap);
        heap.mutate(|mc, world| {
            assert!(first(world).is_ready());
            assert_eq!(first(world).len(), 2);
            let node = first(world).poll(mc).unwrap();
            assert_eq!((node.id, node.len()), (1, 3), "it is whole, with all that it leads to");
            assert!(first(world).poll(mc).is_none());
            assert!(!first(world).is_ready());
        });
        heap.collect();
        assert!(polled(&mut heap).is_empty(), "it was handed back, and died");
        heap.mutate(|mc, world| keep(world, mc, None));
        heap.collect();
        assert_eq!(polled(&mut heap), [9]);
        heap.collect();
        assert_eq!(heap.mutate(|_, world| first(world).len()), 0);
    }
}

#[test]
fn what_dies_together_is_found_together() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let list = Node::list(mc, 1, 5);
            let mut next = Some(list);
            while let Some(node) = next {
                first(world).register(mc, node);
                next = node.next.get();
            }
        });
        way(&mut heap);
        assert_eq!(polled(&mut heap), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn an_object_registered_twice_is_handed_back_twice_and_by_each_guardian() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let node = Node::new(mc, 1);
            first(world).register(mc, node);
            first(world).register(mc, node);
            world.second.get().unwrap().register(mc, node);
        });
        way(&mut heap);
        assert_eq!(polled(&mut heap), [1, 1]);
        heap.collect();
        heap.mutate(|mc, world| {
            let second = world.second.get().unwrap();
            assert_eq!(second.poll(mc).map(|node| node.id), Some(1));
            // Once more, when it is dropped again.
            let node = Node::new(mc, 2);
            second.register(mc, node);
        });
        heap.collect();
        heap.mutate(|mc, world| {
            let second = world.second.get().unwrap();
            let node = second.poll(mc).unwrap();
            second.register(mc, node);
        });
        heap.collect();
        heap.mutate(|mc, world| assert_eq!(world.second.get().unwrap().poll(mc).map(|node| node.id), Some(2)));
    }
}

#[test]
fn a_dead_guardian_hands_back_nothing_and_its_objects_die() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let node = Node::new(mc, 1);
            first(world).register(mc, node);
            world.write(mc, |w| &w.weak).set(node.downgrade());
            world.write(mc, |w| &w.first).set(None);
        });
        way(&mut heap);
        heap.collect();
        heap.mutate(|mc, world| assert!(world.weak.get().upgrade(mc).is_none()));
    }
}

#[test]
fn a_guardian_that_another_one_has_found_is_asked() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let inner = Guardian::new(mc);
            inner.register(mc, Node::new(mc, 1));
            let holder = Gc::new(mc, GcCell::new(Some(inner)));
            world.guarded.get().unwrap().register(mc, holder);
        });
        way(&mut heap);
        heap.mutate(|mc, world| {
            let holder = world.guarded.get().unwrap().poll(mc).unwrap();
            assert_eq!(holder.get().unwrap().poll(mc).map(|node| node.id), Some(1));
        });
    }
}

#[test]
fn weak_pointers_to_what_was_handed_back_stay_valid() {
    for way in WAYS {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let node = Node::new(mc, 1);
            first(world).register(mc, node);
            world.write(mc, |w| &w.weak).set(node.downgrade());
        });
        way(&mut heap);
        heap.mutate(|mc, world| {
            let node = first(world).poll(mc).unwrap();
            assert!(world.weak.get().upgrade(mc).unwrap().ptr_eq(node));
        });
        heap.collect();
        heap.mutate(|mc, world| assert!(world.weak.get().upgrade(mc).is_none()));
    }
}

#[test]
fn registering_and_polling_while_marking() {
    let mut heap = world();
    heap.mutate(|mc, world| (1..100).for_each(|id| first(world).register(mc, Node::new(mc, id))));
    heap.start_mark();
    heap.mutate(|mc, world| {
        keep(world, mc, first(world).poll(mc));
        first(world).register(mc, Node::new(mc, 200));
    });
    heap.mark_some();
    heap.mutate(|mc, world| {
        first(world).register(mc, Node::new(mc, 201));
        let node = first(world).poll(mc).unwrap();
        first(world).register(mc, node);
    });
    heap.young();
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(polled(&mut heap).len(), 97 + 2);
    heap.whole_cycle();
    let kept = heap.mutate(|_, world| world.kept.get().unwrap().id);
    assert_eq!(polled(&mut heap).len(), 1);
    assert!(kept < 100);
    heap.collect();
    assert_eq!(heap.mutate(|_, world| first(world).len()), 0);
}

#[test]
fn a_guardian_is_asked_in_slices() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let mut list = None;
        for id in 0..5000 {
            let node = Node::new(mc, id);
            node.write(mc, |n| &n.next).set(list);
            list = Some(node);
            first(world).register(mc, node);
        }
        keep(world, mc, list);
    });
    heap.young();
    heap.mutate(|mc, world| keep(world, mc, None));
    heap.start_mark();
    heap.mark_all();
    let mut slices = 0;
    while heap.drive(|collector, _, _| collector.marker.owes_guardians()) {
        assert!(!heap.ask_guardians());
        slices += 1;
        heap.mutate(|mc, world| {
            first(world).register(mc, Node::new(mc, 9999));
            assert!(first(world).poll_all(mc).take(3).all(|node| node.id < 5000 || node.id == 9999));
        });
        if slices % 3 == 0 {
            heap.young();
        }
        heap.verify();
    }
    assert!(slices > 10, "{slices} slices");
    heap.finish_mark();
    heap.sweep_all();
    heap.collect();
    polled(&mut heap);
    heap.collect();
    assert_eq!(heap.mutate(|_, world| first(world).len()), 0);
    assert_eq!(heap.stats().guardians_found, 5000 + slices);
}

#[test]
fn an_abandoned_mark_leaves_registrations_as_they_were() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let node = Node::new(mc, 1);
        first(world).register(mc, node);
        keep(world, mc, Some(node));
    });
    heap.young();
    heap.mutate(|mc, world| keep(world, mc, None));
    heap.start_mark();
    heap.mark_all();
    heap.abandon_mark();
    heap.sweep_all();
    assert!(polled(&mut heap).is_empty());
    heap.whole_cycle();
    assert_eq!(polled(&mut heap), [1]);
}

#[test]
fn a_trace_that_panics_loses_no_registration() {
    for id in 1..4 {
        let mut heap = world();
        heap.mutate(|mc, world| first(world).register(mc, Node::list(mc, 1, 3)));
        heap.with_fault_in(id, |heap| heap.young());
        heap.mutate(|mc, world| first(world).register(mc, Node::new(mc, 10)));
        heap.young();
        assert_eq!(polled(&mut heap), [1, 10]);
        heap.mutate(|mc, world| first(world).register(mc, Node::list(mc, 1, 3)));
        heap.start_mark();
        heap.collect();
        assert_eq!(polled(&mut heap), [1]);
    }
}
