//! Random programs on heaps that compact themselves in slices, with everything that points at objects: what a pointer leads to
//! is what was put there, whichever slice the collector is at.
//!
//! Each failure names its seed: `GC_SEED=17 cargo test --test compaction_gradual` runs that one alone, `GC_SEEDS=1000` more
//! than usual.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use gc_core::stats::{CompactionReason, Event};
use gc_core::{
    Compaction, Config, EphemeronMap, Gc, GcCell, GcMap, GcRefCell, GcVec, Guardian, Heap, Identity, Interner,
    Mutation, Pinned, Rebrand, Relocator, Root, Static, Stress, Trace, Tracer, Weak, WeakSet,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What a planned panic carries.
struct Planned;

thread_local! {
    /// How many visits are left until a `trace` panics; 0 if none will.
    static FUSE: Cell<u32> = const { Cell::new(0) };
}

/// Panics in `trace` when its time has come.
struct Fuse;

// SAFETY: there is nothing to visit.
unsafe impl Trace<'_> for Fuse {
    fn trace(&self, _: &mut Tracer<'_>) {
        let left = FUSE.get();
        FUSE.set(left.saturating_sub(1));
        if left == 1 {
            resume_unwind(Box::new(Planned));
        }
    }
    fn relocate(&mut self, _: &mut Relocator<'_>) {}
}
// SAFETY: there is no brand.
unsafe impl Rebrand for Fuse {
    type At<'b> = Fuse;
}

/// Counts how often the one of its number was dropped.
struct Bomb(u32, Rc<GcCounts>);
type GcCounts = std::cell::RefCell<HashMap<u32, u32>>;

impl Drop for Bomb {
    fn drop(&mut self) {
        *self.1.borrow_mut().entry(self.0).or_default() += 1;
    }
}

type Link<'gc> = GcCell<Option<Gc<'gc, Node<'gc>>>>;

#[derive(Trace)]
struct Node<'gc> {
    id: u32,
    links: [Link<'gc>; 2],
    name: Gc<'gc, str>,
    weak: GcCell<Weak<'gc, Node<'gc>>>,
    bomb: Option<Gc<'gc, Static<Bomb>>>,
    fuse: Fuse,
}

#[derive(Trace)]
struct World<'gc> {
    /// A large array.
    all: Gc<'gc, [Link<'gc>]>,
    vec: GcVec<'gc, Option<Gc<'gc, Node<'gc>>>>,
    list: GcRefCell<Vec<Gc<'gc, Node<'gc>>>>,
    /// Keys that stay where they are.
    fixed: GcRefCell<BTreeMap<Gc<'gc, str>, Gc<'gc, Node<'gc>>>>,
    map: GcMap<'gc, u32, Gc<'gc, Node<'gc>>>,
    values: EphemeronMap<'gc, Node<'gc>, (Gc<'gc, str>, Weak<'gc, Node<'gc>>)>,
    set: WeakSet<'gc, Node<'gc>>,
    names: Interner<'gc, str>,
    guardian: Guardian<'gc, Node<'gc>>,
}

/// What is known of a node.
#[derive(Clone, Copy, Default)]
struct Known {
    links: [u32; 2],
    weak: u32,
    mortal: bool,
}

/// What is known of a world. Nodes are known by their numbers, and 0 is none.
#[derive(Default)]
struct Mirror {
    nodes: Vec<Known>,
    all: Vec<u32>,
    vec: Vec<u32>,
    list: Vec<u32>,
    map: BTreeMap<u32, u32>,
    registered: HashSet<u32>,
    identities: HashMap<u32, Identity>,
    roots: Vec<(u32, Root<Node<'static>>)>,
    pins: Vec<(u32, usize, Pinned<Node<'static>>)>,
    drops: Rc<GcCounts>,
}

const SLOTS: usize = 50_000;

impl Mirror {
    fn node<'gc>(&mut self, mc: &Mutation<'gc>, world: &World<'gc>, random: &mut StdRng) -> Gc<'gc, Node<'gc>> {
        let id = self.nodes.len() as u32;
        let text =
            format!("{id}{}", " ".repeat(if random.random_bool(0.05) { random.random_range(0..3000) } else { 0 }));
        let name = if random.random_bool(0.05) { world.names.intern(mc, &text) } else { Gc::from_str(mc, &text) };
        let mortal = random.random_bool(0.02);
        let bomb = mortal.then(|| Gc::new(mc, Static(Bomb(id, self.drops.clone()))));
        self.nodes.push(Known { mortal, ..Known::default() });
        let links = [GcCell::new(None), GcCell::new(None)];
        Gc::new(mc, Node { id, links, name, weak: GcCell::new(Weak::new()), bomb, fuse: Fuse })
    }

    fn check_node(&self, node: Gc<'_, Node<'_>>, id: u32) {
        assert_eq!(node.id, id);
        assert_eq!(node.name.trim_end().parse(), Ok(id));
        let known = &self.nodes[id as usize];
        for (link, &to) in node.links.iter().zip(&known.links) {
            assert_eq!(link.get().map_or(0, |other| other.id), to);
        }
        assert_eq!(node.bomb.is_some(), known.mortal);
        if let Some(bomb) = node.bomb {
            assert_eq!((bomb.0.0, bomb.0.1.borrow().get(&id)), (id, None));
        }
    }

    /// All that can be reached, by number.
    fn reached(&self) -> HashSet<u32> {
        let tops = self.all.iter().chain(&self.vec).chain(&self.list).chain(self.map.values()).copied();
        let others = self.roots.iter().map(|root| root.0).chain(self.pins.iter().map(|pin| pin.0));
        let (mut reached, mut todo) = (HashSet::new(), tops.chain(others).collect::<Vec<_>>());
        while let Some(id) = todo.pop() {
            if id != 0 && reached.insert(id) {
                todo.extend(self.nodes[id as usize].links);
            }
        }
        reached
    }

    fn check<'gc>(&self, mc: &Mutation<'gc>, world: &World<'gc>) {
        let reached = self.reached();
        let mut seen = HashMap::new();
        let mut todo: Vec<Gc<'gc, Node<'gc>>> = Vec::new();
        let mut meet = |node: Option<Gc<'gc, Node<'gc>>>, id: u32| {
            assert_eq!(node.map_or(0, |node| node.id), id);
            todo.extend(node);
        };
        world.all.iter().zip(&self.all).for_each(|(slot, &id)| meet(slot.get(), id));
        assert_eq!((world.all.len(), world.vec.len()), (self.all.len(), self.vec.len()));
        world.vec.iter().zip(&self.vec).for_each(|(node, &id)| meet(node, id));
        world.list.borrow().iter().zip(&self.list).for_each(|(&node, &id)| meet(Some(node), id));
        self.map.iter().for_each(|(key, &id)| meet(world.map.get(key), id));
        self.roots.iter().for_each(|(id, root)| meet(Some(root.get(mc)), *id));
        for (id, address, pin) in &self.pins {
            assert_eq!(pin.get(mc).as_ptr().addr(), *address, "a pinned object has moved");
            meet(Some(pin.get(mc)), *id);
        }
        for (key, node) in world.fixed.borrow().iter() {
            assert_eq!(key.parse(), Ok(node.id));
        }
        while let Some(node) = todo.pop() {
            if let Some(same) = seen.insert(node.id, node) {
                assert!(same.ptr_eq(node), "{} is two", node.id);
                continue;
            }
            self.check_node(node, node.id);
            assert!(reached.contains(&node.id));
            todo.extend(node.links.iter().filter_map(GcCell::get));
            if let Some(other) = node.weak.get().upgrade(mc) {
                assert_eq!(other.id, self.nodes[node.id as usize].weak);
            } else {
                assert!(!reached.contains(&self.nodes[node.id as usize].weak));
            }
            if let Some((text, weak)) = world.values.get(mc, node) {
                assert_eq!(text.parse(), Ok(node.id));
                assert!(weak.upgrade(mc).unwrap().ptr_eq(node));
            }
            if let Some(&identity) = self.identities.get(&node.id) {
                assert_eq!(node.identity(mc), identity);
            }
        }
        for (key, (text, weak)) in world.values.iter(mc) {
            assert_eq!(text.parse(), Ok(key.id));
            assert!(weak.upgrade(mc).unwrap().ptr_eq(key));
        }
        for node in world.set.iter(mc) {
            assert!(seen.get(&node.id).is_none_or(|same| same.ptr_eq(node)));
        }
        for name in world.names.iter(mc) {
            assert!(name.trim_end().parse::<u32>().is_ok());
        }
        let drops = self.drops.borrow();
        assert!(drops.iter().all(|(id, &count)| count == 1 && !reached.contains(id)));
    }

    /// Some node that the program has.
    fn some<'gc>(&self, mc: &Mutation<'gc>, world: &World<'gc>, random: &mut StdRng) -> Option<Gc<'gc, Node<'gc>>> {
        match random.random_range(0..10) {
            0 => world.vec.get(random.random_range(0..world.vec.len().max(1))).flatten(),
            1 => (!self.roots.is_empty()).then(|| self.roots[random.random_range(0..self.roots.len())].1.get(mc)),
            _ => {
                let node = world.all[random.random_range(0..world.all.len())].get()?;
                if random.random_bool(0.3) { node.links[0].get() } else { Some(node) }
            }
        }
    }

    fn act<'gc>(&mut self, mc: &Mutation<'gc>, world: Gc<'gc, World<'gc>>, random: &mut StdRng) {
        let some = |this: &Self, random: &mut StdRng| this.some(mc, &world, random);
        match random.random_range(0..100) {
            0..25 => {
                let index = random.random_range(0..self.all.len());
                let node =
                    if random.random_bool(0.5) { Some(self.node(mc, &world, random)) } else { some(self, random) };
                world.all.write(mc, |all| &all[index]).set(node);
                self.all[index] = node.map_or(0, |node| node.id);
            }
            25..60 => {
                let Some(node) = some(self, random) else { return };
                let to = if random.random_bool(0.3) { Some(self.node(mc, &world, random)) } else { some(self, random) };
                let which = random.random_range(0..2);
                node.write(mc, |node| &node.links[which]).set(to);
                self.nodes[node.id as usize].links[which] = to.map_or(0, |to| to.id);
            }
            60..65 => {
                let node = some(self, random);
                world.vec.push(mc, node);
                self.vec.push(node.map_or(0, |node| node.id));
            }
            65..68 => {
                world.vec.pop(mc);
                self.vec.pop();
            }
            68..73 => {
                let Some(node) = some(self, random) else { return };
                let mut list = world.write(mc, |world| &world.list).borrow_mut();
                if list.len() > 500 || random.random_bool(0.3) {
                    list.clear();
                    self.list.clear();
                    list.shrink_to_fit();
                }
                list.push(node);
                self.list.push(node.id);
            }
            73..78 => {
                let (Some(node), Some(to)) = (some(self, random), some(self, random)) else { return };
                node.write(mc, |node| &node.weak).set(to.downgrade());
                self.nodes[node.id as usize].weak = to.id;
            }
            78..82 => {
                let Some(node) = some(self, random) else { return };
                world.values.insert(mc, node, (Gc::from_str(mc, &node.id.to_string()), node.downgrade()));
                world.set.insert(mc, node);
            }
            82..84 => {
                let Some(node) = some(self, random) else { return };
                world.values.remove(mc, node);
                world.set.remove(mc, node);
            }
            84..87 => {
                let Some(node) = some(self, random) else { return };
                if self.registered.insert(node.id) {
                    world.guardian.register(mc, node);
                }
            }
            87..89 => {
                // What has been handed back is let go, or kept.
                let reached = self.reached();
                for node in world.guardian.poll_all(mc).take(50) {
                    assert!(self.registered.remove(&node.id));
                    self.check_node(node, node.id);
                    if !reached.contains(&node.id) && random.random_bool(0.3) {
                        let index = random.random_range(0..self.all.len());
                        world.all.write(mc, |all| &all[index]).set(Some(node));
                        self.all[index] = node.id;
                    }
                }
            }
            89..92 => {
                let Some(node) = some(self, random) else { return };
                let identity = node.identity(mc);
                assert_eq!(*self.identities.entry(node.id).or_insert(identity), identity);
            }
            92..94 => {
                let Some(node) = some(self, random) else { return };
                self.roots.push((node.id, node.root(mc)));
                if self.roots.len() > 300 {
                    (0..100).for_each(|_| drop(self.roots.swap_remove(random.random_range(0..self.roots.len()))));
                }
            }
            94..95 => {
                let Some(node) = some(self, random) else { return };
                self.pins.push((node.id, node.as_ptr().addr(), node.pin(mc)));
                if self.pins.len() > 20 {
                    self.pins.swap_remove(random.random_range(0..20));
                }
            }
            95..96 => {
                let Some(node) = some(self, random) else { return };
                let mut fixed = world.write(mc, |world| &world.fixed).borrow_mut();
                if fixed.len() > 100 || random.random_bool(0.5) {
                    fixed.clear();
                } else {
                    fixed.insert(Gc::from_str(mc, &node.id.to_string()), node);
                }
            }
            _ => {
                let Some(node) = some(self, random) else { return };
                let key = random.random_range(0..2000);
                world.map.insert(mc, key, node);
                self.map.insert(key, node.id);
                if random.random_bool(0.3) {
                    let key = random.random_range(0..2000);
                    world.map.remove(mc, &key);
                    self.map.remove(&key);
                }
            }
        }
    }
}

/// Runs what may be ended by a fuse.
fn planned(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work))
        && !payload.is::<Planned>()
    {
        resume_unwind(payload);
    }
}

/// Returns how many objects slices have moved.
fn play(seed: u64) -> u64 {
    let random = &mut StdRng::seed_from_u64(seed);
    let mut config = Config::default()
        .compaction(Compaction::Automatic { above: [0.0, 0.1, 0.3][random.random_range(0..3)] })
        .pause_target(Duration::from_micros([1, 20, 200, 5000][random.random_range(0..4)]))
        .headroom(1 << [12, 20, 24][random.random_range(0..3)])
        .nursery(1 << 14, 1 << [14, 18, 20][random.random_range(0..3)])
        .mark_while_allocating(random.random_bool(0.5))
        .verify(random.random_bool(0.3));
    if random.random_bool(0.3) {
        config = config.heap_limit(random.random_range(16 << 20..40 << 20));
    }
    let mut stress = Stress::none();
    stress.poison = random.random_bool(0.7);
    stress.yields = random.random_bool(0.3);
    if random.random_bool(0.3) {
        stress.old_every = NonZeroU32::new(random.random_range(1..20));
    }
    let manual = random.random_bool(0.4);
    if manual {
        config = config.manual();
    }
    let mut heap = Heap::<World>::with_config(config.stress(stress), |mc| World {
        all: Gc::from_iter(mc, (0..SLOTS).map(|_| GcCell::new(None))),
        vec: GcVec::new(mc),
        list: GcRefCell::default(),
        fixed: GcRefCell::default(),
        map: GcMap::new(mc),
        values: EphemeronMap::new(mc),
        set: WeakSet::new(mc),
        names: Interner::new(mc),
        guardian: Guardian::new(mc),
    });
    let moved = Rc::new(Cell::new(0));
    let heard = moved.clone();
    heap.set_listener(Some(Box::new(move |event| {
        if let Event::Compacted { compacted } = event
            && matches!(compacted.reason, CompactionReason::Fragmentation { .. })
        {
            heard.set(heard.get() + compacted.moved_objects);
        }
    })));
    let mut mirror = Mirror { nodes: vec![Known::default()], all: vec![0; SLOTS], ..Mirror::default() };
    let fuses = random.random_bool(0.3);
    for _ in 0..random.random_range(1..4) {
        // Fills the slots, and empties most of them again.
        for from in (0..SLOTS).step_by(500) {
            planned(|| {
                heap.mutate(|mc, world| {
                    for index in from..from + 500 {
                        let node = mirror.node(mc, &world, random);
                        world.all.write(mc, |all| &all[index]).set(Some(node));
                        mirror.all[index] = node.id;
                    }
                })
            });
        }
        let share = random.random_range(0.05..0.8);
        planned(|| {
            heap.mutate(|mc, world| {
                for index in 0..SLOTS {
                    if !random.random_bool(share) {
                        world.all.write(mc, |all| &all[index]).set(None);
                        mirror.all[index] = 0;
                    }
                }
            })
        });
        planned(|| heap.collect());
        for round in 0..random.random_range(50..400) {
            let many = random.random_range(1..200);
            if fuses && random.random_bool(0.05) {
                FUSE.set(random.random_range(1..30_000));
            }
            planned(|| {
                heap.mutate(|mc, world| {
                    (0..many).for_each(|_| mirror.act(mc, world, random));
                    if round % 32 == 0 {
                        mirror.check(mc, &world);
                    }
                })
            });
            planned(|| match random.random_range(0..if manual { 12 } else { 40 }) {
                0..8 => drop(heap.step(Duration::from_micros([0, 10, 100, 1000][random.random_range(0..4)]))),
                8..10 => heap.collect_young(),
                10 if random.random_bool(0.1) => heap.collect(),
                11 if random.random_bool(0.1) => drop(heap.compact()),
                _ => {}
            });
        }
        FUSE.set(0);
        heap.mutate(|mc, world| mirror.check(mc, &world));
        heap.verify();
    }
    moved.get()
}

#[test]
fn programs_find_everything_where_slices_have_moved_it() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("GC_SEED");
    let count = number("GC_SEEDS").unwrap_or(if first.is_some() { 1 } else { 8 });
    let from = first.unwrap_or(0);
    let mut moved = 0;
    for seed in from..from + count {
        println!("seed {seed}");
        let more = play(seed);
        println!("moved {more}");
        moved += more;
    }
    assert!(first.is_some() || moved > 0, "nothing has been moved");
}
