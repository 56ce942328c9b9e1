//! What knows objects without keeping them: ephemerons, sets, interning tables, guardians, weak pointers.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::hash::{BuildHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use gc_core::{Config, EphemeronMap, Gc, GcCell, GcVec, Guardian, Heap, Interner, Root, Stress, Trace, Weak, WeakSet};

/// Different hands into the same heap: as it is, and under stress.
fn configs() -> [Config; 3] {
    let mut often = Stress::none();
    often.young = true;
    often.old_every = std::num::NonZeroU32::new(3);
    [Config::default(), Config::default().stress(Stress::all()).verify(true), Config::default().stress(often)]
}

#[derive(Trace)]
struct Node<'gc> {
    id: u32,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

impl<'gc> Node<'gc> {
    fn new(mc: &gc_core::Mutation<'gc>, id: u32) -> Gc<'gc, Self> {
        Gc::new(mc, Node { id, next: GcCell::new(None) })
    }
}

type Nodes = EphemeronMap<'static, Node<'static>, Gc<'static, Node<'static>>>;

/// Case 20.
#[test]
fn a_key_reachable_only_from_its_own_value_dies() {
    for config in configs() {
        let mut heap = Heap::<Nodes>::with_config(config, |mc| EphemeronMap::new(mc));
        heap.mutate(|mc, map| {
            let (key, value) = (Node::new(mc, 1), Node::new(mc, 2));
            value.write(mc, |n| &n.next).set(Some(key));
            map.insert(mc, key, value);
            let own = Node::new(mc, 3);
            map.insert(mc, own, own);
        });
        heap.collect();
        heap.mutate(|mc, map| assert_eq!(map.iter(mc).count(), 0));
        assert_eq!(heap.mutate(|mc, map| map.purge(mc)) + heap.mutate(|_, map| map.len()), 2);
    }
}

/// Case 20.
#[test]
fn cycles_through_two_maps_die_and_a_dead_map_keeps_nothing() {
    #[derive(Trace)]
    struct Two<'gc> {
        first: EphemeronMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>,
        second: GcCell<Option<EphemeronMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>>>,
        seen: GcCell<Weak<'gc, Node<'gc>>>,
    }
    for config in configs() {
        let mut heap = Heap::<Two>::with_config(config, |mc| Two {
            first: EphemeronMap::new(mc),
            second: GcCell::new(Some(EphemeronMap::new(mc))),
            seen: GcCell::new(Weak::new()),
        });
        let root = heap.mutate(|mc, two| {
            let (a, b, kept) = (Node::new(mc, 1), Node::new(mc, 2), Node::new(mc, 3));
            let second = two.second.get().unwrap();
            two.first.insert(mc, a, b);
            second.insert(mc, b, a);
            second.insert(mc, kept, b);
            two.write(mc, |t| &t.seen).set(a.downgrade());
            kept.root(mc)
        });
        heap.collect();
        // Kept through the second map, and the first in turn.
        heap.mutate(|mc, two| {
            assert_eq!(two.first.values(mc).map(|n| n.id).collect::<Vec<_>>(), [2]);
            assert!(two.seen.get().upgrade(mc).is_some());
            two.write(mc, |t| &t.second).set(None);
        });
        heap.collect();
        heap.mutate(|mc, two| {
            assert_eq!(two.first.iter(mc).count(), 0);
            assert!(two.seen.get().upgrade(mc).is_none());
        });
        drop(root);
    }
}

/// Case 20: insert, remove and lookup while an old collection marks.
#[test]
fn a_map_that_is_used_in_every_phase_loses_nothing() {
    for config in configs() {
        let mut heap = Heap::<Nodes>::with_config(config, |mc| EphemeronMap::new(mc));
        let kept: Vec<Root<Node<'static>>> =
            heap.mutate(|mc, _| (0..200).map(|id| Node::new(mc, id).root(mc)).collect());
        for round in 0..400_u32 {
            heap.mutate(|mc, map| {
                let at = |index: u32| kept[index as usize % 200].get(mc);
                // Each key's value is known to nobody else.
                map.insert(mc, at(round * 7), Node::new(mc, round * 7 % 200 + 1000));
                map.insert(mc, Node::new(mc, 5), at(round));
                map.insert(mc, Node::new(mc, 6), Node::new(mc, 7));
                let key = at(round * 13);
                assert!(map.get(mc, key).is_none_or(|value| value.id == key.id + 1000));
                if round % 5 == 0 {
                    map.remove(mc, at(round * 11));
                }
                for (key, value) in map.iter(mc).take(20) {
                    assert!(value.id == key.id + 1000 || key.id == 5 || key.id == 6);
                }
            });
        }
        heap.collect();
        heap.mutate(|mc, map| {
            assert!(map.iter(mc).all(|(key, value)| value.id == key.id + 1000));
            map.purge(mc);
            assert!(map.len() <= 200);
        });
    }
}

/// Case 20: chains and webs of a million are marked in slices. Nothing here depends on the clock: what is
/// checked is that each entry is looked at once.
#[test]
fn a_million_ephemerons_are_looked_at_once() {
    const LEN: u32 = 1_000_000;
    let mut heap = Heap::<Nodes>::new(|mc| EphemeronMap::new(mc));
    let first: Root<Node<'static>> = heap.mutate(|mc, _| Node::new(mc, 0).root(mc));
    let mut last = first.clone();
    for part in 0..LEN / 10_000 {
        last = heap.mutate(|mc, map| {
            let mut key = last.get(mc);
            for i in 0..10_000 {
                let next = Node::new(mc, part * 10_000 + i + 1);
                map.insert(mc, key, next);
                key = next;
            }
            key.root(mc)
        });
    }
    drop(last);
    heap.collect();
    let before = heap.stats();
    heap.collect();
    let scanned = heap.stats().ephemerons_scanned - before.ephemerons_scanned;
    assert_eq!(scanned, u64::from(LEN), "in one cycle");
    heap.mutate(|mc, map| {
        let (mut key, mut len) = (first.get(mc), 0);
        while let Some(next) = map.get(mc, key) {
            assert_eq!(next.id, key.id + 1);
            (key, len) = (next, len + 1);
        }
        assert_eq!(len, LEN);
    });
    drop(first);
    heap.collect();
    assert_eq!(heap.mutate(|mc, map| map.iter(mc).count()), 0);
    assert_eq!(heap.mutate(|mc, map| map.purge(mc)), LEN as usize);
    heap.collect();
    heap.collect();
    assert!(heap.stats().live_bytes < 1 << 12, "{}", heap.stats());
}

/// Case 39: the hash of a key is taken when the program asks, and never by the collector.
#[test]
fn interning_calls_hash_and_eq_in_its_methods_only() {
    thread_local!(static CALLS: Cell<u32> = const { Cell::new(0) });
    #[derive(Trace)]
    struct Symbol<'gc> {
        name: Gc<'gc, str>,
    }
    impl Hash for Symbol<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            CALLS.set(CALLS.get() + 1);
            self.name.hash(state);
        }
    }
    impl PartialEq for Symbol<'_> {
        fn eq(&self, other: &Self) -> bool {
            CALLS.set(CALLS.get() + 1);
            self.name == other.name
        }
    }
    impl Eq for Symbol<'_> {}

    for config in configs() {
        let mut heap = Heap::<Interner<Symbol>>::with_config(config, |mc| Interner::new(mc));
        let mut kept = Vec::new();
        for round in 0..20 {
            heap.mutate(|mc, symbols| {
                for i in 0..50 {
                    let symbol = || Symbol { name: Gc::from_str(mc, &format!("symbol {}", (i * round) % 97)) };
                    let interned = symbols.intern_value(mc, symbol());
                    assert!(symbols.intern_value(mc, symbol()).ptr_eq(interned));
                    assert!(symbols.get(mc, &symbol()).is_some_and(|found| found.ptr_eq(interned)));
                    if i % 10 == 0 {
                        kept.push(interned.root(mc));
                    }
                }
            });
            let before = CALLS.get();
            heap.collect();
            heap.mutate(|mc, symbols| symbols.purge(mc));
            assert_eq!(CALLS.get(), before);
            heap.mutate(|mc, symbols| {
                for root in &kept {
                    let symbol = root.get(mc);
                    assert!(symbols.get(mc, &symbol).is_some_and(|found| found.ptr_eq(symbol)));
                }
            });
        }
    }
}

/// A hasher for which all contents are the same.
#[derive(Clone, Copy)]
struct Constant;
impl BuildHasher for Constant {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self
    }
}
impl Hasher for Constant {
    fn finish(&self) -> u64 {
        7
    }
    fn write(&mut self, _: &[u8]) {}
}

#[test]
fn interning_goes_on_with_a_hash_that_tells_nothing_and_an_eq_that_uses_the_table() {
    let mut heap = Heap::<Interner<[u8], Constant>>::new(|mc| Interner::with_hasher(mc, Constant));
    let kept: Vec<_> =
        heap.mutate(|mc, bytes| (0..=255).map(|i| bytes.intern_slice(mc, &[i, 1, 2]).root(mc)).collect());
    heap.mutate(|mc, bytes| (0..=255).for_each(|i| assert_eq!(bytes.intern_slice(mc, &[i, 3])[1], 3)));
    heap.collect();
    heap.mutate(|mc, bytes| {
        assert_eq!((bytes.purge(mc), bytes.len()), (256, 256));
        for (i, root) in kept.iter().enumerate() {
            assert!(bytes.get(mc, &[i as u8, 1, 2]).is_some_and(|found| found.ptr_eq(root.get(mc))));
        }
    });

    // What `Eq` does to the table makes a lookup miss, and nothing worse.
    thread_local!(static MISCHIEF: Cell<u32> = const { Cell::new(0) });
    #[derive(Trace)]
    struct Odd<'gc> {
        n: u32,
        table: GcCell<Option<Interner<'gc, Odd<'gc>, Constant>>>,
    }
    impl Hash for Odd<'_> {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }
    impl PartialEq for Odd<'_> {
        fn eq(&self, other: &Self) -> bool {
            let mischief = MISCHIEF.get();
            MISCHIEF.set(mischief.saturating_sub(1));
            if mischief == 1 {
                let table = self.table.get().or(other.table.get());
                assert!(table.is_some_and(|table| !table.is_empty()));
                panic!("mischief");
            }
            self.n == other.n
        }
    }
    impl Eq for Odd<'_> {}
    let mut heap = Heap::<Interner<Odd, Constant>>::new(|mc| Interner::with_hasher(mc, Constant));
    for fuse in 0..40 {
        MISCHIEF.set(fuse);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            heap.mutate(|mc, table| {
                for n in 0..30 {
                    table.intern_value(mc, Odd { n, table: GcCell::new(Some(*table.as_ref())) });
                }
            });
        }));
        MISCHIEF.set(0);
        heap.collect();
    }
}

#[test]
fn a_set_forgets_the_dead_and_no_others() {
    for config in configs() {
        let mut heap = Heap::<WeakSet<Node>>::with_config(config, |mc| WeakSet::new(mc));
        let mut kept: Vec<Root<Node<'static>>> = Vec::new();
        for round in 0..60 {
            heap.mutate(|mc, set| {
                for i in 0..40 {
                    let node = Node::new(mc, round * 40 + i);
                    assert!(set.insert(mc, node) && !set.insert(mc, node) && set.contains(node));
                    if i % 8 == 0 {
                        kept.push(node.root(mc));
                    }
                }
                if round % 4 == 3 {
                    let gone = kept.swap_remove(round as usize % kept.len()).get(mc);
                    assert!(set.remove(mc, gone) && !set.contains(gone));
                }
                assert!(kept.iter().all(|root| set.contains(root.get(mc))));
            });
        }
        heap.collect();
        heap.mutate(|mc, set| {
            let mut ids: Vec<u32> = set.iter(mc).map(|node| node.id).collect();
            let mut expected: Vec<u32> = kept.iter().map(|root| root.get(mc).id).collect();
            ids.sort_unstable();
            expected.sort_unstable();
            assert_eq!(ids, expected);
            set.retain(mc, |node| node.id % 2 == 0);
            assert!(set.iter(mc).all(|node| node.id % 2 == 0));
        });
    }
}

/// Case 21.
#[test]
fn a_guardian_hands_back_each_registration_once() {
    #[derive(Trace)]
    struct World<'gc> {
        guardians: [Guardian<'gc, Node<'gc>>; 2],
        kept: GcVec<'gc, Gc<'gc, Node<'gc>>>,
    }
    for config in configs() {
        let mut heap = Heap::<World>::with_config(config, |mc| World {
            guardians: [Guardian::new(mc), Guardian::new(mc)],
            kept: GcVec::new(mc),
        });
        let polled = |heap: &mut Heap<World<'static>>| {
            heap.collect();
            heap.mutate(|mc, world| {
                world.guardians.map(|guardian| {
                    let mut ids: Vec<u32> = guardian.poll_all(mc).map(|node| node.id).collect();
                    ids.sort_unstable();
                    ids
                })
            })
        };
        heap.mutate(|mc, world| {
            let [first, second] = world.guardians;
            // Node 1 leads to 2; node 3 is registered twice here and once there; 4 is kept.
            let (a, b) = (Node::new(mc, 1), Node::new(mc, 2));
            a.write(mc, |n| &n.next).set(Some(b));
            first.register(mc, a);
            first.register(mc, b);
            let twice = Node::new(mc, 3);
            for guardian in [first, first, second] {
                guardian.register(mc, twice);
            }
            let kept = Node::new(mc, 4);
            first.register(mc, kept);
            world.kept.push(mc, kept);
        });
        assert_eq!(polled(&mut heap), [vec![1, 2, 3, 3], vec![3]]);
        assert_eq!(polled(&mut heap), [Vec::<u32>::new(), vec![]]);
        // An object that is taken back, dropped, and registered again.
        heap.mutate(|mc, world| assert!(world.kept.pop(mc).is_some()));
        heap.collect();
        heap.mutate(|mc, world| {
            let node = world.guardians[0].poll(mc).unwrap();
            assert_eq!(node.id, 4);
            world.kept.push(mc, node);
            world.guardians[1].register(mc, node);
        });
        assert_eq!(polled(&mut heap), [Vec::<u32>::new(), vec![]]);
        heap.mutate(|mc, world| assert!(world.kept.pop(mc).is_some()));
        assert_eq!(polled(&mut heap), [vec![], vec![4]]);
        heap.mutate(|_, world| assert!(world.guardians.iter().all(|guardian| guardian.is_empty())));
    }
}

/// Case 21.
#[test]
fn a_guardian_that_dies_with_its_objects_keeps_none() {
    for config in configs() {
        let mut heap = Heap::<GcCell<Weak<Node>>>::with_config(config, |_| GcCell::new(Weak::new()));
        heap.mutate(|mc, weak| {
            let guardian = Guardian::new(mc);
            let node = Node::new(mc, 1);
            guardian.register(mc, node);
            // A guardian that guards itself is no exception.
            let own = Guardian::<Guardian<Node>>::new(mc);
            own.register(mc, Gc::new(mc, guardian));
            weak.write(mc, |w| w).set(node.downgrade());
        });
        heap.collect();
        heap.mutate(|mc, weak| assert!(weak.get().upgrade(mc).is_none()));
        heap.collect();
        assert!(heap.stats().live_bytes < 200, "{}", heap.stats());
    }
}

/// Case 19.
#[test]
fn weak_pointers_at_scale_cost_a_granule_until_they_are_gone() {
    const LEN: usize = 1_000_000;
    let mut heap = Heap::<GcVec<Weak<u32>>>::new(|mc| GcVec::new(mc));
    let mut kept = Vec::new();
    for part in 0..LEN / 10_000 {
        heap.mutate(|mc, weaks| {
            for i in 0..10_000 {
                let object = Gc::new(mc, (part * 10_000 + i) as u32);
                weaks.push(mc, object.downgrade());
                if i % 4 == 0 {
                    kept.push(object.root(mc));
                }
            }
        });
    }
    heap.collect();
    let check = |heap: &mut Heap<GcVec<Weak<u32>>>, step: usize| {
        heap.mutate(|mc, weaks| {
            for i in (0..LEN).step_by(997) {
                let object = weaks.get(i).and_then(|weak| weak.upgrade(mc));
                assert_eq!(object.map(|object| *object), (step > 0 && i % step == 0).then_some(i as u32));
            }
        });
    };
    check(&mut heap, 4);
    kept.clear();
    heap.collect();
    check(&mut heap, 0);
    let blocks = heap.stats().block_bytes;
    heap.mutate(|mc, weaks| weaks.clear(mc));
    heap.collect();
    assert!(heap.stats().block_bytes < blocks / 20, "tombstones stay: {}", heap.stats());
}
