//! A heap and its reference: what is done to one is done to the other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use gc_core::{ExternalCharge, GcCell, Heap, Mutation};

use crate::access::Recipe;
use crate::objects::*;
use crate::program::Program;
use crate::reference::{Edge, Fate, Object, Reference};

pub type TopOf<'gc> = Fixed<'gc, TOP_SLOTS>;

/// A heap and its reference.
pub struct Side {
    pub heap: Option<Heap<TopOf<'static>>>,
    pub reference: Reference,
    pub kept: Vec<(Kept, usize)>,
    pub pins: Vec<(Fixture, usize)>,
    /// Roots of heaps that are gone.
    pub stale: Vec<Kept>,
    pub charges: Vec<ExternalCharge>,
    pub log: DropLog,
    pub generation: u64,
    pub which: usize,
    pub limited: bool,
    /// Young collections that were seen to be completed.
    pub youngs: u32,
}

/// An object in the program's hand.
#[derive(Clone, Copy)]
pub struct Held<'gc> {
    pub id: u64,
    pub it: Strong<'gc>,
}

pub const REGISTERS: usize = 8;
pub type Registers<'gc> = [Option<Held<'gc>>; REGISTERS];

/// Runs `f`. The planned panic that ended it, if one did; goes on with any other.
pub fn planned<T>(f: impl FnOnce() -> T) -> Result<T, Planned> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload: Box<dyn Any + Send>| match payload.downcast::<Planned>() {
        Ok(planned) => *planned,
        Err(other) => resume_unwind(other),
    })
}

pub fn object(kind: Kind, slots: Vec<Edge>, leaf_len: usize) -> Object {
    Object { kind, slots, leaf_len, dead: false, faint: Default::default(), identity: None }
}

impl Side {
    pub fn new(program: &Program, which: usize, generation: u64) -> Self {
        let mut reference = Reference::new((generation * 2 + which as u64) << 32);
        let id = reference.next();
        reference.put(id, object(Kind::Top, vec![Edge::Null; TOP_SLOTS], 0));
        let heap = Heap::with_config(program.configs[which].clone(), |_| Fixed {
            id,
            slots: core::array::from_fn(|_| GcCell::new(Ptr::Null)),
            seal: !id,
        });
        Self {
            heap: Some(heap),
            reference,
            kept: Vec::new(),
            pins: Vec::new(),
            stale: Vec::new(),
            charges: Vec::new(),
            log: DropLog::default(),
            generation,
            which,
            limited: program.limited[which],
            youngs: 0,
        }
    }

    pub fn apply_drops(&mut self) {
        let drops = core::mem::take(&mut *self.log.borrow_mut());
        self.reference.dropped(drops);
    }

    /// The stack is empty: whatever was dropped was garbage, and what is out of reach is forgotten.
    pub fn settle(&mut self) {
        self.apply_drops();
        if self.reference.is_guarded() {
            let unguarded = self.reference.reach_unguarded();
            self.reference.note_guarded(&unguarded, None);
        }
        let reach = self.reference.reach([]);
        self.reference.assert_none_dropped(&reach);
        self.reference.prune(reach);
    }

    pub fn collect_young(&mut self, certain: bool) {
        let heap = self.heap.as_mut().unwrap();
        let result = planned(|| heap.collect_young());
        self.apply_drops();
        if result.is_ok() && certain {
            for (id, fate) in &self.reference.fates {
                let new = fate.new_since == Some(self.youngs);
                assert!(!new || fate.left == 0, "a young collection left {id} alone, which was new and garbage");
            }
        }
        self.youngs += 1;
        self.settle();
    }

    pub fn collect(&mut self, compacts: bool) {
        let (before, unguarded) = (self.reference.reach([]), self.reference.reach_unguarded());
        let heap = self.heap.as_mut().unwrap();
        let result = planned(|| if compacts { _ = heap.compact() } else { heap.collect() });
        self.apply_drops();
        self.youngs += 1;
        if result != Err(Planned::Trace) {
            self.reference.note_guarded(&unguarded, Some(&unguarded));
            for (&id, fate) in &self.reference.fates {
                assert!(
                    before.has(id) || fate.left == 0,
                    "{id} was garbage before a full collection, and was not dropped"
                );
            }
            let dead: Vec<u64> = self.reference.known().iter().copied().filter(|&id| !before.has(id)).collect();
            for id in dead {
                self.reference.object_mut(id).dead = true;
            }
        }
        self.settle();
    }

    /// The heap goes, and everything with it.
    pub fn drop_heap(&mut self) {
        let heap = self.heap.take();
        let result = planned(|| drop(heap));
        // What the listener threw outside a safepoint comes with the next one, or with the end.
        assert!(matches!(result, Ok(()) | Err(Planned::Destructor | Planned::Listener)), "{result:?}");
        self.apply_drops();
        for (id, fate) in &self.reference.fates {
            assert_eq!(fate.left, 0, "{id} was not dropped with its heap");
        }
    }

    pub fn release_root(&mut self, slot: usize) {
        self.reference.roots[slot].count -= 1;
    }

    pub fn edge(&self, held: Option<Held<'_>>, strength: u32) -> Edge {
        match (held, strength % 8) {
            (None, _) | (_, 0) => Edge::Null,
            (Some(held), 1 | 2) => Edge::Weak(held.id),
            (Some(held), 3) => Edge::Any(held.id),
            (Some(held), _) => Edge::Strong(held.id),
        }
    }

    /// Makes an object, on both sides. `None` if the heap is at its limit.
    pub fn alloc<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        kind: Kind,
        len: usize,
        first: [(Edge, Option<Held<'gc>>); 2],
        program: &Program,
        dice: u32,
    ) -> Option<Held<'gc>> {
        let id = self.reference.next();
        self.reference.unborn.insert(id);
        let mut edges = first.map(|(edge, _)| edge.fit(kind, |id| self.reference.kind(id)));
        let ptrs = [0, 1].map(|i| pointer(edges[i], first[i].1));
        let values = match kind {
            Kind::Drops => 1,
            Kind::Dyn => len,
            Kind::DropSlice => len,
            _ => 0,
        };
        let holds = if values > 0 && dice.is_multiple_of(13) { self.kept.last().cloned() } else { None };
        let limited = program.limited[self.which];
        let recipe = Recipe {
            id,
            kind,
            len,
            first: ptrs,
            log: self.log.clone(),
            panics: dice % 50 == 1,
            holds: holds.as_ref().map(|(kept, _)| kept.clone()),
            infallible: !limited && dice.is_multiple_of(2),
        };
        let made = recipe.make(mc);
        assert!(made.is_some() || limited, "a heap without a limit has no room");
        let it = made?;
        self.reference.unborn.remove(&id);
        if kind == Kind::Once {
            edges[0] = Edge::Null;
        }
        let slots = match kind {
            Kind::Top => TOP_SLOTS,
            Kind::One | Kind::Drops | Kind::External | Kind::Tables => 1,
            Kind::Two | Kind::Once | Kind::Aligned | Kind::Paged => 2,
            Kind::Four => 4,
            Kind::Huge => HUGE_SLOTS,
            Kind::Dyn => {
                if len == 0 {
                    3
                } else {
                    1
                }
            }
            Kind::List | Kind::Vector | Kind::Mapped | Kind::Thin | Kind::Mid | Kind::Slots | Kind::Wide => len,
            Kind::Str | Kind::Bytes | Kind::DropSlice | Kind::Nought => 0,
        };
        let slots: Vec<Edge> = (0..slots).map(|i| edges.get(i).copied().unwrap_or_default()).collect();
        for edge in &slots {
            self.reference.stored(edge.target());
        }
        let leaf_len = if matches!(kind, Kind::Str | Kind::Bytes | Kind::DropSlice) { len } else { 0 };
        self.reference.put(id, object(kind, slots, leaf_len));
        if values > 0 {
            let holds = holds.map(|(_, slot)| slot);
            if let Some(slot) = holds {
                self.reference.roots[slot].count += 1;
            }
            self.reference
                .fates
                .insert(id, Fate { dropped: vec![false; values], left: values, holds, new_since: Some(self.youngs) });
        }
        Some(Held { id, it })
    }

    pub fn write<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        owner: Held<'gc>,
        slot: u32,
        (edge, held): (Edge, Option<Held<'gc>>),
        way: u32,
    ) {
        let Object { kind, slots, .. } = self.reference.object(owner.id);
        let (kind, count) = (*kind, slots.len());
        let grows = matches!(kind, Kind::List | Kind::Vector | Kind::Mapped);
        let more = usize::from(grows && count < 3000);
        if count + more == 0 {
            return;
        }
        let slot = slot as usize % (count + more);
        let limited = self.limited;
        let edge = edge.fit(kind, |id| self.reference.kind(id));
        if kind == Kind::Once && slot == 0 && (edge == Edge::Null || slots[0] != Edge::Null) {
            return;
        }
        if !owner.it.set(mc, slot, pointer(edge, held), way as u8) {
            assert!(limited, "a heap without a limit has no room");
            return;
        }
        self.reference.stored(edge.target());
        let slots = &mut self.reference.object_mut(owner.id).slots;
        if slot == count {
            slots.push(edge);
        } else {
            slots[slot] = edge;
        }
    }

    /// Reads a slot, through weakness if need be.
    pub fn read<'gc>(
        &mut self,
        mc: &Mutation<'gc>,
        from: Held<'gc>,
        slot: usize,
        regs: &Registers<'gc>,
    ) -> Option<Held<'gc>> {
        let edge = self.reference.object(from.id).slots[slot];
        match (edge, from.it.get(slot)) {
            (Edge::Null, Ptr::Null) => None,
            (Edge::Strong(id), Ptr::Strong(it)) => Some(Held { id, it }),
            (Edge::Any(id), Ptr::Any(any)) => {
                let it = Strong::from_any(any, self.reference.kind(id)).expect("an object has lost its type");
                Some(Held { id, it })
            }
            (Edge::Weak(id), Ptr::Weak(weak)) => {
                let it = weak.upgrade(mc);
                if it.is_none() {
                    let reach = self.reference.reach(regs.iter().flatten().map(|held| held.id));
                    assert!(!reach.has(id), "a weak pointer to {id} gives nothing, and it is reachable");
                    self.reference.object_mut(id).dead = true;
                } else {
                    assert!(!self.reference.object(id).dead, "a weak pointer gives {id}, which is dead");
                }
                it.map(|it| Held { id, it })
            }
            _ => panic!("slot {slot} of {} does not hold {edge:?}", from.id),
        }
    }
}

pub fn pointer<'gc>(edge: Edge, held: Option<Held<'gc>>) -> Ptr<'gc> {
    match (edge, held) {
        (Edge::Strong(_), Some(held)) => Ptr::Strong(held.it),
        (Edge::Weak(_), Some(held)) => Ptr::Weak(held.it.downgrade()),
        (Edge::Any(_), Some(held)) => Ptr::Any(held.it.any()),
        _ => Ptr::Null,
    }
}
