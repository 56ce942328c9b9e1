//! What lies side by side in a block: runs of objects with no granule free between them, from its mark bytes.
//!
//! A run is copied as a whole, marks and all, so that what has to be known of each object is known here: that its mark says
//! nothing but that it lives, and that its header holds nothing that moving would change. An object of which that is not so is a
//! run by itself, and *apart*: whoever moves it has to look at it.

use super::extents::{STEP, list, marked};
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
    /// How many of the edges there are.
    len: usize,
    /// Where runs begin and end, in turns.
    edges: [u16; 2 * BLOCK_GRANULES + STEP],
    /// The first granules of runs.
    bits: Bits,
    /// The last ones of runs.
    until: Bits,
    /// The first and the last granules of objects.
    starts: Bits,
    ends: Bits,
    /// The first granules of objects that are apart.
    apart: Bits,
    any_apart: bool,
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
        let (edges, seen) = ([0; 2 * BLOCK_GRANULES + STEP], Seen::default());
        let [bits, until, starts, ends, apart] = [[0; WORDS]; 5];
        Self(Box::new(Lists { len: 0, edges, bits, until, starts, ends, apart, any_apart: false, seen }))
    }

    /// Makes it those of `block`, in which there is no new object with a destructor: those have no end yet (M3).
    pub(crate) fn read(&mut self, block: Block, epoch: Epoch) {
        self.look(block, epoch);
        if self.0.seen.others {
            self.set_others_apart(block);
            self.part();
        }
    }

    /// The same for a block whose objects are to be moved: those are apart, too, whose headers have to be looked at.
    pub(crate) fn read_to_move(&mut self, block: Block, epoch: Epoch) {
        self.look(block, epoch);
        let (others, by_headers) = (self.0.seen.others, block.needs_headers());
        if others {
            self.set_others_apart(block);
        }
        if by_headers {
            self.set_particular_apart(block);
        }
        if others || by_headers {
            self.part();
        }
    }

    /// Finds what just lives, and the runs if nothing is apart.
    fn look(&mut self, block: Block, epoch: Epoch) {
        let plain = Mark::scanned(epoch);
        self.0.any_apart = false;
        #[cfg(target_arch = "x86_64")]
        if crate::processor::is_wide() {
            // SAFETY: the processor has what the function needs.
            return unsafe { wide::look(&mut self.0, block.marks(), plain) };
        }
        let Lists { starts, ends, seen, .. } = &mut *self.0;
        *seen = look(block.marks(), plain, starts, ends);
        self.0.find();
    }

    #[cold]
    fn set_others_apart(&mut self, block: Block) {
        let Lists { starts, apart, .. } = &mut *self.0;
        for (word, marks) in block.marks().as_chunks::<WORD>().0.iter().enumerate() {
            let (all, _) = marked(marks);
            apart[word] = all & !starts[word];
            starts[word] = all;
        }
        self.0.any_apart = true;
    }

    /// Sets those apart whose headers say more than their type.
    #[cold]
    fn set_particular_apart(&mut self, block: Block) {
        if !self.0.seen.others {
            self.0.apart = [0; WORDS];
        }
        self.0.any_apart = true;
        for granule in places(&self.0.starts.clone(), 0..BLOCK_GRANULES) {
            // SAFETY: its byte has a colour, or `DEAD`, so that a header lies in the granule (M1).
            let object = unsafe { Object::from_granule(block.granule(granule)) };
            if object.is_particular() {
                set(&mut self.0.apart, granule);
            }
        }
    }

    /// Finds the runs when some objects are apart. Such an object is a run by itself: what lies before it ends there, and what comes
    /// after it begins anew.
    #[cold]
    fn part(&mut self) {
        self.0.find();
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
        let Lists { len, edges, bits, until, .. } = &mut *self.0;
        *len = 0;
        for (first, last) in places(bits, 0..BLOCK_GRANULES).zip(places(until, 0..BLOCK_GRANULES)) {
            edges[*len] = first as u16;
            edges[*len + 1] = last as u16 + 1;
            *len += 2;
        }
    }

    /// Makes it those of no block.
    pub(crate) fn clear(&mut self) {
        self.0.len = 0;
    }

    /// The first granule of each run, and the one after its last.
    #[inline]
    pub(crate) fn all(&self) -> &[[u16; 2]] {
        self.0.edges[..self.0.len].as_chunks().0
    }

    /// A bit for each first granule.
    pub(crate) fn bits(&self) -> &Bits {
        &self.0.bits
    }

    /// True if the run that begins at a granule is an object that is apart.
    #[inline]
    pub(crate) fn is_apart(&self, granule: usize) -> bool {
        self.0.any_apart && has(&self.0.apart, granule)
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

impl Lists {
    /// Finds the runs, if nothing is apart. (If something is, [`Runs::part`] comes after it.)
    #[inline(always)]
    fn find(&mut self) {
        let Self { len, edges, bits, until, starts, ends, seen, .. } = self;
        let (mut count, mut ended, mut stopped) = (0, 0, 0);
        for word in 0..WORDS {
            let (start, end) = (starts[word], ends[word]);
            let next = starts.get(word + 1).map_or(0, |next| next << (WORD - 1));
            let (begins, stops) = (start & !(end << 1 | ended), end & !(start >> 1 | next));
            (bits[word], until[word]) = (begins, stops);
            // Between two runs lies a granule that is free: none begins where another has ended.
            count = list(edges, count, begins | stops << 1 | stopped, (word * WORD) as u16);
            (ended, stopped) = (end >> (WORD - 1), stops >> (WORD - 1));
        }
        edges[count] = BLOCK_GRANULES as u16;
        count += stopped as usize;
        debug_assert!(seen.others || count.is_multiple_of(2), "M2: an object has no end");
        *len = count;
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

/// What newer processors do with fewer instructions.
#[cfg(target_arch = "x86_64")]
mod wide {
    use core::arch::x86_64::*;

    use super::*;

    /// [`super::look`], and [`Lists::find`].
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn look(lists: &mut Lists, marks: &[MarkByte; BLOCK_GRANULES], plain: Mark) {
        const HALF: usize = WORD / 2;
        let plain_bytes = _mm256_set1_epi8(plain.bits() as i8);
        let told = _mm256_set1_epi8(!Mark::END.with(Mark::DROP).bits() as i8);
        let zero = _mm256_setzero_si256();
        let (mut all, mut others, mut count) = (zero, zero, 0);
        for word in 0..WORDS {
            let (mut start, mut end) = (0, 0);
            for half in 0..2 {
                // SAFETY: what is loaded are marks, which nobody writes now.
                let bytes = unsafe { _mm256_loadu_si256(marks.as_ptr().add(word * WORD + half * HALF).cast()) };
                let state = _mm256_and_si256(bytes, told);
                let is_plain = _mm256_cmpeq_epi8(state, plain_bytes);
                all = _mm256_or_si256(all, bytes);
                others = _mm256_or_si256(others, _mm256_andnot_si256(is_plain, state));
                start |= u64::from(_mm256_movemask_epi8(is_plain) as u32) << (half * HALF);
                // The top bit of each byte is what is gathered; a shift of pairs of bytes gets another there.
                end |= u64::from(_mm256_movemask_epi8(_mm256_slli_epi16::<3>(bytes)) as u32) << (half * HALF);
            }
            count += start.count_ones() as usize;
            (lists.starts[word], lists.ends[word]) = (start, end);
        }
        let has_drop = _mm256_movemask_epi8(_mm256_slli_epi16::<2>(all)) != 0;
        lists.seen = Seen { plain: count, others: _mm256_testz_si256(others, others) == 0, drop: has_drop };
        lists.find();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Space;
    use crate::memory::hole::ObjectWalk;

    /// The runs of a block, found object by object.
    fn walked(block: Block, epoch: Epoch) -> Vec<[u16; 2]> {
        let mut runs: Vec<[u16; 2]> = Vec::new();
        let mut was_apart = false;
        for found in ObjectWalk::of(block) {
            let (first, end) = (found.first as u16, found.last as u16 + 1);
            let is_apart = !found.mark.is_plain(epoch);
            match runs.last_mut() {
                Some(run) if run[1] == first && !was_apart && !is_apart => run[1] = end,
                _ => runs.push([first, end]),
            }
            was_apart = is_apart;
        }
        runs
    }

    #[test]
    fn runs_are_those_found_object_by_object() {
        let mut space = Space::new(usize::MAX, false, false);
        space.grow().unwrap();
        let block = space.take_free(Epoch::Odd).unwrap();
        let mut runs = Runs::new();
        let mut random = 1_u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) % limit
        };
        for round in 0..120 {
            block.clear_marks();
            // From objects that leave no granule free to a few; and from such as are all alike to many that are apart.
            let (gap, most) = ([1, 2, 20, 300][round % 4], [1, 3, 70, 512][round / 4 % 4]);
            let (one_in, mortal) = ([1, 2, 40, u64::MAX][round / 16 % 4], round % 3 == 0);
            let mut granule = below(gap) as usize;
            while granule < BLOCK_GRANULES {
                let last = (granule + below(most) as usize).min(BLOCK_GRANULES - 1);
                let plain = Mark::scanned(Epoch::Even);
                let mark = match below(one_in) {
                    0 => [
                        Mark::DEAD,
                        Mark::scanned(Epoch::Odd),
                        Mark::being_scanned(Epoch::Even),
                        plain.with(Mark::WEAK),
                    ][below(4) as usize],
                    _ if mortal && below(9) == 0 => plain.with(Mark::DROP),
                    _ => plain,
                };
                block.marks()[last].store(Mark::END);
                block.marks()[granule].store(if last == granule { mark.with(Mark::END) } else { mark });
                granule = last + 1 + below(gap) as usize;
            }
            runs.read(block, Epoch::Even);
            let expected = walked(block, Epoch::Even);
            assert_eq!(runs.all(), expected, "round {round}");
            let objects: Vec<_> = ObjectWalk::of(block).collect();
            for &[first, end] in &expected {
                let (first, last) = (usize::from(first), usize::from(end) - 1);
                assert!(has(runs.bits(), first));
                assert_eq!(runs.is_apart(first), !block.marks()[first].load().is_plain(Epoch::Even), "round {round}");
                let inside = || objects.iter().filter(|found| (first..=last).contains(&found.first));
                assert!(runs.objects(first..last + 1).eq(inside().map(|found| found.first)));
                assert_eq!(runs.next_end(first), inside().next().unwrap().last);
                let middle = first + (last - first) / 2;
                let ended = inside().map(|found| found.last).rfind(|&end| end < middle);
                assert_eq!(runs.last_end(first..middle), ended, "round {round}");
            }
            assert_eq!(runs.bits().iter().map(|bits| bits.count_ones() as usize).sum::<usize>(), expected.len());
            let plain = objects.iter().filter(|found| found.mark.is_plain(Epoch::Even));
            assert_eq!(runs.plain(), plain.clone().count());
            assert_eq!(runs.has_destructors(), objects.iter().any(|found| found.mark.has(Mark::DROP)));
            // Whichever way the marks are looked at.
            let [mut starts, mut ends] = [[0; WORDS]; 2];
            for look in [look, look_by_bytes] {
                let seen = look(block.marks(), Mark::scanned(Epoch::Even), &mut starts, &mut ends);
                assert_eq!((seen.plain, seen.drop), (runs.plain(), runs.has_destructors()));
                assert_eq!(seen.others, plain.clone().count() < objects.len());
                assert_eq!(ends, runs.0.ends, "round {round}");
                assert!(starts.iter().zip(&runs.0.starts).all(|(plain, all)| plain & !all == 0));
            }
        }
        block.clear_marks();
    }

    #[test]
    fn marks_are_added_and_others_stay() {
        let mut space = Space::new(usize::MAX, false, false);
        space.grow().unwrap();
        let [from, to] = [(); 2].map(|()| space.take_free(Epoch::Odd).unwrap());
        let neighbour = Mark::scanned(Epoch::Odd).with(Mark::END);
        from.marks().iter().for_each(|mark| mark.store(Mark::scanned(Epoch::Even)));
        for granules in (1..=40).chain([1000]) {
            for (first, at) in [(0, 1), (700, 33), (BLOCK_GRANULES - granules, 2000), (9, BLOCK_GRANULES - granules)] {
                to.marks().iter().for_each(|mark| mark.store(neighbour));
                to.marks()[at..at + granules].iter().for_each(|mark| mark.store(Mark::CLEAR));
                from.copy_marks(first, to, at, granules);
                for (index, mark) in to.marks().iter().enumerate() {
                    let is_new = (at..at + granules).contains(&index);
                    assert_eq!(mark.load(), if is_new { Mark::scanned(Epoch::Even) } else { neighbour }, "{granules}");
                }
            }
        }
        [from, to].into_iter().for_each(Block::clear_marks);
    }
}
