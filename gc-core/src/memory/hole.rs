//! Holes: runs of free granules in a block, and how they are found.
//!
//! The bytes of free granules are 0, and so are those inside an object between its header and its
//! end; so a walk alternates between "the next byte that is not 0 is a header" and "the next one is
//! the end", and passes over zeros a word at a time.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::block::Block;
use super::geometry::{BLOCK_GRANULES, GRANULE};
use super::mark_byte::{Mark, MarkByte};
use crate::object::Object;

const WORD: usize = size_of::<usize>();

/// A run of free granules that nobody else can reach.
#[derive(Debug)]
pub(crate) struct Hole {
    pub(crate) start: NonNull<u8>,
    pub(crate) bytes: usize,
}

impl Hole {
    /// Cuts `bytes`, a multiple of the granule, off the front, so that their start plus `payload` is a
    /// multiple of `align`. What has to be skipped for it stays free.
    #[inline]
    pub(crate) fn take(&mut self, bytes: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let at = self.start.addr().get() + payload;
        let skip = if align <= GRANULE { 0 } else { at.next_multiple_of(align) - at };
        let rest = self.bytes.checked_sub(skip + bytes)?;
        // SAFETY: `skip + bytes` are no more than the hole has.
        let (taken, start) = unsafe { (self.start.add(skip), self.start.add(skip + bytes)) };
        (self.start, self.bytes) = (start, rest);
        Some(taken)
    }
}

/// The index of the first mark at or after `from` that is not 0, or the number of marks.
#[inline]
pub(crate) fn next_marked(marks: &[MarkByte; BLOCK_GRANULES], from: usize) -> usize {
    let within = from % WORD;
    let mut index = from - within;
    // Those before `from` in its word do not count.
    let mut wanted =
        if cfg!(target_endian = "little") { usize::MAX << (8 * within) } else { usize::MAX >> (8 * within) };
    while index < BLOCK_GRANULES {
        // SAFETY: the marks of a block are aligned to more than a word, `index` is a multiple of the
        // word's size and below their number, which is one as well.
        let word = unsafe { &*marks.as_ptr().add(index).cast::<AtomicUsize>() };
        // Relaxed: nobody else writes these marks while a block is walked.
        let word = word.load(Relaxed) & wanted;
        if word != 0 {
            let zeros = if cfg!(target_endian = "little") { word.trailing_zeros() } else { word.leading_zeros() };
            return index + zeros as usize / 8;
        }
        wanted = usize::MAX;
        index += WORD;
    }
    BLOCK_GRANULES
}

/// Walks the objects of a block that have a colour or are dead, in address order.
///
/// Between two calls of `next` the caller may change the marks of objects already given, and may
/// clear them.
pub(crate) struct ObjectWalk {
    block: Block,
    next: usize,
}

/// An object that a walk found: where, and how far it reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// The first granule, counted from the block's start.
    pub(crate) first: usize,
    /// The last one.
    pub(crate) last: usize,
    /// The byte of the first.
    pub(crate) mark: Mark,
}

impl Found {
    pub(crate) fn granules(self) -> usize {
        self.last - self.first + 1
    }
}

impl ObjectWalk {
    pub(crate) fn of(block: Block) -> Self {
        Self { block, next: 0 }
    }
}

impl Iterator for ObjectWalk {
    type Item = Found;

    #[inline]
    fn next(&mut self) -> Option<Found> {
        let marks = self.block.marks();
        let first = next_marked(marks, self.next);
        if first == BLOCK_GRANULES {
            return None;
        }
        let mark = marks[first].load();
        let last = if mark.has(Mark::END) {
            first
        } else if mark.is_coloured() || mark.has(Mark::DEAD) {
            next_marked(marks, first + 1)
        } else {
            // A new object with a destructor: it has no end yet (M3), but it is whole, because it
            // has its DROP bit.
            // SAFETY: only header granules of whole objects have marks without END and colour.
            let object = unsafe { Object::from_granule(self.block.granule(first)) };
            first + object.granules() - 1
        };
        debug_assert!(last < BLOCK_GRANULES, "M2: an object has no end");
        self.next = last + 1;
        Some(Found { first, last, mark })
    }
}

/// Finds the holes of a block, in address order.
#[derive(Debug)]
pub(crate) struct HoleWalk {
    block: Block,
    next: usize,
}

impl HoleWalk {
    pub(crate) fn of(block: Block) -> Self {
        Self { block, next: 0 }
    }

    /// The next hole with at least `granules`.
    pub(crate) fn next(&mut self, granules: usize) -> Option<Hole> {
        let marks = self.block.marks();
        let mut from = self.next;
        while from < BLOCK_GRANULES {
            let first = next_marked(marks, from);
            let free = first - from;
            let hole = from;
            from = match first {
                BLOCK_GRANULES => BLOCK_GRANULES,
                _ if marks[first].load().has(Mark::END) => first + 1,
                _ => next_marked(marks, first + 1) + 1,
            };
            if free >= granules {
                self.next = from;
                return Some(Hole { start: self.block.granule(hole), bytes: free * GRANULE });
            }
        }
        self.next = from;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::mark_byte::Mark;

    #[repr(align(64))]
    struct Marks([MarkByte; BLOCK_GRANULES]);

    #[test]
    fn the_next_mark_is_the_next_that_is_not_0() {
        let mut marks = Marks(core::array::from_fn(|_| MarkByte::new(Mark::CLEAR)));
        assert_eq!(next_marked(&marks.0, 0), BLOCK_GRANULES);
        // Distances from 1 to 40, in all places in a word.
        let set = |index: usize| index.isqrt() * (index.isqrt() + 1) % 41 == index % 41;
        for index in (0..BLOCK_GRANULES).filter(|&index| set(index)) {
            // One with its highest bit, and one with its lowest.
            marks.0[index] = MarkByte::new(if index % 2 == 0 { Mark::DEAD } else { Mark::of_bits(1) });
        }
        for from in 0..=BLOCK_GRANULES {
            let naive = (from..BLOCK_GRANULES).find(|&index| set(index)).unwrap_or(BLOCK_GRANULES);
            assert_eq!(next_marked(&marks.0, from), naive, "from {from}");
        }
    }
}
