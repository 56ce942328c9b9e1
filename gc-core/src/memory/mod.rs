//! Where objects live: the space of one heap.
//!
//! Memory comes from the system in chunks, which are cut into blocks; the allocator's cursors run
//! through free blocks and through the holes of partly full ones. Large objects have pages of their
//! own. This layer knows where things are and what is free; which objects are dead it is told.

pub(crate) mod allocator;
pub(crate) mod block;
pub(crate) mod chunk;
pub(crate) mod destination;
mod evacuation;
pub(crate) mod extents;
pub(crate) mod geometry;
pub(crate) mod hole;
mod inspect;
pub(crate) mod large;
pub(crate) mod mark_byte;
pub(crate) mod os;
pub(crate) mod prefetch;
mod prepare;
mod region;
pub(crate) mod runs;

use core::ptr::NonNull;

pub(crate) use block::{Block, BlockState};
pub(crate) use chunk::Chunk;
pub(crate) use large::{LargeLayout, LargeObject};
pub(crate) use mark_byte::{Epoch, Mark, MarkByte, MarkPlace};

use geometry::{BLOCK, BLOCKS, CHUNK, FIRST_BLOCK};
use large::LargeSpace;
use os::Pages;
use prepare::Prepared;
use region::Regions;

/// Why memory was not given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// The heap's limit would be exceeded.
    Limit,
    /// The system gave nothing.
    System,
    /// No address space has that many bytes.
    TooLarge,
}

/// What the heap holds of the system's memory, and how much it may hold.
#[derive(Debug)]
pub(crate) struct Footprint {
    /// Bytes mapped.
    pub(crate) mapped: usize,
    /// The most that may be mapped, with what objects own outside the heap.
    pub(crate) limit: usize,
    /// What counts against the limit and is not here: bytes that objects own outside the heap, as far as
    /// is known, and the collector's stacks.
    pub(crate) external: usize,
    /// Huge pages may be asked for.
    pub(crate) huge_pages: bool,
}

impl Footprint {
    /// True if `bytes` more may be mapped.
    fn admits(&self, bytes: usize) -> bool {
        // What is used is checked against the limit block by block; what is mapped may exceed it by a
        // chunk that is not full, and by the metadata.
        let slack = 2 * CHUNK + self.limit / 8;
        self.mapped.saturating_add(bytes) <= self.limit.saturating_add(slack)
    }

    fn map(&mut self, bytes: usize, pages: Pages) -> Result<NonNull<u8>, Refused> {
        if bytes > isize::MAX as usize {
            return Err(Refused::TooLarge);
        }
        if !self.admits(bytes) {
            return Err(Refused::Limit);
        }
        let pages = if self.huge_pages { pages } else { Pages::Small };
        let start = os::map(bytes, CHUNK, pages).ok_or(Refused::System)?;
        self.mapped += bytes;
        Ok(start)
    }

    /// # Safety
    ///
    /// As for [`os::unmap`]; the mapping came from `map`.
    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) {
        // SAFETY: the caller gives back a mapping of ours, aligned to a chunk as all are.
        unsafe { os::unmap(start, bytes, CHUNK) };
        self.mapped -= bytes;
    }
}

/// When no more blocks are free, the next chunk is asked for.
const FEW_BLOCKS: usize = ALL_BLOCKS / 2;

/// Blocks of a chunk.
const ALL_BLOCKS: usize = BLOCKS - FIRST_BLOCK;

/// Bytes of the blocks of a chunk.
const CHUNK_BLOCKS: usize = ALL_BLOCKS * BLOCK;

/// Of how many chunks one is prepared at a time, and how many at most: what is ready is memory too.
const CHUNKS_A_SPARE: usize = 24;
const MOST_SPARE: usize = 2;

/// The memory of one heap.
pub(crate) struct Space {
    chunks: Vec<Chunk>,
    /// How many chunks have free blocks only.
    free_chunks: usize,
    free: Vec<Block>,
    /// Blocks with holes that may be allocated in.
    with_holes: Vec<Block>,
    /// Blocks with holes that were found before marking started: for need only, until it ends.
    snapshot_holes: Vec<Block>,
    /// Blocks that a cursor has been in since the last young collection.
    current: Vec<Block>,
    large: LargeSpace,
    regions: Regions,
    prepared: Prepared,
    /// Blocks whose memory has not been written since it was mapped.
    untouched: usize,
    pub(crate) footprint: Footprint,
}

impl Space {
    pub(crate) fn new(limit: usize, huge_pages: bool, prepare: bool) -> Self {
        Self {
            chunks: Vec::new(),
            free_chunks: 0,
            free: Vec::new(),
            with_holes: Vec::new(),
            snapshot_holes: Vec::new(),
            current: Vec::new(),
            large: LargeSpace::new(),
            regions: Regions::default(),
            prepared: Prepared::new(prepare, if huge_pages { Pages::Huge } else { Pages::Small }),
            untouched: 0,
            footprint: Footprint { mapped: 0, limit, external: 0, huge_pages },
        }
    }

    /// The chunks of blocks.
    pub(crate) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Blocks that are not free.
    pub(crate) fn used_blocks(&self) -> usize {
        self.chunks.len() * ALL_BLOCKS - self.free.len()
    }

    /// Bytes of blocks that are not free.
    pub(crate) fn used_block_bytes(&self) -> usize {
        self.used_blocks() * BLOCK
    }

    /// Bytes that the heap holds of the system's: what is mapped and in use or prepared.
    pub(crate) fn reserved_bytes(&self) -> usize {
        self.footprint.mapped + self.prepared.ready() * CHUNK
    }

    /// Bytes of those that are backed by memory, as far as is known.
    pub(crate) fn resident_bytes(&self) -> usize {
        self.reserved_bytes() - self.untouched * BLOCK
    }

    /// Bytes of large objects, with what rounding adds.
    pub(crate) fn large_bytes(&self) -> usize {
        self.large.bytes()
    }

    /// Bytes of large objects, by granule: as the collector counts what is alive.
    pub(crate) fn large_object_bytes(&self) -> usize {
        self.large.object_bytes()
    }

    /// Bytes in use: blocks that are not free, with their holes, and large objects.
    pub(crate) fn used_bytes(&self) -> usize {
        self.used_block_bytes() + self.large_bytes()
    }

    /// True if the limit allows `bytes` more to be used.
    pub(crate) fn may_use(&self, bytes: usize) -> bool {
        let used = self.used_bytes().saturating_add(self.footprint.external);
        used.saturating_add(bytes) <= self.footprint.limit
    }

    /// Bytes of chunks that are wholly free.
    pub(crate) fn free_chunk_bytes(&self) -> usize {
        debug_assert_eq!(self.free_chunks, self.count_free_chunks());
        self.free_chunks * CHUNK_BLOCKS
    }

    /// Bytes of free blocks.
    pub(crate) fn free_bytes(&self) -> usize {
        self.free.len() * BLOCK
    }

    /// Adds one more chunk of blocks: one that has been prepared, or else a new mapping.
    pub(crate) fn grow(&mut self) -> Result<(), Refused> {
        if !self.footprint.admits(CHUNK) {
            return Err(Refused::Limit);
        }
        let prepared = self.prepared.take();
        let touched = prepared.is_some();
        let slot = prepared.or_else(|| self.regions.take()).ok_or(Refused::System)?;
        self.footprint.mapped += CHUNK;
        // SAFETY: the memory is zeros, aligned to a chunk, and put back only when no block of it is
        // in use.
        let chunk = unsafe { Chunk::in_fresh_memory(slot.start) };
        self.chunks.push(chunk);
        chunk.set_free_blocks(ALL_BLOCKS);
        self.free_chunks += 1;
        // The first block comes last, so that it is taken first.
        for index in (FIRST_BLOCK..BLOCKS).rev() {
            let block = chunk.block(index);
            block.set_state(BlockState::Free);
            if touched {
                block.touch();
            }
            self.free.push(block);
        }
        self.untouched += if touched { 0 } else { ALL_BLOCKS };
        if self.chunks.len() > 2 && self.footprint.admits(CHUNK) {
            self.ask_for_chunks();
        }
        Ok(())
    }

    /// Has the next chunks prepared, in proportion to those that there are.
    fn ask_for_chunks(&mut self) {
        let ahead = (self.chunks.len() / CHUNKS_A_SPARE).clamp(1, MOST_SPARE);
        self.prepared.ask(&mut self.regions, ahead);
    }

    /// Takes a free block for a cursor.
    pub(crate) fn take_free(&mut self, epoch: Epoch) -> Option<Block> {
        let block = self.free.pop()?;
        if self.free.len() == FEW_BLOCKS && self.footprint.admits(CHUNK) {
            self.ask_for_chunks();
        }
        debug_assert!(block.marks().iter().all(|mark| mark.load().is_clear()), "M3");
        self.take_from_chunk(block);
        block.stamp(epoch);
        self.note_touch(block);
        self.make_current(block);
        Some(block)
    }

    /// A block is not free any more.
    fn take_from_chunk(&mut self, block: Block) {
        let chunk = block.chunk();
        self.free_chunks -= usize::from(chunk.free_blocks() == ALL_BLOCKS);
        chunk.set_free_blocks(chunk.free_blocks() - 1);
    }

    /// Counts the chunks that have free blocks only.
    fn count_free_chunks(&self) -> usize {
        self.chunks.iter().filter(|chunk| chunk.free_blocks() == ALL_BLOCKS).count()
    }

    /// Takes a block with holes for a cursor.
    pub(crate) fn take_with_holes(&mut self) -> Option<Block> {
        let block = self.with_holes.pop()?;
        self.make_current(block);
        Some(block)
    }

    /// Takes a block with holes that were found before marking started.
    pub(crate) fn take_snapshot_holes(&mut self) -> Option<Block> {
        let block = self.snapshot_holes.pop()?;
        self.make_current(block);
        Some(block)
    }

    /// The block's memory is written, from here on if not before.
    fn note_touch(&mut self, block: Block) {
        if !block.is_touched() {
            block.touch();
            self.untouched -= 1;
        }
    }

    fn make_current(&mut self, block: Block) {
        block.set_state(BlockState::Current);
        self.current.push(block);
    }

    /// Hands over the blocks that cursors have been in.
    pub(crate) fn take_current(&mut self) -> Vec<Block> {
        core::mem::take(&mut self.current)
    }

    /// The blocks that cursors have been in.
    pub(crate) fn current(&self) -> &[Block] {
        &self.current
    }

    /// Files a block by what lives in it: free, with holes, or settled.
    ///
    /// Its objects all have a colour, or are dead with a destructor pending.
    pub(crate) fn file(&mut self, block: Block, epoch: Epoch) {
        let live = block.live(epoch) + block.live(epoch.other());
        // While a mark is under way, what it has reached counts twice in a block of the snapshot.
        let swept = block.is_swept(epoch);
        if live == 0 && block.dead() == 0 {
            debug_assert!(block.marks().iter().all(|mark| mark.load().is_clear()), "M3");
            block.set_attention(false);
            block.set_needs_headers(false);
            block.set_candidate(false);
            block.set_state(BlockState::Free);
            let chunk = block.chunk();
            chunk.set_free_blocks(chunk.free_blocks() + 1);
            self.free_chunks += usize::from(chunk.free_blocks() == ALL_BLOCKS);
            self.free.push(block);
        } else if block.live(if swept { epoch } else { epoch.other() }) <= geometry::BLOCK_GRANULES * 7 / 8
            && !block.is_candidate()
        {
            block.set_state(BlockState::WithHoles);
            if swept { self.with_holes.push(block) } else { self.snapshot_holes.push(block) }
        } else {
            block.set_state(BlockState::Settled);
        }
    }

    /// Marking starts: what holes there are belong to the snapshot.
    pub(crate) fn set_holes_aside(&mut self) {
        // What is here now was put here while sweeping, by destructors that ran before their block
        // was swept: the sweep has filed it again.
        self.snapshot_holes = core::mem::take(&mut self.with_holes);
    }

    /// Marking has ended: holes found before it are to be found anew by the sweep.
    pub(crate) fn forget_snapshot_holes(&mut self) {
        self.snapshot_holes = Vec::new();
    }

    /// Gives chunks without objects back to the system, until no more than `retain` bytes of free
    /// blocks are left. Returns the bytes given back.
    pub(crate) fn release_free_chunks(&mut self, retain: usize) -> usize {
        let mut excess = self.free_bytes().saturating_sub(retain);
        let mut released = 0;
        let before = self.chunks.len();
        let (free, footprint, regions) = (&mut self.free, &mut self.footprint, &mut self.regions);
        self.chunks.retain(|&chunk| {
            if chunk.free_blocks() < ALL_BLOCKS || excess < CHUNK_BLOCKS {
                return true;
            }
            excess -= CHUNK_BLOCKS;
            released += CHUNK;
            self.untouched -= chunk.blocks().filter(|block| !block.is_touched()).count();
            chunk.set_free_blocks(0);
            self.free_chunks -= 1;
            false
        });
        if self.chunks.len() < before {
            // A chunk that lost all its free blocks while they are on the list is one to release.
            let mut gone: Vec<Chunk> = Vec::new();
            free.retain(|block| {
                let chunk = block.chunk();
                if chunk.free_blocks() > 0 {
                    return true;
                }
                if gone.last() != Some(&chunk) && !gone.contains(&chunk) {
                    gone.push(chunk);
                }
                false
            });
            for chunk in gone {
                // SAFETY: all blocks of the chunk were free, and are off the list.
                unsafe { regions.put_back(chunk.start()) };
                footprint.mapped -= CHUNK;
            }
        }
        released
    }

    /// Memory for a large object. Its header is the caller's to write, at once.
    pub(crate) fn allocate_large(&mut self, layout: LargeLayout) -> Result<NonNull<u8>, Refused> {
        if !self.may_use(layout.bytes.next_multiple_of(geometry::PAGE)) {
            return Err(Refused::Limit);
        }
        self.large.allocate(layout, &mut self.footprint)
    }

    /// All large objects.
    pub(crate) fn large_objects(&self) -> &[NonNull<LargeObject>] {
        self.large.all()
    }

    /// Hands over the large objects made since the last call.
    pub(crate) fn take_young_large(&mut self) -> Vec<NonNull<LargeObject>> {
        self.large.take_young()
    }

    /// Frees a large object.
    ///
    /// # Safety
    ///
    /// The object is dead, its destructors have run, and no weak pointer names it.
    pub(crate) unsafe fn free_large(&mut self, record: NonNull<LargeObject>) {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { self.large.free(record, &mut self.footprint) };
    }

    /// Keeps of a large object what a tombstone needs.
    ///
    /// # Safety
    ///
    /// The object is dead and its destructors have run.
    pub(crate) unsafe fn shrink_large(&mut self, record: &LargeObject) {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { self.large.shrink(record, &mut self.footprint) };
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        for &record in self.large.all().to_vec().iter() {
            // SAFETY: the heap is going; its destructors have run and nobody can reach its objects.
            unsafe { self.large.free(record, &mut self.footprint) };
        }
        self.large.release_chunks(&mut self.footprint);
        // The chunks go with their regions.
        debug_assert_eq!(self.footprint.mapped, self.chunks.len() * CHUNK);
    }
}
