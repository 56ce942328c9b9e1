//! Emptying a block: its objects are copied to where there is room.

use super::super::weakness::nothing;
use crate::memory::destination::Destination;
use crate::memory::extents::Extents;
use crate::memory::geometry::GRANULE;
use crate::memory::hole::Found;
use crate::memory::prefetch::prefetch_early;
use crate::memory::{Block, Epoch, Mark};
use crate::object::Object;
use crate::object::break_table::BreakTables;
use crate::object::header::ASKED;
use core::ptr::NonNull;

/// Bytes that are fetched together.
const LINE: usize = 64;

/// Objects between the prefetch of one and its copy.
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
    /// The objects of the block at hand.
    extents: Extents,
    /// The new addresses of those that have left it.
    moved: Vec<Option<NonNull<u8>>>,
    /// The objects of the block that is likely to be the next.
    upcoming: Extents,
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
            extents: Extents::new(),
            moved: Vec::new(),
            upcoming: Extents::new(),
            read: None,
            filled: Vec::new(),
            work: Moved::default(),
        }
    }

    /// The next block to be emptied.
    pub(in super::super) fn next_source(&mut self) -> Option<Block> {
        self.destination.next_source()
    }

    /// The block that is likely to be the next one but so many.
    pub(in super::super) fn upcoming_source(&self, index: usize) -> Option<Block> {
        self.destination.upcoming_source(index)
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
        core::mem::swap(&mut self.extents, &mut self.upcoming);
        if self.read != Some(block) {
            self.extents.read(block);
        }
        self.read = upcoming[0];
        match upcoming[0] {
            Some(next) => self.upcoming.read(next),
            None => self.upcoming.clear(),
        }
        if let Some(later) = upcoming[1] {
            later.marks().iter().step_by(LINE).for_each(|marks| prefetch_early(NonNull::from(marks).cast()));
        }
        let [(first, last), (next_first, next_last)] =
            [&self.extents, &self.upcoming].map(|extents| (extents.first(), extents.last()));
        self.moved.clear();
        self.moved.resize(first.len(), None);
        let mut arrivals = Arrivals::new(self.epoch);
        let next = upcoming[0].unwrap_or(block);
        let mut moved = 0;
        for (index, ((&from, &to), new)) in first.iter().zip(last).zip(&mut self.moved).enumerate() {
            let ahead = index + AHEAD;
            if ahead < first.len() {
                fetch(block, first, last, ahead);
            } else {
                fetch(next, next_first, next_last, ahead - first.len());
            }
            let (from, to) = (usize::from(from), usize::from(to));
            let mark = block.marks()[from].load();
            if mark.is_of(self.epoch) && !mark.is_being_scanned() {
                *new = move_out(block, Found { first: from, last: to, mark }, &mut self.destination, &mut arrivals);
                moved += usize::from(new.is_some());
            }
        }
        self.work.objects += moved - arrivals.tombstones;
        self.work.bytes += arrivals.settled() * GRANULE;
        if moved == first.len() {
            block.clear_marks();
            block.forget_live(self.epoch);
        } else {
            self.clear_moved(block);
        }
    }

    /// Some objects have stayed: forgets the others.
    #[cold]
    fn clear_moved(&self, block: Block) {
        let marks = block.marks();
        let mut left = 0;
        for ((&first, &last), _) in self.each_object().zip(&self.moved).filter(|(_, moved)| moved.is_some()) {
            marks[usize::from(first)].store(Mark::CLEAR);
            marks[usize::from(last)].store(Mark::CLEAR);
            left += usize::from(last - first) + 1;
        }
        block.discount_live(self.epoch, left);
    }

    /// The first and the last granule of each object that was in the block at hand.
    fn each_object(&self) -> impl Iterator<Item = (&u16, &u16)> {
        self.extents.first().iter().zip(self.extents.last())
    }

    /// Leaves the new addresses behind in the old headers.
    pub(in super::super) fn leave_headers(&self, block: Block) {
        for ((&first, _), to) in self.each_object().zip(&self.moved) {
            if let Some(to) = *to {
                // SAFETY: an object was moved from here, and its header is still there.
                unsafe { Object::from_granule(block.granule(first.into())) }.header().forward(to);
            }
        }
    }

    /// Leaves the new addresses behind in a table, if the block is empty now. False if it is not, or has no table.
    pub(in super::super) fn leave_table(&self, block: Block, tables: &mut BreakTables) -> bool {
        // SAFETY: whose address is there has been copied, granule by granule; and this is a safepoint: nobody needs the block
        // before it is filed.
        unsafe { tables.write(block.start(), self.extents.bits(), &self.moved) }
    }
}

/// Fetches an object.
#[inline]
fn fetch(block: Block, first: &[u16], last: &[u16], index: usize) {
    if let (Some(&first), Some(&last)) = (first.get(index), last.get(index)) {
        prefetch_early(block.granule(first.into()));
        prefetch_early(block.granule(last.into()));
    }
}

/// Copies an object out of `block`, and returns its payload's new address.
#[inline]
fn move_out(block: Block, found: Found, destination: &mut Destination, arrivals: &mut Arrivals) -> Option<NonNull<u8>> {
    let granule = block.granule(found.first);
    // SAFETY: the granule's byte has a colour, so a header lies in it (M1).
    let object = unsafe { Object::from_granule(granule) };
    let info = object.info();
    if info.is_tombstone() {
        // Whoever has a weak pointer to it will have one to nothing.
        arrivals.tombstones += 1;
        return Some(nothing().payload());
    }
    let is_asked = object.header().has(ASKED);
    let granules = if is_asked { object.granules_when_moved() } else { found.granules() };
    let payload = object.addr() - granule.addr().get();
    let to = destination.take(granules, payload, info.align as usize)?;
    arrivals.settle(to, granules, found.mark);
    // SAFETY: the destination gave as many granules as asked for, aligned as the type wants; at a safepoint there is
    // no reference to the object; and its last granule has `END` (M2).
    let moved = unsafe { object.copy_to(to, found.granules()) };
    if is_asked {
        // SAFETY: there is room for the identity among those granules.
        unsafe { moved.carry_identity(object) };
    }
    Some(moved.payload())
}

/// Objects that have arrived.
struct Arrivals {
    epoch: Epoch,
    /// Where the last one did, and how many granules have not been counted there.
    block: Option<Block>,
    granules: usize,
    /// How many have.
    counted: usize,
    /// Objects that will not.
    tombstones: usize,
}

impl Arrivals {
    fn new(epoch: Epoch) -> Self {
        Self { epoch, block: None, granules: 0, counted: 0, tombstones: 0 }
    }

    /// Writes down what is known of an object that has just arrived (A3).
    #[inline]
    fn settle(&mut self, to: NonNull<u8>, granules: usize, mark: Mark) {
        let block = Block::around(to);
        if self.block != Some(block) {
            self.count();
            self.block = Some(block);
        }
        let first = block.granule_index(to);
        let marks = block.marks();
        let mark = Mark::scanned(self.epoch).with(mark.only(Mark::DROP));
        marks[first + granules - 1].store(Mark::END);
        // The first may be the last.
        marks[first].store(if granules == 1 { mark.with(Mark::END) } else { mark });
        if mark.has(Mark::DROP) {
            block.set_attention(true);
        }
        self.granules += granules;
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
