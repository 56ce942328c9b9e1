//! A set of equal pieces of memory, to be asked of any address at the cost of a load that hits the cache.

use core::ptr::NonNull;

use super::Object;
use super::header::WORD;

/// Some pieces of memory: a bit for each piece from the first to the last.
///
/// The bits of a gigabyte in pieces of 64 KiB take 2 KiB, where the headers and mark bytes behind its pointers
/// fit no cache.
#[derive(Debug)]
pub(crate) struct Places {
    shift: u32,
    first: usize,
    bits: Vec<u64>,
    /// The pieces lie too far apart for a table: every address may be in the set.
    everywhere: bool,
}

impl Places {
    /// No more than these many bits, so that the table stays small: 512 GiB in pieces of 64 KiB.
    const MOST: usize = 1 << 23;

    /// The empty set of pieces of `1 << shift` bytes, which start at multiples of that.
    pub(crate) const fn new(shift: u32) -> Self {
        Self { shift, first: 0, bits: Vec::new(), everywhere: false }
    }

    /// The set of all addresses.
    #[cfg(test)]
    pub(crate) const fn everywhere() -> Self {
        Self { shift: 0, first: 0, bits: Vec::new(), everywhere: true }
    }

    /// Makes it the set of the pieces with these addresses in them.
    pub(crate) fn set(&mut self, pieces: impl Iterator<Item = NonNull<u8>> + Clone) {
        let numbers = pieces.map(|piece| piece.addr().get() >> self.shift);
        let first = numbers.clone().min().unwrap_or(0);
        let len = numbers.clone().max().map_or(0, |last| last - first + 1);
        self.first = first;
        self.bits.clear();
        self.everywhere = len > Self::MOST;
        if self.everywhere {
            return;
        }
        self.bits.resize(len.div_ceil(64), 0);
        for number in numbers {
            self.bits[(number - first) / 64] |= 1 << ((number - first) % 64);
        }
    }

    /// True if the header of `object` may lie in one of the pieces. (Not its payload: one without bytes can
    /// begin where its piece ends.)
    #[inline]
    pub(crate) fn may_have(&self, object: Object) -> bool {
        self.get(object.addr() - WORD).unwrap_or(self.everywhere)
    }

    /// True if the address is in the set for certain. If the pieces lie too far apart, none is.
    pub(crate) fn has_addr(&self, addr: usize) -> bool {
        self.get(addr).unwrap_or(false)
    }

    /// The bit of the address, if there is one.
    #[inline]
    fn get(&self, addr: usize) -> Option<bool> {
        let number = (addr >> self.shift).wrapping_sub(self.first);
        self.bits.get(number / 64).map(|word| word >> (number % 64) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(addr: usize) -> Object {
        // SAFETY: only the address is looked at.
        unsafe { Object::from_payload(NonNull::new(core::ptr::without_provenance_mut(addr)).unwrap()) }
    }

    fn pieces(addresses: &[usize]) -> impl Iterator<Item = NonNull<u8>> + Clone {
        addresses.iter().map(|&a| NonNull::new(core::ptr::without_provenance_mut(a)).unwrap())
    }

    #[test]
    fn an_object_is_in_the_piece_of_its_header() {
        let mut places = Places::new(16);
        assert!(!places.may_have(object(0x1_0008)));
        places.set(pieces(&[0x7_0000, 0x1_1230, 0xff_0000]));
        for (addr, has) in [(0x1_0000, false), (0x1_0008, true), (0x2_0000, true), (0x2_0008, false), (0x7_8000, true)]
        {
            assert_eq!(places.may_have(object(addr)), has, "{addr:#x}");
        }
        assert!(places.may_have(object(0xff_8000)) && !places.may_have(object(0x100_0008)));
        places.set(pieces(&[]));
        assert!(!places.may_have(object(0x7_8000)));
    }

    #[test]
    fn pieces_that_lie_too_far_apart_are_everywhere() {
        let mut places = Places::new(4);
        places.set(pieces(&[0x10, 0x10 + (Places::MOST << 4)]));
        assert!(places.may_have(object(0x1230)));
        assert!(!places.has_addr(0x10) && !places.has_addr(0x1230), "nobody knows");
        places.set(pieces(&[0x10]));
        assert!(places.has_addr(0x1f) && !places.has_addr(0x20));
    }
}
