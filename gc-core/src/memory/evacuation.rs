//! The space while objects move: which blocks are given up, and which take in what lived in them.

use super::destination::Destination;
use super::geometry::{BLOCK, BLOCK_GRANULES, BLOCKS, FIRST_BLOCK};
use super::{ALL_BLOCKS, Block, BlockState, CHUNK_BLOCKS, Chunk, Epoch, Space};
use crate::object::places::Places;

impl Space {
    /// Ranks the blocks, to bring what lives into as few of them as hold it, in as few chunks: chunks by what
    /// lives in them, most first, and blocks within their chunk, those that are alike by address, so that memory is gone through
    /// in order. Blocks in which something must `stay` are not emptied, which would give nothing back, and their chunks come
    /// first. They all belong to `epoch`.
    pub(crate) fn rank_blocks(&mut self, epoch: Epoch, stay: &Places) -> Destination {
        /// Blocks of which no more granules live than so many others are alike.
        const ALIKE: usize = BLOCK_GRANULES / 8;
        self.unlist_holes();
        let live = |block: Block| block.live(epoch);
        let stays = |block: &Block| stay.has_addr(block.start().addr().get());
        let rank =
            |&chunk: &Chunk| (chunk.blocks().any(|block| stays(&block)), chunk.blocks().map(live).sum::<usize>());
        let mut chunks: Vec<_> = self.chunks.iter().map(|chunk| (rank(chunk), *chunk)).collect();
        chunks.sort_by_key(|&(rank, chunk)| (core::cmp::Reverse(rank), chunk.start().addr()));
        let mut ranked = Vec::with_capacity(self.used_blocks());
        let mut staying = Vec::new();
        for &(_, chunk) in &chunks {
            let from = ranked.len();
            let used = || chunk.blocks().filter(|block| block.state() == BlockState::Settled);
            staying.extend(used().filter(stays));
            ranked.extend(used().filter(|block| !stays(block)));
            ranked[from..].sort_by_key(|&block| core::cmp::Reverse((live(block) / ALIKE, block.start())));
        }
        Destination::ranked(ranked, staying, epoch)
    }

    /// The first block and the last one, by address.
    pub(crate) fn reach(&self) -> Option<(Block, Block)> {
        let by_address = |chunk: &&Chunk| chunk.start().addr();
        let (first, last) = (self.chunks.iter().min_by_key(by_address)?, self.chunks.iter().max_by_key(by_address)?);
        Some((first.block(FIRST_BLOCK), last.block(BLOCKS - 1)))
    }

    /// All blocks with objects, and as many free ones as there is memory for.
    pub(crate) fn blocks_to_swap(&mut self, epoch: Epoch) -> (Vec<Block>, Destination) {
        self.unlist_holes();
        let blocks = self.chunks.iter().flat_map(|chunk| chunk.blocks());
        let sources: Vec<Block> = blocks.filter(|block| block.state() == BlockState::Settled).collect();
        while self.free.len() < sources.len() && self.grow().is_ok() {}
        let free = self.free.iter().rev().take(sources.len()).copied().collect();
        (sources, Destination::free(free, epoch))
    }

    /// A new chunk for objects that fit no hole, if there is memory, and that is little beside what the heap has or `emptied` blocks,
    /// which will be free: `added` have been made for that before. (Of 6,000 blocks that could be emptied, of 768 MiB in which one object
    /// in 100 fitted no hole and few blocks were free, 1,900 were without that, and are 5,900 now.)
    pub(crate) fn add_chunk_to_compact(&mut self, emptied: usize, added: usize) -> Option<Chunk> {
        /// One chunk for so many that there are, and for so many whose blocks have been emptied.
        const A_CHUNK: usize = 16;
        const EMPTIED: usize = 2;
        let most = (self.chunks.len() - added) / A_CHUNK + emptied / (EMPTIED * ALL_BLOCKS);
        if added >= most || !self.may_use(CHUNK_BLOCKS) {
            return None;
        }
        self.grow().ok()?;
        self.chunks.last().copied()
    }

    /// No block is on a list of those with holes: they are filed anew when objects have moved.
    fn unlist_holes(&mut self) {
        debug_assert!(self.current.is_empty() && self.snapshot_holes.is_empty());
        for block in self.with_holes.drain(..) {
            block.set_state(BlockState::Settled);
        }
    }

    /// Files every block that is on no list, after objects have moved.
    pub(crate) fn file_all(&mut self, epoch: Epoch) {
        self.free.retain(|block| block.state() == BlockState::Free);
        self.free_chunks = self.count_free_chunks();
        for place in 0..self.chunks.len() * (BLOCKS - FIRST_BLOCK) {
            let chunk = self.chunks[place / (BLOCKS - FIRST_BLOCK)];
            let block = chunk.block(FIRST_BLOCK + place % (BLOCKS - FIRST_BLOCK));
            if block.state() != BlockState::Settled {
                continue;
            }
            if block.live(epoch) > 0 {
                self.note_touch(block);
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
        let number = |block: &Block| block.start().addr().get() / BLOCK;
        if let Some(sparsest) = candidates.iter().min_by_key(|block| block.live(epoch)).map(number) {
            candidates.retain(|block| number(block).abs_diff(sparsest) < span / 2);
        }
        if candidates.len() > limit {
            candidates.select_nth_unstable_by_key(limit, |block| block.live(epoch));
            candidates.truncate(limit);
        }
        candidates.sort_unstable_by_key(|block| block.live(epoch));
        for &block in &candidates {
            block.set_candidate(true);
            block.set_state(BlockState::Settled);
        }
        self.snapshot_holes.retain(|block| !block.is_candidate());
        candidates
    }

    /// Takes one free block for objects that move, if the limit allows it and there is memory.
    pub(crate) fn take_destination(&mut self, epoch: Epoch) -> Option<Block> {
        if !self.may_use(BLOCK) || self.free.is_empty() && self.grow().is_err() {
            return None;
        }
        let block = self.free.pop()?;
        self.take_from_chunk(block);
        block.stamp(epoch);
        block.set_state(BlockState::Settled);
        self.note_touch(block);
        Some(block)
    }
}
