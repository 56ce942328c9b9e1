//! Rows of leaves: what the mark is told of an object by the type of a pointer is true, whatever else happens to it.

use std::panic::catch_unwind;

use super::super::drive::{Node, checked};
use super::leaves::Leaf;
use super::random::{Random, phase};
use crate::object::worklist::refusal;
use crate::{
    DynTrace, EphemeronMap, Gc, GcAny, GcCell, Heap, Identity, Mutation, Rebrand, Relocator, Trace, Tracer, gc_dyn,
};

trait Sized8<'gc>: DynTrace<'gc> {}
gc_dyn!(Sized8<'gc>);
impl<const N: usize> Sized8<'_> for [u64; N] {}

#[repr(align(16))]
#[derive(Clone, Copy)]
struct By16<const N: usize>([u64; N]);
#[repr(align(64))]
#[derive(Clone, Copy)]
struct By64<const N: usize>([u64; N]);
#[repr(align(4096))]
#[derive(Clone, Copy)]
struct By4096<const N: usize>([u64; N]);

macro_rules! leaf {
    ($name:ident) => {
        // SAFETY: there are no pointers.
        unsafe impl<'gc, const N: usize> Trace<'gc> for $name<N> {
            const NEEDS_TRACE: bool = false;
            fn trace(&self, _: &mut Tracer<'gc>) {}
            fn relocate(&mut self, _: &mut Relocator<'gc>) {}
        }
        // SAFETY: there is no brand.
        unsafe impl<const N: usize> Rebrand for $name<N> {
            type At<'b> = Self;
        }
        impl<const N: usize> Sized8<'_> for $name<N> {}
    };
}
leaf!(By16);
leaf!(By64);
leaf!(By4096);

/// Many pointers to leaves of one type, half of which were made as trait objects.
struct Many<'gc, T>([Gc<'gc, T>; 40]);
// SAFETY: visits and updates all pointers.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Many<'gc, T> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x, T: Rebrand> Rebrand for Many<'x, T> {
    type At<'b> = Many<'b, T::At<'b>>;
}

fn check_many<T>(value: T)
where
    T: for<'gc> Trace<'gc> + for<'gc> Sized8<'gc> + for<'b> Rebrand<At<'b> = T> + Copy + 'static,
{
    let mut heap = Heap::<Many<'static, T>>::with_config(checked(), |mc| {
        Many(core::array::from_fn(|index| {
            let gc = if index % 2 == 0 {
                Gc::new(mc, value)
            } else {
                GcAny::new(Gc::new_dyn::<dyn Sized8<'_>>(mc, value)).downcast::<T>().unwrap()
            };
            // Every third has an identity, and takes it along when it is moved.
            if index % 3 == 0 {
                gc.identity(mc);
            }
            gc
        }))
    });
    for round in 0..4 {
        heap.start_mark();
        heap.mark_all();
        let (live, census) =
            (heap.drive(|collector, _, _| collector.marker.visitor.work.bytes), heap.census().bytes() as usize);
        assert_eq!(live, census, "bytes marked, and in use: {}", core::any::type_name::<T>());
        assert_eq!(heap.drive(|collector, _, _| collector.marker.visitor.work.objects), 41);
        heap.finish_mark();
        heap.sweep_all();
        assert_eq!(heap.stats().live_bytes, census);
        if round == 1 {
            heap.move_all();
        }
        // (Whether the mark looks ahead depends on how many there have been.)
        if round % 2 == 0 {
            heap.young();
        }
    }
}

#[test]
fn leaves_of_nearly_the_largest_small_size_are_counted_for_what_they_are() {
    check_many([0_u64; 0]);
    check_many([7_u64; 1]);
    check_many([7_u64; 1020]);
    check_many([7_u64; 1021]);
    check_many([7_u64; 1022]);
    check_many([7_u64; 1023]);
    check_many([7_u64; 1024]);
    check_many(By16([7; 0]));
    check_many(By16([7; 1020]));
    check_many(By16([7; 1022]));
    check_many(By16([7; 1024]));
    check_many(By64([7; 0]));
    check_many(By64([7; 8]));
    check_many(By64([7; 1016]));
    check_many(By64([7; 1024]));
    check_many(By4096([7; 0]));
    check_many(By4096([7; 512]));
    check_many(By4096([7; 1024]));
}

/// Pointers to leaves and to others, in any order.
#[derive(Clone, Copy)]
enum Slot<'gc> {
    Leaf(Leaf<'gc>),
    Node(Gc<'gc, Node<'gc>>),
}

struct World<'gc> {
    slots: Gc<'gc, [GcCell<Option<Slot<'gc>>>]>,
    map: EphemeronMap<'gc, u64, Gc<'gc, [Gc<'gc, u64>]>>,
    first: GcCell<Option<Gc<'gc, u64>>>,
}
// SAFETY: visits and updates the one pointer.
unsafe impl<'gc> Trace<'gc> for Slot<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        match self {
            Self::Leaf(leaf) => leaf.trace(tracer),
            Self::Node(node) => node.trace(tracer),
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        match self {
            Self::Leaf(leaf) => leaf.relocate(relocator),
            Self::Node(node) => node.relocate(relocator),
        }
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for Slot<'x> {
    type At<'b> = Slot<'b>;
}
// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for World<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.slots.trace(tracer);
        self.map.trace(tracer);
        self.first.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.slots.relocate(relocator);
        self.map.relocate(relocator);
        self.first.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for World<'x> {
    type At<'b> = World<'b>;
}

/// Each level of the web below is a row of keys, of which one in turn leads to the next.
const WIDTH: usize = 40;
const LEVELS: usize = 12;

/// Makes a web: the number of a key says where it is.
fn weave<'gc>(mc: &Mutation<'gc>, world: Gc<'gc, World<'gc>>) {
    let leads = |level: usize| level * 7 % WIDTH;
    let rows: Vec<Vec<_>> =
        (0..LEVELS).map(|level| (0..WIDTH).map(|n| Gc::new(mc, (level * WIDTH + n) as u64)).collect()).collect();
    for level in 0..LEVELS {
        for (n, &key) in rows[level].iter().enumerate() {
            let row = match rows.get(level + 1) {
                Some(next) if n == leads(level) => Gc::from_slice(mc, next),
                _ => Gc::from_fn(mc, 1, |_| Gc::new(mc, *key + 1_000_000)),
            };
            world.map.insert(mc, key, row);
        }
    }
    world.write(mc, |world| &world.first).set(Some(rows[0][leads(0)]));
}

fn check_web<'gc>(mc: &Mutation<'gc>, world: &World<'gc>) {
    let Some(mut key) = world.first.get() else { return };
    for level in 1..LEVELS {
        let row = world.map.get(mc, key).unwrap();
        assert_eq!(row.len(), WIDTH);
        for (n, &key) in row.iter().enumerate() {
            assert_eq!(*key, (level * WIDTH + n) as u64);
            let next = world.map.get(mc, key).unwrap();
            assert!(next.len() == WIDTH || *next[0] == *key + 1_000_000);
        }
        key = row[level * 7 % WIDTH];
    }
}

const LEN: usize = 600;

fn world(config: crate::Config) -> Heap<World<'static>> {
    Heap::with_config(config, |mc| World {
        slots: Gc::from_fn(mc, LEN, |_| GcCell::new(None)),
        map: EphemeronMap::new(mc),
        first: GcCell::new(None),
    })
}

#[test]
fn keys_in_rows_wake_what_waits_for_them_in_the_index() {
    let mut heap = world(checked());
    for looks in [0, 1, 16] {
        heap.drive(|collector, _, _| collector.marker.visitor.waiting.look(looks));
        heap.mutate(weave);
        for round in 0..4 {
            (0..round % 3).for_each(|_| heap.young());
            heap.whole_cycle();
            heap.mutate(|mc, world| check_web(mc, &world));
        }
    }
}

#[test]
fn what_has_no_looks_left_goes_into_the_index() {
    let mut heap = world(checked());
    heap.drive(|collector, _, _| collector.marker.visitor.waiting.look(0));
    heap.mutate(weave);
    heap.whole_cycle();
    // The first web is dead.
    heap.mutate(weave);
    heap.start_mark();
    heap.mark_all();
    let (mut listed, mut all) = (0, 0);
    heap.drive(|collector, _, _| {
        collector
            .marker
            .visitor
            .waiting
            .each(|_, on_a_list, _| (listed, all) = (listed + usize::from(on_a_list), all + 1));
    });
    assert!(listed == 0 && all >= WIDTH, "{listed} of {all} are on a list");
    heap.finish_mark();
    heap.sweep_all();
    heap.mutate(|mc, world| check_web(mc, &world));
}

/// A slot's number, which is that of its leaf or node, and its identity if it has been asked for.
type Known = [Option<(u32, Option<Identity>)>; LEN];

fn write_some<'gc>(
    mc: &Mutation<'gc>,
    world: Gc<'gc, World<'gc>>,
    random: &mut Random,
    known: &mut Known,
    next_id: &mut u32,
) {
    if random.one_in(6) {
        weave(mc, world);
    }
    // Some in a row, others here and there.
    let (from, step) = (random.below(LEN), 1 + random.below(3));
    for index in (from..LEN).step_by(step).take(random.below(80)) {
        let slot = world.slots.write(mc, |slots| &slots[index]);
        if random.one_in(4) {
            slot.set(None);
            known[index] = None;
            continue;
        }
        *next_id += 1;
        let new =
            if random.one_in(12) { Slot::Node(Node::new(mc, *next_id)) } else { Slot::Leaf(Leaf::new(mc, *next_id)) };
        slot.set(Some(new));
        let identity = match new {
            Slot::Leaf(leaf) if random.one_in(8) => Some(leaf.identity(mc)),
            _ => None,
        };
        known[index] = Some((*next_id, identity));
    }
}

fn check_all<'gc>(mc: &Mutation<'gc>, world: &World<'gc>, known: &Known) {
    for (slot, known) in world.slots.iter().zip(known) {
        match (slot.get(), known) {
            (None, None) => {}
            (Some(Slot::Node(node)), Some((id, _))) => assert_eq!(node.id, *id),
            (Some(Slot::Leaf(leaf)), Some((id, identity))) => {
                assert_eq!(leaf.id(), *id);
                assert!(identity.is_none_or(|identity| leaf.identity(mc) == identity));
            }
            _ => panic!("a slot that nobody wrote"),
        }
    }
    check_web(mc, world);
}

fn run(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut heap = world(checked().mark_while_allocating(random.one_in(2)));
    let (mut known, mut next_id): (Known, u32) = ([None; LEN], 0);
    if random.one_in(2) {
        let looks = random.below(3);
        heap.drive(|collector, _, _| collector.marker.visitor.waiting.look(looks));
    }
    refusal::start(if random.one_in(2) { 0 } else { 1 + random.below(20) as u32 });
    for _ in 0..60 {
        if random.one_in(3) {
            heap.mutate(|mc, world| write_some(mc, world, &mut random, &mut known, &mut next_id));
        }
        let (work, small) = (random.below(24), random.one_in(2));
        if random.one_in(10) {
            let id = next_id.saturating_sub(random.below(60) as u32);
            heap.with_fault(id, |heap| phase(heap, work, small));
        } else {
            phase(&mut heap, work, small);
        }
        heap.mutate(|mc, world| check_all(mc, &world, &known));
    }
    heap.collect();
    heap.collect();
    heap.mutate(|mc, world| check_all(mc, &world, &known));
    assert_eq!(heap.stats().live_bytes, heap.census().bytes() as usize);
    refusal::start(0);
}

#[test]
fn random_rows_of_leaves_survive_whatever_comes_between() {
    let seeds = match std::env::var("GC_SEED") {
        Ok(seed) => seed.parse().map_or(0..0, |seed| seed..seed + 1),
        Err(_) => 0..std::env::var("GC_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(15),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(|| run(seed)) {
            eprintln!("GC_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
