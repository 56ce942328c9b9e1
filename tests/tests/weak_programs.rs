//! Random programs that use everything that knows objects without keeping them, all at once and in every phase:
//! what a table shows is what was put in, nothing that is shown has been destroyed, and nothing is lost that is kept.
//!
//! Each failure names its seed: `GC_SEED=17 cargo test --test weak_programs` runs that one alone, `GC_SEEDS=1000` more
//! than usual.

#![forbid(unsafe_code)]

use std::cell::{RefCell, RefMut};
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use gc_core::{
    Compaction, Config, EphemeronMap, Gc, GcCell, GcRefCell, GcVec, Guardian, Heap, Identity, Interner, Mutation,
    Pinned, Root, Static, Stress, Trace, Weak, WeakSet,
};

/// xorshift64*: Vigna, *An experimental exploration of Marsaglia's xorshift generators*, 2016.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Which objects have been destroyed, by their numbers.
type Ends = Rc<RefCell<HashSet<u32>>>;

/// Reports its end.
struct Loud(u32, Ends);
impl Drop for Loud {
    fn drop(&mut self) {
        assert!(self.1.borrow_mut().insert(self.0), "{} is destroyed twice", self.0);
    }
}

#[derive(Trace)]
struct Node<'gc> {
    id: u32,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    mortal: GcCell<Option<Gc<'gc, Mortal<'gc>>>>,
}

#[derive(Trace)]
struct Mortal<'gc> {
    id: u32,
    loud: Static<Loud>,
    back: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

type Pair<'gc> = (Gc<'gc, Mortal<'gc>>, Weak<'gc, Node<'gc>>);

#[derive(Trace)]
struct World<'gc> {
    mortals: EphemeronMap<'gc, Node<'gc>, Pair<'gc>>,
    nodes: EphemeronMap<'gc, Mortal<'gc>, Gc<'gc, Node<'gc>>>,
    large: EphemeronMap<'gc, [u64], Gc<'gc, Node<'gc>>>,
    set: WeakSet<'gc, Mortal<'gc>>,
    names: Interner<'gc, str>,
    guardians: GcVec<'gc, Guardian<'gc, Mortal<'gc>>>,
    weak: GcVec<'gc, Weak<'gc, Mortal<'gc>>>,
    wide: GcRefCell<Vec<Gc<'gc, Node<'gc>>>>,
}

struct Program {
    heap: Heap<World<'static>>,
    random: Random,
    ends: Ends,
    side: Side,
}

#[derive(Default)]
struct Side {
    next_id: u32,
    mortals: u32,
    keys: Vec<Root<Node<'static>>>,
    names: Vec<Root<str>>,
    arrays: Vec<Root<[u64]>>,
    pins: Vec<Pinned<Node<'static>>>,
    /// By the number of the key: the mortal's, and the node's that its weak pointer names.
    pairs: HashMap<u32, (u32, u32)>,
    /// By the first element of the key: the node's number.
    large: HashMap<u64, u32>,
    identities: HashMap<u32, Identity>,
    /// How often each mortal is registered, in all.
    registered: HashMap<u32, u32>,
}

impl Side {
    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    fn node<'gc>(&mut self, mc: &Mutation<'gc>) -> Option<Gc<'gc, Node<'gc>>> {
        let id = self.id();
        Gc::try_new(mc, Node { id, next: GcCell::new(None), mortal: GcCell::new(None) }).ok()
    }

    fn mortal<'gc>(&mut self, mc: &Mutation<'gc>, ends: &Ends) -> Option<Gc<'gc, Mortal<'gc>>> {
        let id = self.id();
        self.mortals += 1;
        Gc::try_new(mc, Mortal { id, loud: Static(Loud(id, ends.clone())), back: GcCell::new(None) }).ok()
    }

    fn key<'gc>(&self, mc: &Mutation<'gc>, random: &mut Random) -> Option<Gc<'gc, Node<'gc>>> {
        (!self.keys.is_empty()).then(|| self.keys[random.below(self.keys.len())].get(mc))
    }
}

impl Program {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut config = Config::default().verify(true).mark_while_allocating(random.one_in(2));
        if !random.one_in(3) {
            config = config.manual();
        }
        if random.one_in(2) {
            config = config.heap_limit((1 << 20) + random.below(1 << 20));
        }
        if random.one_in(3) {
            config = config.compaction(Compaction::Automatic { above: 0.05 });
        }
        let mut stress = Stress::none();
        stress.young = random.one_in(2);
        stress.old_every = NonZeroU32::new(random.below(4) as u32);
        stress.yields = random.one_in(2);
        stress.poison = true;
        stress.moves = random.one_in(3);
        let heap = Heap::with_config(config.stress(stress), |mc| World {
            mortals: EphemeronMap::new(mc),
            nodes: EphemeronMap::new(mc),
            large: EphemeronMap::new(mc),
            set: WeakSet::new(mc),
            names: Interner::new(mc),
            guardians: GcVec::new(mc),
            weak: GcVec::new(mc),
            wide: GcRefCell::default(),
        });
        Self { heap, random, ends: Ends::default(), side: Side::default() }
    }

    fn run(mut self, rounds: usize) {
        for _ in 0..rounds {
            let Self { heap, random, ends, side } = &mut self;
            heap.mutate(|mc, world| {
                for _ in 0..1 + random.below(12) {
                    // `None` is a heap at its limit, or nothing to be done.
                    let _ = operate(mc, world, side, random, ends);
                }
                check(mc, world, side, ends);
            });
            if !side.keys.is_empty() && random.one_in(3) {
                side.keys.swap_remove(random.below(side.keys.len()));
            }
            if random.one_in(6) {
                side.names.clear();
                side.pins.clear();
            }
            if !side.arrays.is_empty() && random.one_in(4) {
                side.arrays.swap_remove(0);
            }
            match random.below(24) {
                0..12 => drop(heap.step(Duration::ZERO)),
                12..14 => drop(heap.step(Duration::from_micros(50))),
                14..17 => heap.collect_young(),
                17 => heap.collect(),
                18 => drop(heap.compact()),
                _ => {}
            }
        }
        let Self { mut heap, ends, side, .. } = self;
        let mortals = side.mortals;
        drop(side);
        heap.mutate(|mc, world| {
            wide(mc, world).clear();
            world.guardians.clear(mc);
        });
        heap.collect();
        heap.collect();
        heap.mutate(|mc, world| {
            assert_eq!(world.mortals.iter(mc).count() + world.nodes.iter(mc).count() + world.set.iter(mc).count(), 0);
            assert_eq!(world.large.iter(mc).count() + world.names.iter(mc).count(), 0);
            assert!(world.weak.iter().all(|weak| weak.upgrade(mc).is_none()));
        });
        assert_eq!(ends.borrow().len() as u32, mortals, "all have been destroyed");
    }
}

fn wide<'gc>(mc: &Mutation<'gc>, world: Gc<'gc, World<'gc>>) -> RefMut<'gc, Vec<Gc<'gc, Node<'gc>>>> {
    world.write(mc, |w| &w.wide).borrow_mut()
}

fn operate<'gc>(
    mc: &Mutation<'gc>,
    world: Gc<'gc, World<'gc>>,
    side: &mut Side,
    random: &mut Random,
    ends: &Ends,
) -> Option<()> {
    match random.below(30) {
        0..5 => {
            let (key, mortal) = (side.node(mc)?, side.mortal(mc, ends)?);
            if random.one_in(2) {
                mortal.write(mc, |m| &m.back).set(Some(key));
            }
            let target = side.key(mc, random).unwrap_or(key);
            insert(mc, world, side, key, (mortal, target.downgrade()), target.id)?;
            if random.one_in(2) {
                side.keys.push(key.root(mc));
            }
        }
        5..7 => {
            let (key, target) = (side.key(mc, random)?, side.key(mc, random)?);
            let mortal = side.mortal(mc, ends)?;
            insert(mc, world, side, key, (mortal, target.downgrade()), target.id)?;
        }
        7..9 => {
            // From key to mortal to node to mortal: a chain through both maps.
            let key = side.key(mc, random)?;
            let (mut mortal, _) = world.mortals.get(mc, key)?;
            for _ in 0..random.below(40) {
                let (node, next) = (side.node(mc)?, side.mortal(mc, ends)?);
                world.nodes.try_insert(mc, mortal, node).ok()?;
                insert(mc, world, side, node, (next, key.downgrade()), key.id)?;
                mortal = next;
            }
        }
        9 => {
            // The map grows and shrinks while it is gone through.
            let mut left = 1 + random.below(60);
            for (key, (mortal, weak)) in world.mortals.iter(mc) {
                assert_eq!(side.pairs.get(&key.id).map(|pair| pair.0), Some(mortal.id));
                let _ = weak.upgrade(mc);
                match random.below(8) {
                    0 => {
                        let (node, mortal) = (side.node(mc)?, side.mortal(mc, ends)?);
                        insert(mc, world, side, node, (mortal, node.downgrade()), node.id)?;
                    }
                    1 => {
                        world.mortals.remove(mc, key)?;
                        side.pairs.remove(&key.id);
                    }
                    2 => {
                        let key = side.key(mc, random)?;
                        let old = world.mortals.remove(mc, key);
                        assert_eq!(old.map(|old| old.0.id), side.pairs.remove(&key.id).map(|pair| pair.0));
                    }
                    3 => side.keys.push(key.root(mc)),
                    _ => {}
                }
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        10 => world.mortals.retain(mc, |key, (mortal, _)| {
            assert_eq!(side.pairs.get(&key.id).map(|pair| pair.0), Some(mortal.id));
            let keep = !random.one_in(3);
            if !keep {
                side.pairs.remove(&key.id);
            }
            keep
        }),
        11 => {
            world.mortals.purge(mc);
            world.nodes.purge(mc);
            world.set.purge(mc);
            world.names.purge(mc);
            world.large.purge(mc);
        }
        12..14 => {
            let (mortal, _) = world.mortals.get(mc, side.key(mc, random)?)?;
            world.set.try_insert(mc, mortal).ok()?;
            assert!(world.set.contains(mortal));
            if random.one_in(2) {
                world.set.remove(mc, mortal);
            }
        }
        14..16 => {
            let (mortal, _) = world.mortals.get(mc, side.key(mc, random)?)?;
            world.weak.try_push(mc, mortal.downgrade()).ok()?;
            if random.one_in(8) {
                world.weak.clear(mc);
            }
        }
        16..19 => {
            let guardian = if random.one_in(3) || world.guardians.is_empty() {
                let guardian = Guardian::try_new(mc).ok()?;
                world.guardians.try_push(mc, guardian).ok()?;
                guardian
            } else {
                world.guardians.get(random.below(world.guardians.len()))?
            };
            for _ in 0..1 + random.below(4) {
                let mortal = match side.key(mc, random).and_then(|key| world.mortals.get(mc, key)) {
                    Some((mortal, _)) if random.one_in(2) => mortal,
                    _ => side.mortal(mc, ends)?,
                };
                guardian.try_register(mc, mortal).ok()?;
                *side.registered.entry(mortal.id).or_default() += 1;
            }
        }
        19..21 => {
            for guardian in world.guardians.iter() {
                for mortal in guardian.poll_all(mc).take(1 + random.below(2)) {
                    let left = side.registered.get_mut(&mortal.id).expect("it was registered");
                    *left = left.checked_sub(1).expect("it was registered as often");
                    if random.one_in(4) {
                        world.set.try_insert(mc, mortal).ok()?;
                        side.key(mc, random)?.write(mc, |n| &n.mortal).set(Some(mortal));
                    }
                }
            }
        }
        21..23 => {
            let name = ["", "a", "lambda", "define", "let"][random.below(5)];
            let found = world.names.get(mc, name);
            let interned = world.names.try_intern(mc, name).ok()?;
            assert!(&*interned == name && found.is_none_or(|found| found.ptr_eq(interned)));
            assert!(side.names.iter().all(|root| (*root.get(mc) == *name) == root.get(mc).ptr_eq(interned)));
            if random.one_in(2) {
                side.names.push(interned.root(mc));
            }
        }
        23 => {
            let node = side.node(mc)?;
            let array = Gc::try_from_slice(mc, &vec![u64::from(node.id); 1 + random.below(2500)]).ok()?;
            world.large.try_insert(mc, array, node).ok()?;
            side.large.insert(array[0], node.id);
            side.arrays.push(array.root(mc));
        }
        24 => {
            // More pointers in one object than a stack has places.
            let count = random.below(9000);
            wide(mc, world).clear();
            for _ in 0..count {
                let node = side.node(mc)?;
                wide(mc, world).push(node);
            }
        }
        25 => {
            let nodes: Vec<_> = world.wide.borrow().iter().copied().step_by(1 + random.below(300)).collect();
            for node in nodes {
                let mortal = side.mortal(mc, ends)?;
                insert(mc, world, side, node, (mortal, node.downgrade()), node.id)?;
                world.nodes.try_insert(mc, mortal, node).ok()?;
            }
        }
        26 => {
            // Litter, in holes of which more is allocated.
            for _ in 0..random.below(3000) {
                let node = side.node(mc)?;
                if random.one_in(40) {
                    side.key(mc, random)?.write(mc, |n| &n.next).set(Some(node));
                }
            }
        }
        27 => {
            let key = side.key(mc, random)?;
            side.pins.push(key.pin(mc));
        }
        28 => {
            let key = side.key(mc, random)?;
            let identity = key.identity(mc);
            assert_eq!(*side.identities.entry(key.id).or_insert(identity), identity);
        }
        _ => {
            let mut node = side.key(mc, random)?;
            while let Some(next) = node.next.get() {
                node = next;
            }
            side.keys.push(node.root(mc));
        }
    }
    Some(())
}

fn insert<'gc>(
    mc: &Mutation<'gc>,
    world: Gc<'gc, World<'gc>>,
    side: &mut Side,
    key: Gc<'gc, Node<'gc>>,
    pair: Pair<'gc>,
    target: u32,
) -> Option<()> {
    let old = world.mortals.try_insert(mc, key, pair).ok()?;
    assert_eq!(old.map(|old| old.0.id), side.pairs.insert(key.id, (pair.0.id, target)).map(|pair| pair.0));
    Some(())
}

/// What is kept is found, and what is found has not been destroyed.
fn check<'gc>(mc: &Mutation<'gc>, world: Gc<'gc, World<'gc>>, side: &Side, ends: &Ends) {
    let is_whole = |mortal: Gc<'gc, Mortal<'gc>>| {
        assert_eq!(mortal.id, mortal.loud.0.0, "another object lies where it lay");
        assert!(!ends.borrow().contains(&mortal.id), "{} has been destroyed, and is found", mortal.id);
    };
    for root in &side.keys {
        let key = root.get(mc);
        let pair = world.mortals.get(mc, key);
        assert_eq!(pair.map(|(mortal, _)| mortal.id), side.pairs.get(&key.id).map(|pair| pair.0), "of {}", key.id);
        if let Some((mortal, weak)) = pair {
            is_whole(mortal);
            let target = weak.upgrade(mc).map(|node| node.id);
            assert!(target.is_none_or(|id| id == side.pairs[&key.id].1), "a weak pointer has another target");
        }
    }
    for root in &side.arrays {
        let array = root.get(mc);
        assert_eq!(world.large.get(mc, array).map(|node| u64::from(node.id)), Some(array[0]));
    }
    for (key, (mortal, _)) in world.mortals.iter(mc).take(50) {
        assert_eq!(side.pairs.get(&key.id).map(|pair| pair.0), Some(mortal.id), "of {}", key.id);
        is_whole(mortal);
    }
    world.nodes.iter(mc).take(20).for_each(|(mortal, _)| is_whole(mortal));
    world.set.iter(mc).take(20).for_each(is_whole);
    world.weak.iter().filter_map(|weak| weak.upgrade(mc)).take(20).for_each(is_whole);
}

#[test]
fn random_programs_with_weak_tables_and_guardians() {
    let number = |name| std::env::var(name).ok().map(|n| n.parse::<u64>().expect("a number"));
    let seeds = match number("GC_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GC_SEEDS").unwrap_or(30),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| Program::new(seed).run(120))) {
            eprintln!("seed {seed}");
            resume_unwind(panic);
        }
    }
}
