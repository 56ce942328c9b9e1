//! Who points into certain pieces of memory: found out while objects are scanned anyway.
//!
//! A compaction in slices must know every pointer into the blocks that it is to empty. It records not the
//! pointers' places, which the program may free or move with a `Vec` that it owns, but their *owners*:
//! objects, and segments of large slices. Whoever is written is scanned again by the next young collection,
//! and recorded again.

use core::ops::Range;

use super::header::WORD;
use super::trace::Tracer;
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
    /// The list is not complete: there are too many, or a pointer that cannot be updated is among them.
    pub(crate) given_up: bool,
}

/// Records the owners of pointers into some pieces of memory.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// The number of the first piece.
    base: usize,
    shift: u32,
    /// For each piece from there on: 0, or which of the lists is its, plus one.
    places: Vec<u8>,
    lists: Vec<Referrers>,
}

impl Recorder {
    /// As many pieces can be recorded at once.
    pub(crate) const MOST_PIECES: usize = u8::MAX as usize;
    /// Pieces further apart than this are not recorded together.
    pub(crate) const SPAN: usize = 1 << 19;
    /// A piece with more referrers is given up: updating them would make a long pause.
    const MOST_REFERRERS: usize = 1 << 13;

    /// Records who points into the pieces at these addresses, each of `1 << shift` bytes and aligned to that.
    pub(crate) fn new(pieces: &[usize], shift: u32) -> Self {
        let numbers = pieces.iter().map(|piece| piece >> shift);
        let base = numbers.clone().min().unwrap_or(0);
        let len = numbers.clone().max().map_or(0, |last| last - base + 1);
        assert!(pieces.len() <= Self::MOST_PIECES && len <= Self::SPAN);
        let mut places = vec![0; len];
        for (number, list) in numbers.zip(1..=u8::MAX) {
            places[number - base] = list;
        }
        let lists = pieces.iter().map(|_| Referrers::default()).collect();
        Self { base, shift, places, lists }
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

    fn add(&mut self, target: Object, referrer: Option<Referrer>) {
        let Some(piece) = self.piece_of(target) else { return };
        let referrers = &mut self.lists[piece];
        if referrers.given_up || referrer.is_some() && referrers.list.last() == referrer.as_ref() {
            return;
        }
        match referrer.filter(|_| referrers.list.len() < Self::MOST_REFERRERS) {
            Some(referrer) => referrers.list.push(referrer),
            None => self.give_up(piece),
        }
    }

    fn give_up(&mut self, piece: usize) {
        self.lists[piece] = Referrers { list: Vec::new(), given_up: true };
    }

    /// Takes note of the pointers that `owner` was found to have in some of its elements: those on the
    /// stacks from the given heights on.
    fn note(&mut self, owner: Object, elements: Range<usize>, stacks: [(&EdgeStack, usize); 2]) {
        let referrer = match (u32::try_from(elements.start), u32::try_from(elements.end)) {
            (Ok(first), Ok(end)) => Some(Referrer { object: owner, first, end }),
            _ => None,
        };
        for (stack, height) in stacks {
            stack.above(height).for_each(|edge| self.add(edge.object(), referrer));
        }
    }
}

impl Tracer<'_> {
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
        // (`lost` itself stays as it is, even if this panics: somebody is owed something.)
        self.lost_lately = false;
        // SAFETY: as in `Object::scan`.
        unsafe { info.trace(owner.payload().as_ptr(), elements.start, elements.end, self) };
        let Some(recorder) = &mut self.recorder else { return };
        if self.lost_lately {
            // Some pointers are on no stack: they may lead anywhere.
            return (0..recorder.lists.len()).for_each(|piece| recorder.give_up(piece));
        }
        recorder.note(owner, elements, [(&self.edges, heights.0), (&self.weak, heights.1)]);
    }
}
