//! What stays where it is, and what is known by its identity.

use std::collections::HashMap;

use gc_core::{ByIdentity, Gc, GcMap, GcRefCell, GcVec, Heap, Identity, Pinned, Trace, Weak};

use super::{Node, Nodes, check_sparse, checked, node, sparse};

#[test]
fn a_pinned_object_stays_and_its_neighbours_move() {
    let mut heap = sparse(checked(), 50_000, 10);
    let pins: Vec<(u32, Pinned<Node<'static>>)> =
        heap.mutate(|mc, nodes| nodes.borrow().iter().step_by(500).map(|node| (node.id, node.pin(mc))).collect());
    let copy = pins[0].1.clone();
    let compacted = heap.compact();
    assert_eq!(compacted.pinned_objects, pins.len() as u64);
    assert!(compacted.moved_objects > 1000);
    heap.mutate(|mc, _| {
        for (id, pin) in &pins {
            assert_eq!(pin.get(mc).id, *id);
            assert_eq!(pin.get(mc).as_ptr().cast::<u8>(), pin.address().as_ptr().cast_const());
        }
    });
    drop(pins);
    assert_eq!(heap.compact().pinned_objects, 1);
    drop(copy);
    assert_eq!(heap.compact().pinned_objects, 0);
    check_sparse(&mut heap, 10);
}

#[test]
fn a_pin_keeps_alive_and_tells_its_heap() {
    let mut heap = Heap::<()>::with_config(checked(), |_| ());
    let mut other = Heap::<()>::new(|_| ());
    let pin: Pinned<str> = heap.mutate(|mc, _| Gc::from_str(mc, "pinned").pin(mc));
    heap.collect();
    heap.mutate(|mc, _| assert_eq!(&*pin.get(mc), "pinned"));
    other.mutate(|mc, _| assert!(pin.try_get(mc).is_none()));
    drop(heap);
    other.mutate(|mc, _| assert!(pin.try_get(mc).is_none()));
}

#[test]
fn an_identity_survives_every_move() {
    let mut heap = sparse(checked(), 40_000, 4);
    let identities = |heap: &mut Heap<Nodes<'static>>| {
        heap.mutate(|mc, nodes| {
            // Half of them are asked.
            nodes.borrow().iter().step_by(2).map(|node| node.identity(mc)).collect::<Vec<Identity>>()
        })
    };
    let before = identities(&mut heap);
    let addresses = |heap: &mut Heap<Nodes<'static>>| {
        heap.mutate(|_, nodes| nodes.borrow().iter().map(|n| n.as_ptr().addr()).collect::<Vec<_>>())
    };
    let first = addresses(&mut heap);
    for keep in [3, 5] {
        heap.compact();
        heap.mutate(|mc, nodes| {
            let mut place = 0;
            nodes.borrow_mut(mc).retain(|_| {
                place += 1;
                place % keep != 1 || place == 1
            });
        });
        heap.compact();
    }
    let kept = heap.mutate(|mc, nodes| {
        nodes.borrow().iter().map(|node| (node.id, node.identity(mc))).collect::<HashMap<u32, Identity>>()
    });
    let mut checked = 0;
    for (place, &identity) in before.iter().enumerate() {
        if let Some(&now) = kept.get(&(place as u32 * 8)) {
            assert_eq!(now, identity);
            checked += 1;
        }
    }
    assert!(checked > 1000);
    assert_ne!(addresses(&mut heap)[..500], first[..500]);
}

#[derive(Trace)]
struct Maps<'gc> {
    ours: Gc<'gc, GcMap<'gc, ByIdentity<'gc, Node<'gc>>, u32>>,
    by_value: Gc<'gc, GcMap<'gc, Gc<'gc, str>, u32>>,
    std: GcRefCell<HashMap<Gc<'gc, str>, Gc<'gc, str>>>,
    nodes: GcVec<'gc, Gc<'gc, Node<'gc>>>,
}

#[test]
fn maps_find_their_keys_when_objects_have_moved() {
    let mut heap = Heap::<Maps>::with_config(checked(), |mc| Maps {
        ours: Gc::new(mc, GcMap::new(mc)),
        by_value: Gc::new(mc, GcMap::new(mc)),
        std: GcRefCell::default(),
        nodes: GcVec::new(mc),
    });
    for turn in 0..80 {
        heap.mutate(|mc, maps| {
            for id in turn % 40 * 100..turn % 40 * 100 + 100 {
                let text = Gc::from_str(mc, &id.to_string());
                // (Blocks with keys of a standard map are not emptied: those have blocks of their own.)
                if turn < 40 {
                    let key = Gc::from_str(mc, &format!("std {id}"));
                    maps.write(mc, |m| &m.std).borrow_mut().insert(key, text);
                    continue;
                }
                // Garbage between what stays.
                (0..10).for_each(|n| _ = node(mc, n));
                let node = node(mc, id);
                maps.nodes.push(mc, node);
                maps.ours.insert(mc, ByIdentity(node), id);
                maps.by_value.insert(mc, text, id);
            }
        });
    }
    let std_keys = heap.mutate(|_, maps| {
        maps.std.borrow().keys().map(|key| (key.to_string(), key.as_ptr().addr())).collect::<HashMap<_, _>>()
    });
    let compacted = heap.compact();
    assert!(compacted.pinned_objects >= 4000, "{compacted}");
    assert!(compacted.moved_objects > 1000, "{compacted}");
    heap.mutate(|mc, maps| {
        for id in 0..4000 {
            let node = maps.nodes.get(id as usize).unwrap();
            assert_eq!(node.id, id);
            assert_eq!(maps.ours.get(&ByIdentity(node)), Some(id));
            assert_eq!(maps.by_value.get(&Gc::from_str(mc, &id.to_string())), Some(id));
            let (key, value) = (format!("std {id}"), id.to_string());
            let std = maps.std.borrow();
            let (found, text) = std.get_key_value(&*key).unwrap();
            assert_eq!((&**text, std_keys[&key]), (&*value, found.as_ptr().addr()));
        }
    });
}

/// A key that is found by its number, and names an object that may die.
#[derive(Trace)]
struct Numbered<'gc> {
    id: u32,
    weak: Weak<'gc, u64>,
}

impl PartialEq for Numbered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
impl Eq for Numbered<'_> {}
impl std::hash::Hash for Numbered<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

#[test]
fn what_is_dead_stays_dead_where_a_pointer_to_it_cannot_be_updated() {
    type Keys<'gc> = GcRefCell<HashMap<Numbered<'gc>, Option<Gc<'gc, u64>>>>;
    let mut heap = Heap::<Keys>::with_config(checked(), |_| GcRefCell::default());
    for id in 0..1500 {
        heap.mutate(|mc, keys| {
            let named = Gc::new(mc, 7);
            let kept = (id % 3 == 0).then_some(named);
            (0..30).for_each(|n| _ = Gc::new(mc, n));
            keys.borrow_mut(mc).insert(Numbered { id, weak: named.downgrade() }, kept);
        });
    }
    for _ in 0..3 {
        heap.compact();
        // Whatever is free is used again.
        heap.mutate(|mc, _| (0..30_000).for_each(|n| _ = Gc::new(mc, n)));
        heap.mutate(|mc, keys| {
            for (key, kept) in keys.borrow().iter() {
                let found = key.weak.upgrade(mc);
                assert_eq!((found.map(|gc| *gc), found.is_some()), (kept.map(|_| 7), key.id % 3 == 0), "{}", key.id);
            }
        });
    }
}
