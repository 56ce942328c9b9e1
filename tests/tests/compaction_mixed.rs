//! Objects of all kinds side by side, on the move: aligned to more than a granule, without bytes, asked for their identity, with
//! destructors, named by weak pointers, pinned.

use std::cell::Cell;
use std::rc::Rc;

use gc_core::{Config, Gc, GcRefCell, Heap, Mutation, Pinned, Static, Trace, Weak};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

#[derive(Trace)]
struct Small<'gc> {
    id: u64,
    other: Option<Gc<'gc, str>>,
}

#[derive(Trace, Clone, Copy)]
#[repr(align(32))]
struct Line(u64);

#[derive(Trace)]
#[repr(align(1024))]
struct Page(u64);

#[derive(Trace)]
#[repr(align(64))]
struct Nothing;

#[derive(Trace)]
#[repr(align(4096))]
struct Edge;

/// Counts how often the one of its number was dropped.
struct Bomb(usize, Rc<Vec<Cell<u32>>>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.1[self.0].set(self.1[self.0].get() + 1);
    }
}

#[derive(Trace, Clone, Copy)]
enum Thing<'gc> {
    Small(Gc<'gc, Small<'gc>>),
    Text(Gc<'gc, str>),
    Line(Gc<'gc, Line>),
    Lines(Gc<'gc, [Line]>),
    Page(Gc<'gc, Page>),
    Nothing(Gc<'gc, Nothing>),
    Edge(Gc<'gc, Edge>),
    Words(Gc<'gc, [u64]>),
    Mortal(Gc<'gc, Static<Bomb>>),
}

impl<'gc> Thing<'gc> {
    fn new(mc: &Mutation<'gc>, id: u64, kind: u32, drops: &Rc<Vec<Cell<u32>>>) -> Self {
        let text = || Gc::from_str(mc, &id.to_string());
        match kind {
            0 => Self::Line(Gc::new(mc, Line(id))),
            1 => Self::Lines(Gc::from_iter(mc, (0..id % 9).map(|n| Line(id + n)))),
            2 if id.is_multiple_of(8) => Self::Page(Gc::new(mc, Page(id))),
            3 if id.is_multiple_of(16) => Self::Edge(Gc::new(mc, Edge)),
            3 => Self::Nothing(Gc::new(mc, Nothing)),
            10..=12 => Self::Words(Gc::from_iter(mc, (0..id * id % 1000).map(|n| id ^ n))),
            4 | 5 => Self::Mortal(Gc::new(mc, Static(Bomb(id as usize, drops.clone())))),
            6..=9 => Self::Text(text()),
            _ => Self::Small(Gc::new(mc, Small { id, other: id.is_multiple_of(7).then(text) })),
        }
    }

    fn identity(self, mc: &Mutation<'gc>) -> u64 {
        match self {
            Self::Small(gc) => gc.identity(mc).get(),
            Self::Text(gc) => gc.identity(mc).get(),
            Self::Line(gc) => gc.identity(mc).get(),
            Self::Lines(gc) => gc.identity(mc).get(),
            Self::Page(gc) => gc.identity(mc).get(),
            Self::Nothing(gc) => gc.identity(mc).get(),
            Self::Edge(gc) => gc.identity(mc).get(),
            Self::Words(gc) => gc.identity(mc).get(),
            Self::Mortal(gc) => gc.identity(mc).get(),
        }
    }

    fn check(self, id: u64) {
        let aligned = |address: usize, to: usize| assert_eq!(address % to, 0, "{id} lies at {address:#x}");
        match self {
            Self::Small(small) => {
                assert_eq!(small.id, id);
                assert_eq!(small.other.map(|text| text.parse()), id.is_multiple_of(7).then_some(Ok(id)));
            }
            Self::Text(text) => assert_eq!(text.parse(), Ok(id)),
            Self::Line(line) => {
                assert_eq!(line.0, id);
                aligned(line.as_ptr().addr(), 32);
            }
            Self::Lines(lines) => {
                assert!(lines.iter().map(|line| line.0).eq((0..id % 9).map(|n| id + n)));
                aligned(lines.as_ptr().cast::<u8>().addr(), 32);
            }
            Self::Page(page) => {
                assert_eq!(page.0, id);
                aligned(page.as_ptr().addr(), 1024);
            }
            Self::Nothing(nothing) => aligned(nothing.as_ptr().addr(), 64),
            Self::Edge(edge) => aligned(edge.as_ptr().addr(), 4096),
            Self::Words(words) => assert!(words.iter().copied().eq((0..id * id % 1000).map(|n| id ^ n))),
            Self::Mortal(bomb) => assert_eq!((bomb.0.0 as u64, bomb.0.1[id as usize].get()), (id, 0)),
        }
    }
}

#[derive(Trace)]
struct Entry<'gc> {
    id: u64,
    thing: Thing<'gc>,
    identity: Option<u64>,
    weak: Weak<'gc, Small<'gc>>,
}

type Entries<'gc> = GcRefCell<Vec<Entry<'gc>>>;

fn play(random: &mut StdRng, config: Config, at_a_time: usize) {
    let most = 100 * at_a_time;
    let drops: Rc<Vec<Cell<u32>>> = Rc::new((0..most).map(|_| Cell::new(0)).collect());
    let mut heap = Heap::<Entries>::with_config(config, |_| GcRefCell::default());
    let (mut next, mut lives, mut mortal) = (0, vec![false; most], vec![false; most]);
    let mut pins: Vec<Pinned<Small<'static>>> = Vec::new();
    for _ in 0..random.random_range(3..8) {
        let (kinds, asked) =
            ([10, 30, 300, 10_000][random.random_range(0..4)], [0.0, 0.01, 0.4][random.random_range(0..3)]);
        for _ in 0..random.random_range(1..10) {
            heap.mutate(|mc, entries| {
                for _ in 0..at_a_time {
                    let thing = Thing::new(mc, next as u64, random.random_range(0..kinds), &drops);
                    (lives[next], mortal[next]) = (true, matches!(thing, Thing::Mortal(_)));
                    // Half of them die at once, but for their weak pointers.
                    let faint = Gc::new(mc, Small { id: next as u64, other: None });
                    let weak = if let (Thing::Small(small), true) = (thing, next % 2 == 0) { small } else { faint };
                    let identity = random.random_bool(asked).then(|| thing.identity(mc));
                    if let Thing::Small(small) = thing
                        && random.random_bool(0.002)
                    {
                        pins.push(small.pin(mc));
                    }
                    entries.borrow_mut(mc).push(Entry { id: next as u64, thing, identity, weak: weak.downgrade() });
                    next += 1;
                }
            });
        }
        pins.retain(|_| random.random_bool(0.5));
        let share = random.random_range(0.1..1.0);
        heap.mutate(|mc, entries| {
            entries.borrow_mut(mc).retain(|entry| {
                let stays = random.random_bool(share);
                lives[entry.id as usize] = stays;
                stays
            });
            // And some are asked when they are no longer young.
            for entry in entries.borrow_mut(mc).iter_mut().filter(|_| random.random_bool(asked / 4.0)) {
                let identity = entry.thing.identity(mc);
                assert_eq!(*entry.identity.get_or_insert(identity), identity);
            }
        });
        for _ in 0..random.random_range(1..3) {
            heap.compact();
            heap.mutate(|mc, entries| {
                for entry in entries.borrow().iter() {
                    entry.thing.check(entry.id);
                    assert!(entry.identity.is_none_or(|identity| identity == entry.thing.identity(mc)));
                    if let Some(small) = entry.weak.upgrade(mc) {
                        assert_eq!(small.id, entry.id);
                    }
                    if let Thing::Small(small) = entry.thing
                        && entry.id % 2 == 0
                    {
                        assert!(entry.weak.upgrade(mc).is_some_and(|weak| weak.ptr_eq(small)));
                    }
                }
            });
        }
        assert!((0..next).all(|id| drops[id].get() == u32::from(mortal[id] && !lives[id])));
    }
    drop(heap);
    assert!((0..next).all(|id| drops[id].get() == u32::from(mortal[id])));
}

#[test]
fn objects_of_all_kinds_stay_what_they_are() {
    let seeds = std::env::var("GC_SEEDS").map_or(20, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        println!("seed {seed}");
        play(&mut StdRng::seed_from_u64(seed), Config::default().verify(true), 200);
    }
}

#[test]
fn objects_of_all_kinds_stay_what_they_are_in_many_chunks() {
    let seeds = std::env::var("GC_SEEDS").map_or(3, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        println!("seed {seed}");
        let random = &mut StdRng::seed_from_u64(seed);
        let mut config = Config::default();
        if random.random_bool(0.3) {
            config = config.heap_limit(random.random_range(1 << 30..2 << 30));
        }
        play(random, config, 4000);
    }
}

#[test]
fn weak_pointers_to_dead_slices_lead_nowhere_where_a_neighbour_stays() {
    type Weaks<'gc> = GcRefCell<Vec<(Weak<'gc, str>, Gc<'gc, str>)>>;
    let mut heap = Heap::<Weaks>::with_config(Config::default().verify(true), |_| GcRefCell::default());
    heap.mutate(|mc, weaks| {
        let both = |id: u32| (Gc::from_str(mc, "dead").downgrade(), Gc::from_str(mc, &id.to_string()));
        weaks.borrow_mut(mc).extend((0..20_000).map(both));
    });
    let pins: Vec<Pinned<str>> =
        heap.mutate(|mc, weaks| weaks.borrow().iter().step_by(1000).map(|(_, text)| text.pin(mc)).collect());
    heap.mutate(|mc, weaks| {
        let mut place = 0;
        weaks.borrow_mut(mc).retain(|_| (place % 10 == 0, place += 1).0);
    });
    for _ in 0..2 {
        assert!(heap.compact().pinned_objects >= pins.len() as u64);
        heap.mutate(|mc, weaks| {
            for (place, (weak, text)) in weaks.borrow().iter().enumerate() {
                assert!(weak.upgrade(mc).is_none());
                assert_eq!(text.parse(), Ok(place * 10));
            }
        });
    }
}
