//! Where evacuated objects go: the free granules of blocks that stay.
//!
//! Small objects fill the holes of the blocks that have the fewest, one after the other; a medium one,
//! which would have to pass over many, goes to a free block, if there is one to be had. So objects
//! stay in the order of their addresses, each kind for itself.

use core::ptr::NonNull;

use super::block::Block;
use super::geometry::GRANULE;
use super::hole::{Hole, HoleWalk};

/// Objects of more granules pass over holes that others would fill.
const SMALL: usize = 8;

/// A stretch of blocks that is being filled.
#[derive(Debug, Default)]
struct Stretch {
    /// Blocks still to be entered, the next one last.
    blocks: Vec<Block>,
    walk: Option<HoleWalk>,
    hole: Option<Hole>,
}

impl Stretch {
    /// Takes granules whose start plus `payload` is a multiple of `align`.
    fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(hole) = &mut self.hole
                && let Some(place) = hole.take(granules * GRANULE, payload, align)
            {
                return Some(place);
            }
            self.hole = self.walk.as_mut().and_then(|walk| walk.next(granules));
            if self.hole.is_none() {
                self.walk = Some(HoleWalk::of(self.blocks.pop()?));
            }
        }
    }
}

/// The free granules that evacuation may fill.
#[derive(Debug, Default)]
pub(crate) struct Destination {
    holes: Stretch,
    free: Stretch,
}

impl Destination {
    /// The holes of `partly_full` blocks, which are filled in that order, and `free` ones.
    pub(crate) fn new(mut partly_full: Vec<Block>, mut free: Vec<Block>) -> Self {
        partly_full.reverse();
        free.reverse();
        Self {
            holes: Stretch { blocks: partly_full, ..Stretch::default() },
            free: Stretch { blocks: free, ..Stretch::default() },
        }
    }

    /// Takes granules for an object whose payload comes `payload` bytes after its first granule, and is to
    /// be aligned to `align`. `None` if they are not to be had.
    pub(crate) fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let [first, second] =
            if granules <= SMALL { [&mut self.holes, &mut self.free] } else { [&mut self.free, &mut self.holes] };
        first.take(granules, payload, align).or_else(|| second.take(granules, payload, align))
    }

    /// Adds a free block.
    pub(crate) fn add_free(&mut self, block: Block) {
        self.free.blocks.push(block);
    }
}
