//! Programs that a hostile reviewer wrote against tables with weak keys, guardians, and collections whose lists
//! are full, in safe code. Each found a fault once, or might have; none may again.

#![forbid(unsafe_code)]

use std::num::NonZeroU32;
use std::time::Duration;

use gc_core::{Config, EphemeronMap, Gc, GcCell, GcVec, Guardian, Heap, Interner, Mutation, Root, Stress, Trace};

/// A heap that does one phase a step, and starts a cycle as soon as none is under way.
fn step_by_step() -> Config {
    let mut stress = Stress::all();
    stress.old_every = NonZeroU32::new(1);
    Config::default().manual().stress(stress)
}

#[derive(Trace)]
struct Node<'gc> {
    id: u32,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

impl<'gc> Node<'gc> {
    fn new(mc: &Mutation<'gc>, id: u32) -> Gc<'gc, Self> {
        Gc::new(mc, Node { id, next: GcCell::new(None) })
    }
}

/// An old collection asks guardians in slices, and has listed what it will hand back; then the program registers
/// more with them, and a young collection asks those that were written. (Case 21.)
#[test]
fn what_an_old_collection_has_listed_is_not_forgotten_by_a_young_one() {
    const GUARDIANS: u32 = 200;
    #[derive(Trace)]
    struct World<'gc> {
        guardians: GcVec<'gc, Guardian<'gc, Node<'gc>>>,
        kept: GcVec<'gc, Gc<'gc, Node<'gc>>>,
    }
    let mut heap = Heap::<World>::with_config(step_by_step().verify(true), |mc| World {
        guardians: GcVec::new(mc),
        kept: GcVec::new(mc),
    });
    heap.mutate(|mc, world| {
        for id in 0..GUARDIANS {
            let (guardian, node) = (Guardian::new(mc), Node::new(mc, id));
            guardian.register(mc, node);
            world.guardians.push(mc, guardian);
            world.kept.push(mc, node);
        }
    });
    heap.collect();
    heap.mutate(|mc, world| world.kept.clear(mc));
    let mut found = vec![0; GUARDIANS as usize];
    let before = heap.stats().old_collections;
    let mut steps = 0;
    while heap.stats().old_collections < before + 2 {
        heap.step(Duration::ZERO);
        heap.mutate(|mc, world| {
            for guardian in world.guardians.iter() {
                if let Some(node) = guardian.poll(mc).filter(|node| node.id < GUARDIANS) {
                    found[node.id as usize] += 1;
                }
                guardian.register(mc, Node::new(mc, GUARDIANS));
            }
        });
        steps += 1;
        assert!(steps < 10_000, "the cycle does not end");
    }
    heap.collect();
    heap.mutate(|mc, world| {
        for guardian in world.guardians.iter() {
            for node in guardian.poll_all(mc).filter(|node| node.id < GUARDIANS) {
                found[node.id as usize] += 1;
            }
        }
    });
    assert!(found.iter().all(|&times| times == 1), "each is handed back once: {found:?}");
}

type Numbers<'gc> = EphemeronMap<'gc, Node<'gc>, u32>;

fn fill<'gc>(mc: &Mutation<'gc>, map: Numbers<'gc>, roots: &[Root<Node<'static>>]) {
    for node in roots.iter().map(|root| root.get(mc)) {
        map.insert(mc, node, node.id);
    }
}

/// Maps shrink while they are thinned out, and entries move to places that have been passed.
#[test]
fn a_map_of_which_nothing_is_retained_is_empty() {
    for len in [10, 100, 1000, 10_000] {
        let mut heap = Heap::<EphemeronMap<Node, u32>>::new(|mc| EphemeronMap::new(mc));
        let roots: Vec<Root<Node<'static>>> =
            heap.mutate(|mc, _| (0..len).map(|id| Node::new(mc, id).root(mc)).collect());
        heap.mutate(|mc, map| {
            fill(mc, *map, &roots);
            let mut seen = vec![0; len as usize];
            map.retain(mc, |node, id| {
                seen[node.id as usize] += 1;
                id % 7 == 0
            });
            assert!(seen.iter().all(|&times| times == 1), "each entry is looked at once");
            assert_eq!(map.iter(mc).count(), len.div_ceil(7) as usize);
            map.retain(mc, |_, _| false);
            assert!(map.is_empty());
            // The same by hand.
            fill(mc, *map, &roots);
            for (node, _) in map.iter(mc) {
                map.remove(mc, node);
            }
            assert_eq!(map.len(), 0, "of {len}");
            // And with others, which have not been yielded.
            fill(mc, *map, &roots);
            let mut yielded = Vec::new();
            for (node, _) in map.iter(mc) {
                yielded.push(node.id);
                map.remove(mc, node);
                map.remove(mc, roots[(node.id as usize + 1) % len as usize].get(mc));
            }
            assert_eq!(map.len(), 0, "of {len}");
            yielded.sort_unstable();
            yielded.dedup();
            assert!(yielded.len() >= len.div_ceil(2) as usize);
        });
    }
}

/// A page is replaced by a larger one while an iterator is in it.
#[test]
fn what_has_been_removed_is_not_yielded_though_the_map_has_grown_meanwhile() {
    let mut heap = Heap::<EphemeronMap<Node, u32>>::new(|mc| EphemeronMap::new(mc));
    heap.mutate(|mc, map| {
        for _ in 0..20 {
            map.clear(mc);
            let nodes: Vec<_> = (0..300).map(|id| Node::new(mc, id)).collect();
            nodes[..30].iter().for_each(|&node| _ = map.insert(mc, node, 0));
            let (mut removed, mut was_removed) = ([false; 300], [false; 300]);
            let mut seen = [false; 300];
            for (round, (node, value)) in map.iter(mc).enumerate() {
                assert!(!removed[node.id as usize], "it had been removed");
                assert_eq!(map.get(mc, node), Some(value), "it had another value");
                seen[node.id as usize] = true;
                if round < 9 {
                    nodes[30 + round * 30..60 + round * 30].iter().for_each(|&node| _ = map.insert(mc, node, 0));
                    let gone = (node.id as usize + 11) % 30;
                    removed[gone] = map.remove(mc, nodes[gone]).is_some() || removed[gone];
                    was_removed[gone] |= removed[gone];
                    map.insert(mc, nodes[(node.id as usize + 17) % 30], round as u32 + 1);
                    removed[(node.id as usize + 17) % 30] = false;
                }
            }
            assert!((0..30).all(|id| seen[id] || was_removed[id]), "what was there all the time is yielded");
        }
    });
}

/// Without memory for an entry there would be an object that is not the one of its content.
#[test]
fn a_heap_at_its_limit_interns_no_value_twice() {
    let config = Config::default().heap_limit(1 << 20).nursery(1 << 16, 1 << 16);
    let mut heap = Heap::<Interner<u64>>::with_config(config, |mc| Interner::new(mc));
    for round in 0..6 {
        heap.mutate(|mc, numbers| {
            let mut known = Vec::new();
            for n in 0_u64.. {
                match numbers.try_intern_value(mc, round << 32 | n) {
                    Ok(number) => known.push(number),
                    Err(_) => break,
                }
            }
            assert!(known.len() > 1000);
            for number in known {
                assert!(numbers.get(mc, &number).is_some_and(|found| found.ptr_eq(number)), "{} is lost", *number);
            }
        });
        heap.collect();
    }
}
