//! Leaves: many in a row are marked in a loop of their own, without being read.

use core::cell::Cell;

use super::super::drive::checked;
use super::random::Random;
use crate::{EphemeronMap, Gc, GcCell, Heap, Identity, Mutation, Rebrand, Relocator, Trace, Tracer, Weak};

thread_local! {
    static DROPPED: Cell<u32> = const { Cell::new(0) };
}

/// A leaf with a destructor.
pub(super) struct Counted(u32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.set(DROPPED.get() + 1);
    }
}

// SAFETY: there are no pointers.
unsafe impl<'gc> Trace<'gc> for Counted {
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
// SAFETY: there is no brand.
unsafe impl Rebrand for Counted {
    type At<'b> = Counted;
}

/// Pointers to leaves of all kinds: of one granule and of several, in blocks and large, of known size and not.
#[derive(Clone, Copy)]
pub(super) enum Leaf<'gc> {
    One(Gc<'gc, u64>),
    Three(Gc<'gc, [u64; 4]>),
    Text(Gc<'gc, str>),
    Large(Gc<'gc, [u8; 9000]>),
    LargeText(Gc<'gc, str>),
    Counted(Gc<'gc, Counted>),
}

const KINDS: u32 = 6;

impl<'gc> Leaf<'gc> {
    pub(super) fn new(mc: &Mutation<'gc>, id: u32) -> Self {
        // Few are large.
        match if id.is_multiple_of(40) { id / 40 % KINDS } else { [0, 1, 2, 5][id as usize % 4] } {
            0 => Self::One(Gc::new(mc, id.into())),
            1 => Self::Three(Gc::new(mc, [id.into(); 4])),
            2 => Self::Text(Gc::from_str(mc, &format!("leaf {id}"))),
            3 => Self::Large(Gc::new(mc, core::array::from_fn(|i| if i < 4 { id.to_le_bytes()[i] } else { 0 }))),
            4 => Self::LargeText(Gc::from_str(mc, &format!("{id:09000}"))),
            _ => Self::Counted(Gc::new(mc, Counted(id))),
        }
    }

    pub(super) fn id(self) -> u32 {
        match self {
            Self::One(gc) => *gc as u32,
            Self::Three(gc) => gc[3] as u32,
            Self::Text(gc) => gc[5..].parse().unwrap(),
            Self::Large(gc) => u32::from_le_bytes(gc[..4].try_into().unwrap()),
            Self::LargeText(gc) => gc.parse().unwrap(),
            Self::Counted(gc) => gc.0,
        }
    }

    pub(super) fn identity(self, mc: &Mutation<'gc>) -> Identity {
        match self {
            Self::One(gc) => gc.identity(mc),
            Self::Three(gc) => gc.identity(mc),
            Self::Text(gc) | Self::LargeText(gc) => gc.identity(mc),
            Self::Large(gc) => gc.identity(mc),
            Self::Counted(gc) => gc.identity(mc),
        }
    }
}

// SAFETY: visits and updates the one pointer.
unsafe impl<'gc> Trace<'gc> for Leaf<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        match self {
            Self::One(gc) => gc.trace(tracer),
            Self::Three(gc) => gc.trace(tracer),
            Self::Text(gc) | Self::LargeText(gc) => gc.trace(tracer),
            Self::Large(gc) => gc.trace(tracer),
            Self::Counted(gc) => gc.trace(tracer),
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        match self {
            Self::One(gc) => gc.relocate(relocator),
            Self::Three(gc) => gc.relocate(relocator),
            Self::Text(gc) | Self::LargeText(gc) => gc.relocate(relocator),
            Self::Large(gc) => gc.relocate(relocator),
            Self::Counted(gc) => gc.relocate(relocator),
        }
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for Leaf<'x> {
    type At<'b> = Leaf<'b>;
}

/// A large slice, and others whose elements are leaves, or lead to each other by a map.
struct World<'gc> {
    leaves: Gc<'gc, [GcCell<Option<Leaf<'gc>>>]>,
    weak: Gc<'gc, [GcCell<Weak<'gc, u64>>]>,
    map: EphemeronMap<'gc, u64, Gc<'gc, u64>>,
    first: Gc<'gc, u64>,
}
// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for World<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.leaves.trace(tracer);
        self.weak.trace(tracer);
        self.map.trace(tracer);
        self.first.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.leaves.relocate(relocator);
        self.weak.relocate(relocator);
        self.map.relocate(relocator);
        self.first.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for World<'x> {
    type At<'b> = World<'b>;
}

const LEN: usize = 2000;
const LINKS: u64 = 500;

#[test]
fn leaves_of_all_kinds_are_marked_and_counted_whatever_else_names_them() {
    let mut random = Random(5);
    DROPPED.set(0);
    let mut heap = Heap::<World>::with_config(checked(), |mc| {
        // A chain of leaves, each reached from the one before over the map, and made in no order.
        let links: Vec<_> = (0..LINKS).map(|id| Gc::new(mc, id)).collect();
        let map = EphemeronMap::new(mc);
        let place = |id: u64| links[(id * 77 % LINKS) as usize];
        (0..LINKS - 1).for_each(|id| {
            map.insert(mc, place(id), place(id + 1));
        });
        World {
            leaves: Gc::from_fn(mc, LEN, |id| GcCell::new(Some(Leaf::new(mc, id as u32)))),
            weak: Gc::from_fn(mc, LEN, |_| GcCell::new(Weak::new())),
            map,
            first: place(0),
        }
    });
    let counted = heap.mutate(|mc, world| {
        for (id, leaf) in world.leaves.iter().enumerate() {
            match leaf.get() {
                Some(Leaf::One(gc)) if id % 8 == 0 => {
                    world.weak.write(mc, |weak| &weak[id]).set(gc.downgrade());
                }
                _ => {}
            }
        }
        world.leaves.iter().filter(|leaf| matches!(leaf.get(), Some(Leaf::Counted(_)))).count()
    });
    let mut there = [true; LEN];
    let mut identities = [None; LEN];
    for round in 0..8 {
        heap.mutate(|mc, world| {
            for id in 0..LEN {
                if there[id] && random.one_in(6) {
                    world.leaves.write(mc, |leaves| &leaves[id]).set(None);
                    there[id] = false;
                }
                if there[id] && random.one_in(5) {
                    identities[id] = world.leaves[id].get().map(|leaf| leaf.identity(mc));
                }
            }
        });
        if round % 3 == 1 {
            heap.compact();
        }
        // (Whether the mark looks ahead depends on how many there have been.)
        (0..round % 4).for_each(|_| heap.young());
        heap.whole_cycle();
        let dropped = heap.mutate(|mc, world| {
            for (id, leaf) in world.leaves.iter().enumerate() {
                let leaf = leaf.get();
                assert_eq!(leaf.map(Leaf::id), there[id].then_some(id as u32));
                if let (Some(leaf), Some(identity)) = (leaf, identities[id]) {
                    assert_eq!(leaf.identity(mc), identity);
                }
                let weak = world.weak[id].get().upgrade(mc).map(|gc| *gc);
                assert!(weak.is_none_or(|found| there[id] && found == id as u64));
                assert!(weak.is_some() || !matches!(leaf, Some(Leaf::One(_))) || id % 8 != 0);
            }
            let mut link = world.first;
            for _ in 1..LINKS {
                link = world.map.get(mc, link).unwrap();
            }
            assert!(world.map.get(mc, link).is_none());
            let left = world.leaves.iter().filter(|leaf| matches!(leaf.get(), Some(Leaf::Counted(_)))).count();
            counted - left
        });
        assert_eq!(DROPPED.get() as usize, dropped);
    }
}
