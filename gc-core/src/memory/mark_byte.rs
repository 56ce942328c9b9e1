//! One byte per granule: all that the collector knows of an object.
//!
//! A byte and not a bit, so that two threads may write neighbours without a read-modify-write of a
//! shared word.
//!
//! ```text
//!    7      6      5      4     3 2     1 0
//! ┌──────┬──────┬──────┬─────┬───────┬────────┐
//! │ DEAD │ WEAK │ DROP │ END │ state │ colour │
//! └──────┴──────┴──────┴─────┴───────┴────────┘
//! ```
//!
//! | byte of a header granule | meaning |
//! |---|---|
//! | colour 0 | new, or free; `DROP` and `WEAK` may be set |
//! | this epoch, scanned | live |
//! | this epoch, grey | reached by the mark, its fields not yet visited |
//! | this epoch, being scanned | claimed by one thread |
//! | this epoch, owed | promoted by a young collection that has yet to visit its fields |
//! | other epoch | while marking: not reached yet; while sweeping: dead |
//! | `DEAD` | dead, its destructor has yet to run; colour 0, `END` valid |
//!
//! - **M1** A byte has a colour exactly when it is that of the header granule of an object that
//!   some collection has reached.
//! - **M2** From a coloured or `DEAD` byte, the next byte with `END` (it may be the same) is that of
//!   the object's last granule, and all bytes between are 0.
//! - **M3** The bytes of free granules are 0, but for those that a dead object of colour 0 with a
//!   destructor leaves until its block is walked.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::geometry::{mark_address, mark_byte_of};
use super::prefetch::prefetch_at;
use crate::object::Object;
use crate::object::header::WORD;
use crate::object::worklist::Edge;

/// One of the two colours that marking alternates between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Epoch {
    Odd = 1,
    Even = 2,
}

impl Epoch {
    /// The other one.
    #[inline]
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Odd => Self::Even,
            Self::Even => Self::Odd,
        }
    }

    /// 0 or 1: where a block counts this epoch's live granules.
    #[inline]
    pub(crate) fn index(self) -> usize {
        self as usize - 1
    }
}

const COLOUR: u8 = 0b11;
const STATE: u8 = 0b1100;
const GREY: u8 = 0b0000;
const BEING: u8 = 0b0100;
const SCANNED: u8 = 0b1000;
const OWED: u8 = 0b1100;

/// The value of a mark byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(u8);

impl Mark {
    pub(crate) const CLEAR: Self = Self(0);
    /// The object's last granule.
    pub(crate) const END: Self = Self(1 << 4);
    /// An object with a destructor starts here; set once its value is whole.
    pub(crate) const DROP: Self = Self(1 << 5);
    /// A weak pointer reached the object while no strong one had.
    pub(crate) const WEAK: Self = Self(1 << 6);
    /// The object is dead and its destructor has yet to run.
    pub(crate) const DEAD: Self = Self(1 << 7);

    #[inline]
    pub(crate) const fn grey(epoch: Epoch) -> Self {
        Self(epoch as u8 | GREY)
    }
    #[inline]
    pub(crate) const fn being_scanned(epoch: Epoch) -> Self {
        Self(epoch as u8 | BEING)
    }
    #[inline]
    pub(crate) const fn scanned(epoch: Epoch) -> Self {
        Self(epoch as u8 | SCANNED)
    }

    /// What an object's mark becomes that had the other colour: its fields are being visited.
    #[inline]
    pub(crate) const fn turned_being_scanned(self) -> Self {
        self.turned(BEING)
    }
    /// The same, and its fields have been visited.
    #[inline]
    pub(crate) const fn turned_scanned(self) -> Self {
        self.turned(SCANNED)
    }
    #[inline]
    const fn turned(self, state: u8) -> Self {
        Self((self.0 & (COLOUR | Self::END.0 | Self::DROP.0)) ^ (COLOUR | state))
    }
    #[inline]
    pub(crate) const fn owed(epoch: Epoch) -> Self {
        Self(epoch as u8 | OWED)
    }

    #[inline]
    pub(crate) const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
    #[inline]
    pub(crate) const fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
    /// The flags of `self` that are in `mask`.
    #[inline]
    pub(crate) const fn only(self, mask: Self) -> Self {
        Self(self.0 & mask.0)
    }
    #[inline]
    pub(crate) const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
    #[inline]
    pub(crate) const fn is_clear(self) -> bool {
        self.0 == 0
    }
    /// The byte.
    #[inline]
    pub(super) const fn bits(self) -> u8 {
        self.0
    }
    /// That byte.
    #[cfg(test)]
    pub(super) const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }
    /// True if some collection has reached the object.
    #[inline]
    pub(crate) const fn is_coloured(self) -> bool {
        self.0 & COLOUR != 0
    }
    /// True if the object has the colour of `epoch`.
    #[inline]
    pub(crate) const fn is_of(self, epoch: Epoch) -> bool {
        self.0 & COLOUR == epoch as u8
    }
    /// True if the object has this colour, or none.
    #[inline]
    pub(crate) fn colour_is(self, colour: Option<Epoch>) -> bool {
        self.0 & COLOUR == colour.map_or(0, |epoch| epoch as u8)
    }
    /// True if the object has the colour of `epoch`, and neither is a tombstone nor awaits its destructor.
    #[inline]
    pub(crate) const fn is_just(self, epoch: Epoch) -> bool {
        self.0 & (COLOUR | Self::WEAK.0 | Self::DEAD.0) == epoch as u8
    }
    /// True if the object lives in `epoch` and has been scanned, and nothing else is said, but where it ends and that it has a
    /// destructor.
    #[inline]
    pub(crate) fn is_plain(self, epoch: Epoch) -> bool {
        self.without(Self::END.with(Self::DROP)) == Self::scanned(epoch)
    }
    /// True if the object's fields are being visited: or, while objects move, if it must stay.
    #[inline]
    pub(crate) const fn is_being_scanned(self) -> bool {
        self.is_coloured() && self.0 & STATE == BEING
    }
    /// True if the mark has nothing to do with the object's fields: they have been visited, or the object
    /// is new to it.
    #[inline]
    pub(crate) const fn is_scanned(self) -> bool {
        self.0 & SCANNED != 0
    }
    /// True if the mark of `epoch` has scanned the object, or it is none of that mark's business (R3).
    #[inline]
    pub(crate) const fn is_done_with(self, epoch: Epoch) -> bool {
        !self.is_coloured() || self.is_of(epoch) && self.is_scanned()
    }
    /// True if a young collection has promoted the object and not visited its fields.
    #[inline]
    pub(crate) const fn is_owed(self) -> bool {
        self.0 & STATE == OWED
    }
}

/// Where a mark byte is: always that of an object that an edge leads to, but for [`NONE`](Self::NONE), which is nowhere and which nobody
/// asks for its byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct MarkPlace(*const u8);

impl MarkPlace {
    pub(crate) const NONE: Self = Self(core::ptr::null());

    /// That of the object that an edge leads to.
    #[inline(always)]
    pub(crate) fn of(edge: Edge) -> Self {
        // (What the edge's lowest bits say is less than a word: this is an address in the header.)
        Self(edge.as_ptr().map_addr(|a| mark_address(a - WORD).addr()))
    }

    /// That of the last granule of a small object which covers so many, and whose own mark byte is here.
    #[inline(always)]
    pub(crate) fn of_last(self, granules: usize) -> Self {
        // (A small object lies in one block, and the mark bytes of a block lie side by side.)
        Self(self.0.wrapping_add(granules - 1))
    }

    /// Fetches the byte.
    #[inline(always)]
    pub(crate) fn fetch(self) {
        prefetch_at(self.0);
    }

    /// The byte.
    #[inline(always)]
    pub(crate) fn byte<'a>(self) -> &'a MarkByte {
        debug_assert!(self != Self::NONE);
        // SAFETY: as in `MarkByte::at`: the edge leads into a chunk.
        unsafe { &*self.0.cast() }
    }
}

// SAFETY: it is an address of something atomic.
unsafe impl Send for MarkPlace {}

/// A mark byte in its place.
#[repr(transparent)]
pub(crate) struct MarkByte(AtomicU8);

impl MarkByte {
    /// One in no block.
    #[cfg(test)]
    pub(super) const fn new(mark: Mark) -> Self {
        Self(AtomicU8::new(mark.0))
    }

    /// That of `object`.
    #[inline]
    pub(crate) fn of<'a>(object: Object) -> &'a Self {
        Self::at(object.granule())
    }

    /// Fetches that of `object`.
    #[inline(always)]
    pub(crate) fn fetch(object: Object) {
        // (The header's granule is where its last byte is.)
        prefetch_at(mark_address(object.addr() - 1));
    }

    /// That of the granule at `granule`.
    #[inline]
    pub(crate) fn at<'a>(granule: NonNull<u8>) -> &'a Self {
        // SAFETY: whoever has the address of a granule got it from a chunk, whose metadata has this
        // byte, initialised and atomic, for as long as the chunk is mapped.
        unsafe { mark_byte_of(granule).cast::<Self>().as_ref() }
    }

    #[inline]
    pub(crate) fn load(&self) -> Mark {
        Mark(self.0.load(Relaxed))
    }
    #[inline]
    pub(crate) fn store(&self, mark: Mark) {
        self.0.store(mark.0, Relaxed);
    }
    /// Of an object that is being scanned: now it has been.
    #[inline]
    pub(crate) fn end_scan(&self) {
        debug_assert!(self.load().is_being_scanned());
        self.store(Mark(self.load().0 ^ (BEING ^ SCANNED)));
    }
    /// Sets flags: a load and a store, so only for bytes that no other thread writes now.
    #[inline]
    pub(crate) fn set(&self, flags: Mark) {
        self.store(self.load().with(flags));
    }
    /// Clears flags, likewise.
    #[inline]
    pub(crate) fn clear(&self, flags: Mark) {
        self.store(self.load().without(flags));
    }
}
