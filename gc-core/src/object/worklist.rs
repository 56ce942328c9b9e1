//! A stack of edges that grows without copying.
//!
//! Edges are one word: the address of an object's payload, whose two lowest bits may say that the object
//! is a leaf, and that the pointer is a weak one. The stack is a list of fixed pieces, so that growing it never copies (a `Vec` of
//! 100 MB takes 30 ms to move), and one piece is kept in reserve, so that a program at the border
//! of two does not allocate and free in turns.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Object;

const PIECE: usize = 4096;
const LEAF: usize = 1;
const WEAK: usize = 2;

type Piece = Box<[MaybeUninit<Edge>; PIECE]>;

/// A pointer that was found: to an object, which may be known to hold no pointers itself.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Edge(NonNull<u8>);

impl Edge {
    /// To `object`.
    #[inline]
    pub(crate) fn new(object: Object, leaf: bool) -> Self {
        Self(object.payload().map_addr(|a| a | usize::from(leaf)))
    }

    /// True if the type of the pointer says that the object holds no pointers.
    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.0.addr().get() & LEAF != 0
    }

    /// The same edge, which is that of a weak pointer: for lists that hold both kinds.
    #[inline]
    pub(crate) fn as_weak(self) -> Self {
        Self(self.0.map_addr(|a| a | WEAK))
    }

    /// True if it is that of a weak pointer, and in a list that tells.
    #[inline]
    pub(crate) fn is_weak(self) -> bool {
        self.0.addr().get() & WEAK != 0
    }

    /// The same edge, without what `as_weak` says.
    #[inline]
    pub(crate) fn as_strong(self) -> Self {
        let payload = self.0.as_ptr().map_addr(|a| a & !WEAK);
        // SAFETY: payloads are aligned to a word, so that this bit was free: what is left is not null.
        Self(unsafe { NonNull::new_unchecked(payload) })
    }

    /// The object.
    #[inline]
    pub(crate) fn object(self) -> Object {
        let payload = self.0.as_ptr().map_addr(|a| a & !(LEAF | WEAK));
        // SAFETY: `new` took the address from an `Object`, and payloads are aligned to a word, so
        // that the lowest bits were free; clearing them gives that address back, which is not null.
        unsafe { Object::from_payload(NonNull::new_unchecked(payload)) }
    }
}

/// A stack of edges.
///
/// `start <= next <= end`, all in the top piece or all null; the places from `start` to `next` hold
/// edges, and so do all places of the pieces below.
pub(crate) struct EdgeStack {
    start: *mut Edge,
    next: *mut Edge,
    end: *mut Edge,
    pieces: Vec<Piece>,
    reserve: Option<Piece>,
}

impl EdgeStack {
    pub(crate) const fn new() -> Self {
        let null = core::ptr::null_mut();
        Self { start: null, next: null, end: null, pieces: Vec::new(), reserve: None }
    }

    /// Puts an edge on top.
    #[inline]
    pub(crate) fn push(&mut self, edge: Edge) {
        if self.next == self.end {
            self.grow();
        }
        // SAFETY: `next` is below `end`, so it is a place in the top piece.
        unsafe {
            self.next.write(edge);
            self.next = self.next.add(1);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let piece = self.reserve.take().unwrap_or_else(|| Box::new([const { MaybeUninit::uninit() }; PIECE]));
        self.pieces.push(piece);
        self.enter_top(0);
    }

    /// Makes the top piece the one to work on, with `filled` edges in it.
    fn enter_top(&mut self, filled: usize) {
        match self.pieces.last_mut() {
            Some(piece) => {
                self.start = piece.as_mut_ptr().cast::<Edge>();
                // SAFETY: `filled <= PIECE`, the length of the piece.
                unsafe {
                    self.next = self.start.add(filled);
                    self.end = self.start.add(PIECE);
                }
            }
            None => {
                let null = core::ptr::null_mut();
                (self.start, self.next, self.end) = (null, null, null);
            }
        }
    }

    /// Takes the topmost edge.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Edge> {
        if self.next == self.start {
            return if self.pieces.len() > 1 { self.pop_from_below() } else { None };
        }
        // SAFETY: `next` is above `start`, and all places between hold edges.
        unsafe {
            self.next = self.next.sub(1);
            Some(self.next.read())
        }
    }

    #[cold]
    #[inline(never)]
    fn pop_from_below(&mut self) -> Option<Edge> {
        debug_assert!(self.pieces.len() > 1);
        self.reserve = self.pieces.pop();
        self.enter_top(PIECE);
        self.pop()
    }

    /// The edges, oldest first, piece by piece.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[Edge]> {
        let last = self.pieces.len().saturating_sub(1);
        self.pieces.iter().enumerate().map(move |(index, piece)| {
            let filled = if index == last { (self.next.addr() - self.start.addr()) / size_of::<Edge>() } else { PIECE };
            // SAFETY: all places of a piece below the top hold edges, and of the top piece those
            // below `next`.
            unsafe { core::slice::from_raw_parts(piece.as_ptr().cast::<Edge>(), filled) }
        })
    }

    /// How many edges there are.
    pub(crate) fn len(&self) -> usize {
        (self.next.addr() - self.start.addr()) / size_of::<Edge>() + self.pieces.len().saturating_sub(1) * PIECE
    }

    /// True if there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.start && self.pieces.len() <= 1
    }

    /// Forgets all edges, and gives the memory back.
    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
        self.reserve = None;
        self.enter_top(0);
    }
}

impl Default for EdgeStack {
    fn default() -> Self {
        Self::new()
    }
}
