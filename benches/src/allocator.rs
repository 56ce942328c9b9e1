//! Which malloc this process lives on: the system's or mimalloc, chosen when it starts.
//!
//! Both are in one binary, so that a peer which calls malloc is the same machine code on either.
//! The choice is made by the first allocation of the process, from the environment, and never
//! changes; afterwards it costs one load of a byte that is always in cache and a branch that is
//! always predicted.
//!
//! - **A1** Every block is freed by the allocator that made it: the choice is made before the first
//!   block exists, and is made once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::CStr;
use std::sync::atomic::{AtomicU8, Ordering};

use mimalloc::MiMalloc;
use serde::{Deserialize, Serialize};

/// The environment variable that says which allocator the process uses: `mimalloc`, or anything
/// else (nothing included) for the system's.
pub(crate) const VARIABLE: &str = "GC_BENCHES_ALLOCATOR";
const VARIABLE_C: &CStr = c"GC_BENCHES_ALLOCATOR";

/// An allocator that a column of the table can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Allocator {
    /// What the platform's `malloc` is; on Linux, usually glibc's.
    System,
    /// Microsoft's mimalloc, as the crate of that name builds it.
    Mimalloc,
}

impl Allocator {
    /// The word to put into [`VARIABLE`].
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Mimalloc => "mimalloc",
        }
    }

    /// The allocator that this process uses.
    pub(crate) fn of_this_process() -> Self {
        if uses_mimalloc() { Self::Mimalloc } else { Self::System }
    }
}

const UNDECIDED: u8 = 0;
const SYSTEM: u8 = 1;
const MIMALLOC: u8 = 2;

/// Written once, by the first allocation, when the process has one thread; read by all later ones.
/// Relaxed: threads started later are ordered after it by their start.
static CHOICE: AtomicU8 = AtomicU8::new(UNDECIDED);

#[inline]
fn uses_mimalloc() -> bool {
    match CHOICE.load(Ordering::Relaxed) {
        UNDECIDED => decide() == MIMALLOC,
        choice => choice == MIMALLOC,
    }
}

#[cold]
fn decide() -> u8 {
    // `std::env` allocates, which would lead back here; `getenv` does not.
    // SAFETY: the name ends in NUL. The runtime's first allocation comes before `main`, when no
    // other thread runs, so nobody changes the environment meanwhile.
    let value = unsafe { libc::getenv(VARIABLE_C.as_ptr()) };
    // SAFETY: a non-null answer of `getenv` is a NUL-terminated string that stays as it is until
    // the environment is changed, which nobody does here.
    let wants_mimalloc = !value.is_null() && unsafe { CStr::from_ptr(value) } == c"mimalloc";
    let choice = if wants_mimalloc { MIMALLOC } else { SYSTEM };
    CHOICE.store(choice, Ordering::Relaxed);
    choice
}

/// The global allocator: passes every call on to the one that was chosen.
pub(crate) struct Chosen;

// SAFETY: every call goes to one and the same of two correct allocators (A1), with the caller's
// arguments unchanged, so each promise of `GlobalAlloc` is kept by that allocator.
unsafe impl GlobalAlloc for Chosen {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout has a size other than zero, which is all that both ask for.
        unsafe { if uses_mimalloc() { MiMalloc.alloc(layout) } else { System.alloc(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { if uses_mimalloc() { MiMalloc.alloc_zeroed(layout) } else { System.alloc_zeroed(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by A1 the block comes from the allocator that it goes to, with this layout.
        unsafe {
            if uses_mimalloc() {
                MiMalloc.dealloc(block, layout);
            } else {
                System.dealloc(block, layout);
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the new size is the caller's and not zero.
        unsafe {
            if uses_mimalloc() {
                MiMalloc.realloc(block, layout, new_size)
            } else {
                System.realloc(block, layout, new_size)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_made_before_the_first_test_runs_and_stays() {
        let first = Allocator::of_this_process();
        let blocks: Vec<Vec<u8>> = (1..200).map(|n| vec![1; n * 37]).collect();
        drop(blocks);
        assert_eq!(first, Allocator::of_this_process());
        assert_ne!(CHOICE.load(Ordering::Relaxed), UNDECIDED);
    }
}
