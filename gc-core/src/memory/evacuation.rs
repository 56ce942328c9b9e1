//! The space while objects move: which blocks are given up, and which take in what lived in them.

use super::destination::Destination;
use super::geometry::{BLOCK, BLOCK_GRANULES, BLOCKS, FIRST_BLOCK};
use super::{Block, BlockState, Chunk, Epoch, Space};

/// A block with less free than this takes nothing in.
const WORTH_FILLING: usize = BLOCK_GRANULES / 16;

/// Of the free granules of a partly full block, some are in holes that nothing fits.
const FILLED_PERCENT: usize = 90;

/// Which blocks are emptied, sparsest first, and where their objects go.
pub(crate) struct Plan {
    pub(crate) sources: Vec<Block>,
    pub(crate) destination: Destination,
}

impl Space {
    /// Plans to bring what lives into as few blocks as hold it, in as few chunks.
    ///
    /// Chunks are ranked by what lives in them, and blocks within their chunk: the first ones take in the
    /// rest. The free blocks of chunks that stay serve what fits no hole. The blocks all belong to `epoch`.
    pub(crate) fn plan_compaction(&mut self, epoch: Epoch) -> Plan {
        self.unlist_holes();
        let live = |block: Block| block.live(epoch);
        let total = |chunk: Chunk| chunk.blocks().map(live).sum::<usize>();
        let mut chunks: Vec<_> = self.chunks.iter().map(|&chunk| (total(chunk), chunk)).collect();
        chunks.sort_by_key(|&(total, chunk)| (core::cmp::Reverse(total), chunk.start().addr()));
        let mut used = Vec::with_capacity(self.used_blocks());
        for &(_, chunk) in &chunks {
            let from = used.len();
            used.extend(chunk.blocks().filter(|block| block.state() == BlockState::Settled));
            used[from..].sort_by_key(|&block| core::cmp::Reverse(live(block)));
        }
        let mut outside: usize = used.iter().map(|&block| live(block)).sum();
        let mut room = 0;
        let mut staying = 0;
        while let Some(&block) = used.get(staying).filter(|_| room < outside) {
            outside -= live(block);
            room += (BLOCK_GRANULES - live(block)) * FILLED_PERCENT / 100;
            staying += 1;
        }
        let mut sources = used.split_off(staying);
        sources.reverse();
        // The chunk that holds the last block to stay keeps its free blocks anyway.
        let mut free = Vec::new();
        if let Some(last) = used.last().map(|block| block.chunk()).filter(|_| !sources.is_empty()) {
            let rank = chunks.iter().position(|&(_, chunk)| chunk == last).unwrap_or(0);
            let staying: Vec<Chunk> = chunks[..=rank].iter().map(|&(_, chunk)| chunk).collect();
            let staying = |block: Block| staying.contains(&block.chunk());
            free = self.take_out_free(epoch, staying);
        }
        used.retain(|&block| BLOCK_GRANULES - live(block) >= WORTH_FILLING);
        Plan { sources, destination: Destination::new(used, free) }
    }

    /// Plans to move everything into other blocks, as far as there is memory for it.
    pub(crate) fn plan_to_move_all(&mut self, epoch: Epoch) -> Plan {
        self.unlist_holes();
        let blocks = self.chunks.iter().flat_map(|chunk| chunk.blocks());
        let sources: Vec<Block> = blocks.filter(|block| block.state() == BlockState::Settled).collect();
        while self.free.len() < sources.len() && self.grow().is_ok() {}
        let mut places = 0..sources.len();
        let free = self.take_out_free(epoch, |_| places.next().is_some());
        Plan { sources, destination: Destination::new(Vec::new(), free) }
    }

    /// No block is on a list of those with holes: they are filed anew when objects have moved.
    fn unlist_holes(&mut self) {
        debug_assert!(self.current.is_empty() && self.snapshot_holes.is_empty());
        for block in self.with_holes.drain(..) {
            block.set_state(BlockState::Settled);
        }
    }

    /// Takes those free blocks off the list that are wanted.
    fn take_out_free(&mut self, epoch: Epoch, mut wanted: impl FnMut(Block) -> bool) -> Vec<Block> {
        let mut taken = Vec::new();
        self.free.retain(|&block| {
            let take = wanted(block);
            if take {
                taken.push(block);
            }
            !take
        });
        for block in &taken {
            let chunk = block.chunk();
            chunk.set_free_blocks(chunk.free_blocks() - 1);
            block.stamp(epoch);
            block.set_state(BlockState::Settled);
        }
        taken
    }

    /// Files every block that is on no list, after objects have moved.
    pub(crate) fn file_all(&mut self, epoch: Epoch) {
        for place in 0..self.chunks.len() * (BLOCKS - FIRST_BLOCK) {
            let chunk = self.chunks[place / (BLOCKS - FIRST_BLOCK)];
            let block = chunk.block(FIRST_BLOCK + place % (BLOCKS - FIRST_BLOCK));
            if block.state() != BlockState::Settled {
                continue;
            }
            if block.live(epoch) > 0 && !block.is_touched() {
                block.touch();
                self.untouched -= 1;
            }
            self.file(block, epoch);
        }
    }

    /// Chooses sparse blocks to be emptied in slices, `limit` at most, sparsest first, all within `span` blocks
    /// of address space. Nothing is allocated in them from here on. A mark starts: its holes have been set
    /// aside.
    pub(crate) fn choose_candidates(&mut self, epoch: Epoch, limit: usize, span: usize) -> Vec<Block> {
        /// Blocks with more in them are not worth a move.
        const SPARSE: usize = BLOCK_GRANULES / 2;
        let blocks = self.chunks.iter().flat_map(|chunk| chunk.blocks());
        let is_sparse = |block: &Block| {
            matches!(block.state(), BlockState::Settled | BlockState::WithHoles)
                && block.dead() == 0
                && (1..=SPARSE).contains(&block.live(epoch))
        };
        let mut candidates: Vec<Block> = blocks.filter(is_sparse).collect();
        candidates.sort_by_key(|block| block.live(epoch));
        let number = |block: &Block| block.start().addr().get() / BLOCK;
        if let Some(sparsest) = candidates.first().map(number) {
            candidates.retain(|block| number(block).abs_diff(sparsest) < span / 2);
        }
        candidates.truncate(limit);
        for &block in &candidates {
            block.set_candidate(true);
            block.set_state(BlockState::Settled);
        }
        self.snapshot_holes.retain(|block| !block.is_candidate());
        candidates
    }

    /// Takes one free block for objects that move, if there is one.
    pub(crate) fn take_destination(&mut self, epoch: Epoch) -> Option<Block> {
        let block = self.free.pop()?;
        block.chunk().set_free_blocks(block.chunk().free_blocks() - 1);
        block.stamp(epoch);
        block.set_state(BlockState::Settled);
        if !block.is_touched() {
            block.touch();
            self.untouched -= 1;
        }
        Some(block)
    }
}
