//! Who points into certain pieces of memory: found out while objects are scanned anyway.
//!
//! A compaction in slices must know every pointer into the blocks that it is to empty. It records not the
//! pointers' places, which the program may free or move with a `Vec` that it owns, but their *owners*:
//! objects, and segments of large slices. Whoever is written is scanned again by the next young collection,
//! and recorded again.

use core::ops::Range;

use super::header::WORD;
use super::trace::{EphemeronEdge, Tracer};
use super::worklist::EdgeStack;
use super::{Object, TypeInfo};

/// An object, or some of its elements, with a pointer into a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Referrer {
    pub(crate) object: Object,
    pub(crate) first: u32,
    pub(crate) end: u32,
}

impl Referrer {
    /// Some elements of an object, unless they are beyond numbering.
    fn new(object: Object, elements: Range<usize>) -> Option<Self> {
        let (first, end) = (u32::try_from(elements.start).ok()?, u32::try_from(elements.end).ok()?);
        Some(Self { object, first, end })
    }

    /// The object where it is now, if it has been moved out of a block that has been emptied.
    pub(crate) fn now(self) -> Object {
        match self.object.header().forwarded() {
            // SAFETY: a forwarding address is that of the object's payload in its new place.
            Some(payload) => unsafe { Object::from_payload(payload) },
            None => self.object,
        }
    }
}

/// Referrers of one piece.
#[derive(Debug, Default)]
pub(crate) struct Referrers {
    pub(crate) list: Vec<Referrer>,
    /// Slots of the root table.
    pub(crate) roots: Vec<u32>,
    /// What it takes to update them all: pointers to be looked at.
    cost: usize,
    /// The list is not complete: there are too many, or a pointer that cannot be updated is among them.
    pub(crate) given_up: bool,
}

impl Referrers {
    fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Referrer>() + self.roots.capacity() * size_of::<u32>()
    }
}

/// Records the owners of pointers into some pieces of memory.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// The number of the first piece.
    base: usize,
    shift: u32,
    /// For each piece from there on: 0, or which of the lists is its, plus one.
    places: Vec<u16>,
    lists: Vec<Referrers>,
    /// Bytes of the lists, and the most that there may be.
    bytes: usize,
    allowance: usize,
}

impl Recorder {
    /// As many pieces can be recorded at once.
    pub(crate) const MOST_PIECES: usize = u16::MAX as usize;
    /// Pieces further apart than this are not recorded together.
    pub(crate) const SPAN: usize = 1 << 19;
    /// A piece is given up if updating its referrers means looking at more pointers: it would make a long
    /// pause.
    const MOST_COST: usize = 1 << 17;
    /// An object costs at least as much as so many pointers.
    const LEAST_COST: usize = 16;

    /// Records who points into the pieces at these addresses, each of `1 << shift` bytes and aligned to that.
    pub(crate) fn new(pieces: &[usize], shift: u32) -> Self {
        let numbers = pieces.iter().map(|piece| piece >> shift);
        let base = numbers.clone().min().unwrap_or(0);
        let len = numbers.clone().max().map_or(0, |last| last - base + 1);
        assert!(pieces.len() <= Self::MOST_PIECES && len <= Self::SPAN);
        let mut places = vec![0; len];
        for (number, list) in numbers.zip(1..=u16::MAX) {
            places[number - base] = list;
        }
        let lists = pieces.iter().map(|_| Referrers::default()).collect();
        Self { base, shift, places, lists, bytes: 0, allowance: usize::MAX }
    }

    /// Which piece the header of `object` lies in.
    #[inline]
    pub(crate) fn piece_of(&self, object: Object) -> Option<usize> {
        let number = ((object.addr() - WORD) >> self.shift).wrapping_sub(self.base);
        match self.places.get(number) {
            None | Some(0) => None,
            Some(&list) => Some(usize::from(list) - 1),
        }
    }

    /// What is known of a piece.
    pub(crate) fn referrers(&self, piece: usize) -> &Referrers {
        &self.lists[piece]
    }

    /// What is known of a piece, which is forgotten: it is given up from here on.
    pub(crate) fn take(&mut self, piece: usize) -> Referrers {
        let given_up = Referrers { given_up: true, ..Referrers::default() };
        let referrers = core::mem::replace(&mut self.lists[piece], given_up);
        self.bytes -= referrers.bytes();
        referrers
    }

    /// Bytes of the lists.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes the lists may grow by.
    pub(crate) fn allow(&mut self, more: usize) {
        self.allowance = self.bytes.saturating_add(more);
    }

    fn add(&mut self, target: Object, referrer: Option<Referrer>, cost: usize) {
        let Some(piece) = self.piece_of(target) else { return };
        let referrers = &mut self.lists[piece];
        if referrers.given_up || referrer.is_some() && referrers.list.last() == referrer.as_ref() {
            return;
        }
        match referrer {
            Some(referrer) => self.push(piece, cost, |lists| &mut lists.list, referrer),
            None => self.give_up(piece),
        }
    }

    /// Takes note of a slot of the root table.
    pub(crate) fn note_root(&mut self, target: Object, slot: u32) {
        if let Some(piece) = self.piece_of(target).filter(|&piece| !self.lists[piece].given_up) {
            self.push(piece, 1, |lists| &mut lists.roots, slot);
        }
    }

    /// Adds to a list, or gives the piece up if that is too much.
    fn push<T>(&mut self, piece: usize, cost: usize, list: impl Fn(&mut Referrers) -> &mut Vec<T>, value: T) {
        let referrers = &mut self.lists[piece];
        let before = referrers.bytes();
        referrers.cost += cost;
        let fits = referrers.cost <= Self::MOST_COST && list(referrers).try_reserve(1).is_ok();
        self.bytes += referrers.bytes() - before;
        if fits && self.bytes <= self.allowance {
            list(referrers).push(value);
        } else {
            self.give_up(piece);
        }
    }

    fn give_up(&mut self, piece: usize) {
        self.take(piece);
    }

    /// Takes note of the pointers that `owner` was found to have in some of its elements: those on the
    /// stacks from the given heights on.
    fn note(&mut self, owner: Object, elements: Range<usize>, stacks: [(&EdgeStack, usize); 2]) {
        let referrer = Referrer::new(owner, elements);
        let pointers: usize = stacks.iter().map(|(stack, height)| stack.len() - height).sum();
        let cost = pointers.max(Self::LEAST_COST);
        for (stack, height) in stacks {
            stack.above(height).for_each(|edge| self.add(edge.object(), referrer, cost));
        }
    }
}

impl Recorder {
    /// The same for ephemerons, whose keys and values are on none of these stacks.
    fn note_ephemerons(&mut self, owner: Object, elements: Range<usize>, edges: &[EphemeronEdge]) {
        let referrer = Referrer::new(owner, elements);
        let cost = (2 * edges.len()).max(Self::LEAST_COST);
        for edge in edges {
            self.add(edge.key, referrer, cost);
            self.add(edge.value.object(), referrer, cost);
        }
    }
}

impl Tracer<'_> {
    /// Bytes of what is recorded.
    pub(crate) fn recorded_bytes(&self) -> usize {
        self.recorder.as_ref().map_or(0, |recorder| recorder.bytes())
    }

    /// How many bytes what is recorded may grow by.
    pub(crate) fn allow_recording(&mut self, more: usize) {
        if let Some(recorder) = &mut self.recorder {
            recorder.allow(more);
        }
    }

    /// Visits pointers that cannot be updated: what they point to must not be moved.
    #[cold]
    pub(super) fn give_up_targets(&mut self, visit: impl FnOnce(&mut Self)) {
        let heights = (self.edges.len(), self.weak.len());
        visit(self);
        if let Some(recorder) = &mut self.recorder {
            let targets = self.edges.above(heights.0).chain(self.weak.above(heights.1));
            for piece in targets.filter_map(|edge| recorder.piece_of(edge.object())).collect::<Vec<_>>() {
                recorder.give_up(piece);
            }
        }
    }
}

impl Tracer<'static> {
    /// Visits the pointers in some elements of `owner`, and records whose they are.
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`].
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn trace_and_record(&mut self, owner: Object, info: &TypeInfo, elements: Range<usize>) {
        let heights = (self.edges.len(), self.weak.len());
        let known = self.ephemerons.len();
        // (`lost` itself stays as it is, even if this panics: somebody is owed something.)
        self.lost_lately = false;
        // SAFETY: as in `Object::scan`.
        unsafe { info.trace(owner.payload().as_ptr(), elements.start, elements.end, self) };
        let Some(recorder) = &mut self.recorder else { return };
        if self.lost_lately {
            // Some pointers are on no stack: they may lead anywhere.
            return (0..recorder.lists.len()).for_each(|piece| recorder.give_up(piece));
        }
        recorder.note(owner, elements.clone(), [(&self.edges, heights.0), (&self.weak, heights.1)]);
        recorder.note_ephemerons(owner, elements, &self.ephemerons[known..]);
    }
}

#[cfg(test)]
mod tests {
    use core::ptr::NonNull;

    use super::*;

    /// An object that nobody looks into.
    fn object(addr: usize) -> Object {
        let payload = NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap();
        // SAFETY: the object is used as a name only.
        unsafe { Object::from_payload(payload) }
    }

    #[test]
    fn each_of_many_pieces_has_a_list_of_its_own() {
        const SHIFT: u32 = 16;
        // More than a byte can number, with gaps, in no order.
        let pieces: Vec<usize> = (0..3000).map(|index| (1 << 40) + ((index * 7 % 3000 * 3) << SHIFT)).collect();
        let mut recorder = Recorder::new(&pieces, SHIFT);
        for (index, &piece) in pieces.iter().enumerate() {
            let [first, last] = [WORD, (1 << SHIFT) - WORD].map(|offset| object(piece + offset));
            assert_eq!([first, last].map(|object| recorder.piece_of(object)), [Some(index); 2]);
            let beyond = [object(piece), object(piece + (1 << SHIFT) + WORD)];
            assert_eq!(beyond.map(|object| recorder.piece_of(object)), [None; 2]);
            recorder.add(first, Referrer::new(last, 0..index), 1);
            recorder.note_root(first, index as u32);
        }
        for (index, &piece) in pieces.iter().enumerate() {
            assert_eq!(recorder.referrers(index).roots, [index as u32]);
            let known = recorder.take(index);
            let last = object(piece + (1 << SHIFT) - WORD);
            assert_eq!(known.list, [Referrer { object: last, first: 0, end: index as u32 }]);
            assert!(!known.given_up && recorder.referrers(index).given_up && recorder.referrers(index).list.is_empty());
            // What is found later is of no interest.
            recorder.add(object(piece + WORD), Referrer::new(last, 0..1), 1);
            assert!(recorder.referrers(index).list.is_empty());
        }
        assert_eq!(recorder.bytes(), 0);
    }
}
