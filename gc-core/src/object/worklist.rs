//! What a collection has yet to look at: stacks that grow without copying, and may be refused memory.
//!
//! A stack is a list of pieces of one size, so that growing it never copies (a `Vec` of 100 MB takes
//! 30 ms to move), and one empty piece is kept in reserve, so that a program at the border of two does not
//! allocate and free in turns. How many pieces a stack may have is its *allowance*: what the heap limit
//! leaves. One piece is always allowed. When the allowance is used up, or the system has no memory, the
//! stack refuses what is pushed, and whoever pushes does without: see `collector/overflow.rs`.

mod edge;

use core::marker::PhantomData;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc, dealloc};

pub(crate) use edge::Edge;

/// Bytes of a piece.
pub(crate) const PIECE: usize = 32 << 10;
/// What a piece starts with; its places follow.
struct Head<T> {
    below: Option<NonNull<Head<T>>>,
    places: PhantomData<T>,
}

/// A stack of small values.
///
/// `start <= next <= end`, all in the top piece or all null; the places from `start` to `next` are filled,
/// and so are all places of the pieces below.
pub(crate) struct Stack<T: Copy> {
    start: *mut T,
    next: *mut T,
    end: *mut T,
    top: Option<NonNull<Head<T>>>,
    reserve: Option<NonNull<Head<T>>>,
    /// Pieces in use, and the most that may be.
    pieces: usize,
    allowance: usize,
}

/// A stack of edges.
pub(crate) type EdgeStack = Stack<Edge>;

// SAFETY: a stack owns its pieces, and what lies in them is sent with it.
unsafe impl<T: Copy + Send> Send for Stack<T> {}

impl<T: Copy> Stack<T> {
    const PLACES: usize = (PIECE - 16) / size_of::<T>();
    pub(crate) const LAYOUT: Layout = {
        assert!(size_of::<Head<T>>() <= 16 && align_of::<T>() <= 16 && size_of::<T>() > 0);
        match Layout::from_size_align(PIECE, 16) {
            Ok(layout) => layout,
            Err(_) => unreachable!(),
        }
    };

    pub(crate) const fn new() -> Self {
        let null = core::ptr::null_mut();
        Self { start: null, next: null, end: null, top: None, reserve: None, pieces: 0, allowance: usize::MAX }
    }

    /// How many bytes the stack may grow by from now on. One piece it always may have.
    pub(crate) fn allow(&mut self, more: usize) {
        self.allowance = self.held().saturating_add(more / PIECE).clamp(1, usize::MAX - 1);
    }

    /// Pieces that the stack has memory for.
    fn held(&self) -> usize {
        self.pieces + usize::from(self.reserve.is_some())
    }

    /// Bytes that the stack occupies, without its first piece: that one goes with the heap.
    pub(crate) fn counted_bytes(&self) -> usize {
        self.held().saturating_sub(1) * PIECE
    }

    /// Puts a value on top. False if there is no memory for it.
    #[inline]
    #[must_use]
    pub(crate) fn push(&mut self, value: T) -> bool {
        if self.next == self.end && !self.grow() || self.is_refused() {
            return false;
        }
        // SAFETY: `next` is below `end`, so it is a place in the top piece.
        unsafe {
            self.next.write(value);
            self.next = self.next.add(1);
        }
        true
    }

    /// Puts values on top, as many as the top piece has places for.
    #[inline]
    pub(crate) fn fill(&mut self, values: &mut impl ExactSizeIterator<Item = T>) {
        #[cfg(test)]
        if refusal::is_on() {
            return;
        }
        let places = (self.end.addr() - self.next.addr()) / size_of::<T>();
        let mut next = self.next;
        for value in values.take(places) {
            // SAFETY: so many places are left between `next` and `end`.
            unsafe {
                next.write(value);
                next = next.add(1);
            }
        }
        self.next = next;
    }

    /// Puts a value where the last one was that was taken: there is a place.
    #[inline]
    pub(crate) fn put_back(&mut self, value: T) {
        assert!(self.next < self.end);
        // SAFETY: `next` is below `end`, so it is a place in the top piece.
        unsafe {
            self.next.write(value);
            self.next = self.next.add(1);
        }
    }

    /// True if a test wants it so. The stacks of checks have no allowance, and are spared.
    #[inline(always)]
    fn is_refused(&self) -> bool {
        #[cfg(test)]
        return self.allowance != usize::MAX && refusal::is_due();
        #[cfg(not(test))]
        false
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        if self.pieces >= self.allowance {
            return false;
        }
        let fresh = self.reserve.take().or_else(|| {
            // SAFETY: a piece has a size.
            NonNull::new(unsafe { alloc(Self::LAYOUT) }).map(NonNull::cast)
        });
        let Some(piece) = fresh else { return false };
        // SAFETY: the piece is fresh, or out of use, and ours.
        unsafe { piece.write(Head { below: self.top, places: PhantomData }) };
        self.top = Some(piece);
        self.pieces += 1;
        self.enter_top(0);
        true
    }

    /// The places of a piece.
    fn places(piece: NonNull<Head<T>>) -> *mut T {
        // SAFETY: a piece has more bytes.
        unsafe { piece.cast::<u8>().add(16) }.as_ptr().cast()
    }

    /// Makes the top piece the one to work on, with `filled` values in it.
    fn enter_top(&mut self, filled: usize) {
        match self.top {
            Some(piece) => {
                self.start = Self::places(piece);
                // SAFETY: `filled <= PLACES`, and that many fit into a piece after its head.
                unsafe {
                    self.next = self.start.add(filled);
                    self.end = self.start.add(Self::PLACES);
                }
            }
            None => {
                let null = core::ptr::null_mut();
                (self.start, self.next, self.end) = (null, null, null);
            }
        }
    }

    /// Takes the topmost value.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.next == self.start {
            return if self.pieces > 1 { self.pop_from_below() } else { None };
        }
        // SAFETY: `next` is above `start`, and all places between are filled.
        unsafe {
            self.next = self.next.sub(1);
            Some(self.next.read())
        }
    }

    /// The topmost value, which stays.
    #[inline]
    pub(crate) fn top(&mut self) -> Option<T> {
        if self.next != self.start {
            // SAFETY: `next` is above `start`, and all places between are filled.
            return Some(unsafe { self.next.sub(1).read() });
        }
        // (The top piece may have been emptied, and the one below be full.)
        let value = self.pop()?;
        self.put_back(value);
        Some(value)
    }

    /// The value that comes `depth` below the topmost one, if it is in the same piece.
    #[inline]
    pub(crate) fn below_top(&self, depth: usize) -> Option<T> {
        let filled = (self.next.addr() - self.start.addr()) / size_of::<T>();
        // SAFETY: the places below `next` in its piece are filled, and there are more than `depth`.
        (filled > depth).then(|| unsafe { self.next.sub(depth + 1).read() })
    }

    /// The values in the top piece, the topmost last.
    #[inline]
    pub(crate) fn on_top(&self) -> &[T] {
        let filled = (self.next.addr() - self.start.addr()) / size_of::<T>();
        if filled == 0 {
            return &[];
        }
        // SAFETY: the places from `start` to `next` are filled, and there are some.
        unsafe { core::slice::from_raw_parts(self.start, filled) }
    }

    /// Takes so many values off, which are all in the top piece.
    #[inline]
    pub(crate) fn drop_top(&mut self, count: usize) {
        assert!(count <= self.on_top().len());
        // SAFETY: `next` is as far above `start`, at least.
        self.next = unsafe { self.next.sub(count) };
    }

    /// Moves values from the top to the top of `to` one by one, at most so many and as long as `goes` says so, to which also the value is
    /// shown that comes `ahead` below it. Does not go beyond the top piece. Returns how many were moved.
    #[inline(always)]
    pub(crate) fn move_to(
        &mut self,
        to: &mut Self,
        most: usize,
        ahead: usize,
        goes: impl Fn(T, Option<T>) -> bool,
    ) -> usize {
        let mut moved = 0;
        while moved < most && self.next != self.start {
            // SAFETY: `next` is above `start`, and all places between are filled.
            let value = unsafe { self.next.sub(1).read() };
            if !goes(value, self.below_top(ahead)) || !to.push(value) {
                break;
            }
            // SAFETY: as above.
            self.next = unsafe { self.next.sub(1) };
            moved += 1;
        }
        moved
    }

    #[cold]
    #[inline(never)]
    fn pop_from_below(&mut self) -> Option<T> {
        debug_assert!(self.pieces > 1);
        let emptied = self.leave_top()?;
        self.drop_reserve();
        self.reserve = Some(emptied);
        self.enter_top(Self::PLACES);
        self.pop()
    }

    /// Takes the top piece off.
    fn leave_top(&mut self) -> Option<NonNull<Head<T>>> {
        let piece = self.top?;
        // SAFETY: a piece of the list has a head.
        self.top = unsafe { piece.as_ref() }.below;
        self.pieces -= 1;
        Some(piece)
    }

    fn drop_reserve(&mut self) {
        if let Some(piece) = self.reserve.take() {
            // SAFETY: the piece came from `alloc` with this layout, and is on no list.
            unsafe { dealloc(piece.as_ptr().cast(), Self::LAYOUT) };
        }
    }

    /// The values, in pieces: the newest piece first, and in each the oldest value.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[T]> {
        let mut filled = (self.next.addr() - self.start.addr()) / size_of::<T>();
        let mut next = self.top;
        core::iter::from_fn(move || {
            let piece = next?;
            // SAFETY: a piece of the list has a head.
            next = unsafe { piece.as_ref() }.below;
            let filled = core::mem::replace(&mut filled, Self::PLACES);
            // SAFETY: of the top piece the places below `next` are filled, and all of those below it.
            Some(unsafe { core::slice::from_raw_parts(Self::places(piece), filled) })
        })
    }

    /// The values above the oldest `height`.
    pub(crate) fn above(&self, height: usize) -> impl Iterator<Item = T> {
        let mut more = self.len() - height;
        self.pieces()
            .map_while(move |piece| {
                let here = more.min(piece.len());
                more -= here;
                (here > 0).then(|| &piece[piece.len() - here..])
            })
            .flatten()
            .copied()
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        (self.next.addr() - self.start.addr()) / size_of::<T>() + self.pieces.saturating_sub(1) * Self::PLACES
    }

    /// True if there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.start && self.pieces <= 1
    }

    /// Forgets all values, and gives the memory back.
    pub(crate) fn clear(&mut self) {
        while let Some(piece) = self.leave_top() {
            self.drop_reserve();
            self.reserve = Some(piece);
        }
        self.drop_reserve();
        self.enter_top(0);
    }
}

impl<T: Copy> Drop for Stack<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl<T: Copy> Default for Stack<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Refusals on demand: stacks with an allowance behave as if they were full.
#[cfg(test)]
pub(crate) mod refusal {
    use core::cell::Cell;

    thread_local! {
        /// Of so many values one is refused; 0 refuses none.
        static ONE_IN: Cell<u32> = const { Cell::new(0) };
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    /// Refuses one value in `one_in` from now on, on this thread.
    pub(crate) fn start(one_in: u32) {
        ONE_IN.set(one_in);
    }

    pub(super) fn is_on() -> bool {
        ONE_IN.get() != 0
    }

    pub(super) fn is_due() -> bool {
        let one_in = ONE_IN.get();
        one_in != 0 && {
            COUNT.set(COUNT.get().wrapping_add(1));
            COUNT.get().is_multiple_of(one_in)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_gives_back_what_was_pushed_last_first() {
        let mut stack = Stack::new();
        for round in 1..4 {
            let count = 10_000 * round;
            assert!((0..count).all(|value| stack.push((value, value as u8))));
            assert_eq!(stack.len(), count);
            assert_eq!(stack.pieces().map(<[_]>::len).sum::<usize>(), count);
            assert!((0..count).rev().all(|value| stack.pop() == Some((value, value as u8))));
            assert!(stack.is_empty() && stack.pop().is_none());
        }
        assert!(stack.counted_bytes() <= PIECE, "an empty stack keeps a piece and one in reserve");
        stack.clear();
        assert_eq!(stack.held(), 0);
    }

    #[test]
    fn what_lies_below_the_top_is_shown_as_far_as_the_piece_goes() {
        let mut stack = Stack::new();
        let places = Stack::<usize>::PLACES;
        for value in 0..2 * places {
            assert!(stack.push(value));
            assert_eq!((stack.top(), stack.below_top(0)), (Some(value), Some(value)));
            assert_eq!(stack.below_top(3), (value % places >= 3).then(|| value - 3));
        }
        for value in (0..2 * places).rev() {
            assert_eq!((stack.top(), stack.pop()), (Some(value), Some(value)));
        }
        assert_eq!((stack.top(), stack.below_top(0)), (None, None));
    }

    #[test]
    fn the_top_piece_is_filled_as_far_as_it_goes() {
        let mut stack = Stack::new();
        let places = Stack::<usize>::PLACES;
        let mut values = 0..2 * places;
        stack.fill(&mut values);
        assert!(stack.is_empty(), "there is no piece");
        assert!(stack.push(usize::MAX));
        stack.fill(&mut values);
        assert_eq!((stack.len(), values.len(), stack.top()), (places, places + 1, Some(places - 2)));
        stack.fill(&mut values);
        assert_eq!((stack.len(), values.len()), (places, places + 1));
        stack.drop_top(10);
        stack.fill(&mut (0..3));
        assert_eq!(stack.on_top()[places - 12..], [places - 13, places - 12, 0, 1, 2]);
        assert_eq!(stack.len(), places - 7);
    }

    #[test]
    fn values_move_from_one_stack_to_another_as_long_as_they_may() {
        let (mut from, mut to) = (Stack::new(), Stack::new());
        let places = Stack::<usize>::PLACES;
        assert!((0..places + 100).all(|value| from.push(value)));
        let seen = core::cell::Cell::new(0);
        let goes = |value: usize, later: Option<usize>| {
            seen.set(seen.get() + 1);
            assert_eq!(later, (value >= places + 3).then(|| value - 3), "in the same piece");
            value != places + 50
        };
        assert_eq!(from.move_to(&mut to, 10, 3, goes), 10);
        assert_eq!(from.move_to(&mut to, 1000, 3, goes), 39);
        assert_eq!((from.top(), to.len(), seen.get()), (Some(places + 50), 49, 50));
        assert_eq!(from.move_to(&mut to, 1000, 0, |_, _| true), 51, "the piece ends there");
        assert_eq!(from.move_to(&mut to, 1000, 0, |_, _| true), 0, "nor is another one begun");
        assert_eq!((from.top(), from.len()), (Some(places - 1), places));
        assert!((places..places + 100).all(|value| to.pop() == Some(value)) && to.is_empty());
        to.allow(0);
        assert!((0..places).all(|value| to.push(value)), "one piece is always allowed");
        assert_eq!(from.move_to(&mut to, 10, 0, |_, _| true), 0, "what finds no place stays");
        assert_eq!(from.len(), places);
    }

    #[test]
    fn what_is_on_top_can_be_looked_at_and_dropped_as_far_as_the_piece_goes() {
        let mut stack = Stack::new();
        let places = Stack::<usize>::PLACES;
        assert!(stack.on_top().is_empty());
        assert!((0..places + 20).all(|value| stack.push(value)));
        assert_eq!(stack.on_top(), (places..places + 20).collect::<Vec<_>>());
        stack.drop_top(5);
        assert_eq!((stack.on_top().len(), stack.top()), (15, Some(places + 14)));
        stack.drop_top(15);
        assert!(stack.on_top().is_empty());
        assert_eq!((stack.len(), stack.top()), (places, Some(places - 1)));
        assert_eq!(stack.on_top().len(), places);
        stack.drop_top(places);
        assert!(stack.is_empty() && stack.pop().is_none());
    }

    #[test]
    fn a_stack_keeps_to_its_allowance_and_says_so() {
        let mut stack = Stack::new();
        for pieces in [0, 1, 3] {
            stack.allow(pieces * PIECE);
            let pushed = (0_u64..).take_while(|&value| stack.push(value)).count();
            assert_eq!(pushed, pieces.max(1) * Stack::<u64>::PLACES);
            assert_eq!(stack.counted_bytes(), (pieces.max(1) - 1) * PIECE);
            assert!(!stack.push(0), "and goes on refusing");
            stack.clear();
        }
    }

    #[test]
    fn a_refused_value_leaves_the_stack_as_it_was() {
        let mut stack = Stack::new();
        stack.allow(usize::MAX);
        refusal::start(2);
        let pushed: Vec<u64> = (0..20_000).filter(|&value| stack.push(value)).collect();
        refusal::start(0);
        assert_eq!(pushed.len(), 10_000);
        assert!(pushed.iter().rev().all(|&value| stack.pop() == Some(value)));
        assert!(stack.is_empty());
    }
}
