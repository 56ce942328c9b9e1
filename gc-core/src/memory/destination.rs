//! Where evacuated objects go: the free granules of blocks that stay.
//!
//! Blocks are ranked. Objects leave the last ones for the first, until the two meet. Small objects fill
//! holes one after the other; a medium one, which would have to pass over many, goes to a free block of a
//! chunk that stays anyway, if there is one. So objects stay in the order of their addresses, each kind
//! for itself.

use core::ptr::NonNull;
use std::collections::VecDeque;

use super::geometry::{BLOCK_GRANULES, GRANULE};
use super::hole::{Hole, HoleWalk};
use super::{Block, BlockState, Chunk, Epoch};

/// Objects of more granules pass over holes that others would fill.
const SMALL: usize = 8;

/// A block with less free than this takes nothing in.
const WORTH_FILLING: usize = BLOCK_GRANULES / 16;

/// A block that is being filled.
#[derive(Debug, Default)]
struct Filling {
    block: Option<Block>,
    walk: Option<HoleWalk>,
    hole: Option<Hole>,
}

impl Filling {
    /// Takes granules of the block whose start plus `payload` is a multiple of `align`.
    fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(place) = self.hole.as_mut().and_then(|hole| hole.take(granules * GRANULE, payload, align)) {
                return Some(place);
            }
            self.hole = self.walk.as_mut()?.next(granules);
            if self.hole.is_none() {
                self.walk = None;
            }
        }
    }

    /// Goes on in another block. Returns the one that was left.
    fn enter(&mut self, block: Block) -> Option<Block> {
        self.walk = Some(HoleWalk::of(block));
        self.block.replace(block)
    }
}

/// The blocks that objects leave, and those that take them in.
#[derive(Debug)]
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
    /// The chunk of the last ranked block that was entered: it stays.
    chunk: Option<Chunk>,
    small: Filling,
    medium: Filling,
}

impl Destination {
    /// Fills the first of these blocks, and the free ones of their chunks.
    pub(crate) fn ranked(blocks: Vec<Block>, epoch: Epoch) -> Self {
        let empty = Self::free(Vec::new(), epoch);
        let worthy = blocks.iter().filter(|&&block| empty.is_worth_filling(block)).count();
        Self { ranked: blocks.into(), worthy, ..empty }
    }

    /// Fills these blocks, which are free.
    pub(crate) fn free(blocks: Vec<Block>, epoch: Epoch) -> Self {
        Self {
            epoch,
            ranked: VecDeque::new(),
            worthy: 0,
            free: blocks.into(),
            left_over: Vec::new(),
            chunk: None,
            small: Filling::default(),
            medium: Filling::default(),
        }
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
        // Holes to be filled, or free blocks of a chunk that stays, so that this one's may be given back.
        let is_elsewhere = |other: &Block| other.chunk() != block.chunk();
        let gains = self.worthy > 0
            || self.small.walk.is_some()
            || self.free.front().is_some_and(is_elsewhere)
            || self.ranked.front().is_some_and(|first| is_elsewhere(first) && first.chunk().free_blocks() > 0);
        gains.then_some(block)
    }

    /// Takes granules for an object whose payload comes `payload` bytes after its first granule, and is to
    /// be aligned to `align`. `None` if they are not to be had.
    pub(crate) fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        if granules <= SMALL {
            loop {
                if let Some(place) = self.small.take(granules, payload, align) {
                    return Some(place);
                }
                let next = self.left_over.pop().or_else(|| self.next_of_chunk());
                let next = next.or_else(|| self.next_free()).or_else(|| self.next_ranked())?;
                self.small.enter(next);
            }
        }
        loop {
            if let Some(place) = self.medium.take(granules, payload, align) {
                return Some(place);
            }
            let next = self.next_free().or_else(|| self.next_ranked())?;
            let left = self.medium.enter(next);
            self.left_over.extend(left);
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

    fn is_worth_filling(&self, block: Block) -> bool {
        BLOCK_GRANULES - block.live(self.epoch) >= WORTH_FILLING
    }

    /// A free block, which is not free from here on.
    fn next_free(&mut self) -> Option<Block> {
        let block = self.free.pop_front()?;
        if block.state() == BlockState::Free {
            let chunk = block.chunk();
            chunk.set_free_blocks(chunk.free_blocks() - 1);
            block.stamp(self.epoch);
            block.set_state(BlockState::Settled);
        }
        Some(block)
    }
}
