//! Ephemerons: values that live as long as their keys do.
//!
//! A collection that finds an ephemeron looks at its key. If the key is alive, what the value holds is
//! visited at once. If it is dead, nothing is. If it has not been reached yet the value *waits*: what it
//! holds goes into an index by key, and `WEAK` in the key's mark byte says that somebody may wait for it.
//! Whoever gives such a key its colour takes from the index what waits there. So each ephemeron is looked
//! at once and each key woken once, and the time is linear in chains and webs too, where rescanning until
//! nothing changes (Hayes, *Ephemerons: a new finalization mechanism*, OOPSLA 1997) is quadratic.
//!
//! The index holds what values held when they were scanned, not where: the program may overwrite a value
//! that waits, since it was scanned before the write. What waits when the collection is over belongs to
//! dead keys.
//!
//! The index grows without a pause: a small table for each 64 KiB of keys, and lists in pieces.
//!
//! - **Q1** No visitor looks at what the value of a dead key holds: it may be gone. Dead are tombstones,
//!   `DEAD` objects, and the other epoch's while sweeping.
//! - **Q2** A key in an index has no colour of the collection in progress, and has `WEAK`.
//! - **Q3** A value that waits has been found in a live table, and names objects that the collection in
//!   progress does not free before it is over.

use std::collections::hash_map::Entry;

use super::address::{AddressHashers, Table};
use crate::memory::geometry::{BLOCK, GRANULE};
use crate::object::Object;
use crate::object::trace::Tracer;
use crate::object::worklist::Edge;

const PIECE: usize = 4096;
/// The end of a list.
const NONE: u32 = u32::MAX;

/// One pointer of a value that waits.
#[derive(Clone, Copy)]
struct Node {
    value: Edge,
    next: u32,
}

/// What waits for keys to be reached.
pub(crate) struct Waiting {
    /// By the address of a block, and the granule in it: the head of the key's list.
    blocks: Table<usize, Table<u16, (Object, u32)>>,
    /// The nodes of all lists, in pieces, so that growth copies none.
    pieces: Vec<Vec<Node>>,
    free: Option<u32>,
    len: usize,
}

/// Puts what waited on the list that it belongs on.
pub(crate) fn wake(value: Edge, tracer: &mut Tracer<'static>) {
    if value.is_weak() { tracer.weak.push(value.as_strong()) } else { tracer.edges.push(value) }
}

fn place(key: Object) -> (usize, u16) {
    let address = key.granule().addr().get();
    (address & !(BLOCK - 1), (address % BLOCK / GRANULE) as u16)
}

impl Waiting {
    pub(crate) const fn new() -> Self {
        Self { blocks: Table::with_hasher(AddressHashers::new()), pieces: Vec::new(), free: None, len: 0 }
    }

    /// How many pointers wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// True if nothing waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `value` waits for `key`. False if there is no room in the index, which has four billion places.
    pub(crate) fn add(&mut self, key: Object, value: Edge) -> bool {
        let Some(index) = self.take_node() else { return false };
        let (block, granule) = place(key);
        let next = match self.blocks.entry(block).or_default().entry(granule) {
            Entry::Occupied(mut head) => core::mem::replace(&mut head.get_mut().1, index),
            Entry::Vacant(place) => {
                place.insert((key, index));
                NONE
            }
        };
        *self.node(index) = Node { value, next };
        self.len += 1;
        true
    }

    /// Takes out all that waits for `key`.
    #[cold]
    pub(crate) fn take(&mut self, key: Object, mut wake: impl FnMut(Edge)) {
        let (block, granule) = place(key);
        let head = self.blocks.get_mut(&block).and_then(|keys| keys.remove(&granule));
        let mut next = head.map_or(NONE, |(_, head)| head);
        while next != NONE {
            let index = next;
            let free = self.free;
            let node = self.node(index);
            wake(node.value);
            next = node.next;
            node.next = free.unwrap_or(NONE);
            self.free = Some(index);
            self.len -= 1;
        }
    }

    /// Forgets everything, and gives the memory back.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// All that waits, with what it waits for.
    pub(crate) fn each(&self, mut visit: impl FnMut(Object, Edge)) {
        for &(key, head) in self.blocks.values().flat_map(|keys| keys.values()) {
            let mut next = head;
            while next != NONE {
                let node = self.pieces[next as usize / PIECE][next as usize % PIECE];
                visit(key, node.value);
                next = node.next;
            }
        }
    }

    fn node(&mut self, index: u32) -> &mut Node {
        &mut self.pieces[index as usize / PIECE][index as usize % PIECE]
    }

    /// A node to be written: one that is free, or a new one.
    fn take_node(&mut self) -> Option<u32> {
        if let Some(index) = self.free {
            let next = self.node(index).next;
            self.free = (next != NONE).then_some(next);
            return Some(index);
        }
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let pieces = self.pieces.len();
        let piece = self.pieces.last_mut()?;
        let index = u32::try_from((pieces - 1) * PIECE + piece.len()).ok().filter(|&index| index != NONE)?;
        piece.push(Node { value: Edge::new(crate::collector::weakness::nothing(), false), next: NONE });
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use core::ptr::NonNull;

    use super::*;

    /// Objects that nobody looks into.
    fn objects(count: usize) -> Vec<Object> {
        let base = 1_usize << 40;
        let at = |i: usize| NonNull::new(core::ptr::without_provenance_mut(base + i * GRANULE + 8));
        // SAFETY: the objects are used as names only.
        (0..count).filter_map(at).map(|payload| unsafe { Object::from_payload(payload) }).collect()
    }

    #[test]
    fn what_waits_for_a_key_is_woken_with_it_and_once() {
        let objects = objects(20_000);
        let mut waiting = Waiting::new();
        for (i, &key) in objects.iter().enumerate() {
            assert!(waiting.add(key, Edge::new(objects[(i * 7) % 20_000], false)));
            assert!(waiting.add(key, Edge::new(objects[(i * 11) % 20_000], false).as_weak()));
        }
        assert_eq!(waiting.len(), 40_000);
        for (i, &key) in objects.iter().enumerate() {
            let mut woken = Vec::new();
            waiting.take(key, |edge| woken.push((edge.object(), edge.is_weak())));
            assert_eq!(woken, [(objects[(i * 11) % 20_000], true), (objects[(i * 7) % 20_000], false)]);
            waiting.take(key, |_| panic!("woken twice"));
        }
        assert!(waiting.is_empty());
    }

    #[test]
    fn places_of_the_woken_are_used_again() {
        let objects = objects(10);
        let mut waiting = Waiting::new();
        for round in 0..10_000 {
            waiting.add(objects[round % 10], Edge::new(objects[0], false));
            waiting.take(objects[round % 10], |_| {});
        }
        assert_eq!(waiting.pieces.len(), 1);
        assert_eq!(waiting.pieces[0].len(), 1);
    }
}
