//! Where the objects of emptied pieces of memory went: a table for each of those pieces.
//!
//! What lay side by side went as a whole, most of it: as a *run*. A table has a bit for each granule of its piece, which says that a
//! run began there, and the new places of the runs in the order of the old ones. An object's run is the last one that began before
//! it, or with it: the bits up to there are counted to find its place. A run that goes on in another word of bits begins there anew.
//!
//! ```text
//! ┌────────────────────────────────────────────────────────────────────┬────────────────┐
//! │ 32 lines of 64 bytes: the bits of 128 granules each, and 11 places │ further places │
//! └────────────────────────────────────────────────────────────────────┴────────────────┘
//! ```
//!
//! So a look-up costs one line, as one in the old header would; but the lines lie close together and serve several objects each,
//! where the headers are as far apart as the live objects of a sparse piece; and moving an object does not write to its old place.
//!
//! Of a piece that was less sparse the lines stand for fewer granules, down to 16, so that few objects find no place in theirs.
//!
//! Tables take no memory: they lie in the pieces that have been emptied, one after the other, as many in each as there is
//! room for. The array that leads to them has a word for each piece of address space from the first to the last.
//!
//! (A table in the free memory that compaction makes is Haddon and Waite's, Computer Journal 10, 1967; bits that are counted,
//! in place of a search, are those of the Compressor: Kermany and Petrank, PLDI 2006.)
//!
//! - **A5** Every object that was in a piece with a table has an entry; and nobody writes to pieces with tables, or reads what
//!   was there, until the tables are dropped.

use core::ptr::NonNull;

use super::Object;
use super::header::{GRANULE, WORD};

/// Bytes of a piece, and its alignment.
pub(crate) const PIECE: usize = 64 << 10;
/// Granules in a piece.
const GRANULES: usize = PIECE / GRANULE;
/// Granules that share a line, at most and at least.
const MOST: usize = 128;
const LEAST: usize = 16;
/// Runs that share a line, on average, at most.
const FEW: usize = 7;
/// Addresses in a line.
const WITHIN: usize = 11;

/// Some granules of a piece.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line {
    /// A bit for each granule in which a run began.
    moved: [u64; MOST / 64],
    /// How many bits the first word has.
    first: u16,
    /// How many of the further addresses belong to lines before.
    further: u16,
    /// New places of the first of these runs.
    to: [Place; WITHIN],
}

const _: () = assert!(size_of::<Line>() == 64 && MOST == 128);

/// Where a table is, and how many bytes of the piece share a line of it: the power of two is in the bits that the alignment of
/// lines leaves.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Table(NonNull<Line>);

impl Table {
    /// How many granules share a line in the table for so many runs.
    fn share(runs: usize) -> usize {
        let mut share = MOST;
        while share > LEAST && runs * share > FEW * GRANULES {
            share /= 2;
        }
        share
    }

    /// The table in which so many granules share a line.
    fn at(lines: NonNull<Line>, share: usize) -> Self {
        Self(lines.map_addr(|at| at | (share * GRANULE).trailing_zeros() as usize))
    }

    #[inline]
    fn shift(self) -> usize {
        self.0.addr().get() % align_of::<Line>()
    }

    /// How many lines it has.
    fn len(self) -> usize {
        PIECE >> self.shift()
    }

    /// The line of the header at `header`, and which of its granules that is in.
    #[inline]
    fn line(self, header: usize) -> (NonNull<Line>, usize) {
        let shift = self.shift();
        let first = self.0.as_ptr().map_addr(|at| at - shift);
        // SAFETY: a table has a line for each granule of its piece.
        let line = unsafe { NonNull::new_unchecked(first.add((header % PIECE) >> shift)) };
        (line, (header & ((1 << shift) - 1)) / GRANULE)
    }

    /// The places that the lines have no room for.
    fn further(self) -> NonNull<Place> {
        // SAFETY: they come after the last line.
        unsafe { self.line(PIECE - 1).0.add(1).cast() }
    }
}

/// A granule of a piece that objects went to: which of those pieces, and which of its granules.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Place(u32);

impl Place {
    /// Where objects are that went nowhere: in no piece.
    const NOWHERE: Self = Self(u32::MAX);
    /// So many pieces can be told from each other: 64 GiB.
    const PIECES: usize = u32::MAX as usize / GRANULES;

    fn new(piece: usize, granule: usize) -> Self {
        debug_assert!(piece < Self::PIECES && granule < GRANULES);
        Self((piece * GRANULES + granule) as u32)
    }

    /// The place so many granules on: in the same piece, or nowhere as well.
    fn after(self, granules: usize) -> Self {
        Self(self.0.saturating_add(granules as u32))
    }
}

/// Granules that have moved as a whole, from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MovedRun {
    pub(crate) first: u16,
    pub(crate) last: u16,
    /// Where the first one is now: the granule of an object that stands for all that went nowhere, if it did; `None` if they stayed.
    pub(crate) to: Option<NonNull<u8>>,
}

/// The tables of all pieces that have one.
pub(crate) struct BreakTables {
    /// The number of the first piece that may have one, and the tables from there on.
    first: usize,
    tables: Vec<Option<Table>>,
    /// Where the next tables will be: free bytes of an emptied piece.
    room: NonNull<u8>,
    left: usize,
    /// The pieces that objects went to.
    pieces: Vec<NonNull<u8>>,
    /// The payload of an object that stands for all that went nowhere, and its granule.
    nowhere: NonNull<u8>,
    nowhere_granule: usize,
    /// The bits and the new places of the runs at hand, and some places to spare.
    bits: [u64; GRANULES / 64],
    places: Vec<Place>,
    counter: Counter,
}

/// Counts bits: by one instruction, if the processor turns out to have it.
#[derive(Clone, Copy)]
struct Counter {
    #[cfg(target_arch = "x86_64")]
    has_popcnt: bool,
}

impl Counter {
    /// One that asks nothing of the processor.
    const fn plain() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            has_popcnt: false,
        }
    }

    fn new() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            has_popcnt: is_x86_feature_detected!("popcnt"),
        }
    }

    #[inline(always)]
    fn ones(self, bits: u64) -> usize {
        #[cfg(target_arch = "x86_64")]
        if self.has_popcnt {
            let count: u64;
            // SAFETY: the processor has the instruction. It touches a register and the flags.
            unsafe { core::arch::asm!("popcnt {}, {}", out(reg) count, in(reg) bits, options(pure, nomem, nostack)) };
            return count as usize;
        }
        bits.count_ones() as usize
    }
}

impl BreakTables {
    /// Pieces may lie in so many pieces of address space, 64 GiB: their tables are found by an array of 8 MiB then.
    const SPAN: usize = 1 << 20;

    /// No tables yet, for pieces from `first` to `last`; `None` if those lie too far apart, or there is no memory for the array. What
    /// moves to `nowhere` need not lie there as it did before.
    pub(crate) fn new(first: NonNull<u8>, last: NonNull<u8>, nowhere: Object) -> Option<Self> {
        let (first, last) = (first.addr().get() / PIECE, last.addr().get() / PIECE);
        let len = last - first + 1;
        let mut tables = Vec::new();
        if len > Self::SPAN || tables.try_reserve_exact(len).is_err() {
            return None;
        }
        tables.resize(len, None);
        let (nowhere, nowhere_granule) = (nowhere.payload(), nowhere.granule().addr().get());
        Some(Self { first, tables, nowhere, nowhere_granule, counter: Counter::new(), ..Self::none() })
    }

    /// No tables at all.
    pub(crate) const fn none() -> Self {
        Self {
            first: 0,
            tables: Vec::new(),
            room: NonNull::dangling(),
            left: 0,
            pieces: Vec::new(),
            nowhere: NonNull::dangling(),
            nowhere_granule: 0,
            bits: [0; _],
            places: Vec::new(),
            counter: Counter::plain(),
        }
    }

    /// Writes the table of a piece: `began` has a bit for the first granule of each run, in the order of which `runs` says where they
    /// went. False if it cannot be written, and nothing has been.
    ///
    /// # Safety
    ///
    /// Nobody reads or writes the piece that starts at `piece` from here on until the tables are dropped; every object that
    /// was in it was in one of the runs; and all granules of each are together in their new place, if that is not nowhere, where
    /// each object lies in its granules as it did before.
    pub(crate) unsafe fn write(&mut self, piece: NonNull<u8>, began: &[u64; GRANULES / 64], runs: &[MovedRun]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if crate::processor::is_wide() {
            // SAFETY: the processor has what the function needs; the rest is the caller's promise.
            return unsafe { self.write_wide(piece, began, runs) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.write_as_compiled(piece, began, runs) }
    }

    /// # Safety
    ///
    /// As for [`write`](Self::write).
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn write_wide(&mut self, piece: NonNull<u8>, began: &[u64; GRANULES / 64], runs: &[MovedRun]) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.write_as_compiled(piece, began, runs) }
    }

    /// # Safety
    ///
    /// As for [`write`](Self::write).
    #[inline(always)]
    unsafe fn write_as_compiled(
        &mut self,
        piece: NonNull<u8>,
        began: &[u64; GRANULES / 64],
        runs: &[MovedRun],
    ) -> bool {
        let share = Table::share(runs.len());
        self.bits = *began;
        if !self.find_places(runs, share.min(64)) {
            return false;
        }
        let count = self.places.len() - WITHIN;
        let bytes = |lines: usize, places: usize| {
            lines * size_of::<Line>() + (places * size_of::<Place>()).next_multiple_of(align_of::<Line>())
        };
        if self.left < bytes(GRANULES / share, count) {
            (self.room, self.left) = (piece, PIECE);
        }
        let table = Table::at(self.room.cast(), share);
        let further = table.further();
        let (mut before, mut others) = (0, 0);
        for granule in (0..GRANULES).step_by(share) {
            let (word, rest) = (self.bits[granule / 64], self.bits.get(granule / 64 + 1).copied());
            let moved = match share {
                MOST => [word, rest.unwrap_or(0)],
                64 => [word, 0],
                _ => [word >> (granule % 64) & ((1 << share) - 1), 0],
            };
            let counts = [moved[0].count_ones() as usize, moved[1].count_ones() as usize];
            let count = counts[0] + counts[1];
            // There are so many to spare.
            let Some(&to) = self.places[before..].first_chunk() else { break };
            let line = Line { moved, first: counts[0] as u16, further: others as u16, to };
            // SAFETY: the room has as many bytes as the lines take, and all the places after them.
            unsafe { table.line(granule * GRANULE).0.write(line) };
            if count > WITHIN {
                let rest = &self.places[before + WITHIN..before + count];
                // SAFETY: likewise.
                unsafe { further.add(others).copy_from_nonoverlapping(NonNull::from(rest).cast(), rest.len()) };
                others += rest.len();
            }
            before += count;
        }
        let taken = bytes(table.len(), others);
        // SAFETY: the room had that much, and more.
        self.room = unsafe { self.room.add(taken) };
        self.left -= taken;
        self.tables[piece.addr().get() / PIECE - self.first] = Some(table);
        true
    }

    /// Sets `places` to those of the runs, and of what goes on of them in each further `unit` of granules.
    #[inline(always)]
    fn find_places(&mut self, runs: &[MovedRun], unit: usize) -> bool {
        self.places.clear();
        self.places.reserve(GRANULES + WITHIN);
        let (mut start, mut piece) = (0, 0);
        for run in runs {
            let Some(to) = run.to else { return false };
            let at = to.addr().get();
            if at & !(PIECE - 1) != start {
                if at == self.nowhere_granule {
                    self.places.push(Place::NOWHERE);
                    continue;
                }
                start = at & !(PIECE - 1);
                piece = self.number(to, start);
                if piece >= Place::PIECES {
                    return false;
                }
            }
            let place = Place::new(piece, (at - start) / GRANULE);
            self.places.push(place);
            let (first, last) = (usize::from(run.first), usize::from(run.last));
            for begins in ((first / unit + 1) * unit..=last).step_by(unit) {
                self.bits[begins / 64] |= 1 << (begins % 64);
                self.places.push(place.after(begins - first));
            }
        }
        self.places.extend([Place::NOWHERE; WITHIN]);
        true
    }

    /// The number of the piece that starts at `start`, where a run has gone.
    #[cold]
    fn number(&mut self, to: NonNull<u8>, start: usize) -> usize {
        // Small objects go to one piece and others to another, until it is full.
        let mut recent = self.pieces.iter().enumerate().rev().take(4);
        if let Some((number, _)) = recent.find(|(_, piece)| piece.addr().get() == start) {
            return number;
        }
        // The number after the last one is that of no piece.
        if self.pieces.len() == Place::PIECES {
            return Place::PIECES;
        }
        // SAFETY: nothing is mapped at address 0.
        self.pieces.push(unsafe { NonNull::new_unchecked(to.as_ptr().map_addr(|_| start)) });
        self.pieces.len() - 1
    }

    /// The table of the piece that the header at `header` was in.
    #[inline]
    fn table(&self, header: usize) -> Option<Table> {
        *self.tables.get((header / PIECE).wrapping_sub(self.first))?
    }

    /// The payload's new address, if the object was in a piece that has a table.
    #[inline]
    pub(crate) fn find(&self, object: Object) -> Option<NonNull<u8>> {
        let header = object.addr() - WORD;
        let table = self.table(header)?;
        let (line, within) = table.line(header);
        // SAFETY: tables are neither moved nor written (A5).
        let line = unsafe { line.as_ref() };
        let word = within / 64;
        let bits = line.moved[word] & (u64::MAX >> (63 - within % 64));
        debug_assert!(bits != 0, "A5");
        if bits == 0 {
            return None;
        }
        let began = 63 - bits.leading_zeros() as usize;
        // A product, and no jump that nobody can foresee.
        let rank = word * usize::from(line.first) + self.counter.ones(bits) - 1;
        let place = match line.to.get(rank) {
            Some(&place) => place,
            // SAFETY: there are as many places as bits, and those that are not in the line are here, where it says.
            None => unsafe { table.further().add(usize::from(line.further) + rank - WITHIN).read() },
        };
        let Some(piece) = self.pieces.get(place.0 as usize / GRANULES) else { return Some(self.nowhere) };
        let granule = place.0 as usize % GRANULES + within % 64 - began;
        let offset = granule * GRANULE + header % GRANULE + WORD;
        // SAFETY: the object's new header granule lies in this piece, as far from the run's first as it did, and its payload as far
        // from there as in the old place.
        Some(unsafe { piece.add(offset) })
    }

    /// Where [`find`](Self::find) would look for `object`, and the number of the piece that it was in, if that has a table.
    #[inline]
    pub(crate) fn entry(&self, object: Object) -> Option<(NonNull<u8>, usize)> {
        let header = object.addr() - WORD;
        let (line, _) = self.table(header)?.line(header);
        Some((line.cast(), header / PIECE))
    }
}

#[cfg(test)]
mod tests;
