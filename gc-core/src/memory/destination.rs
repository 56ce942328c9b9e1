//! Where evacuated objects go: the free granules of blocks that stay.
//!
//! Blocks are ranked. Objects leave the last ones for the first, until the two meet. What lies side by side goes into the hole at
//! hand, if that has room for it. Of what has to be parted, small objects fill holes one after the other; a medium one, which would
//! have to pass over many, goes to a free block of a chunk that stays anyway, if there is one. So objects stay in the order of their
//! addresses, but for medium ones that a hole had no room for, which are in that order among themselves.
//!
//! An object must not use up what others need. A small one passes over a few holes, and goes where medium ones do if those have no
//! room, so that at most one hole is lost. A block that medium ones pass over is left for small ones, but is not emptied any more; so
//! they pass over few, and then take free blocks of later chunks, of any chunk in the end. (Without that, one object of two granules
//! among a million of one, in blocks whose every other granule was free, passed over all of them: a tenth of the blocks was emptied
//! that should have been.)

use core::ptr::NonNull;
use std::collections::VecDeque;

use super::geometry::{BLOCK_GRANULES, GRANULE};
use super::hole::Hole;
use super::runs::Runs;
use super::{Block, BlockState, Chunk, Epoch};

/// Objects of more granules pass over holes that others would fill.
const SMALL: usize = 8;

/// A block with less free than this takes nothing in.
const WORTH_FILLING: usize = BLOCK_GRANULES / 16;

/// Holes that a small object may pass over.
const HOLES_AHEAD: usize = 4;

/// Blocks that may be passed over before free ones are taken from later chunks: one for each that is emptied, and so many at first.
const CHEAP: usize = 4;

/// Blocks that may be passed over for each that is emptied, before free ones are taken from wherever there are any.
const PASSES: usize = 4;

/// A block that is being filled.
struct Filling {
    block: Option<Block>,
    hole: Hole,
    /// What was in the block before: the holes lie between.
    runs: Runs,
    /// The next hole ends before so manieth run of those, and begins at this granule.
    next: usize,
    from: usize,
    /// There is no room for so many granules aligned to this, nor for more.
    refused: (usize, usize),
}

/// What has not been refused.
const NEVER: (usize, usize) = (usize::MAX, usize::MAX);

impl Filling {
    fn new() -> Self {
        let hole = Hole { start: NonNull::dangling(), bytes: 0 };
        Self { block: None, hole, runs: Runs::new(), next: 0, from: BLOCK_GRANULES, refused: NEVER }
    }

    /// Takes granules whose start plus `payload` is a multiple of `align`, at hand or from one of the next `most` holes. The holes
    /// before that one are given up; if there is none, nothing is.
    fn take_near(&mut self, granules: usize, payload: usize, align: usize, most: usize) -> Option<NonNull<u8>> {
        let bytes = granules * GRANULE;
        if let Some(place) = self.hole.take(bytes, payload, align) {
            return Some(place);
        }
        let (block, mut next, mut from) = (self.block?, self.next, self.from);
        for _ in 0..most {
            if from == BLOCK_GRANULES {
                break;
            }
            let (end, after) = match self.runs.all().get(next) {
                Some(&[first, after]) => (first.into(), after.into()),
                None => (BLOCK_GRANULES, BLOCK_GRANULES),
            };
            let mut hole = Hole { start: block.granule(from), bytes: (end - from) * GRANULE };
            (next, from) = (next + 1, after);
            if let Some(place) = hole.take(bytes, payload, align) {
                (self.hole, self.next, self.from) = (hole, next, from);
                return Some(place);
            }
        }
        None
    }

    /// The same from all holes that are left.
    fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        if granules >= self.refused.0 && align >= self.refused.1 {
            return None;
        }
        let place = self.take_near(granules, payload, align, usize::MAX);
        if place.is_none() {
            self.refused = (granules, align);
        }
        place
    }

    /// Gives up the next hole. False if there are no more after it than an object may pass over.
    fn pass_over_hole(&mut self) -> bool {
        let Some(&[_, after]) = self.runs.all().get(self.next) else { return false };
        (self.next, self.from) = (self.next + 1, after.into());
        self.next + HOLES_AHEAD <= self.runs.all().len()
    }

    /// True if there may be holes left.
    fn is_under_way(&self) -> bool {
        self.from < BLOCK_GRANULES
    }

    /// Goes on in another block. Returns the one that was left, with what is left of its holes: that may be found again by who
    /// enters it next, so the hole at hand is given up, even if the new block has none.
    fn enter(&mut self, block: Block, epoch: Epoch) -> Option<Block> {
        self.runs.read(block, epoch);
        self.hole.bytes = 0;
        (self.next, self.from, self.refused) = (0, 0, NEVER);
        self.block.replace(block)
    }
}

/// Whose free blocks may be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spare {
    /// Those of chunks before that of the block that is being emptied: they may well stay.
    Before,
    /// Anyone's: what finds no room makes its chunk stay as well.
    Anywhere,
}

/// The blocks that objects leave, and those that take them in.
pub(crate) struct Destination {
    epoch: Epoch,
    /// Partly full blocks: filled from the front, emptied from the back.
    ranked: VecDeque<Block>,
    /// How many of them are worth filling.
    worthy: usize,
    /// Free blocks that may be filled.
    free: VecDeque<Block>,
    /// Blocks that medium objects have been through, and small ones have not.
    left_over: Vec<Block>,
    /// The blocks that have been entered.
    entered: Vec<Block>,
    /// The chunk of the last ranked block that was entered: it stays.
    chunk: Option<Chunk>,
    /// Those that come after it, in the order of the ranked blocks.
    later: VecDeque<Chunk>,
    /// The chunk of the block that is being emptied.
    leaving: Option<Chunk>,
    /// Blocks that may be passed over: before free ones are taken from later chunks, and for the block that is being emptied.
    cheap: usize,
    passes: usize,
    /// Whether later chunks may have free blocks: those before the block that is being emptied, and all of them.
    may_spare: [bool; 2],
    small: Filling,
    medium: Filling,
}

impl Destination {
    /// Fills the first of these blocks, and the free ones of their chunks.
    pub(crate) fn ranked(blocks: Vec<Block>, epoch: Epoch) -> Self {
        let empty = Self::free(Vec::new(), epoch);
        let worthy = blocks.iter().filter(|&&block| empty.is_worth_filling(block)).count();
        let mut later: Vec<_> = blocks.iter().map(|block| block.chunk()).collect();
        later.dedup();
        Self { ranked: blocks.into(), worthy, later: later.into(), ..empty }
    }

    /// Fills these blocks, which are free.
    pub(crate) fn free(blocks: Vec<Block>, epoch: Epoch) -> Self {
        Self {
            epoch,
            ranked: VecDeque::new(),
            worthy: 0,
            free: blocks.into(),
            left_over: Vec::new(),
            entered: Vec::new(),
            chunk: None,
            later: VecDeque::new(),
            leaving: None,
            cheap: CHEAP,
            passes: PASSES,
            may_spare: [true; 2],
            small: Filling::new(),
            medium: Filling::new(),
        }
    }

    /// The blocks that have been entered, in this order.
    pub(crate) fn entered(&self) -> &[Block] {
        &self.entered
    }

    /// Adds a free block.
    pub(crate) fn add_free(&mut self, block: Block) {
        self.free.push_back(block);
    }

    /// The last of the ranked blocks that have not been entered: it is to be emptied. `None` if nothing is
    /// gained by that any more.
    pub(crate) fn next_source(&mut self) -> Option<Block> {
        let block = self.ranked.pop_back()?;
        self.worthy -= usize::from(self.is_worth_filling(block));
        self.leaving = Some(block.chunk());
        (self.cheap, self.passes) = (CHEAP.min(self.cheap + 1), PASSES);
        // Holes to be filled, or free blocks of a chunk that stays, so that this one's may be given back.
        let is_elsewhere = |other: &Block| other.chunk() != block.chunk();
        let gains = self.worthy > 0
            || self.small.is_under_way()
            || !self.left_over.is_empty()
            || self.free.front().is_some_and(is_elsewhere)
            || self.ranked.front().is_some_and(|first| is_elsewhere(first) && first.chunk().free_blocks() > 0);
        gains.then_some(block)
    }

    /// The block that [`next_source`](Self::next_source) will give after so many others, unless objects go there first.
    pub(crate) fn upcoming_source(&self, index: usize) -> Option<Block> {
        self.ranked.len().checked_sub(index + 1).and_then(|place| self.ranked.get(place)).copied()
    }

    /// Granules of free blocks that have not been filled, in one piece each.
    pub(crate) fn free_granules(&self) -> usize {
        let holes = self.small.hole.bytes + self.medium.hole.bytes;
        holes / GRANULE + self.free.len() * BLOCK_GRANULES
    }

    /// Takes granules for objects that lie side by side, if the hole at hand has room for all.
    #[inline]
    pub(crate) fn take_at_hand(&mut self, granules: usize) -> Option<NonNull<u8>> {
        self.small.hole.take(granules * GRANULE, 0, 1)
    }

    /// The granules that the hole at hand has.
    pub(crate) fn room_at_hand(&self) -> usize {
        self.small.hole.bytes / GRANULE
    }

    /// Takes granules for an object whose payload comes `payload` bytes after its first granule, and is to
    /// be aligned to `align`. `None` if they are not to be had.
    #[inline]
    pub(crate) fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let next = if granules <= SMALL { &mut self.small.hole } else { &mut self.medium.hole };
        next.take(granules * GRANULE, payload, align).or_else(|| self.take_elsewhere(granules, payload, align))
    }

    /// Takes them when the hole at hand has no room.
    #[cold]
    fn take_elsewhere(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let place = if granules <= SMALL { self.take_small(granules, payload, align) } else { None };
        let place = place.or_else(|| self.take_medium(granules, payload, align));
        place.or_else(|| self.small.take(granules, payload, align))
    }

    /// Takes granules where small objects go, unless it would pass over many holes.
    fn take_small(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(place) = self.small.take_near(granules, payload, align, HOLES_AHEAD) {
                return Some(place);
            }
            if self.small.pass_over_hole() {
                return None;
            }
            let next = self.left_over.pop().or_else(|| {
                let next = self.next_of_chunk().or_else(|| self.next_free()).or_else(|| self.next_ranked());
                self.entered.extend(next);
                next
            });
            self.small.enter(next?, self.epoch);
        }
    }

    /// Takes granules where medium objects go.
    fn take_medium(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(place) = self.medium.take(granules, payload, align) {
                return Some(place);
            }
            let next = self.next_free().or_else(|| {
                let early = if self.cheap > 0 { self.next_ranked() } else { self.next_spare(Spare::Before) };
                let next = early.or_else(|| if self.passes > 0 { self.next_ranked() } else { None });
                let next = next.or_else(|| self.next_spare(Spare::Anywhere));
                if next.is_some_and(|next| next.live(self.epoch) > 0) {
                    (self.cheap, self.passes) = (self.cheap.saturating_sub(1), self.passes.saturating_sub(1));
                }
                next
            })?;
            self.left_over.extend(self.medium.enter(next, self.epoch));
            self.entered.push(next);
        }
    }

    /// The next ranked block that is worth filling, if it lies in the chunk that has been entered.
    fn next_of_chunk(&mut self) -> Option<Block> {
        loop {
            self.ranked.front().filter(|block| Some(block.chunk()) == self.chunk)?;
            let block = self.ranked.pop_front()?;
            if self.is_worth_filling(block) {
                self.worthy -= 1;
                return Some(block);
            }
        }
    }

    /// The next ranked block that is worth filling. Those before it stay as they are.
    fn next_ranked(&mut self) -> Option<Block> {
        loop {
            let block = self.ranked.pop_front()?;
            if self.chunk.replace(block.chunk()) != Some(block.chunk()) {
                while self.later.pop_front().is_some_and(|later| later != block.chunk()) {}
                self.free.extend(block.chunk().blocks().filter(|block| block.state() == BlockState::Free));
            }
            if self.is_worth_filling(block) {
                self.worthy -= 1;
                return Some(block);
            }
            // Its chunk stays now, and may have better ones.
            if let Some(free) = self.next_free() {
                return Some(free);
            }
        }
    }

    /// A free block of a later chunk.
    fn next_spare(&mut self, which: Spare) -> Option<Block> {
        let may_spare = &mut self.may_spare[which as usize];
        if !*may_spare {
            return None;
        }
        let is_to_be_emptied = |chunk: Chunk| which == Spare::Before && Some(chunk) == self.leaving;
        let mut chunks = self.later.iter().take_while(|&&chunk| !is_to_be_emptied(chunk));
        let chunk = chunks.find(|chunk| chunk.free_blocks() > 0);
        let block = chunk.and_then(|chunk| chunk.blocks().find(|block| block.state() == BlockState::Free));
        *may_spare = block.is_some();
        self.use_up(block?);
        block
    }

    fn is_worth_filling(&self, block: Block) -> bool {
        BLOCK_GRANULES - block.live(self.epoch) >= WORTH_FILLING
    }

    /// A free block, which is not free from here on.
    fn next_free(&mut self) -> Option<Block> {
        let block = self.free.pop_front()?;
        if block.state() == BlockState::Free {
            self.use_up(block);
        }
        Some(block)
    }

    /// A block is free no longer.
    fn use_up(&self, block: Block) {
        let chunk = block.chunk();
        chunk.set_free_blocks(chunk.free_blocks() - 1);
        block.stamp(self.epoch);
        block.set_state(BlockState::Settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Mark, Space};

    /// Blocks in which what lives leaves holes of some granules each.
    fn fragmented(space: &mut Space, count: usize, mut below: impl FnMut(usize) -> usize) -> Vec<Block> {
        let blocks: Vec<_> = (0..count).map(|_| space.take_free(Epoch::Odd).unwrap()).collect();
        for &block in &blocks {
            block.set_state(BlockState::Settled);
            let (gap, most) = ([2, 12, 40, 2000][below(4)], [1, 3, 40, 500][below(4)]);
            let mut granule = below(gap);
            while granule < BLOCK_GRANULES {
                let last = (granule + below(most)).min(BLOCK_GRANULES - 1);
                block.marks()[last].store(Mark::END);
                block.marks()[granule].set(Mark::scanned(Epoch::Odd));
                block.count_live(Epoch::Odd, last - granule + 1);
                granule = last + 1 + below(gap);
            }
        }
        blocks
    }

    #[test]
    fn no_granule_is_given_twice() {
        let mut random = 1_u64;
        let mut below = |limit: usize| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) as usize % limit
        };
        for round in 0..300 {
            let mut space = Space::new(usize::MAX, false, false);
            space.grow().unwrap();
            let blocks = fragmented(&mut space, 1 + round % 8, &mut below);
            let free: Vec<_> = (0..below(3)).map(|_| space.take_free(Epoch::Odd).unwrap()).collect();
            // The other free blocks of the chunk are full, as far as this goes.
            let others: Vec<_> = core::iter::from_fn(|| space.take_free(Epoch::Odd)).collect();
            free.iter().chain(&others).for_each(|block| block.set_state(BlockState::Settled));
            let mut destination = Destination::ranked(blocks.clone(), Epoch::Odd);
            free.iter().for_each(|&block| destination.add_free(block));
            let (most, mut refused) = ([4, 12, 60, 300][round / 8 % 4], 0);
            while refused < 40 {
                let granules = 1 + if below(3) > 0 { below(SMALL) } else { below(most) };
                let align = if below(20) == 0 { 64 } else { 8 };
                let place = match below(2) {
                    0 => destination.take_at_hand(granules),
                    _ => destination.take(granules, 16, align),
                };
                let Some(place) = place else {
                    refused += 1;
                    continue;
                };
                let block = Block::around(place);
                assert!(blocks.contains(&block) || free.contains(&block));
                let first = block.granule_index(place);
                let taken = &block.marks()[first..first + granules];
                assert!(taken.iter().all(|mark| mark.load().is_clear()), "round {round}");
                // (Whoever enters the block later sees them.)
                taken.iter().for_each(|mark| mark.store(Mark::scanned(Epoch::Odd).with(Mark::END)));
            }
            blocks.iter().chain(&free).for_each(|block| block.clear_marks());
        }
    }
}
