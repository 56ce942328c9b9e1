//! The naive heap: objects by number, edges as numbers, and what must be alive or dead.

use std::collections::{HashMap, HashSet};

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
        let mut reach = Reach { base: self.base, seen: vec![false; self.objects.len()], order: Vec::new() };
        let roots = self.roots.iter().filter(|slot| slot.count > 0).map(|slot| slot.id);
        let mut stack: Vec<u64> = roots.chain(more).collect();
        stack.push(self.base);
        self.spread(&mut reach, stack);
        reach
    }

    fn spread(&self, reach: &mut Reach, mut stack: Vec<u64>) {
        while let Some(id) = stack.pop() {
            if reach.add(id) {
                stack.extend(self.object(id).slots.iter().filter_map(|edge| edge.strong()));
            }
        }
    }

    /// Forgets what the program cannot get hold of any more, even through weak pointers.
    pub fn prune(&mut self, mut reach: Reach) {
        let mut next = 0;
        while let Some(&id) = reach.order.get(next) {
            next += 1;
            for slot in 0..self.object(id).slots.len() {
                let Edge::Weak(target) = self.object(id).slots[slot] else { continue };
                if self.object(target).dead {
                    // Remembered as dead; what it pointed to is out of reach.
                    self.object_mut(target).slots.clear();
                }
                self.spread(&mut reach, vec![target]);
            }
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
