//! Objects that move: what must survive it, what must not move, and what it gains.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use gc_core::stats::{CompactionReason, Event};
use gc_core::{
    ByIdentity, Compaction, Config, Gc, GcAny, GcCell, GcMap, GcRefCell, GcVec, Heap, Identity, Mutation, Pinned, Root,
    Static, Trace, Weak,
};

#[derive(Trace)]
struct Node<'gc> {
    id: u32,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

type Nodes<'gc> = GcRefCell<Vec<Gc<'gc, Node<'gc>>>>;

fn checked() -> Config {
    Config::default().verify(true).nursery(1 << 16, 1 << 18)
}

/// Under stress everything moves anyway, and what a compaction gains cannot be told.
fn is_stressed() -> bool {
    std::env::var("GC_STRESS").is_ok_and(|list| !matches!(&*list, "" | "0" | "none"))
}

fn node<'gc>(mc: &Mutation<'gc>, id: u32) -> Gc<'gc, Node<'gc>> {
    Gc::new(mc, Node { id, next: GcCell::new(None) })
}

/// A heap with `count` nodes, each of which names the one before it, of which every `keep`-th stays.
fn sparse(config: Config, count: u32, keep: u32) -> Heap<Nodes<'static>> {
    let mut heap = Heap::<Nodes>::with_config(config, |_| GcRefCell::default());
    for _ in 0..count.div_ceil(1000) {
        heap.mutate(|mc, nodes| {
            let mut nodes = nodes.borrow_mut(mc);
            for _ in 0..1000 {
                let id = nodes.len() as u32;
                nodes.push(node(mc, id));
            }
        });
    }
    heap.mutate(|mc, nodes| {
        nodes.borrow_mut(mc).retain(|node| node.id % keep == 0);
        for pair in nodes.borrow().windows(2) {
            pair[1].write(mc, |n| &n.next).set(Some(pair[0]));
        }
    });
    heap
}

fn check_sparse(heap: &mut Heap<Nodes<'static>>, keep: u32) {
    heap.mutate(|_, nodes| {
        let nodes = nodes.borrow();
        let mut from_last = *nodes.last().unwrap();
        for (place, node) in nodes.iter().enumerate().rev() {
            assert_eq!(node.id, place as u32 * keep);
            assert!(node.ptr_eq(from_last));
            from_last = node.next.get().unwrap_or(nodes[0]);
        }
    });
}

#[test]
fn a_sparse_heap_becomes_dense_and_keeps_its_graph() {
    if is_stressed() {
        return;
    }
    let mut heap = sparse(checked(), 100_000, 10);
    heap.collect();
    let before = heap.occupancy();
    let compacted = heap.compact();
    let after = heap.occupancy();
    assert!(compacted.moved_objects > 5_000, "{compacted}");
    assert!(before.fragmentation() > 0.8, "{before}");
    assert!(after.fragmentation() < 0.25, "{after}");
    check_sparse(&mut heap, 10);
    assert_eq!(heap.stats().compactions, 1);
    assert_eq!(heap.stats().moved_objects, compacted.moved_objects);
}

#[test]
fn memory_goes_back_to_the_system() {
    if is_stressed() {
        return;
    }
    let config = Config::default().retain_free(0).prepare_memory(false);
    let mut heap = sparse(config, 1_000_000, 20);
    let before = heap.stats().reserved_bytes;
    let compacted = heap.compact();
    let after = heap.stats();
    assert!(compacted.released_bytes > 16 << 20, "{compacted}");
    assert!(after.reserved_bytes < before / 3, "{before} to {after}");
    check_sparse(&mut heap, 20);
}

#[test]
fn compaction_can_be_repeated_and_finds_nothing_to_do_in_a_dense_heap() {
    let mut heap = sparse(checked(), 50_000, 7);
    heap.compact();
    check_sparse(&mut heap, 7);
    assert_eq!(heap.compact().moved_objects, 0);
    check_sparse(&mut heap, 7);
}

#[test]
fn the_heap_works_on_in_the_holes_that_are_left() {
    let mut heap = sparse(checked(), 30_000, 3);
    for round in 0..5 {
        heap.compact();
        for _ in 0..20 {
            heap.mutate(|mc, nodes| {
                for _ in 0..1000 {
                    let last = *nodes.borrow().last().unwrap();
                    let node = node(mc, last.id + 3);
                    node.write(mc, |n| &n.next).set(Some(last));
                    nodes.borrow_mut(mc).push(node);
                }
            });
        }
        check_sparse(&mut heap, 3);
        assert_eq!(heap.mutate(|_, nodes| nodes.borrow().len()), 10_000 + 20_000 * (round + 1));
    }
}

#[test]
fn never_means_never() {
    let mut heap = sparse(checked().compaction(Compaction::Never), 20_000, 10);
    let addresses = |heap: &mut Heap<Nodes<'static>>| {
        heap.mutate(|_, nodes| nodes.borrow().iter().map(|n| n.as_ptr().addr()).collect::<Vec<_>>())
    };
    let before = addresses(&mut heap);
    assert_eq!(heap.compact().moved_objects, 0);
    assert_eq!(addresses(&mut heap), before);
}

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

/// Counts its drops.
struct Bomb(Rc<Cell<u32>>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[derive(Trace)]
struct Mortal<'gc> {
    bomb: Static<Bomb>,
    text: Gc<'gc, str>,
}

#[test]
fn an_object_with_a_destructor_is_destroyed_once_wherever_it_went() {
    let drops = Rc::new(Cell::new(0));
    type Mortals<'gc> = GcRefCell<Vec<Gc<'gc, Mortal<'gc>>>>;
    let mut heap = Heap::<Mortals>::with_config(checked(), |_| GcRefCell::default());
    for _ in 0..20 {
        heap.mutate(|mc, mortals| {
            for _ in 0..500 {
                let mut mortals = mortals.borrow_mut(mc);
                let text = Gc::from_str(mc, &mortals.len().to_string());
                mortals.push(Gc::new(mc, Mortal { bomb: Static(Bomb(drops.clone())), text }));
            }
        });
    }
    let thin_out = |heap: &mut Heap<Mortals<'static>>| {
        heap.mutate(|mc, mortals| {
            let mut place = 0;
            mortals.borrow_mut(mc).retain(|_| {
                place += 1;
                place % 3 == 0
            });
            mortals.borrow().len() as u32
        })
    };
    let mut left = 10_000;
    for _ in 0..4 {
        left = thin_out(&mut heap);
        assert!(heap.compact().moved_objects > 0 || left < 2000);
        assert_eq!(drops.get(), 10_000 - left);
        heap.mutate(|_, mortals| assert!(mortals.borrow().iter().all(|m| m.text.parse::<u32>().is_ok())));
    }
    drop(heap);
    assert_eq!((drops.get(), left > 100), (10_000, true));
}

#[derive(Trace)]
#[repr(align(64))]
struct Aligned(u64);

#[derive(Trace)]
struct Everything<'gc> {
    weak: GcRefCell<Vec<Weak<'gc, Node<'gc>>>>,
    aligned: GcRefCell<Vec<Gc<'gc, Aligned>>>,
    array: Gc<'gc, [GcCell<Option<Gc<'gc, Node<'gc>>>>]>,
    any: GcRefCell<Vec<GcAny<'gc>>>,
    medium: GcRefCell<Vec<Gc<'gc, [u8]>>>,
    empty: GcRefCell<Vec<Gc<'gc, [Gc<'gc, str>]>>>,
}

#[test]
fn pointers_of_every_kind_follow_and_alignment_is_kept() {
    let mut heap = Heap::<Everything>::with_config(checked(), |mc| Everything {
        weak: GcRefCell::default(),
        aligned: GcRefCell::default(),
        array: Gc::from_iter(mc, (0..3000).map(|_| GcCell::new(None))),
        any: GcRefCell::default(),
        medium: GcRefCell::default(),
        empty: GcRefCell::default(),
    });
    let mut roots: Vec<Root<Node<'static>>> = Vec::new();
    for turn in 0..30 {
        heap.mutate(|mc, all| {
            for place in turn * 100..turn * 100 + 100 {
                (0..20).for_each(|n| _ = node(mc, n));
                let node = node(mc, place);
                all.write_at(mc, &all.weak).borrow_mut().push(node.downgrade());
                all.write_at(mc, &all.aligned).borrow_mut().push(Gc::new(mc, Aligned(place.into())));
                all.array.write_at(mc, &all.array[place as usize]).set(Some(node));
                all.write_at(mc, &all.any).borrow_mut().push(GcAny::new(node));
                let len = (place as usize * 37) % 6000;
                all.write_at(mc, &all.medium).borrow_mut().push(Gc::from_iter(mc, vec![place as u8; len]));
                all.write_at(mc, &all.empty).borrow_mut().push(Gc::from_iter(mc, []));
                if place % 2 == 0 {
                    roots.push(node.root(mc));
                }
            }
        });
    }
    // Every third node dies, but for its weak pointer.
    heap.mutate(|mc, all| {
        let any = std::mem::take(&mut *all.write_at(mc, &all.any).borrow_mut());
        all.write_at(mc, &all.any).borrow_mut().extend(any.into_iter().step_by(3).skip(1));
        for (place, slot) in all.array.iter().enumerate() {
            if place % 3 == 1 {
                all.array.write_at(mc, slot).set(None);
            }
        }
        all.write_at(mc, &all.medium).borrow_mut().retain(|bytes| bytes.len() % 2 == 0);
    });
    roots.retain({
        let mut place = 0;
        move |_| {
            place += 2;
            (place - 2) % 3 != 1
        }
    });
    for _ in 0..2 {
        heap.compact();
        heap.mutate(|mc, all| {
            for (place, weak) in all.weak.borrow().iter().enumerate() {
                match weak.upgrade(mc) {
                    Some(node) => assert_eq!((node.id as usize, place % 3 != 1), (place, true)),
                    None => assert_eq!(place % 3, 1),
                }
            }
            for (place, aligned) in all.aligned.borrow().iter().enumerate() {
                assert_eq!((aligned.0, aligned.as_ptr().addr() % 64), (place as u64, 0));
            }
            for (place, slot) in all.array.iter().enumerate() {
                assert_eq!(slot.get().map(|node| node.id as usize), (place % 3 != 1).then_some(place));
            }
            for any in all.any.borrow().iter() {
                assert!(any.downcast::<Node<'static>>().is_some());
            }
            for root in &roots {
                assert_ne!(root.get(mc).id % 3, 1);
            }
            assert!(all.medium.borrow().iter().all(|bytes| bytes.iter().all(|&byte| byte == bytes[0])));
            assert!(all.empty.borrow().iter().all(|slice| slice.is_empty()));
        });
    }
}

#[test]
fn a_listener_hears_what_was_moved_and_why() {
    let heard = Rc::new(Cell::new(0));
    let mut heap = sparse(checked(), 20_000, 10);
    let count = heard.clone();
    heap.set_listener(Some(Box::new(move |event| {
        if let Event::Compacted { compacted } = event {
            assert_eq!(compacted.reason, CompactionReason::Requested);
            count.set(compacted.moved_objects);
        }
    })));
    assert_eq!(heap.compact().moved_objects, heard.get());
    assert!(heard.get() > 0);
}

#[test]
fn a_full_heap_compacts_within_its_limit() {
    let config = checked().heap_limit(8 << 20).prepare_memory(false);
    let mut heap = sparse(config, 60_000, 2);
    let compacted = heap.compact();
    assert!(compacted.freed_blocks > 0, "{compacted}");
    check_sparse(&mut heap, 2);
}

#[test]
fn a_fragmented_heap_compacts_by_itself_within_the_pause_target() {
    if is_stressed() {
        return;
    }
    let config = Config::default().nursery(1 << 18, 1 << 20).compaction(Compaction::Automatic { above: 0.3 });
    let mut heap = sparse(config, 800_000, 10);
    let reasons = Rc::new(Cell::new((0, 0)));
    let heard = reasons.clone();
    heap.set_listener(Some(Box::new(move |event| {
        if let Event::Compacted { compacted } = event {
            assert!(matches!(compacted.reason, CompactionReason::Fragmentation { share } if share > 0.3));
            let (times, moved) = heard.get();
            heard.set((times + 1, moved + compacted.moved_objects));
        }
    })));
    // The list is checked in its order while it goes on being moved.
    let mut probe = 0;
    for round in 0..6000 {
        heap.mutate(|mc, nodes| {
            for _ in 0..200 {
                let old = nodes.borrow()[probe];
                assert_eq!(old.id as usize, probe * 10);
                assert!(probe == 0 || old.next.get().unwrap().ptr_eq(nodes.borrow()[probe - 1]));
                // Garbage, and a write to an old object now and then.
                let fresh = node(mc, 7);
                fresh.write(mc, |n| &n.next).set(Some(old));
                if round % 7 == 0 {
                    old.write(mc, |n| &n.next).set(old.next.get());
                }
                probe = (probe + 1) % nodes.borrow().len();
            }
        });
        if round % 1000 == 999 {
            heap.collect();
        }
    }
    let (times, moved) = reasons.get();
    assert!(times > 0 && moved > 1000, "{times} compactions moved {moved} objects: {}", heap.stats());
    check_sparse(&mut heap, 10);
}

#[test]
fn a_panic_in_relocate_ends_the_process_and_says_why() {
    struct Liar;
    // SAFETY: there is nothing to visit; that `relocate` panics is what is tested.
    unsafe impl<'gc> Trace<'gc> for Liar {
        fn trace(&self, _: &mut gc_core::Tracer<'gc>) {}
        fn relocate(&mut self, _: &mut gc_core::Relocator<'gc>) {
            panic!("no way");
        }
    }
    // SAFETY: the type has no brand.
    unsafe impl gc_core::Rebrand for Liar {
        type At<'b> = Liar;
    }
    if std::env::var_os("GC_TEST_LIAR").is_some() {
        let mut heap = Heap::<Liar>::new(|_| Liar);
        heap.compact();
        return;
    }
    let program = std::env::current_exe().unwrap();
    let name = "a_panic_in_relocate_ends_the_process_and_says_why";
    let child = std::process::Command::new(program)
        .args(["--exact", name, "--nocapture"])
        .env("GC_TEST_LIAR", "1")
        .output()
        .unwrap();
    assert!(!child.status.success());
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(said.contains("panicked while objects were moving"), "{said}");
}
