//! Emptying a block: its objects are copied to where there is room, and leave their new addresses
//! behind.

use super::super::weakness::nothing;
use crate::memory::destination::Destination;
use crate::memory::geometry::GRANULE;
use crate::memory::hole::{Found, ObjectWalk};
use crate::memory::prefetch::prefetch;
use crate::memory::{Block, Epoch, Mark, MarkByte};
use crate::object::Object;

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
    found: Vec<Found>,
    /// Free blocks that were added.
    filled: Vec<Block>,
    pub(in super::super) work: Moved,
}

impl Evacuation {
    pub(in super::super) fn new(destination: Destination, epoch: Epoch) -> Self {
        Self { destination, epoch, found: Vec::new(), filled: Vec::new(), work: Moved::default() }
    }

    /// The next block to be emptied.
    pub(in super::super) fn next_source(&mut self) -> Option<Block> {
        self.destination.next_source()
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
    pub(in super::super) fn empty(&mut self, block: Block) {
        let mut found = core::mem::take(&mut self.found);
        found.extend(ObjectWalk::of(block));
        for (index, &object) in found.iter().enumerate() {
            if let Some(later) = found.get(index + AHEAD) {
                prefetch(block.granule(later.first));
            }
            if object.mark.is_of(self.epoch) && !object.mark.is_being_scanned() {
                self.move_out(block, object);
            }
        }
        found.clear();
        self.found = found;
    }

    fn move_out(&mut self, block: Block, found: Found) {
        let granule = block.granule(found.first);
        // SAFETY: the granule's byte has a colour, so a header lies in it (M1).
        let object = unsafe { Object::from_granule(granule) };
        let info = object.info();
        if info.is_tombstone() {
            // Whoever has a weak pointer to it will have one to nothing.
            object.header().forward(nothing().payload());
        } else {
            let granules = object.granules_when_moved();
            let payload = object.addr() - granule.addr().get();
            let Some(to) = self.destination.take(granules, payload, info.align as usize) else { return };
            // SAFETY: the destination gave as many granules as asked for, aligned as the type wants, and
            // at a safepoint there is no reference to the object.
            unsafe { object.move_to(to) };
            self.settle(to, granules, found.mark);
        }
        let marks = block.marks();
        marks[found.first].store(Mark::CLEAR);
        marks[found.last].store(Mark::CLEAR);
        block.discount_live(self.epoch, found.granules());
    }

    /// Writes down what is known of an object that has just arrived (A3).
    fn settle(&mut self, to: core::ptr::NonNull<u8>, granules: usize, mark: Mark) {
        let block = Block::around(to);
        let first = block.granule_index(to);
        let mark = Mark::scanned(self.epoch).with(mark.only(Mark::DROP));
        if granules == 1 {
            MarkByte::at(to).store(mark.with(Mark::END));
        } else {
            MarkByte::at(to).store(mark);
            block.marks()[first + granules - 1].store(Mark::END);
        }
        if mark.has(Mark::DROP) {
            block.set_attention(true);
        }
        block.count_live(self.epoch, granules);
        self.work.objects += 1;
        self.work.bytes += granules * GRANULE;
    }
}
