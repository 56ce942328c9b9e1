//! The naive heap: objects by number, edges as numbers, and what must be alive or dead.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gc_core::Identity;

use crate::objects::Kind;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Edge {
    #[default]
    Null,
    Strong(u64),
    Weak(u64),
    Any(u64),
}

impl Edge {
    pub fn strong(self) -> Option<u64> {
        match self {
            Edge::Strong(id) | Edge::Any(id) => Some(id),
            Edge::Null | Edge::Weak(_) => None,
        }
    }

    pub fn target(self) -> Option<u64> {
        if let Edge::Weak(id) = self { Some(id) } else { self.strong() }
    }

    pub fn weak(self) -> Option<u64> {
        if let Edge::Weak(id) = self { Some(id) } else { None }
    }

    /// What a slot of this kind of object can hold of it.
    pub fn fit(self, kind: Kind, of: impl Fn(u64) -> Kind) -> Edge {
        match (kind, self) {
            (Kind::Thin, Edge::Strong(id)) if of(id) == Kind::Two => self,
            (Kind::Thin, _) => Edge::Null,
            (Kind::Mid, Edge::Strong(_)) => self,
            (Kind::Mid, _) => Edge::Null,
            _ => self,
        }
    }
}

pub struct Object {
    pub kind: Kind,
    pub slots: Vec<Edge>,
    /// Elements or bytes, if there are no slots.
    pub leaf_len: usize,
    /// A weak pointer has said so, or a full collection.
    pub dead: bool,
    /// What a `Tables` knows.
    pub faint: Faint,
    /// The identity, if somebody has asked.
    pub identity: Option<Identity>,
}

/// What tables with weak keys and guardians know.
#[derive(Default)]
pub struct Faint {
    /// By the key: the value.
    pub entries: BTreeMap<u64, u64>,
    pub members: BTreeSet<u64>,
    pub registered: Vec<Registration>,
}

/// One object known to a guardian.
pub struct Registration {
    pub id: u64,
    /// Nothing but guardians has held it at some safepoint since: it may be handed back.
    pub may_come: bool,
    /// A full collection has found that: it must be handed back.
    pub must_come: bool,
}

/// What became of the values with destructors in an object.
pub struct Fate {
    pub dropped: Vec<bool>,
    pub left: usize,
    /// The root slot that ends with the first of them.
    pub holds: Option<usize>,
    /// How many young collections there may have been when the object was made. `None` if something
    /// has held the object since, other than the program's stack.
    pub new_since: Option<u32>,
}

pub struct RootSlot {
    pub id: u64,
    pub count: u32,
}

/// The heap as it should be.
pub struct Reference {
    base: u64,
    objects: Vec<Option<Object>>,
    /// The numbers of those that are not forgotten.
    known: Vec<u64>,
    pub fates: HashMap<u64, Fate>,
    /// Numbers of objects that could not be made.
    pub unborn: HashSet<u64>,
    pub roots: Vec<RootSlot>,
}

impl Reference {
    /// A heap with one object: the top, number `base`.
    pub fn new(base: u64) -> Self {
        Self {
            base,
            objects: Vec::new(),
            known: Vec::new(),
            fates: HashMap::new(),
            unborn: HashSet::new(),
            roots: Vec::new(),
        }
    }

    pub fn top(&self) -> u64 {
        self.base
    }

    /// The number of the next object.
    pub fn next(&mut self) -> u64 {
        self.objects.push(None);
        self.base + self.objects.len() as u64 - 1
    }

    fn index(&self, id: u64) -> usize {
        (id - self.base) as usize
    }

    pub fn put(&mut self, id: u64, object: Object) {
        let index = self.index(id);
        self.objects[index] = Some(object);
        self.known.push(id);
    }

    pub fn object(&self, id: u64) -> &Object {
        self.objects[self.index(id)].as_ref().unwrap_or_else(|| panic!("the reference has forgotten {id}"))
    }

    pub fn object_mut(&mut self, id: u64) -> &mut Object {
        let index = self.index(id);
        self.objects[index].as_mut().unwrap_or_else(|| panic!("the reference has forgotten {id}"))
    }

    pub fn kind(&self, id: u64) -> Kind {
        self.object(id).kind
    }

    /// Every object that is not forgotten.
    pub fn known(&self) -> &[u64] {
        &self.known
    }

    /// Takes note that values have been dropped.
    pub fn dropped(&mut self, drops: impl IntoIterator<Item = (u64, u32)>) {
        for (id, index) in drops {
            if self.unborn.contains(&id) {
                continue;
            }
            let Some(fate) = self.fates.get_mut(&id) else { panic!("{id} was dropped, and has no destructor") };
            let dropped = &mut fate.dropped[index as usize];
            assert!(!*dropped, "value {index} of {id} was dropped twice");
            *dropped = true;
            fate.left -= 1;
            if index == 0
                && let Some(slot) = fate.holds.take()
            {
                self.roots[slot].count -= 1;
            }
        }
    }

    /// Takes note that something holds an object.
    pub fn stored(&mut self, id: Option<u64>) {
        if let Some(fate) = id.and_then(|id| self.fates.get_mut(&id)) {
            fate.new_since = None;
        }
    }

    /// What is reachable, by index, from the roots and `more`.
    pub fn reach(&self, more: impl IntoIterator<Item = u64>) -> Reach {
        let mut reach = self.nothing();
        let roots = self.roots.iter().filter(|slot| slot.count > 0).map(|slot| slot.id);
        let mut stack: Vec<u64> = roots.chain(more).collect();
        stack.push(self.base);
        self.spread(&mut reach, stack);
        reach
    }

    /// What is reachable from the roots if guardians hold nothing.
    pub fn reach_unguarded(&self) -> Reach {
        let mut reach = self.nothing();
        let roots = self.roots.iter().filter(|slot| slot.count > 0).map(|slot| slot.id);
        self.spread_by(&mut reach, roots.chain([self.base]).collect(), false);
        reach
    }

    fn nothing(&self) -> Reach {
        Reach { base: self.base, seen: vec![false; self.objects.len()], order: Vec::new(), tables: Vec::new() }
    }

    /// A guardian that can be reached keeps what is registered with it, though it does not show it.
    fn spread(&self, reach: &mut Reach, stack: Vec<u64>) {
        self.spread_by(reach, stack, true);
    }

    fn spread_by(&self, reach: &mut Reach, mut stack: Vec<u64>, guarded: bool) {
        loop {
            while let Some(id) = stack.pop() {
                if reach.add(id) {
                    let object = self.object(id);
                    if !object.faint.entries.is_empty() {
                        reach.tables.push(id);
                    }
                    stack.extend(object.slots.iter().filter_map(|edge| edge.strong()));
                    if guarded {
                        stack.extend(object.faint.registered.iter().map(|registration| registration.id));
                    }
                }
            }
            // Values whose keys have been reached as well as their tables, again and again: slow, and plain.
            for &id in &reach.tables {
                let entries = self.object(id).faint.entries.iter();
                stack.extend(entries.filter(|&(&key, &value)| reach.has(key) && !reach.has(value)).map(|(_, &v)| v));
            }
            if stack.is_empty() {
                return;
            }
        }
    }

    /// True if a guardian knows something.
    pub fn is_guarded(&self) -> bool {
        let registered = |&id: &u64| !self.object(id).faint.registered.is_empty();
        self.known.iter().any(registered)
    }

    /// The stack is empty: takes note of what guardians may hand back; and, if a full collection is over that
    /// began when `before` was reachable without guardians, must.
    pub fn note_guarded(&mut self, unguarded: &Reach, before: Option<&Reach>) {
        for &id in &self.known {
            let Some(object) = self.objects[(id - self.base) as usize].as_mut() else { continue };
            for registration in &mut object.faint.registered {
                registration.may_come |= !unguarded.has(registration.id);
                registration.must_come |= before.is_some_and(|before| !before.has(registration.id));
            }
        }
    }

    /// Forgets what the program cannot get hold of any more, even through weak pointers.
    pub fn prune(&mut self, mut reach: Reach) {
        let mut next = 0;
        while next < reach.order.len() {
            let mut found = Vec::new();
            for &id in &reach.order[next..] {
                let object = self.object(id);
                found.extend(object.slots.iter().filter_map(|edge| edge.weak()));
                // Keys and values come to light when the program goes through a table.
                let Faint { entries, members, .. } = &object.faint;
                let known = entries.iter().flat_map(|(&key, &value)| [key, value]).chain(members.iter().copied());
                let there = |id: &u64| self.objects[(id - self.base) as usize].as_ref().is_some_and(|o| !o.dead);
                found.extend(known.filter(there));
            }
            next = reach.order.len();
            for &target in &found {
                if self.object(target).dead {
                    // Remembered as dead; what it pointed to is out of reach.
                    self.object_mut(target).slots.clear();
                    self.object_mut(target).faint = Faint::default();
                }
            }
            self.spread(&mut reach, found);
        }
        let gone = |id: &u64| !reach.has(*id);
        for &id in &self.known {
            let Some(object) = self.objects[(id - self.base) as usize].as_mut() else { continue };
            object.faint.entries.retain(|key, value| !gone(key) && !gone(value));
            object.faint.members.retain(|key| !gone(key));
        }
        let Self { base, objects, known, .. } = self;
        known.retain(|&id| {
            let keep = reach.has(id);
            if !keep {
                objects[(id - *base) as usize] = None;
            }
            keep
        });
    }

    /// No value of a reachable object has been dropped.
    pub fn assert_none_dropped(&self, reach: &Reach) {
        for (&id, fate) in &self.fates {
            assert!(
                !reach.has(id) || fate.left == fate.dropped.len(),
                "a value of {id} was dropped, which is reachable"
            );
        }
    }
}

/// A set of objects.
pub struct Reach {
    base: u64,
    seen: Vec<bool>,
    order: Vec<u64>,
    /// Those among them that have ephemerons.
    tables: Vec<u64>,
}

impl Reach {
    pub fn count(&self) -> usize {
        self.order.len()
    }

    pub fn has(&self, id: u64) -> bool {
        self.seen.get((id - self.base) as usize).copied().unwrap_or(false)
    }

    fn add(&mut self, id: u64) -> bool {
        let new = !core::mem::replace(&mut self.seen[(id - self.base) as usize], true);
        if new {
            self.order.push(id);
        }
        new
    }
}
