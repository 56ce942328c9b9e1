//! A chunk: 4 MiB of blocks or of pages, with all that the collector knows of them at its start.
//!
//! A [`Chunk`] is an address. The memory behind it is shared by everybody who holds an address
//! inside it, so all fields of its header are atomics or fixed when the chunk is made.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering::Relaxed};

use super::block::{Block, BlockRecord};
use super::geometry::{BLOCK, BLOCKS, CHUNK, CHUNK_HEADER, CHUNK_PAGES, FIRST_BLOCK, METADATA, PAGE, chunk_of};
use super::large::LargeObject;

/// What lies at the start of a chunk.
#[repr(C)]
pub(super) struct ChunkHeader {
    /// How many of the blocks are free.
    free_blocks: AtomicU32,
    /// Of a chunk of pages: its place in the list of those.
    position: AtomicU32,
    blocks: [BlockRecord; BLOCKS],
    /// In a chunk of pages: the large object that starts at the page.
    pages: [AtomicPtr<LargeObject>; CHUNK_PAGES],
}

const _: () = assert!(size_of::<ChunkHeader>() <= CHUNK_HEADER);

/// A chunk of the heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chunk(NonNull<u8>);

impl Chunk {
    /// A chunk in fresh memory.
    ///
    /// # Safety
    ///
    /// `start` is aligned to a chunk and begins a mapping of at least `METADATA` bytes, all zeros,
    /// that outlives every use of the chunk. (All zeros is a valid header: no block is free yet, no
    /// page has an object.)
    pub(super) unsafe fn in_fresh_memory(start: NonNull<u8>) -> Self {
        debug_assert!(start.addr().get().is_multiple_of(CHUNK));
        Self(start)
    }

    /// The chunk that `inside` points into.
    #[inline]
    pub(super) fn around(inside: NonNull<u8>) -> Self {
        Self(chunk_of(inside))
    }

    /// Where the chunk starts.
    pub(crate) fn start(self) -> NonNull<u8> {
        self.0
    }

    #[inline]
    pub(super) fn header<'a>(self) -> &'a ChunkHeader {
        // SAFETY: a chunk begins with a header, and all of its fields are atomics.
        unsafe { self.0.cast::<ChunkHeader>().as_ref() }
    }

    /// The record of one of the blocks.
    #[inline]
    pub(super) fn record<'a>(self, index: usize) -> &'a BlockRecord {
        &self.header().blocks[index]
    }

    /// The blocks that hold objects.
    pub(crate) fn blocks(self) -> impl Iterator<Item = Block> {
        (FIRST_BLOCK..BLOCKS).map(move |index| self.block(index))
    }

    /// One of the blocks that hold objects.
    pub(crate) fn block(self, index: usize) -> Block {
        assert!((FIRST_BLOCK..BLOCKS).contains(&index));
        // SAFETY: the offset lies inside the chunk, on a block's border.
        unsafe { Block::at(self.0.add(index * BLOCK)) }
    }

    /// How many of the blocks are free.
    pub(crate) fn free_blocks(self) -> usize {
        self.header().free_blocks.load(Relaxed) as usize
    }

    pub(super) fn set_free_blocks(self, count: usize) {
        self.header().free_blocks.store(count as u32, Relaxed);
    }

    /// Where a chunk of pages is in the list of them.
    pub(super) fn position(self) -> usize {
        self.header().position.load(Relaxed) as usize
    }

    pub(super) fn set_position(self, position: usize) {
        self.header().position.store(position as u32, Relaxed);
    }

    /// Where the page of a chunk of pages lies.
    pub(super) fn page(self, index: usize) -> NonNull<u8> {
        assert!(index < CHUNK_PAGES);
        // SAFETY: the offset lies inside the chunk.
        unsafe { self.0.add(METADATA + index * PAGE) }
    }

    /// The place that names the large object which starts at the page around `inside`.
    pub(super) fn large_at<'a>(inside: NonNull<u8>) -> &'a AtomicPtr<LargeObject> {
        let page = (inside.addr().get() % CHUNK - METADATA) / PAGE;
        &Self::around(inside).header().pages[page]
    }
}
