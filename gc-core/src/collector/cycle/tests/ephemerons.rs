//! Ephemerons in every phase.

use super::super::drive::{Node, checked};
use crate::collector::Stage;
use crate::object::worklist::refusal;
use crate::{EphemeronMap, Gc, GcCell, Heap, Mutation, Rebrand, Relocator, Root, Trace, Tracer, Weak};

type Map<'gc> = EphemeronMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>;

/// A root with two maps, one that keeps nodes and one that observes them.
struct World<'gc> {
    map: GcCell<Option<Map<'gc>>>,
    other: GcCell<Option<Map<'gc>>>,
    kept: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    weak: GcCell<Weak<'gc, Node<'gc>>>,
}
// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for World<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.map.trace(tracer);
        self.other.trace(tracer);
        self.kept.trace(tracer);
        self.weak.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.map.relocate(relocator);
        self.other.relocate(relocator);
        self.kept.relocate(relocator);
        self.weak.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for World<'x> {
    type At<'b> = World<'b>;
}

fn world() -> Heap<World<'static>> {
    Heap::with_config(checked(), |mc| World {
        map: GcCell::new(Some(Map::new(mc))),
        other: GcCell::new(Some(Map::new(mc))),
        kept: GcCell::new(None),
        weak: GcCell::new(Weak::new()),
    })
}

impl<'gc> World<'gc> {
    fn map(&self) -> Map<'gc> {
        self.map.get().unwrap()
    }
    fn other(&self) -> Map<'gc> {
        self.other.get().unwrap()
    }
    fn keep(this: Gc<'gc, Self>, mc: &Mutation<'gc>, node: Option<Gc<'gc, Node<'gc>>>) {
        this.write(mc, |w| &w.kept).set(node);
    }
}

/// The numbers of keys and values in the first map.
fn entries(heap: &mut Heap<World<'static>>) -> Vec<(u32, u32)> {
    let mut entries = heap.mutate(|mc, world| world.map().iter(mc).map(|(k, v)| (k.id, v.id)).collect::<Vec<_>>());
    entries.sort_unstable();
    entries
}

#[test]
fn entries_whose_keys_are_alive_for_other_reasons_do_not_wait() {
    let mut heap = world();
    let attach = |heap: &mut Heap<World<'static>>, ids: core::ops::Range<u32>| {
        heap.mutate(|mc, world| {
            let list = Node::list(mc, ids.start, ids.end - ids.start);
            let mut next = Some(list);
            while let Some(node) = next {
                world.map().insert(mc, node, Node::new(mc, node.id));
                next = node.next.get();
            }
            World::keep(world, mc, Some(list));
        });
    };
    // Pages that are new, and pages that are old and have been written.
    attach(&mut heap, 1..200);
    heap.young();
    assert_eq!(entries(&mut heap).len(), 199);
    attach(&mut heap, 1..250);
    heap.young();
    assert_eq!(entries(&mut heap).len(), 199 + 249, "those of the first list are not known to be dead");
    heap.whole_cycle();
    assert_eq!(entries(&mut heap).len(), 249);
    assert_eq!(heap.stats().ephemerons_waited, 199, "the first list's, in the cycle");
}

#[test]
fn what_waits_counts_against_the_heap_limit_until_the_mark_is_over() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        for id in 0..20_000 {
            let key = Node::new(mc, id);
            world.map().insert(mc, key, key);
        }
        // All are alive in the young collection, and none afterwards.
        World::keep(world, mc, None);
        for (key, _) in world.map().iter(mc) {
            key.write(mc, |n| &n.next).set(world.kept.get());
            World::keep(world, mc, Some(key));
        }
    });
    heap.young();
    heap.mutate(|mc, world| World::keep(world, mc, None));
    let stacks = |heap: &mut Heap<World<'static>>| heap.drive(|collector, _, _| collector.stack_bytes());
    let before = stacks(&mut heap);
    heap.start_mark();
    heap.mark_all();
    let waiting = stacks(&mut heap) - before;
    // Two words for each, but for the first stack of pieces.
    assert!((20_000 * 14..20_000 * 18).contains(&waiting), "{waiting} bytes");
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(stacks(&mut heap), before);
    assert_eq!(entries(&mut heap).len(), 0);
}

#[test]
fn a_key_that_waits_and_finds_no_place_on_the_stack_is_known_to_wake_its_value() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let key = Node::new(mc, 1);
        world.map().insert(mc, key, Node::new(mc, 2));
        world.write(mc, |w| &w.weak).set(key.downgrade());
        World::keep(world, mc, Some(key));
    });
    heap.young();
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.start_mark();
    heap.mark_all();
    // The value waits. Now the program gets hold of the key, for which there is no place: it is grey.
    refusal::start(1);
    heap.mutate(|mc, world| World::keep(world, mc, world.weak.get().upgrade(mc)));
    refusal::start(0);
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(entries(&mut heap), [(1, 2)]);
}

/// A chain: key 0 is kept, and the value of each key is the next one.
fn chain(heap: &mut Heap<World<'static>>, len: u32) {
    heap.mutate(|mc, world| {
        let nodes: Vec<_> = (0..=len).map(|id| Node::new(mc, id)).collect();
        World::keep(world, mc, Some(nodes[0]));
        for pair in nodes.windows(2).rev() {
            world.map().insert(mc, pair[0], pair[1]);
        }
    });
}

#[test]
fn a_chain_lives_as_long_as_its_first_key() {
    for old in [false, true] {
        let mut heap = world();
        chain(&mut heap, 50);
        heap.young();
        if old {
            heap.whole_cycle();
        }
        assert_eq!(entries(&mut heap), (0..50).map(|id| (id, id + 1)).collect::<Vec<_>>());
        let census = heap.census();
        assert_eq!(
            census.types().iter().find(|t| t.name.ends_with("drive::Node<'_>")).map(|t| t.count),
            Some(51),
            "{census}"
        );
        heap.mutate(|mc, world| World::keep(world, mc, None));
        heap.whole_cycle();
        assert_eq!(entries(&mut heap), []);
        heap.mutate(|mc, world| {
            assert_eq!((world.map().len(), world.map().purge(mc), world.map().len()), (50, 50, 0));
            world.map().table().check();
        });
    }
}

#[test]
fn a_new_chain_that_nothing_holds_dies_young() {
    let mut heap = world();
    chain(&mut heap, 50);
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.young();
    assert_eq!(entries(&mut heap), []);
    heap.whole_cycle();
    heap.whole_cycle();
}

#[test]
fn a_new_key_of_an_old_table_keeps_its_value() {
    let mut heap = world();
    heap.whole_cycle();
    heap.mutate(|mc, world| {
        let (key, value) = (Node::new(mc, 1), Node::new(mc, 2));
        world.map().insert(mc, key, value);
        world.map().insert(mc, Node::new(mc, 3), Node::new(mc, 4));
        World::keep(world, mc, Some(key));
    });
    heap.young();
    assert_eq!(entries(&mut heap), [(1, 2)]);
}

#[test]
fn a_key_that_only_its_own_value_leads_to_dies() {
    for cycles in 0..2 {
        let mut heap = world();
        heap.mutate(|mc, world| {
            let (key, value) = (Node::new(mc, 1), Node::new(mc, 2));
            value.write(mc, |n| &n.next).set(Some(key));
            world.map().insert(mc, key, value);
            world.map().insert(mc, value, value);
            World::keep(world, mc, Some(value));
        });
        for _ in 0..cycles {
            heap.whole_cycle();
        }
        heap.young();
        assert_eq!(entries(&mut heap), [(1, 2), (2, 2)]);
        heap.mutate(|mc, world| World::keep(world, mc, None));
        heap.whole_cycle();
        assert_eq!(entries(&mut heap), []);
    }
}

#[test]
fn a_cycle_through_two_maps_dies_as_a_whole() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let (a, b) = (Node::new(mc, 1), Node::new(mc, 2));
        world.map().insert(mc, a, b);
        world.other().insert(mc, b, a);
        World::keep(world, mc, Some(b));
    });
    heap.whole_cycle();
    assert_eq!(entries(&mut heap), [(1, 2)]);
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.whole_cycle();
    assert_eq!(entries(&mut heap), []);
    assert_eq!(heap.mutate(|mc, world| world.other().iter(mc).count()), 0);
}

#[test]
fn a_dead_map_keeps_no_value() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let (key, value) = (Node::new(mc, 1), Node::new(mc, 2));
        world.map().insert(mc, key, value);
        World::keep(world, mc, Some(key));
        world.write(mc, |w| &w.weak).set(value.downgrade());
    });
    heap.whole_cycle();
    heap.mutate(|mc, world| {
        assert!(world.weak.get().upgrade(mc).is_some());
        world.write(mc, |w| &w.map).set(None);
    });
    heap.whole_cycle();
    heap.mutate(|mc, world| assert!(world.weak.get().upgrade(mc).is_none()));
}

#[test]
fn an_entry_made_while_marking_is_kept_and_one_removed_is_not() {
    for marked in [false, true] {
        let mut heap = world();
        chain(&mut heap, 5);
        heap.start_mark();
        if marked {
            heap.mark_all();
        }
        heap.mutate(|mc, world| {
            let key = world.kept.get().unwrap();
            let second = world.map().get(mc, key).unwrap();
            world.map().remove(mc, key);
            World::keep(world, mc, Some(second));
            let new = Node::new(mc, 100);
            world.map().insert(mc, second, new);
            world.map().insert(mc, new, Node::new(mc, 101));
        });
        heap.verify();
        heap.finish_mark();
        assert_eq!(entries(&mut heap).last(), Some(&(100, 101)));
        heap.sweep_all();
        heap.whole_cycle();
        assert_eq!(entries(&mut heap), [(1, 100), (100, 101)]);
    }
}

#[test]
fn a_value_read_while_marking_is_kept() {
    let mut heap = world();
    heap.mutate(|mc, world| {
        let (key, value) = (Node::new(mc, 1), Node::new(mc, 2));
        value.write(mc, |n| &n.weak).set(key.downgrade());
        world.map().insert(mc, key, value);
        world.write(mc, |w| &w.weak).set(key.downgrade());
    });
    heap.mutate(|mc, world| World::keep(world, mc, world.weak.get().upgrade(mc)));
    heap.young();
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.start_mark();
    heap.mark_all();
    heap.mutate(|mc, world| {
        let key = world.weak.get().upgrade(mc).expect("nothing has been found dead yet");
        World::keep(world, mc, world.map().get(mc, key));
        // The key is not stored: it goes, if nothing has been handed to the mark.
        world.map().remove(mc, key);
    });
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|_, world| assert_eq!(world.kept.get().map(|n| n.id), Some(2)));
}

#[test]
fn entries_are_dead_between_the_end_of_the_mark_and_the_sweep() {
    let mut heap = world();
    chain(&mut heap, 5);
    heap.young();
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.start_mark();
    heap.finish_mark();
    assert!(matches!(heap.stage(), Stage::Sweeping(_)));
    assert_eq!(entries(&mut heap), []);
    heap.young();
    while heap.sweep_block() {
        assert_eq!(entries(&mut heap), []);
        heap.mutate(|mc, world| {
            let key = Node::new(mc, 7);
            world.map().insert(mc, key, key);
        });
        heap.young();
    }
    heap.sweep_all();
    assert_eq!(entries(&mut heap), []);
}

#[test]
fn an_abandoned_mark_keeps_all_entries() {
    let mut heap = world();
    chain(&mut heap, 20);
    heap.young();
    heap.mutate(|mc, world| World::keep(world, mc, None));
    heap.start_mark();
    heap.mark_some();
    heap.abandon_mark();
    heap.sweep_all();
    assert_eq!(entries(&mut heap).len(), 20);
    heap.whole_cycle();
    assert_eq!(entries(&mut heap), []);
}

#[test]
fn a_trace_that_panics_loses_no_value() {
    for id in 0..6 {
        let mut heap = world();
        chain(&mut heap, 5);
        heap.with_fault_in(id, |heap| heap.young());
        heap.mutate(|mc, world| {
            let key = Node::new(mc, 50);
            world.map().insert(mc, world.kept.get().unwrap(), key);
            world.map().insert(mc, key, key);
        });
        heap.young();
        heap.verify();
        // What the first collection had coloured already stays until the next old one.
        assert!([(0, 50), (50, 50)].iter().all(|entry| entries(&mut heap).contains(entry)));
        heap.whole_cycle();
        assert_eq!(entries(&mut heap), [(0, 50), (50, 50)]);
    }
}

#[test]
fn a_weak_pointer_in_a_value_is_one_while_its_key_lives() {
    let config = checked();
    type Weaks = EphemeronMap<'static, Node<'static>, Weak<'static, Node<'static>>>;
    let mut heap = Heap::<Weaks>::with_config(config, |mc| EphemeronMap::new(mc));
    let key: Root<Node<'static>> = heap.mutate(|mc, map| {
        let key = Node::new(mc, 1);
        map.insert(mc, key, Node::new(mc, 2).downgrade());
        map.insert(mc, Node::new(mc, 3), Node::new(mc, 4).downgrade());
        key.root(mc)
    });
    for _ in 0..3 {
        heap.mutate(|mc, map| {
            let value = map.get(mc, key.get(mc)).unwrap();
            let _ = value.upgrade(mc);
        });
        heap.whole_cycle();
    }
    heap.mutate(|mc, map| assert!(map.get(mc, key.get(mc)).unwrap().upgrade(mc).is_none()));
}

/// It lay where all objects have moved from, and is named by nobody but a value that waits.
#[test]
fn a_weak_pointer_in_a_value_that_waits_may_lead_to_nothing() {
    let mut heap = Heap::<EphemeronMap<Node, Weak<Node>>>::with_config(checked(), |mc| EphemeronMap::new(mc));
    let key = heap.mutate(|mc, map| {
        let key = Node::new(mc, 1);
        map.insert(mc, key, Node::new(mc, 2).downgrade());
        key.root(mc)
    });
    heap.whole_cycle();
    heap.move_all();
    heap.mutate(|mc, map| assert!(map.get(mc, key.get(mc)).unwrap().ptr_eq(Weak::new())));
    drop(key);
    heap.start_mark();
    heap.mark_all();
    assert_eq!(heap.stats().ephemerons_waiting, 1);
    heap.verify();
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|mc, map| assert_eq!(map.purge(mc), 1));
}

#[test]
fn a_table_that_grows_and_shrinks_in_every_phase_loses_nothing() {
    let mut heap = world();
    let roots: Vec<Root<Node<'static>>> = heap.mutate(|mc, _| (0..600).map(|id| Node::new(mc, id).root(mc)).collect());
    for round in 0..12 {
        let add = |heap: &mut Heap<World<'static>>, part: usize| {
            heap.mutate(|mc, world| {
                for root in roots.iter().skip(part).step_by(4) {
                    let key = root.get(mc);
                    if round % 3 == 2 {
                        world.map().remove(mc, key);
                    } else {
                        world.map().insert(mc, key, Node::new(mc, key.id + 1000));
                        world.map().insert(mc, Node::new(mc, 5), key);
                    }
                }
                world.map().table().check();
            });
        };
        add(&mut heap, 0);
        heap.start_mark();
        add(&mut heap, 1);
        heap.mark_some();
        add(&mut heap, 2);
        heap.finish_mark();
        heap.sweep_block();
        add(&mut heap, 3);
        heap.sweep_all();
        let all = (0..600).map(|id| (id, id + 1000)).collect::<Vec<_>>();
        heap.whole_cycle();
        assert_eq!(entries(&mut heap), if round % 3 == 2 { Vec::new() } else { all });
    }
    heap.mutate(|mc, world| {
        world.map().purge(mc);
        assert_eq!((world.map().len(), world.map().table().size()), (0, (1, 0)));
    });
}

/// A chain that lies in the order of the addresses, whichever way, is done in a few passes; one that lies in no order goes into
/// the index before the passes take too long.
#[test]
fn chains_live_in_every_order_and_only_disorder_needs_the_index() {
    let len = 5_000_u32;
    let orders: [(&str, fn(u32, u32) -> u32); 3] =
        [("forwards", |i, _| i), ("backwards", |i, len| len - i), ("in disorder", |i, len| (i * 2_741) % (len + 1))];
    for (name, order) in orders {
        let mut heap = Heap::<World<'static>>::with_config(checked().verify(false), |mc| World {
            map: GcCell::new(Some(Map::new(mc))),
            other: GcCell::new(None),
            kept: GcCell::new(None),
            weak: GcCell::new(Weak::new()),
        });
        // As often as without stress.
        heap.drive(|collector, _, _| collector.marker.visitor.waiting.look(16));
        heap.mutate(|mc, world| {
            let nodes: Vec<_> = (0..=len).map(|id| Node::new(mc, id)).collect();
            let node = |i| nodes[order(i, len) as usize];
            World::keep(world, mc, Some(node(0)));
            (0..len).for_each(|i| assert!(world.map().insert(mc, node(i), node(i + 1)).is_none()));
        });
        let uses_index = |heap: &mut Heap<World<'static>>| {
            heap.drive(|collector, _, _| !collector.marker.visitor.waiting.has_no_index())
        };
        heap.young();
        heap.start_mark();
        let mut index = false;
        while !heap.mark_some() {
            index |= uses_index(&mut heap);
        }
        assert_eq!(index, name == "in disorder", "{name}");
        heap.verify();
        heap.finish_mark();
        heap.sweep_all();
        assert_eq!(heap.mutate(|mc, world| world.map().iter(mc).count()), len as usize, "{name}");
    }
}

/// Ephemerons are marked in slices, and in linear time: no slice looks at more than a few pages, and
/// nothing is looked at twice.
#[test]
fn each_ephemeron_is_looked_at_once() {
    let mut heap = Heap::<World<'static>>::with_config(checked().verify(false), |mc| World {
        map: GcCell::new(Some(Map::new(mc))),
        other: GcCell::new(None),
        kept: GcCell::new(None),
        weak: GcCell::new(Weak::new()),
    });
    let len = 20_000;
    chain(&mut heap, len);
    let before = heap.stats().ephemerons_scanned;
    heap.young();
    assert_eq!(heap.stats().ephemerons_scanned - before, u64::from(len));
    let before = heap.stats().ephemerons_scanned;
    heap.start_mark();
    let mut slices = 0;
    while !heap.mark_some() {
        slices += 1;
    }
    assert!(slices > 100, "{slices} slices");
    assert_eq!(heap.stats().ephemerons_scanned - before, u64::from(len));
    assert_eq!(heap.stats().ephemerons_waiting, 0);
    heap.finish_mark();
    heap.sweep_all();
    assert_eq!(heap.mutate(|mc, world| world.map().iter(mc).count()), len as usize);
}
