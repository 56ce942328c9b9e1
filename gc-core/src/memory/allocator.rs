//! The cursors through which the program allocates: a compare, an add and a store.
//!
//! There are two. The main one runs through whatever hole is next. A medium request that misses the
//! current hole goes to the second, which runs through free blocks, so that a hole is not given up
//! for one object that did not fit (as in Immix: Blackburn and McKinley, PLDI 2008).

use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

use super::Block;
use super::hole::{Hole, HoleWalk};

/// A bump pointer and its end.
#[derive(Debug)]
pub(crate) struct Cursor {
    next: Cell<*mut u8>,
    end: Cell<*mut u8>,
}

impl Cursor {
    const fn new() -> Self {
        Self { next: Cell::new(core::ptr::null_mut()), end: Cell::new(core::ptr::null_mut()) }
    }

    /// Takes `bytes`, a multiple of the granule, if the hole has as many left.
    #[inline(always)]
    pub(crate) fn take(&self, bytes: usize) -> Option<NonNull<u8>> {
        let start = self.next.get();
        if self.end.get().addr() - start.addr() < bytes {
            return None;
        }
        // SAFETY: the hole has `bytes` left, so `start` is a place in it and `start + bytes` is in
        // it or at its end. (An empty cursor is null on both ends, and no request is for 0 bytes.)
        unsafe {
            self.next.set(start.add(bytes));
            Some(NonNull::new_unchecked(start))
        }
    }

    /// Takes `bytes` whose start plus `payload` is a multiple of `align`, more than a granule, if the hole has them. The block
    /// says from then on that such an object may be there (B4).
    #[inline]
    pub(crate) fn take_aligned(&self, bytes: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        let start = self.next.get();
        let skip = (start.addr() + payload).next_multiple_of(align) - (start.addr() + payload);
        if start.is_null() || self.end.get().addr() - start.addr() < bytes + skip {
            return None;
        }
        // SAFETY: as in `take`. What is skipped stays free, and is found again by the next walk.
        let taken = unsafe {
            self.next.set(start.add(skip + bytes));
            NonNull::new_unchecked(start.add(skip))
        };
        Block::around(taken).set_needs_headers(true);
        Some(taken)
    }

    /// Bytes left.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.end.get().addr() - self.next.get().addr()
    }

    /// Goes on in `hole`, and gives up what was left.
    pub(crate) fn enter(&self, hole: Hole) {
        self.next.set(hole.start.as_ptr());
        // SAFETY: a hole's end is at most one past the end of its block.
        self.end.set(unsafe { hole.start.as_ptr().add(hole.bytes) });
    }

    fn leave(&self) {
        self.next.set(core::ptr::null_mut());
        self.end.set(core::ptr::null_mut());
    }
}

/// The cursors of a heap, and where the main one looks for its next hole.
#[derive(Debug)]
pub(crate) struct Cursors {
    main: Cursor,
    overflow: Cursor,
    walk: RefCell<Option<HoleWalk>>,
    /// Bytes of holes entered since the last young collection.
    entered: Cell<usize>,
    /// Holes are overwritten when they are entered: see `Stress::poison`.
    poison: bool,
}

/// What free memory is overwritten with under stress: no address, and no small number.
pub(crate) const POISON: u8 = 0xdb;

impl Cursors {
    pub(crate) const fn new(poison: bool) -> Self {
        Self { main: Cursor::new(), overflow: Cursor::new(), walk: RefCell::new(None), entered: Cell::new(0), poison }
    }

    /// The same from the overflow cursor.
    pub(crate) fn take_overflow(&self, bytes: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        if align <= super::geometry::GRANULE {
            self.overflow.take(bytes)
        } else {
            self.overflow.take_aligned(bytes, payload, align)
        }
    }

    fn prepare(&self, hole: &Hole) {
        if self.poison {
            // SAFETY: a hole is memory of the heap that nobody else can reach.
            unsafe { hole.start.as_ptr().write_bytes(POISON, hole.bytes) };
        }
    }

    /// Takes `bytes` whose start plus `payload` is a multiple of `align`.
    #[inline(always)]
    pub(crate) fn take(&self, bytes: usize, payload: usize, align: usize) -> Option<NonNull<u8>> {
        if align <= super::geometry::GRANULE {
            self.main.take(bytes)
        } else {
            self.main.take_aligned(bytes, payload, align)
        }
    }

    /// The main cursor goes on in the next hole of its block with at least `granules`, if there is
    /// one.
    pub(crate) fn enter_next(&self, granules: usize) -> bool {
        let mut walk = self.walk.borrow_mut();
        let Some(hole) = walk.as_mut().and_then(|walk| walk.next(granules)) else { return false };
        self.entered.set(self.entered.get() + hole.bytes - self.main.left());
        self.prepare(&hole);
        self.main.enter(hole);
        true
    }

    /// From now on the main cursor takes its holes from this walk.
    pub(crate) fn walk(&self, walk: HoleWalk) {
        *self.walk.borrow_mut() = Some(walk);
    }

    /// The overflow cursor goes on in `hole`.
    pub(crate) fn enter_overflow(&self, hole: Hole) {
        self.entered.set(self.entered.get() + hole.bytes - self.overflow.left());
        self.prepare(&hole);
        self.overflow.enter(hole);
    }

    /// Bytes allocated through the cursors since they were last retired.
    pub(crate) fn allocated(&self) -> usize {
        self.entered.get() - self.main.left() - self.overflow.left()
    }

    /// True if `addr` lies in what a cursor has yet to hand out.
    pub(crate) fn is_ahead(&self, addr: usize) -> bool {
        [&self.main, &self.overflow].iter().any(|c| (c.next.get().addr()..c.end.get().addr()).contains(&addr))
    }

    /// Leaves all holes. Returns the bytes allocated since the last time.
    pub(crate) fn retire(&self) -> usize {
        let allocated = self.allocated();
        self.main.leave();
        self.overflow.leave();
        *self.walk.borrow_mut() = None;
        self.entered.set(0);
        allocated
    }
}
