//! Sizes, and the arithmetic that finds a mark byte without a table.
//!
//! ```text
//! chunk, 4 MiB, aligned to 4 MiB
//! ┌──────────────┬───────────────────────────────┬─────────┬─────────┬──────────────────────────┐
//! │ chunk header │ mark bytes, one per granule   │ block 4 │ block 5 │ …               block 63 │
//! │ 16 KiB       │ of the blocks, 240 KiB        │ 64 KiB  │         │                          │
//! └──────────────┴───────────────────────────────┴─────────┴─────────┴──────────────────────────┘
//! ```
//!
//! The mark byte of the granule at `addr` is at `chunk(addr) + (addr % CHUNK) / 16`. The bytes that
//! this gives the metadata itself are where the chunk header lies, so nothing is lost.

use core::ptr::NonNull;

pub(crate) use crate::object::header::GRANULE;

/// Bytes in a chunk, and its alignment.
pub(crate) const CHUNK: usize = if cfg!(target_pointer_width = "64") { 4 << 20 } else { 1 << 20 };
/// Bytes in a block.
pub(crate) const BLOCK: usize = 64 << 10;
/// Bytes at the start of a chunk that are not for objects.
pub(crate) const METADATA: usize = CHUNK / GRANULE;
/// Bytes of those that are not mark bytes.
pub(crate) const CHUNK_HEADER: usize = METADATA / GRANULE;
/// Blocks in a chunk, those of the metadata included.
pub(crate) const BLOCKS: usize = CHUNK / BLOCK;
/// The first block for objects.
pub(crate) const FIRST_BLOCK: usize = METADATA / BLOCK;
/// Granules in a block.
pub(crate) const BLOCK_GRANULES: usize = BLOCK / GRANULE;
/// The unit in which large objects take memory.
pub(crate) const PAGE: usize = 4096;
/// Pages in a chunk that are for objects.
pub(crate) const CHUNK_PAGES: usize = (CHUNK - METADATA) / PAGE;
/// The largest small object, in bytes from its first granule to its end.
pub(crate) const MAX_SMALL: usize = 8 << 10;
/// Holes with fewer granules are left alone.
pub(crate) const MIN_HOLE: usize = 128 / GRANULE;

const _: () = assert!(METADATA.is_multiple_of(BLOCK) && BLOCKS <= 64 && CHUNK_HEADER >= 4096);

/// The start of the chunk that `inside` points into.
#[inline]
pub(crate) fn chunk_of(inside: NonNull<u8>) -> NonNull<u8> {
    // SAFETY: chunks do not start at address 0, since the system maps nothing there.
    unsafe { NonNull::new_unchecked(inside.as_ptr().map_addr(|a| a & !(CHUNK - 1))) }
}

/// The address of the mark byte of the granule that `address` lies in: to be fetched.
#[inline(always)]
pub(crate) fn mark_address(address: usize) -> *const u8 {
    core::ptr::without_provenance((address & !(CHUNK - 1)) | ((address & (CHUNK - 1)) / GRANULE))
}

/// The mark byte of the granule that `inside` points into.
#[inline]
pub(crate) fn mark_byte_of(inside: NonNull<u8>) -> NonNull<u8> {
    let mark = inside.as_ptr().map_addr(|a| (a & !(CHUNK - 1)) + ((a & (CHUNK - 1)) / GRANULE));
    // SAFETY: as in `chunk_of`.
    unsafe { NonNull::new_unchecked(mark) }
}
