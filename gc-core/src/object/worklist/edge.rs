//! A pointer that a collection has found.

use core::ptr::NonNull;

use crate::object::Object;
use crate::object::header::{GRANULE, WORD};

const LEAF: usize = 1;
const WEAK: usize = 2;
/// Where payloads are aligned to eight bytes there is a third bit: of an object that is not a leaf it says that it is long, and
/// of a leaf that it may be large.
const LONG: usize = if WORD == 8 { 4 } else { 0 };
/// From the payload of a long object to near the end of its third granule.
const REACH: usize = 3 * GRANULE - WORD - 4;

/// A pointer that was found: to an object, which may be known to hold no pointers itself.
///
/// One word: the address of the object's payload, whose lowest bits say that it is a leaf, that it reaches into a second
/// cache line or may be large, and, in lists that hold both kinds, that the pointer is a weak one.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Edge(NonNull<u8>);

impl Edge {
    /// To `object`.
    #[inline]
    pub(crate) fn new(object: Object, leaf: bool) -> Self {
        Self(object.payload().map_addr(|a| a | if leaf { LEAF | LONG } else { 0 }))
    }

    /// To `object`, which may have pointers and has at least `size` bytes.
    #[inline(always)]
    pub(crate) fn sized(object: Object, size: usize) -> Self {
        let long = if WORD + size > 2 * GRANULE { LONG } else { 0 };
        Self(object.payload().map_addr(|a| a | long))
    }

    /// To `object`, which is a leaf in a block: it need not be read. (A web of a million ephemerons with small keys: 155 → 115 ns each.)
    #[inline(always)]
    pub(crate) fn small_leaf(object: Object) -> Self {
        Self(object.payload().map_addr(|a| a | LEAF))
    }

    /// True if the object is known to lie in a block, without a look at it.
    #[inline(always)]
    pub(crate) fn is_small_leaf(self) -> bool {
        LONG != 0 && self.0.addr().get() & (LEAF | LONG) == LEAF
    }

    /// The address of the payload, with what the lowest bits say.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *const u8 {
        self.0.as_ptr()
    }

    /// A byte of the object's header.
    #[inline(always)]
    pub(crate) fn near(self) -> *const u8 {
        // (What the lowest bits say is less than a word.)
        self.as_ptr().wrapping_sub(WORD)
    }

    /// A byte near the end of an object that is not a leaf, or of its second line: one of its first line if it is short.
    #[inline(always)]
    pub(crate) fn far(self) -> *const u8 {
        self.0.as_ptr().map_addr(|a| a.wrapping_add((a & LONG) * (REACH / 4)))
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
        let payload = self.0.as_ptr().map_addr(|a| a & !(LEAF | WEAK | LONG));
        // SAFETY: `new` took the address from an `Object`, and payloads are aligned to a word, so
        // that the lowest bits were free; clearing them gives that address back, which is not null.
        unsafe { Object::from_payload(NonNull::new_unchecked(payload)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_say_what_is_known_of_their_objects() {
        let payload = NonNull::new(core::ptr::without_provenance_mut::<u8>((1 << 20) + WORD)).unwrap();
        // SAFETY: the object is used as a name only.
        let object = unsafe { Object::from_payload(payload) };
        let short = Edge::sized(object, WORD);
        let long = Edge::sized(object, 100);
        for (edge, leaf, small) in [
            (Edge::new(object, false), false, false),
            (Edge::new(object, true), true, false),
            (short, false, false),
            (long, false, false),
            (Edge::small_leaf(object), true, LONG != 0),
        ] {
            for edge in [edge, edge.as_weak().as_strong()] {
                assert_eq!((edge.object(), edge.is_leaf(), edge.is_small_leaf()), (object, leaf, small));
            }
            assert!(edge.as_weak().is_weak() && !edge.is_weak());
        }
        assert!(short.far().addr() - payload.addr().get() < WORD);
        let reach = long.far().addr() - payload.addr().get();
        assert!(LONG == 0 || (2 * GRANULE..3 * GRANULE).contains(&reach), "{reach}");
    }
}
