//! Memory from the system: aligned mappings, huge pages, and giving memory back.
//!
//! Where the system has no `mmap` the global allocator serves instead: everything works, but freed
//! pages inside a mapping are not given back. (`--cfg gc_no_mmap` chooses that anywhere, for its tests.)

use core::ptr::NonNull;

/// How fresh memory is to be backed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pages {
    /// Small ones, at first touch: for heaps of one chunk, and where a pause must stay short.
    Small,
    /// Huge ones where the system has them.
    Huge,
}

/// Maps `size` bytes of zeros, aligned to `align`, or nothing if the system refuses.
///
/// Both are multiples of the page size; `align` is a power of two.
pub(crate) fn map(size: usize, align: usize, pages: Pages) -> Option<NonNull<u8>> {
    let start = sys::map(size, align)?;
    sys::advise(start, size, pages);
    Some(start)
}

/// Unmaps what `map` gave.
///
/// # Safety
///
/// `start` and the two sizes are those of one call of `map`, and nothing uses the memory any more.
pub(crate) unsafe fn unmap(start: NonNull<u8>, size: usize, align: usize) {
    // SAFETY: the caller gives back a mapping of `map`, which came from `sys::map`.
    unsafe { sys::unmap(start, size, align) }
}

/// Tells the system how to back a part of a mapping from now on.
pub(crate) fn advise(start: NonNull<u8>, size: usize, pages: Pages) {
    sys::advise(start, size, pages);
}

/// Unmaps the end of a mapping from `keep` bytes on, where that can be done. True if it was.
///
/// # Safety
///
/// `start` and `size` are those of a mapping of `map`, both sizes are multiples of the page size, and
/// nothing uses the end any more. From now on the mapping's size is `keep`.
pub(crate) unsafe fn unmap_end(start: NonNull<u8>, size: usize, keep: usize) -> bool {
    // SAFETY: passed on.
    unsafe { sys::unmap_end(start, size, keep) }
}

/// True if what was discarded reads as zeros afterwards.
pub(crate) const fn forgets() -> bool {
    cfg!(all(target_os = "linux", not(gc_no_mmap)))
}

/// Gives the pages' memory back; they stay mapped, and what they hold is lost.
///
/// # Safety
///
/// The range lies in one mapping of `map`, on page borders, and nobody needs what it holds.
pub(crate) unsafe fn discard(start: NonNull<u8>, size: usize) {
    // SAFETY: passed on: the range is ours, and its contents are not needed.
    unsafe { sys::discard(start, size) }
}

#[cfg(all(unix, not(gc_no_mmap)))]
mod sys {
    use super::Pages;
    use core::ptr::NonNull;

    fn raw_map(size: usize) -> Option<NonNull<u8>> {
        // SAFETY: a fresh anonymous mapping at an address of the system's choice touches no memory
        // that anybody has.
        let start = unsafe {
            libc::mmap(
                core::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) }
    }

    /// # Safety
    ///
    /// The range is mapped, and nothing uses it any more.
    unsafe fn raw_unmap(start: NonNull<u8>, size: usize) {
        if size > 0 {
            // SAFETY: the caller owns the range.
            unsafe { libc::munmap(start.as_ptr().cast(), size) };
        }
    }

    pub(super) fn map(size: usize, align: usize) -> Option<NonNull<u8>> {
        // As often as not the system puts mappings next to each other: try for luck first.
        let start = raw_map(size)?;
        if start.addr().get() % align == 0 {
            return Some(start);
        }
        // SAFETY: `start` is the mapping just made, which nobody has seen.
        unsafe { raw_unmap(start, size) };
        let start = raw_map(size.checked_add(align)?)?;
        let before = start.addr().get().next_multiple_of(align) - start.addr().get();
        // SAFETY: `before < align`, so the aligned part and what is cut off at both ends lie in the
        // mapping just made.
        unsafe {
            let aligned = start.add(before);
            raw_unmap(start, before);
            raw_unmap(aligned.add(size), align - before);
            Some(aligned)
        }
    }

    /// # Safety
    ///
    /// As for `super::unmap`.
    pub(super) unsafe fn unmap(start: NonNull<u8>, size: usize, _align: usize) {
        // SAFETY: the caller gives back a whole mapping.
        unsafe { raw_unmap(start, size) }
    }

    /// # Safety
    ///
    /// As for `super::unmap_end`.
    pub(super) unsafe fn unmap_end(start: NonNull<u8>, size: usize, keep: usize) -> bool {
        // SAFETY: the end lies in the mapping, and nothing uses it.
        unsafe { raw_unmap(start.add(keep), size - keep) };
        true
    }

    pub(super) fn advise(start: NonNull<u8>, size: usize, pages: Pages) {
        #[cfg(target_os = "linux")]
        {
            let advice = match pages {
                Pages::Huge => libc::MADV_HUGEPAGE,
                Pages::Small => libc::MADV_NOHUGEPAGE,
            };
            // SAFETY: the advice changes how the range is backed, not what it holds.
            unsafe { libc::madvise(start.as_ptr().cast(), size, advice) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (start, size, pages);
    }

    /// # Safety
    ///
    /// As for `super::discard`.
    pub(super) unsafe fn discard(start: NonNull<u8>, size: usize) {
        // SAFETY: the caller does not need what the range holds.
        unsafe { libc::madvise(start.as_ptr().cast(), size, libc::MADV_DONTNEED) };
    }
}

#[cfg(any(not(unix), gc_no_mmap))]
mod sys {
    use super::Pages;
    use core::ptr::NonNull;
    use std::alloc::{Layout, alloc_zeroed, dealloc};

    pub(super) fn map(size: usize, align: usize) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size, align).ok()?;
        // SAFETY: callers map at least a page.
        NonNull::new(unsafe { alloc_zeroed(layout) })
    }

    /// # Safety
    ///
    /// As for `super::unmap`.
    pub(super) unsafe fn unmap(start: NonNull<u8>, size: usize, align: usize) {
        if let Ok(layout) = Layout::from_size_align(size, align) {
            // SAFETY: the memory came from `alloc_zeroed` with this layout.
            unsafe { dealloc(start.as_ptr(), layout) };
        }
    }

    /// # Safety
    ///
    /// As for `super::unmap_end`.
    pub(super) unsafe fn unmap_end(_: NonNull<u8>, _: usize, _: usize) -> bool {
        false
    }

    pub(super) fn advise(_: NonNull<u8>, _: usize, _: Pages) {}

    /// # Safety
    ///
    /// As for `super::discard`.
    pub(super) unsafe fn discard(_: NonNull<u8>, _: usize) {}
}
