//! Emptying a block: its objects are copied to where there is room.

use super::super::weakness::nothing;
use crate::memory::destination::Destination;
use crate::memory::geometry::GRANULE;
use crate::memory::prefetch::prefetch_early;
use crate::memory::runs::{Bits, Runs};
use crate::memory::{Block, Chunk, Epoch, Mark};
use crate::object::Object;
use crate::object::break_table::{BreakTables, MovedRun};
use crate::object::header::{ASKED, WORD, copy_granules};
use core::ptr::NonNull;

/// Bytes that are fetched together.
const LINE: usize = 64;

/// Runs between the prefetch of one and its copy.
const AHEAD: usize = 24;

/// What has been moved so far.
#[derive(Clone, Copy, Default, Debug)]
pub(in super::super) struct Moved {
    pub(in super::super) objects: usize,
    pub(in super::super) bytes: usize,
}

/// Objects on the move.
pub(in super::super) struct Evacuation {
    destination: Destination,
    epoch: Epoch,
    /// What lies side by side in the block at hand.
    runs: Runs,
    /// Where it went, all of it or in parts; and a bit for the first granule of each part.
    moved: Vec<MovedRun>,
    bits: Bits,
    /// The runs of the block that is likely to be the next.
    upcoming: Runs,
    read: Option<Block>,
    /// Free blocks that were added.
    filled: Vec<Block>,
    pub(in super::super) work: Moved,
}

impl Evacuation {
    pub(in super::super) fn new(destination: Destination, epoch: Epoch) -> Self {
        Self {
            destination,
            epoch,
            runs: Runs::new(),
            moved: Vec::new(),
            bits: [0; _],
            upcoming: Runs::new(),
            read: None,
            filled: Vec::new(),
            work: Moved::default(),
        }
    }

    /// True if objects that fit no hole are about to find no free block.
    pub(in super::super) fn lacks_spares(&self) -> bool {
        self.destination.lacks_spares()
    }

    /// Adds a chunk without objects for those.
    pub(in super::super) fn add_chunk(&mut self, chunk: Chunk) {
        self.destination.add_chunk(chunk);
    }

    /// The next block to be emptied.
    pub(in super::super) fn next_source(&mut self) -> Option<Block> {
        self.destination.next_source()
    }

    /// The block that is likely to be the next one but so many.
    pub(in super::super) fn upcoming_source(&self, index: usize) -> Option<Block> {
        self.destination.upcoming_source(index)
    }

    /// The blocks that objects went to, in this order.
    pub(in super::super) fn entered(&self) -> &[Block] {
        self.destination.entered()
    }

    /// Adds a free block to those that objects go to.
    pub(in super::super) fn add_free(&mut self, block: Block) {
        self.destination.add_free(block);
        self.filled.push(block);
    }

    /// True if the free blocks that were added have room for so many granules, and for what is lost where
    /// an object does not fit what is left of a block.
    pub(in super::super) fn has_room_for(&self, granules: usize) -> bool {
        self.destination.free_granules() >= granules + granules / 8
    }

    /// The free blocks that were added.
    pub(in super::super) fn filled(&self) -> &[Block] {
        &self.filled
    }

    /// Moves what can be moved out of `block`. What is pinned stays, and so does what waits for its
    /// destructor, and what finds no room.
    ///
    /// The objects of the block that comes next are fetched meanwhile, and the marks of the one after that.
    pub(in super::super) fn empty(&mut self, block: Block, upcoming: [Option<Block>; 2]) {
        #[cfg(target_arch = "x86_64")]
        if crate::processor::is_wide() {
            // SAFETY: the processor has what the function needs.
            return unsafe { self.empty_wide(block, upcoming) };
        }
        self.empty_as_compiled(block, upcoming);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn empty_wide(&mut self, block: Block, upcoming: [Option<Block>; 2]) {
        self.empty_as_compiled(block, upcoming);
    }

    #[inline(always)]
    fn empty_as_compiled(&mut self, block: Block, upcoming: [Option<Block>; 2]) {
        core::mem::swap(&mut self.runs, &mut self.upcoming);
        if self.read != Some(block) {
            self.runs.read_to_move(block, self.epoch);
        }
        self.read = upcoming[0];
        match upcoming[0] {
            Some(next) => self.upcoming.read_to_move(next, self.epoch),
            None => self.upcoming.clear(),
        }
        self.bits = *self.runs.bits();
        self.moved.clear();
        let [runs, next_runs] = [&self.runs, &self.upcoming].map(Runs::all);
        let mut departure = Departure {
            block,
            runs: &self.runs,
            destination: &mut self.destination,
            arrivals: Arrivals::new(self.epoch),
            bits: &mut self.bits,
            moved: &mut self.moved,
        };
        let next = upcoming[0].unwrap_or(block);
        let mut marks = upcoming[1].iter().flat_map(|later| later.marks().iter().step_by(LINE));
        for (index, &[first, end]) in runs.iter().enumerate() {
            if let Some(marks) = marks.next() {
                prefetch_early(NonNull::from(marks).cast());
            }
            let ahead = index + AHEAD;
            if ahead < runs.len() {
                fetch(block, runs, ahead);
            } else {
                fetch(next, next_runs, ahead - runs.len());
            }
            departure.take_run(first.into(), usize::from(end) - 1);
        }
        let arrivals = departure.arrivals;
        marks.for_each(|marks| prefetch_early(NonNull::from(marks).cast()));
        let stay = arrivals.stay;
        self.work.objects += self.runs.plain() + arrivals.others - arrivals.left;
        self.work.bytes += arrivals.settled() * GRANULE;
        if stay {
            self.clear_moved(block);
        } else {
            block.clear_marks();
            block.forget_live(self.epoch);
        }
    }

    /// Some objects have stayed: forgets the others.
    #[cold]
    fn clear_moved(&self, block: Block) {
        let marks = block.marks();
        let mut left = 0;
        for run in self.moved.iter().filter(|run| run.to.is_some()) {
            let granules = usize::from(run.first)..usize::from(run.last) + 1;
            left += granules.len();
            marks[granules].iter().for_each(|mark| mark.store(Mark::CLEAR));
        }
        block.discount_live(self.epoch, left);
    }

    /// Leaves the new addresses behind in the old headers.
    pub(in super::super) fn leave_headers(&self, block: Block) {
        for run in &self.moved {
            let Some(to) = run.to else { continue };
            for granule in self.runs.objects(usize::from(run.first)..usize::from(run.last) + 1) {
                // SAFETY: an object was moved from here, and its header is still there.
                let object = unsafe { Object::from_granule(block.granule(granule)) };
                object.header().forward(if to == nothing().granule() {
                    nothing().payload()
                } else {
                    let offset = object.addr() - block.granule(run.first.into()).addr().get();
                    // SAFETY: what lay in these granules lies as far from the first of the new ones.
                    unsafe { to.add(offset) }
                });
            }
        }
    }

    /// Leaves the new addresses behind in a table, if the block is empty now. False if it is not, or has no table.
    pub(in super::super) fn leave_table(&self, block: Block, tables: &mut BreakTables) -> bool {
        // SAFETY: what the granules held has been copied to where it says; and this is a safepoint: nobody needs the block
        // before it is filed.
        unsafe { tables.write(block.start(), &self.bits, &self.moved) }
    }
}

/// Fetches a run.
#[inline(always)]
fn fetch(block: Block, runs: &[[u16; 2]], index: usize) {
    if let Some(&[first, end]) = runs.get(index) {
        prefetch_early(block.granule(first.into()));
        prefetch_early(block.granule(usize::from(end) - 1));
    }
}

/// A block that is being left.
struct Departure<'a> {
    block: Block,
    runs: &'a Runs,
    destination: &'a mut Destination,
    arrivals: Arrivals,
    bits: &'a mut Bits,
    moved: &'a mut Vec<MovedRun>,
}

impl Departure<'_> {
    /// Moves a run.
    #[inline(always)]
    fn take_run(&mut self, first: usize, last: usize) {
        if self.runs.is_apart(first) {
            return self.take_apart(first, last);
        }
        match self.destination.take_at_hand(last - first + 1) {
            Some(to) => self.take(first, last, to),
            None => self.take_in_parts(first, last),
        }
    }

    /// Moves some objects that lie side by side.
    #[inline(always)]
    fn take(&mut self, first: usize, last: usize, to: NonNull<u8>) {
        let granules = last - first + 1;
        self.moved.push(MovedRun { first: first as u16, last: last as u16, to: Some(to) });
        let (block, at) = self.arrivals.arrive(to, granules);
        // SAFETY: the destination gave as many granules, which are in none of its objects and in none of this block's (A2).
        unsafe { copy_granules(self.block.granule(first), to, granules) };
        // Their state is the one that they will have (A3).
        self.block.copy_marks(first, block, at, granules);
        if self.runs.has_destructors() && self.runs.objects(first..last + 1).any(|first| self.is_mortal(first)) {
            block.set_attention(true);
        }
    }

    fn is_mortal(&self, first: usize) -> bool {
        self.block.marks()[first].load().has(Mark::DROP)
    }

    /// Moves a run for all of which the hole at hand has no room.
    #[cold]
    #[inline(never)]
    fn take_in_parts(&mut self, mut first: usize, last: usize) {
        loop {
            self.bits[first / 64] |= 1 << (first % 64);
            let room = self.destination.room_at_hand();
            let part = self.runs.last_end(first..(first + room).min(last + 1));
            let end = part.unwrap_or_else(|| self.runs.next_end(first));
            let granules = end - first + 1;
            let to = match part {
                Some(_) => self.destination.take_at_hand(granules),
                None => self.destination.take(granules, WORD, WORD),
            };
            match to {
                Some(to) => self.take(first, end, to),
                None => self.leave(first, end),
            }
            if end >= last {
                return;
            }
            first = end + 1;
        }
    }

    /// Moves an object that has to be looked at.
    #[cold]
    #[inline(never)]
    fn take_apart(&mut self, first: usize, last: usize) {
        let mark = self.block.marks()[first].load();
        if !mark.is_of(self.arrivals.epoch) || mark.is_being_scanned() {
            return self.leave(first, last);
        }
        // SAFETY: the granule's byte has a colour, so a header lies in it (M1).
        let object = unsafe { Object::from_granule(self.block.granule(first)) };
        let info = object.info();
        if info.is_tombstone() {
            // Whoever has a weak pointer to it will have one to nothing.
            self.moved.push(MovedRun { first: first as u16, last: last as u16, to: Some(nothing().granule()) });
            return;
        }
        let is_asked = object.header().has(ASKED);
        let granules = if is_asked { object.granules_when_moved() } else { last - first + 1 };
        let payload = object.addr() - object.granule().addr().get();
        let Some(to) = self.destination.take(granules, payload, info.align as usize) else {
            return self.leave(first, last);
        };
        self.moved.push(MovedRun { first: first as u16, last: last as u16, to: Some(to) });
        self.arrivals.settle(to, granules, mark);
        // SAFETY: the destination gave as many granules as asked for, aligned as the type wants; at a safepoint there is
        // no reference to the object; and its last granule has `END` (M2).
        let moved = unsafe { object.copy_to(to, last - first + 1) };
        if is_asked {
            // SAFETY: there is room for the identity among those granules.
            unsafe { moved.carry_identity(object) };
        }
        if info.align as usize > GRANULE {
            Block::around(to).set_needs_headers(true);
        }
        self.arrivals.others += usize::from(!mark.is_plain(self.arrivals.epoch));
    }

    /// What lies here stays.
    fn leave(&mut self, first: usize, last: usize) {
        self.moved.push(MovedRun { first: first as u16, last: last as u16, to: None });
        self.arrivals.stay = true;
        let (marks, epoch) = (self.block.marks(), self.arrivals.epoch);
        let plain = self.runs.objects(first..last + 1).filter(|&first| marks[first].load().is_plain(epoch));
        self.arrivals.left += plain.count();
    }
}

/// Objects that have arrived.
struct Arrivals {
    epoch: Epoch,
    /// Where the last ones did, and how many granules have not been counted there.
    block: Option<Block>,
    granules: usize,
    /// How many have.
    counted: usize,
    /// Objects whose marks said more than that they live.
    others: usize,
    /// Objects that did not leave, of those whose marks say no more than that.
    left: usize,
    /// Something did not leave.
    stay: bool,
}

impl Arrivals {
    fn new(epoch: Epoch) -> Self {
        Self { epoch, block: None, granules: 0, counted: 0, others: 0, left: 0, stay: false }
    }

    /// Counts granules where they have just arrived. Returns the block, and which of its granules is the first.
    #[inline]
    fn arrive(&mut self, to: NonNull<u8>, granules: usize) -> (Block, usize) {
        let block = Block::around(to);
        if self.block != Some(block) {
            self.count();
            self.block = Some(block);
        }
        self.granules += granules;
        (block, block.granule_index(to))
    }

    /// Writes down what is known of an object that has just arrived (A3).
    fn settle(&mut self, to: NonNull<u8>, granules: usize, mark: Mark) {
        let (block, first) = self.arrive(to, granules);
        let marks = block.marks();
        let mark = Mark::scanned(self.epoch).with(mark.only(Mark::DROP));
        marks[first + granules - 1].store(Mark::END);
        // The first may be the last.
        marks[first].store(if granules == 1 { mark.with(Mark::END) } else { mark });
        if mark.has(Mark::DROP) {
            block.set_attention(true);
        }
    }

    /// Has the block that objects arrived in count them.
    fn count(&mut self) {
        if let Some(block) = self.block {
            block.count_live(self.epoch, self.granules);
            self.counted += core::mem::take(&mut self.granules);
        }
    }

    /// Counts the last ones. Returns the granules of all.
    fn settled(mut self) -> usize {
        self.count();
        self.counted
    }
}
