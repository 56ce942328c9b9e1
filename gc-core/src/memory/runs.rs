//! What lies side by side in a block: runs of objects with no granule free between them, from its mark bytes.
//!
//! A run is copied as a whole, marks and all, so that what has to be known of each object is known here: that its mark says
//! nothing but that it lives, and that its header holds nothing that moving would change. An object of which that is not so is a
//! run by itself, and *apart*: whoever moves it has to look at it.

use super::extents::{list, marked};
use super::geometry::BLOCK_GRANULES;
use super::mark_byte::MarkByte;
use super::{Block, Epoch, Mark};
use crate::object::Object;

/// Granules whose marks are looked at together.
pub(super) const WORD: usize = 64;
/// As many as a block has of those.
const WORDS: usize = BLOCK_GRANULES / WORD;

/// A bit for each granule of a block.
pub(crate) type Bits = [u64; WORDS];

/// The runs of a block, in the order of their addresses.
pub(crate) struct Runs(Box<Lists>);

struct Lists {
    len: usize,
    first: [u16; BLOCK_GRANULES + super::extents::STEP],
    last: [u16; BLOCK_GRANULES + super::extents::STEP],
    /// The first granules of runs.
    bits: Bits,
    /// The last ones of runs.
    until: Bits,
    /// The first and the last granules of objects.
    starts: Bits,
    ends: Bits,
    /// The first granules of objects that are apart.
    apart: Bits,
    seen: Seen,
}

/// What there is among the marks of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Objects that just live.
    pub(super) plain: usize,
    /// Objects of which more is to be said.
    pub(super) others: bool,
    /// Objects with destructors.
    pub(super) drop: bool,
}

impl Runs {
    /// Those of no block.
    pub(crate) fn new() -> Self {
        const LISTED: usize = BLOCK_GRANULES + super::extents::STEP;
        let (first, last, seen) = ([0; LISTED], [0; LISTED], Seen::default());
        let [bits, until, starts, ends, apart] = [[0; WORDS]; 5];
        Self(Box::new(Lists { len: 0, first, last, bits, until, starts, ends, apart, seen }))
    }

    /// Makes it those of `block`, in which there is no new object with a destructor: those have no end yet (M3).
    pub(crate) fn read(&mut self, block: Block, epoch: Epoch) {
        self.look(block, epoch);
        if self.0.seen.others {
            self.set_others_apart(block);
        }
        self.find(self.0.seen.others);
    }

    /// The same for a block whose objects are to be moved: those are apart, too, whose headers have to be looked at.
    pub(crate) fn read_to_move(&mut self, block: Block, epoch: Epoch) {
        self.look(block, epoch);
        if self.0.seen.others {
            self.set_others_apart(block);
        }
        let by_headers = block.needs_headers();
        if by_headers {
            self.set_particular_apart(block);
        }
        self.find(self.0.seen.others || by_headers);
    }

    fn look(&mut self, block: Block, epoch: Epoch) {
        let Lists { starts, ends, seen, .. } = &mut *self.0;
        *seen = look(block.marks(), Mark::scanned(epoch), starts, ends);
    }

    #[cold]
    fn set_others_apart(&mut self, block: Block) {
        let Lists { starts, apart, .. } = &mut *self.0;
        for (word, marks) in block.marks().as_chunks::<WORD>().0.iter().enumerate() {
            let (all, _) = marked(marks);
            apart[word] = all & !starts[word];
            starts[word] = all;
        }
    }

    /// Sets those apart whose headers say more than their type.
    #[cold]
    fn set_particular_apart(&mut self, block: Block) {
        if !self.0.seen.others {
            self.0.apart = [0; WORDS];
        }
        for granule in places(&self.0.starts.clone(), 0..BLOCK_GRANULES) {
            // SAFETY: its byte has a colour, or `DEAD`, so that a header lies in the granule (M1).
            let object = unsafe { Object::from_granule(block.granule(granule)) };
            if object.is_particular() {
                set(&mut self.0.apart, granule);
            }
        }
    }

    /// Finds the runs.
    #[inline]
    fn find(&mut self, any_apart: bool) {
        let Lists { bits, until, starts, ends, apart, .. } = &mut *self.0;
        let mut ended = 0;
        for word in 0..WORDS {
            let (start, end) = (starts[word], ends[word]);
            let next = starts.get(word + 1).map_or(0, |next| next << (WORD - 1));
            bits[word] = start & !(end << 1 | ended);
            until[word] = end & !(start >> 1 | next);
            ended = end >> (WORD - 1);
        }
        if any_apart {
            self.part();
        } else {
            *apart = [0; WORDS];
        }
        let Lists { len, first, last, bits, until, .. } = &mut *self.0;
        let (mut firsts, mut lasts) = (0, 0);
        for word in 0..WORDS {
            let at = (word * WORD) as u16;
            firsts = list(first, firsts, bits[word], at);
            lasts = list(last, lasts, until[word], at);
        }
        debug_assert_eq!(firsts, lasts, "M2: an object has no end");
        *len = firsts.min(lasts);
    }

    /// Makes what is apart a run by itself: what lies before it ends there, and what comes after it begins anew.
    #[cold]
    fn part(&mut self) {
        for first in places(&self.0.apart.clone(), 0..BLOCK_GRANULES) {
            let last = self.next_end(first);
            let Lists { bits, until, starts, ends, .. } = &mut *self.0;
            set(bits, first);
            set(until, last);
            if first > 0 && has(ends, first - 1) {
                set(until, first - 1);
            }
            if last + 1 < BLOCK_GRANULES && has(starts, last + 1) {
                set(bits, last + 1);
            }
        }
    }

    /// Makes it those of no block.
    pub(crate) fn clear(&mut self) {
        self.0.len = 0;
    }

    /// The first granules of the runs.
    #[inline]
    pub(crate) fn first(&self) -> &[u16] {
        &self.0.first[..self.0.len]
    }

    /// The last ones.
    #[inline]
    pub(crate) fn last(&self) -> &[u16] {
        &self.0.last[..self.0.len]
    }

    /// A bit for each first granule.
    pub(crate) fn bits(&self) -> &Bits {
        &self.0.bits
    }

    /// True if the run that begins at a granule is an object that is apart.
    #[inline]
    pub(crate) fn is_apart(&self, granule: usize) -> bool {
        has(&self.0.apart, granule)
    }

    /// How many objects are in the block whose marks say that they live, and nothing else.
    pub(crate) fn plain(&self) -> usize {
        self.0.seen.plain
    }

    /// True if some of the objects have destructors.
    pub(crate) fn has_destructors(&self) -> bool {
        self.0.seen.drop
    }

    /// The first granules of the objects that begin in a part of the block.
    pub(crate) fn objects(&self, part: core::ops::Range<usize>) -> impl Iterator<Item = usize> {
        places(&self.0.starts, part)
    }

    /// The last granule of the first object that ends at `from` or after it.
    pub(crate) fn next_end(&self, from: usize) -> usize {
        places(&self.0.ends, from..BLOCK_GRANULES).next().unwrap_or(BLOCK_GRANULES - 1)
    }

    /// The last granule of the last object that ends in a part of the block.
    pub(crate) fn last_end(&self, part: core::ops::Range<usize>) -> Option<usize> {
        let (from, to) = (part.start, part.end.checked_sub(1)?);
        let mut word = to / WORD;
        let mut bits = self.0.ends[word] & (u64::MAX >> (WORD - 1 - to % WORD));
        while bits == 0 {
            if word <= from / WORD {
                return None;
            }
            word -= 1;
            bits = self.0.ends[word];
        }
        Some(word * WORD + WORD - 1 - bits.leading_zeros() as usize).filter(|&end| end >= from)
    }
}

#[inline]
fn has(bits: &Bits, granule: usize) -> bool {
    bits[granule / WORD] >> (granule % WORD) & 1 != 0
}

fn set(bits: &mut Bits, granule: usize) {
    bits[granule / WORD] |= 1 << (granule % WORD);
}

/// The places of the bits that are set in a part.
fn places(bits: &Bits, part: core::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let mut word = part.start / WORD;
    let mut rest = bits.get(word).map_or(0, |bits| bits & (u64::MAX << (part.start % WORD)));
    core::iter::from_fn(move || {
        while rest == 0 {
            word += 1;
            if word * WORD >= part.end {
                return None;
            }
            rest = *bits.get(word)?;
        }
        let place = word * WORD + rest.trailing_zeros() as usize;
        rest &= rest - 1;
        (place < part.end).then_some(place)
    })
}

/// Finds the bytes that say no more than `plain`, but for `END` and `DROP`, and those that have `END`.
#[cfg(target_arch = "x86_64")]
fn look(marks: &[MarkByte; BLOCK_GRANULES], plain: Mark, starts: &mut Bits, ends: &mut Bits) -> Seen {
    use core::arch::x86_64::*;
    const QUARTER: usize = WORD / 4;
    // SAFETY: every x86-64 processor has SSE2; what is loaded are marks, which nobody writes now.
    unsafe {
        let plain_bytes = _mm_set1_epi8(plain.bits() as i8);
        let told = _mm_set1_epi8(!Mark::END.with(Mark::DROP).bits() as i8);
        let zero = _mm_setzero_si128();
        let (mut all, mut others, mut counts) = (zero, zero, zero);
        for word in 0..WORDS {
            let (mut start, mut end) = (0, 0);
            // No byte counts to more than four.
            let mut count = zero;
            for quarter in 0..4 {
                let bytes = _mm_loadu_si128(marks.as_ptr().add(word * WORD + quarter * QUARTER).cast());
                let state = _mm_and_si128(bytes, told);
                let is_plain = _mm_cmpeq_epi8(state, plain_bytes);
                all = _mm_or_si128(all, bytes);
                others = _mm_or_si128(others, _mm_andnot_si128(is_plain, state));
                count = _mm_sub_epi8(count, is_plain);
                start |= u64::from(_mm_movemask_epi8(is_plain) as u16) << (quarter * QUARTER);
                // The top bit of each byte is what is gathered; a shift of pairs of bytes gets the others there.
                end |= u64::from(_mm_movemask_epi8(_mm_slli_epi16::<3>(bytes)) as u16) << (quarter * QUARTER);
            }
            counts = _mm_add_epi64(counts, _mm_sad_epu8(count, zero));
            (starts[word], ends[word]) = (start, end);
        }
        let has_drop = _mm_movemask_epi8(_mm_slli_epi16::<2>(all)) != 0;
        let has_others = _mm_movemask_epi8(_mm_cmpeq_epi8(others, zero)) != 0xffff;
        let halves = _mm_add_epi64(counts, _mm_unpackhi_epi64(counts, counts));
        Seen { plain: _mm_cvtsi128_si64(halves) as usize, others: has_others, drop: has_drop }
    }
}

/// The same, byte by byte.
#[cfg(any(not(target_arch = "x86_64"), test))]
fn look_by_bytes(marks: &[MarkByte; BLOCK_GRANULES], plain: Mark, starts: &mut Bits, ends: &mut Bits) -> Seen {
    let mut seen = Seen::default();
    for (word, marks) in marks.as_chunks::<WORD>().0.iter().enumerate() {
        let (mut start, mut end) = (0, 0);
        for (index, mark) in marks.iter().enumerate() {
            let mark = mark.load();
            let state = mark.without(Mark::END.with(Mark::DROP));
            start |= u64::from(state == plain) << index;
            end |= u64::from(mark.has(Mark::END)) << index;
            seen.others |= state != plain && !state.is_clear();
            seen.drop |= mark.has(Mark::DROP);
        }
        seen.plain += start.count_ones() as usize;
        (starts[word], ends[word]) = (start, end);
    }
    seen
}

#[cfg(not(target_arch = "x86_64"))]
use look_by_bytes as look;
