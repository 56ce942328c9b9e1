//! Where evacuated objects go: the free granules of blocks that stay.
//!
//! Blocks are ranked. Objects leave the last ones for the first, until the two meet. What lies side by side goes into the hole at
//! hand, if that has room for it. Of what has to be parted, small objects fill holes one after the other; medium ones, which would
//! have to pass over many of those, go to free blocks of chunks that stay anyway, if there are any, and to holes elsewhere. So objects
//! stay in the order of their addresses, but for those that a hole had no room for, which are in that order among themselves.
//!
//! An object must not use up what others need. It passes over a few holes, and goes where larger ones do if those have no
//! room, so that at most one hole is lost: a small one where medium ones go, and either where those go that fit no hole near. A block
//! that these pass over is left for medium ones, and then for small ones, but is not emptied any more; so they pass over few, and then
//! take free blocks of later chunks, of any chunk in the end. (Without that, one object of two granules among a million of one, in
//! blocks whose every other granule was free, passed over all of them: a tenth of the blocks was emptied that should have been. With
//! it for small ones only, one of 30 among a hundred of ten did the same: of 500 blocks that could be emptied 65 were, now 495.)

mod filling;
#[cfg(test)]
mod tests;

use core::ptr::NonNull;
use std::collections::{HashSet, VecDeque};

use filling::Filling;

use super::geometry::{BLOCK_GRANULES, GRANULE};
use super::{Block, BlockState, Chunk, Epoch};

/// Objects of more granules are medium ones: they would pass over holes that small ones fill.
const SMALL: usize = 8;

/// Where objects go: small ones, medium ones, and those that fit no hole near where their like go.
const SMALL_ONES: usize = 0;
const MEDIUM_ONES: usize = 1;
const MISFITS: usize = 2;

/// A block with less free than this takes nothing in.
const WORTH_FILLING: usize = BLOCK_GRANULES / 16;

/// Blocks that may be passed over before free ones are taken from later chunks: one for each that is emptied, and so many at first.
const CHEAP: usize = 4;

/// Blocks that may be passed over for each that is emptied, before free ones are taken from wherever there are any.
const PASSES: usize = 4;

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
    /// Blocks that may be filled: free ones that have been added, free ones of chunks that stay (some have been taken by now), and
    /// others that are never emptied, since something in them must stay.
    added: VecDeque<Block>,
    free: VecDeque<Block>,
    staying: VecDeque<Block>,
    /// Where the chunks of those begin.
    kept: HashSet<NonNull<u8>>,
    /// Blocks that each kind of objects has been through, and those before it have not.
    left_over: [Vec<Block>; 3],
    /// The blocks that have been entered.
    entered: Vec<Block>,
    /// The chunk of the last ranked block that was entered: it stays.
    chunk: Option<Chunk>,
    /// The other chunks that are not kept, in the order of the ranked blocks: how many come before the next one to be entered, how many
    /// before the next that may have free blocks, and how many before that of the block that is being emptied.
    chunks: Vec<Chunk>,
    past: usize,
    spent: usize,
    before: usize,
    /// The chunk of the block that is being emptied is kept.
    leaves_kept: bool,
    /// Blocks that may be passed over: before free ones are taken from later chunks, and for the block that is being emptied.
    cheap: usize,
    passes: usize,
    /// Objects that fit no hole have looked for free blocks anywhere.
    needs_spares: bool,
    fillings: [Filling; 3],
}

impl Destination {
    /// Fills the blocks that stay, and the first of the others, and the free ones of their chunks. (All are in the order of their
    /// chunks.)
    pub(crate) fn ranked(blocks: Vec<Block>, staying: Vec<Block>, epoch: Epoch) -> Self {
        let chunks = |blocks: &[Block]| {
            let mut chunks: Vec<_> = blocks.iter().map(|block| block.chunk()).collect();
            chunks.dedup();
            chunks
        };
        let kept = chunks(&staying);
        let is_free = |block: &Block| block.state() == BlockState::Free;
        let free = kept.iter().flat_map(|chunk| chunk.blocks()).filter(is_free).collect();
        let mut this = Self::free(free, epoch);
        this.worthy = blocks.iter().filter(|&&block| this.is_worth_filling(block)).count();
        this.staying = staying.into_iter().filter(|&block| this.is_worth_filling(block)).collect();
        this.kept = kept.iter().map(|chunk| chunk.start()).collect();
        this.chunks = chunks(&blocks).into_iter().filter(|&chunk| !this.keeps(chunk)).collect();
        this.before = this.chunks.len();
        Self { ranked: blocks.into(), ..this }
    }

    /// Fills these blocks, which are free.
    pub(crate) fn free(blocks: Vec<Block>, epoch: Epoch) -> Self {
        Self {
            epoch,
            ranked: VecDeque::new(),
            worthy: 0,
            added: VecDeque::new(),
            free: blocks.into(),
            staying: VecDeque::new(),
            kept: HashSet::new(),
            left_over: [const { Vec::new() }; _],
            entered: Vec::new(),
            chunk: None,
            chunks: Vec::new(),
            past: 0,
            spent: 0,
            before: 0,
            leaves_kept: false,
            cheap: CHEAP,
            passes: PASSES,
            needs_spares: false,
            fillings: core::array::from_fn(|_| Filling::new()),
        }
    }

    /// The blocks that have been entered, in this order.
    pub(crate) fn entered(&self) -> &[Block] {
        &self.entered
    }

    /// Adds a free block.
    pub(crate) fn add_free(&mut self, block: Block) {
        self.added.push_back(block);
    }

    /// True if objects that fit no hole need free blocks, and those that there are may not do for another block's.
    pub(crate) fn lacks_spares(&self) -> bool {
        let mut left = self.chunks[self.spent.max(self.past)..].iter().map(|chunk| chunk.free_blocks());
        self.needs_spares && left.try_fold(0, |sum, free| if sum + free < 2 { Ok(sum + free) } else { Err(()) }).is_ok()
    }

    /// Adds a chunk, all of whose blocks are free, for those.
    pub(crate) fn add_chunk(&mut self, chunk: Chunk) {
        self.chunks.push(chunk);
    }

    /// The last of the ranked blocks that have not been entered: it is to be emptied. `None` if nothing is
    /// gained by that any more.
    pub(crate) fn next_source(&mut self) -> Option<Block> {
        let block = self.ranked.pop_back()?;
        self.worthy -= usize::from(self.is_worth_filling(block));
        let chunk = block.chunk();
        self.leaves_kept = self.keeps(chunk);
        // (Chunks that are kept come first: when it is their turn, none is before.)
        while self.before > 0 && self.chunks.get(self.before) != Some(&chunk) {
            self.before -= 1;
        }
        (self.cheap, self.passes) = (CHEAP.min(self.cheap + 1), PASSES);
        // Holes to be filled, or free blocks of a chunk that stays, so that this one's may be given back.
        let is_elsewhere = |other: &Block| !self.leaves_kept && other.chunk() != chunk;
        let gains = self.worthy > 0
            || self.fillings[SMALL_ONES].is_under_way()
            || !self.staying.is_empty()
            || self.left_over.iter().any(|blocks| !blocks.is_empty())
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
        let holes = self.fillings.iter().map(|filling| filling.hole.bytes).sum::<usize>();
        holes / GRANULE + self.added.len() * BLOCK_GRANULES
    }

    /// Takes granules for objects that lie side by side, if the hole at hand has room for all.
    #[inline]
    pub(crate) fn take_at_hand(&mut self, granules: usize) -> Option<NonNull<u8>> {
        self.fillings[SMALL_ONES].hole.take(granules * GRANULE, 0, 1)
    }

    /// The granules that the hole at hand has.
    pub(crate) fn room_at_hand(&self) -> usize {
        self.fillings[SMALL_ONES].hole.bytes / GRANULE
    }

    /// Takes granules for an object whose payload comes `payload` bytes after its first granule, and is to
    /// be aligned to `align`. `None` if they are not to be had.
    #[inline]
    pub(crate) fn take(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let kind = if granules <= SMALL { SMALL_ONES } else { MEDIUM_ONES };
        self.fillings[kind]
            .hole
            .take(granules * GRANULE, payload, align)
            .or_else(|| self.take_elsewhere(granules, payload, align))
    }

    /// Takes them when the hole at hand has no room.
    #[cold]
    fn take_elsewhere(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let small = if granules <= SMALL { self.take_near(SMALL_ONES, granules, payload, align) } else { None };
        let near = small.or_else(|| self.take_near(MEDIUM_ONES, granules, payload, align));
        let place = near.or_else(|| self.take_anywhere(granules, payload, align));
        place.or_else(|| self.fillings.iter_mut().find_map(|filling| filling.take(granules, payload, align)))
    }

    /// Takes granules where objects of one kind go, unless it would pass over many holes.
    fn take_near(&mut self, kind: usize, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            let filling = &mut self.fillings[kind];
            if let Some(place) = filling.take_near(granules, payload, align) {
                return Some(place);
            }
            if filling.pass_over_hole() {
                return None;
            }
            if filling.left() >= WORTH_FILLING {
                self.cheap = self.cheap.checked_sub(1)?;
            }
            let left_over = self.left_over[kind + 1..].iter_mut().find_map(Vec::pop);
            let next = left_over.or_else(|| {
                let next = if kind == SMALL_ONES { self.next_of_chunk() } else { None };
                let next = next.or_else(|| self.staying.pop_front()).or_else(|| self.next_free_or_ranked());
                self.entered.extend(next);
                next
            });
            let left = self.fillings[kind].enter(next?, self.epoch);
            // (Nobody fills what small ones have left.)
            if kind != SMALL_ONES {
                self.left_over[kind].extend(left);
            }
        }
    }

    /// Takes granules where those objects go that fit no hole near.
    fn take_anywhere(&mut self, granules: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        loop {
            if let Some(place) = self.fillings[MISFITS].take(granules, payload, align) {
                return Some(place);
            }
            let next = self.staying.pop_front().or_else(|| self.next_free()).or_else(|| {
                let early = if self.cheap > 0 { self.next_ranked() } else { self.next_spare(Spare::Before) };
                let next = early.or_else(|| if self.passes > 0 { self.next_ranked() } else { None });
                let next = next.or_else(|| self.next_spare(Spare::Anywhere));
                if next.is_some_and(|next| next.live(self.epoch) > 0) {
                    (self.cheap, self.passes) = (self.cheap.saturating_sub(1), self.passes.saturating_sub(1));
                }
                next
            })?;
            let left = self.fillings[MISFITS].enter(next, self.epoch);
            self.left_over[MISFITS].extend(left);
            self.entered.push(next);
        }
    }

    /// The next block that stays, or else the next ranked one that is worth filling, if it lies in the chunk that has been entered.
    fn next_of_chunk(&mut self) -> Option<Block> {
        if let Some(block) = self.staying.pop_front() {
            return Some(block);
        }
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
                self.enter_chunk(block.chunk());
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

    /// A chunk is to stay: its free blocks may be filled. (Those of chunks that are kept have been added before.)
    fn enter_chunk(&mut self, chunk: Chunk) {
        if !self.keeps(chunk) {
            let place = self.chunks[self.past..].iter().position(|&other| other == chunk);
            self.past += place.map_or(0, |place| place + 1);
            self.free.extend(chunk.blocks().filter(|block| block.state() == BlockState::Free));
        }
    }

    /// True if something in the chunk must stay.
    fn keeps(&self, chunk: Chunk) -> bool {
        self.kept.contains(&chunk.start())
    }

    /// A free block of a later chunk.
    fn next_spare(&mut self, which: Spare) -> Option<Block> {
        let from = self.spent.max(self.past);
        self.spent = from + self.chunks[from..].iter().take_while(|chunk| chunk.free_blocks() == 0).count();
        if which == Spare::Before && self.spent >= self.before {
            return None;
        }
        self.needs_spares = true;
        let mut blocks = self.chunks.get(self.spent)?.blocks();
        let block = blocks.find(|block| block.state() == BlockState::Free)?;
        self.use_up(block);
        Some(block)
    }

    fn is_worth_filling(&self, block: Block) -> bool {
        BLOCK_GRANULES - block.live(self.epoch) >= WORTH_FILLING
    }

    /// A free block, and if there is none a ranked one that is worth filling. If the chunk of the block that is being emptied is kept,
    /// nothing is gained by a free one in its place, and they come last.
    fn next_free_or_ranked(&mut self) -> Option<Block> {
        if self.leaves_kept {
            self.next_ranked().or_else(|| self.next_free())
        } else {
            self.next_free().or_else(|| self.next_ranked())
        }
    }

    /// A free block, which is not free from here on.
    fn next_free(&mut self) -> Option<Block> {
        if let Some(block) = self.added.pop_front() {
            return Some(block);
        }
        let block = core::iter::from_fn(|| self.free.pop_front()).find(|block| block.state() == BlockState::Free)?;
        self.use_up(block);
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
