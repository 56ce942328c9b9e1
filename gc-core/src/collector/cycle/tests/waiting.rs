//! What waits for keys: random graphs of ephemerons against a model, and what a slice may take.
//!
//! The model knows what every node has ever pointed to. What it can reach must be there after every step, in all tables, and
//! after a collection nothing else is. Each failure names its seed: `GC_SEED=17 cargo test whatever_waits` runs that one
//! alone, `GC_SEEDS=1000` more than usual.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

use super::super::drive::{Node, checked};
use super::random::{Random, phase};
use crate::object::worklist::refusal;
use crate::{EphemeronMap, Gc, GcVec, Heap, Mutation, Rebrand, Relocator, Root, Trace, Tracer, Weak, WeakSet};

type Pair<'gc> = (Gc<'gc, Node<'gc>>, Weak<'gc, Node<'gc>>);

struct World<'gc> {
    maps: [EphemeronMap<'gc, Node<'gc>, Pair<'gc>>; 3],
    set: WeakSet<'gc, Node<'gc>>,
    weak: GcVec<'gc, Weak<'gc, Node<'gc>>>,
}
// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for World<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.maps.iter().for_each(|map| map.trace(tracer));
        self.set.trace(tracer);
        self.weak.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.maps.iter_mut().for_each(|map| map.relocate(relocator));
        self.set.relocate(relocator);
        self.weak.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for World<'x> {
    type At<'b> = World<'b>;
}

fn world(config: crate::Config) -> Heap<World<'static>> {
    Heap::with_config(config, |mc| World {
        maps: [(); 3].map(|()| EphemeronMap::new(mc)),
        set: WeakSet::new(mc),
        weak: GcVec::new(mc),
    })
}

/// What the heap should hold, by the numbers of nodes.
#[derive(Default)]
struct Model {
    nodes: u32,
    next: BTreeMap<u32, u32>,
    other: BTreeMap<u32, u32>,
    /// By the table and the key.
    values: BTreeMap<(usize, u32), u32>,
    in_set: BTreeSet<u32>,
    weak: Vec<u32>,
}

impl Model {
    /// All that can be reached from these.
    fn reach(&self, from: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut left: Vec<u32> = from.into_iter().collect();
        while let Some(id) = left.pop() {
            if reached.insert(id) {
                left.extend(self.next.get(&id).into_iter().chain(self.other.get(&id)));
                left.extend((0..3).filter_map(|map| self.values.get(&(map, id))));
            }
        }
        reached
    }
}

struct Program {
    heap: Heap<World<'static>>,
    random: Random,
    roots: Vec<(u32, Root<Node<'static>>)>,
    model: Model,
}

type Nodes<'gc> = Vec<Gc<'gc, Node<'gc>>>;

impl Model {
    fn node<'gc>(&mut self, mc: &Mutation<'gc>) -> Gc<'gc, Node<'gc>> {
        self.nodes += 1;
        Node::new(mc, self.nodes)
    }

    fn insert<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        world: &World<'gc>,
        map: usize,
        key: Gc<'gc, Node<'gc>>,
        value: Gc<'gc, Node<'gc>>,
    ) {
        let old = world.maps[map].insert(mc, key, (value, key.downgrade()));
        assert_eq!(old.map(|(value, _)| value.id), self.values.insert((map, key.id), value.id));
    }

    fn operate<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        world: Gc<'gc, World<'gc>>,
        held: &mut Nodes<'gc>,
        random: &mut Random,
    ) {
        let [from, to] = [(); 2].map(|()| held[random.below(held.len())]);
        let map = random.below(3);
        match random.below(16) {
            0 => held.push(self.node(mc)),
            1..3 => {
                from.write(mc, |n| &n.next).set(Some(to));
                self.next.insert(from.id, to.id);
            }
            3 => {
                from.write(mc, |n| &n.other).set(None);
                self.other.remove(&from.id);
            }
            4..6 => self.insert(mc, &world, map, from, to),
            6 => {
                let old = world.maps[map].remove(mc, from).map(|(value, _)| value);
                assert_eq!(old.map(|value| value.id), self.values.remove(&(map, from.id)));
                held.extend(old);
            }
            7..9 => {
                let found = world.maps[map].get(mc, from).map(|(value, _)| value);
                assert_eq!(found.map(|value| value.id), self.values.get(&(map, from.id)).copied());
                held.extend(found);
            }
            9 => {
                world.weak.push(mc, from.downgrade());
                self.weak.push(from.id);
            }
            10 if !self.weak.is_empty() => {
                let index = random.below(self.weak.len());
                let found = world.weak.get(index).and_then(|weak| weak.upgrade(mc));
                assert!(found.is_none_or(|node| node.id == self.weak[index]));
                held.extend(found);
            }
            11 => {
                world.set.insert(mc, from);
                self.in_set.insert(from.id);
            }
            12 => self.chain(mc, &world, from, random),
            13 => drop(world.maps[map].purge(mc)),
            _ => held.extend(from.next.get().into_iter().chain(from.other.get())),
        }
    }

    /// A chain of new nodes that begins at `from`: forwards, backwards, in disorder, or one that turns round now and then.
    fn chain<'gc>(&mut self, mc: &Mutation<'gc>, world: &World<'gc>, from: Gc<'gc, Node<'gc>>, random: &mut Random) {
        let mut nodes: Nodes<'_> = (0..1 + random.below(300)).map(|_| self.node(mc)).collect();
        match random.below(4) {
            0 => {}
            1 => nodes.reverse(),
            2 => (1..nodes.len()).for_each(|i| nodes.swap(i, random.below(i + 1))),
            _ => {
                let (mut rest, turn) = (nodes.as_mut_slice(), 1 + random.below(40));
                while rest.len() > turn {
                    rest[..turn].reverse();
                    rest = &mut rest[turn..];
                }
            }
        }
        let (maps, hops) = (1 + random.below(3), random.one_in(3));
        let mut last = from;
        for (i, &node) in nodes.iter().enumerate() {
            if hops && i % 2 == 1 {
                last.write(mc, |n| &n.other).set(Some(node));
                self.other.insert(last.id, node.id);
            } else {
                self.insert(mc, world, i % maps, last, node);
            }
            last = node;
        }
    }

    /// Looks at all that can be reached from what is held.
    fn check<'gc>(&self, mc: &Mutation<'gc>, world: &World<'gc>, held: &Nodes<'gc>) {
        let (mut seen, mut left) = (BTreeSet::new(), held.clone());
        while let Some(node) = left.pop() {
            if !seen.insert(node.id) {
                continue;
            }
            let mut expect = |what: &str, found: Option<Gc<'gc, Node<'gc>>>, expected: Option<&u32>| {
                assert_eq!(found.map(|node| node.id), expected.copied(), "{what} of {}", node.id);
                left.extend(found);
            };
            expect("next", node.next.get(), self.next.get(&node.id));
            expect("other", node.other.get(), self.other.get(&node.id));
            for map in 0..3 {
                let value = world.maps[map].get(mc, node);
                assert!(value.is_none_or(|(_, weak)| weak.upgrade(mc).is_some_and(|key| key.ptr_eq(node))));
                expect("value", value.map(|(value, _)| value), self.values.get(&(map, node.id)));
            }
            assert_eq!(world.set.contains(node), self.in_set.contains(&node.id));
        }
    }
}

impl Program {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut heap = world(checked().mark_while_allocating(random.one_in(2)));
        // Whether values wait on lists or in the index, both must do.
        let looks = [1, 2, 16][random.below(3)];
        heap.drive(|collector, _, _| {
            collector.young.waiting.look(looks);
            collector.marker.visitor.waiting.look(looks);
        });
        Self { heap, random, roots: Vec::new(), model: Model::default() }
    }

    fn run(mut self, rounds: usize) {
        refusal::start(if self.random.one_in(2) { 0 } else { 1 + self.random.below(20) as u32 });
        let refuses = self.random.one_in(2);
        for _ in 0..rounds {
            self.mutate();
            if !self.roots.is_empty() && self.random.one_in(3) {
                let index = self.random.below(self.roots.len());
                self.roots.swap_remove(index);
            }
            if refuses {
                self.heap.drive(|collector, _, _| {
                    collector.young.waiting.may_be_refused();
                    collector.marker.visitor.waiting.may_be_refused();
                });
            }
            let (work, small) = (self.random.below(24), self.random.one_in(2));
            if self.random.one_in(6) {
                let id = 1 + self.random.below(self.model.nodes as usize + 1) as u32;
                self.heap.with_fault(id, |heap| phase(heap, work, small));
            } else {
                phase(&mut self.heap, work, small);
            }
            if self.random.one_in(4) {
                let Self { heap, roots, model, .. } = &mut self;
                heap.mutate(|mc, world| {
                    model.check(mc, &world, &roots.iter().map(|(_, root)| root.get(mc)).collect());
                });
            }
        }
        self.heap.collect();
        self.heap.collect();
        refusal::start(0);
        let Self { mut heap, roots, model, .. } = self;
        let live = model.reach(roots.iter().map(|&(id, _)| id));
        heap.mutate(|mc, world| {
            model.check(mc, &world, &roots.iter().map(|(_, root)| root.get(mc)).collect());
            for map in 0..3 {
                let keys: BTreeSet<u32> = world.maps[map].keys(mc).map(|key| key.id).collect();
                let expected = model.values.keys().filter(|&&(m, key)| m == map && live.contains(&key));
                assert_eq!(keys, expected.map(|&(_, key)| key).collect(), "exactly what can be reached is left");
            }
        });
    }

    fn mutate(&mut self) {
        let Self { heap, random, roots, model } = self;
        heap.mutate(|mc, world| {
            let mut held: Nodes<'_> = roots.iter().map(|(_, root)| root.get(mc)).collect();
            held.push(model.node(mc));
            for _ in 0..random.below(20) {
                model.operate(mc, world, &mut held, random);
                if random.one_in(16) {
                    mc.state().mark_a_little();
                }
                if random.one_in(30) {
                    model.check(mc, &world, &held);
                }
            }
            if roots.len() < 8 && random.one_in(2) {
                let node = held[random.below(held.len())];
                roots.push((node.id, node.root(mc)));
            }
        });
    }
}

#[test]
fn whatever_waits_lives_exactly_if_its_key_does() {
    let number = |name| std::env::var(name).ok().map(|n| n.parse::<u64>().expect("a number"));
    let seeds = match number("GC_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GC_SEEDS").unwrap_or(30),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(|| Program::new(seed).run(80)) {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

/// The most of what `count` counts that any slice of a mark has done.
fn most_in_a_slice<R: Rebrand + 'static>(heap: &mut Heap<R>, count: impl Fn(&Heap<R>) -> u64) -> u64 {
    // (Whatever the environment says.)
    heap.drive(|collector, _, _| collector.config.verify = false);
    heap.young();
    heap.start_mark();
    let mut most = 0;
    loop {
        let before = count(heap);
        let done = heap.mark_some();
        most = most.max(count(heap) - before);
        if done {
            break;
        }
    }
    heap.finish_mark();
    heap.sweep_all();
    most
}

/// Each value leads to the next key by way of a list: many drains, each of them short.
#[test]
fn a_slice_looks_at_the_clock_however_little_each_value_leads_to() {
    for (turn, hops) in [(1, 25), (100, 10), (200, 1)] {
        let mut heap = world(checked().verify(false));
        let root = heap.mutate(|mc, world| {
            let mut keys: Nodes<'_> = (0..4_000 / turn * turn).map(|id| Node::new(mc, id as u32)).collect();
            keys.chunks_mut(turn).for_each(<[_]>::reverse);
            for pair in keys.windows(2) {
                let list = Node::list(mc, 0, hops);
                let mut last = list;
                while let Some(next) = last.next.get() {
                    last = next;
                }
                last.write(mc, |n| &n.other).set(Some(pair[1]));
                world.maps[0].insert(mc, pair[0], (list, Weak::new()));
            }
            keys[0].root(mc)
        });
        let most = most_in_a_slice(&mut heap, |heap| heap.stats().marked_objects);
        assert!(most < 1_000, "{most} objects in a slice, {turn} and {hops}");
        heap.mutate(|mc, world| assert_eq!(world.maps[0].iter(mc).count(), 4_000 / turn * turn - 1));
        drop(root);
    }
}

#[test]
fn a_slice_looks_at_the_clock_when_values_hold_many_pointers() {
    type Map = EphemeronMap<'static, u32, [Gc<'static, u32>; 64]>;
    let mut heap = Heap::<Map>::with_config(checked().verify(false), |mc| EphemeronMap::new(mc));
    let roots = heap.mutate(|mc, map| {
        let value = Gc::new(mc, 0_u32);
        let keys: Vec<_> = (0..4_000_u32).map(|id| Gc::new(mc, id)).collect();
        keys.iter().for_each(|&key| assert!(map.insert(mc, key, [value; 64]).is_none()));
        keys.iter().map(|key| key.root(mc)).collect::<Vec<_>>()
    });
    heap.young();
    drop(roots);
    let most = most_in_a_slice(&mut heap, |heap| heap.stats().ephemerons_scanned);
    assert!(most < 8_000, "{most} pointers in a slice");
}

#[test]
fn values_of_every_size_and_alignment_lie_where_they_should() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(64))]
    struct Wide(u8);
    // SAFETY: holds no pointers.
    unsafe impl<'gc> Trace<'gc> for Wide {
        fn trace(&self, _: &mut Tracer<'gc>) {}
        fn relocate(&mut self, _: &mut Relocator<'gc>) {}
    }
    // SAFETY: has no brand.
    unsafe impl Rebrand for Wide {
        type At<'b> = Wide;
    }
    fn check<'gc, V: Copy + PartialEq + core::fmt::Debug + Trace<'gc>>(
        mc: &Mutation<'gc>,
        keys: &[Gc<'gc, u32>],
        value: impl Fn(u32) -> V,
    ) {
        let map = EphemeronMap::new(mc);
        keys.iter().for_each(|&key| assert!(map.insert(mc, key, value(*key)).is_none()));
        keys.iter().for_each(|&key| assert_eq!(map.get(mc, key), Some(value(*key))));
        map.table().check();
        keys.iter().for_each(|&key| assert_eq!(map.remove(mc, key), Some(value(*key))));
    }
    let mut heap = Heap::<()>::with_config(checked(), |_| ());
    heap.mutate(|mc, _| {
        let keys: Vec<_> = (0..500_u32).map(|id| Gc::new(mc, id)).collect();
        check(mc, &keys, |_| ());
        check(mc, &keys, |id| [id as u8; 3]);
        check(mc, &keys, |id| [id as u16; 5]);
        check(mc, &keys, u128::from);
        check(mc, &keys, |id| Wide(id as u8));
        check(mc, &keys, |id| [u64::from(id); 300]);
    });
}
