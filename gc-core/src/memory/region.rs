//! Address space for chunks, taken from the system many chunks at a time.
//!
//! Taking a chunk out of a region costs no system call, and giving one back drops its memory but
//! keeps its address. So a heap that grows does not wait for the lock that mapping needs, which the
//! thread that prepares memory may hold. A region goes when its heap and that thread are both done
//! with it.

use core::ptr::NonNull;
use std::sync::Arc;

use super::geometry::{CHUNK, PAGE};
use super::os::{self, Pages};

/// Chunks in the regions of a heap that grows: few at first, many later.
const MOST_CHUNKS: usize = if cfg!(all(unix, not(gc_no_mmap), target_pointer_width = "64")) { 16 } else { 1 };

/// A mapping of some chunks.
pub(super) struct Region {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a region is an address and a size; the memory behind it is used under other rules, by
// the heap that owns the region.
unsafe impl Send for Region {}
// SAFETY: likewise: nothing is written through a region but when it is dropped.
unsafe impl Sync for Region {}

impl Region {
    fn map(chunks: usize, pages: Pages) -> Option<Arc<Self>> {
        let bytes = chunks * CHUNK;
        let start = os::map(bytes, CHUNK, pages)?;
        Some(Arc::new(Self { start, bytes }))
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the mapping came from `os::map`, and the last user is gone.
        unsafe { os::unmap(self.start, self.bytes, CHUNK) };
    }
}

/// Memory for one chunk: zeros, but for what the system is told to forget.
pub(super) struct Slot {
    pub(super) start: NonNull<u8>,
    region: Arc<Region>,
}

// SAFETY: a slot is memory that nobody refers to; whoever has this value owns it.
unsafe impl Send for Slot {}

impl Slot {
    /// Touches all of it, in huge pages if they are wanted.
    ///
    /// By writing, and not by `MADV_POPULATE_WRITE`: that holds the lock of the address space while the system fills
    /// a huge page, which can take milliseconds, and whoever maps memory meanwhile waits.
    pub(super) fn touch(&self, pages: Pages) {
        debug_assert!(self.start.addr().get() - self.region.start.addr().get() < self.region.bytes);
        if pages == Pages::Huge {
            os::advise(self.start, CHUNK, pages);
        }
        for page in (0..CHUNK).step_by(PAGE) {
            // SAFETY: the byte lies in the slot, which is ours, and of which nobody expects more than that its
            // metadata are zeros.
            unsafe { self.start.add(page).write_volatile(0) };
        }
    }
}

/// The regions of a heap, and what is left in them.
#[derive(Default)]
pub(super) struct Regions {
    all: Vec<Arc<Region>>,
    unused: Vec<Slot>,
}

impl Regions {
    /// Takes memory for a chunk.
    pub(super) fn take(&mut self) -> Option<Slot> {
        if self.unused.is_empty() {
            self.grow();
        }
        self.unused.pop()
    }

    fn grow(&mut self) {
        let chunks = match self.all.len() {
            0 => 1,
            1 => MOST_CHUNKS.min(4),
            _ => MOST_CHUNKS,
        };
        // On small pages, unless a chunk is prepared: the program must not be the one that waits while
        // the system looks for a huge one.
        let small = |chunks| Region::map(chunks, Pages::Small);
        let Some(region) = small(chunks).or_else(|| small(1)) else { return };
        // The lowest address comes last, so that it is taken first.
        for offset in (0..region.bytes).step_by(CHUNK).rev() {
            // SAFETY: the offset lies in the mapping.
            let start = unsafe { region.start.add(offset) };
            self.unused.push(Slot { start, region: Arc::clone(&region) });
        }
        self.all.push(region);
    }

    /// Takes back memory of a chunk. Its contents are forgotten.
    ///
    /// # Safety
    ///
    /// The memory was taken from here, and nothing refers to it any more.
    pub(super) unsafe fn put_back(&mut self, start: NonNull<u8>) {
        let region = self.all.iter().find(|region| {
            let offset = start.addr().get().wrapping_sub(region.start.addr().get());
            offset < region.bytes
        });
        let region = Arc::clone(region.expect("a chunk lies in one of the heap's regions"));
        // Whoever takes it next may not have it prepared.
        os::advise(start, CHUNK, Pages::Small);
        if os::forgets() {
            // SAFETY: nothing refers to the memory.
            unsafe { os::discard(start, CHUNK) };
        } else {
            // SAFETY: likewise: the header and the mark bytes must be zeros for the next chunk.
            unsafe { start.as_ptr().write_bytes(0, super::geometry::METADATA) };
        }
        self.unused.push(Slot { start, region });
    }

    /// Puts memory back that has not been used.
    pub(super) fn put_back_unused(&mut self, slot: Slot) {
        self.unused.push(slot);
    }
}
