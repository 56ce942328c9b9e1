//! All objects of a block at once: its mark bytes as bits.
//!
//! A walk from object to object ([`ObjectWalk`](super::hole::ObjectWalk)) takes a jump that no processor can foresee at
//! every object's beginning and end. Who does not need the marks one by one, because nothing changes them meanwhile, reads
//! 64 of them into two words of bits here, and has what is left of the work in registers.

use super::Block;
use super::geometry::BLOCK_GRANULES;
use super::mark_byte::MarkByte;

/// Granules whose marks are looked at together.
const WORD: usize = 64;
/// Places are written so many at a time, wanted or not: no jump depends on their number then, as long as it is small.
pub(super) const STEP: usize = 4;

/// Where the objects of a block are that have a colour or are dead: their first granules, in the order of their addresses.
pub(crate) struct Extents(Box<Lists>);

struct Lists {
    len: usize,
    first: [u16; BLOCK_GRANULES + STEP],
}

impl Extents {
    /// Those of no block.
    pub(crate) fn new() -> Self {
        Self(Box::new(Lists { len: 0, first: [0; BLOCK_GRANULES + STEP] }))
    }

    /// Makes it those of `block`.
    pub(crate) fn read(&mut self, block: Block) {
        let Lists { len, first } = &mut *self.0;
        *len = 0;
        for (word, marks) in block.marks().as_chunks::<WORD>().0.iter().enumerate() {
            *len = list(first, *len, marked(marks).0, (word * WORD) as u16);
        }
    }

    /// The first granules.
    #[inline]
    pub(crate) fn first(&self) -> &[u16] {
        &self.0.first[..self.0.len]
    }
}

/// Writes down the places of the bits, counted from `at`, from the `len`th place on. Returns how many there are then.
#[inline(always)]
pub(super) fn list(places: &mut [u16], len: usize, mut bits: u64, at: u16) -> usize {
    let mut next = len;
    let end = len + bits.count_ones() as usize;
    while let Some(places) = places[next..].first_chunk_mut::<STEP>() {
        for place in places {
            *place = at + bits.trailing_zeros() as u16;
            bits &= bits.wrapping_sub(1);
        }
        next += STEP;
        if bits == 0 {
            break;
        }
    }
    end
}

/// A bit for each mark that has a colour or `DEAD`, and one for each that has `END`.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn marked(marks: &[MarkByte; WORD]) -> (u64, u64) {
    use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_slli_epi16};
    let (mut first, mut last) = (0, 0);
    for quarter in 0..4 {
        // SAFETY: every x86-64 processor has SSE2; the 16 bytes are among the marks, which nobody writes now.
        let (f, l) = unsafe {
            let bytes = _mm_loadu_si128(marks.as_ptr().cast::<__m128i>().add(quarter));
            // The top bit of each byte is what is gathered; a shift of pairs of bytes gets the others there.
            let colour = _mm_or_si128(_mm_slli_epi16::<7>(bytes), _mm_slli_epi16::<6>(bytes));
            (_mm_movemask_epi8(_mm_or_si128(colour, bytes)), _mm_movemask_epi8(_mm_slli_epi16::<3>(bytes)))
        };
        first |= u64::from(f as u16) << (quarter * 16);
        last |= u64::from(l as u16) << (quarter * 16);
    }
    (first, last)
}

/// The same, eight marks at a time.
#[cfg(any(not(target_arch = "x86_64"), test))]
pub(super) fn marked_by_eights(marks: &[MarkByte; WORD]) -> (u64, u64) {
    /// The lowest bits of the eight bytes, the first byte's first.
    fn gather(word: u64) -> u64 {
        (word & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
    let (mut first, mut last) = (0, 0);
    for (index, eight) in marks.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(core::array::from_fn(|byte| eight[byte].load().bits()));
        first |= gather(word | word >> 1 | word >> 7) << (index * 8);
        last |= gather(word >> 4) << (index * 8);
    }
    (first, last)
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) use marked_by_eights as marked;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::hole::ObjectWalk;
    use crate::memory::{Epoch, Mark, Space};

    #[test]
    fn all_at_once_are_those_found_one_by_one() {
        let mut space = Space::new(usize::MAX, false, false);
        space.grow().unwrap();
        let block = space.take_free(Epoch::Odd).unwrap();
        let mut extents = Extents::new();
        let mut random = 1_u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) % limit
        };
        for round in 0..60 {
            block.clear_marks();
            // From objects that leave no granule free to a few.
            let (gap, most) = ([1, 2, 20, 300][round % 4], [1, 3, 70, 512][round / 4 % 4]);
            let mut granule = below(gap) as usize;
            while granule < BLOCK_GRANULES {
                let last = (granule + below(most) as usize).min(BLOCK_GRANULES - 1);
                let mark = match below(4) {
                    0 => Mark::DEAD,
                    1 => Mark::scanned(Epoch::Odd).with(Mark::DROP),
                    2 => Mark::being_scanned(Epoch::Even),
                    _ => Mark::scanned(Epoch::Even),
                };
                block.marks()[last].store(Mark::END);
                block.marks()[granule].store(if last == granule { mark.with(Mark::END) } else { mark });
                granule = last + 1 + below(gap) as usize;
            }
            extents.read(block);
            let walked: Vec<_> = ObjectWalk::of(block).map(|found| found.first as u16).collect();
            let read: Vec<_> = extents.first().to_vec();
            assert_eq!(read, walked, "round {round}");
        }
        block.clear_marks();
    }

    #[test]
    fn bits_are_the_same_eight_marks_at_a_time() {
        for start in 0..=255 {
            let marks: [MarkByte; WORD] =
                core::array::from_fn(|index| MarkByte::new(Mark::of_bits((start + index * index * 7) as u8)));
            assert_eq!(marked(&marks), marked_by_eights(&marks));
        }
    }
}
