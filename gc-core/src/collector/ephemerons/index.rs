//! An index from keys to what waits for them.
//!
//! It grows without a pause. It mirrors the address space: each 2 KiB in which keys lie have an *area*, so that what waits
//! for keys that lie side by side does so too, and a chain is followed at a cache miss less for each link (a million links, in turns:
//! 315 → 180 ns). What else waits for the same key is in a list, whose nodes lie in pieces.

use super::super::address::{AddressHashers, Table};
use super::super::weakness::nothing;
use crate::memory::geometry::{CHUNK, GRANULE};
use crate::object::Object;
use crate::object::worklist::Edge;

const PIECE: usize = 4096;
/// Bytes of address space that have an area.
const AREA: usize = 2 << 10;

/// One pointer of a value that waits.
#[derive(Clone, Copy)]
struct Node {
    value: Edge,
    key: Object,
    /// The number of the next node, plus one; 0 at the end.
    next: u32,
}

/// What waits for the keys of an area.
struct Area {
    /// For each granule the number of its place below, plus one; 0 if it has none.
    numbers: [u8; AREA / GRANULE],
    /// What was last to wait for each key.
    places: Vec<Option<Node>>,
}

const _: () = assert!(AREA / GRANULE < u8::MAX as usize);

impl Area {
    fn new() -> Box<Self> {
        Box::new(Self { numbers: [0; AREA / GRANULE], places: Vec::new() })
    }

    /// The place of the key in this granule, if it has one.
    fn place(&mut self, granule: usize) -> Option<&mut Option<Node>> {
        (self.numbers[granule] as usize).checked_sub(1).map(|place| &mut self.places[place])
    }

    /// The same; it is given one.
    fn make_place(&mut self, granule: usize) -> &mut Option<Node> {
        if self.numbers[granule] == 0 {
            self.places.push(None);
            self.numbers[granule] = self.places.len() as u8;
        }
        &mut self.places[self.numbers[granule] as usize - 1]
    }
}

/// What waits for keys, by key.
pub(super) struct Index {
    /// By the number of a chunk, and the area in it.
    chunks: Table<usize, Box<[Option<Box<Area>>]>>,
    /// The nodes of all lists but their first ones, in pieces, so that growth copies none.
    pieces: Vec<Vec<Node>>,
    /// The first node that is not in use, plus one; 0 if there is none.
    free: u32,
    len: usize,
    /// How many areas there are.
    areas: usize,
}

impl Index {
    pub(super) const fn new() -> Self {
        Self { chunks: Table::with_hasher(AddressHashers::new()), pieces: Vec::new(), free: 0, len: 0, areas: 0 }
    }

    /// How many pointers wait.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// True if nothing waits.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that count against the heap limit: all but the first piece. (They are counted and not refused: a value that
    /// does not wait lives, and a limit would then decide what is garbage.)
    pub(super) fn counted_bytes(&self) -> usize {
        // There is a place for each key, but most have one value that waits.
        self.pieces.len().saturating_sub(1) * PIECE * size_of::<Node>()
            + self.areas * size_of::<Area>()
            + self.len * size_of::<Node>()
    }

    /// `value` waits for `key`. False if there is no room in the index, whose lists have four billion nodes.
    pub(super) fn add(&mut self, key: Object, value: Edge) -> bool {
        let address = key.granule().addr().get();
        let areas = self.chunks.entry(address / CHUNK).or_insert_with(|| (0..CHUNK / AREA).map(|_| None).collect());
        let area = areas[address % CHUNK / AREA].get_or_insert_with(|| {
            self.areas += 1;
            Area::new()
        });
        let place = area.make_place(address % AREA / GRANULE);
        let first = Node { value, key, next: 0 };
        if let Some(before) = place.replace(first) {
            let number = self.take_node();
            let rest = number.map(|number| {
                *self.node(number) = before;
                Node { next: number, ..first }
            });
            // Without a node for it, what was there stays.
            if let Some(place) = self.place(key) {
                *place = Some(rest.unwrap_or(before));
            }
            if number.is_none() {
                return false;
            }
        }
        self.len += 1;
        true
    }

    /// The place of a key, if it has one.
    fn place(&mut self, key: Object) -> Option<&mut Option<Node>> {
        let address = key.granule().addr().get();
        let areas = self.chunks.get_mut(&(address / CHUNK))?;
        areas[address % CHUNK / AREA].as_mut()?.place(address % AREA / GRANULE)
    }

    /// Takes out all that waits for `key`.
    #[inline(never)]
    pub(super) fn take(&mut self, key: Object, mut wake: impl FnMut(Edge)) {
        let Some(first) = self.place(key).and_then(Option::take) else { return };
        wake(first.value);
        self.len -= 1;
        let mut next = first.next;
        while next != 0 {
            let free = core::mem::replace(&mut self.free, next);
            let node = self.node(next);
            wake(node.value);
            next = core::mem::replace(&mut node.next, free);
            self.len -= 1;
        }
    }

    /// All that waits, with what it waits for.
    pub(super) fn each(&self, mut visit: impl FnMut(Object, Edge)) {
        let areas = self.chunks.values().flat_map(|areas| areas.iter().flatten());
        for &first in areas.flat_map(|area| &area.places) {
            let mut next = first;
            while let Some(node) = next {
                visit(node.key, node.value);
                let rest = (node.next != 0).then(|| node.next as usize - 1);
                next = rest.map(|index| self.pieces[index / PIECE][index % PIECE]);
            }
        }
    }

    fn node(&mut self, number: u32) -> &mut Node {
        &mut self.pieces[(number as usize - 1) / PIECE][(number as usize - 1) % PIECE]
    }

    /// The number of a node to be written: one that is free, or a new one.
    fn take_node(&mut self) -> Option<u32> {
        if self.free != 0 {
            let number = self.free;
            self.free = self.node(number).next;
            return Some(number);
        }
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let pieces = self.pieces.len();
        let piece = self.pieces.last_mut()?;
        let number = u32::try_from((pieces - 1) * PIECE + piece.len() + 1).ok()?;
        let nothing = nothing();
        piece.push(Node { value: Edge::new(nothing, false), key: nothing, next: 0 });
        Some(number)
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
        let mut waiting = Index::new();
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
        let mut waiting = Index::new();
        for round in 0..10_000 {
            for value in 0..3 {
                waiting.add(objects[round % 10], Edge::new(objects[value], false));
            }
            waiting.take(objects[round % 10], |_| {});
        }
        assert_eq!(waiting.pieces.len(), 1);
        assert_eq!(waiting.pieces[0].len(), 2, "the first to wait has a place of its own");
    }
}
