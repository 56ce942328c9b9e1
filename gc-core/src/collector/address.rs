//! Tables by address, faster than the default ones.

#![forbid(unsafe_code)]

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::{HashMap, HashSet};

pub(super) type AddressHashers = BuildHasherDefault<AddressHasher>;
pub(super) type Table<K, V> = HashMap<K, V, AddressHashers>;
pub(super) type Set<K> = HashSet<K, AddressHashers>;

/// Multiplies by an odd constant, and brings the high bits down (Fibonacci hashing: Knuth, *The Art of
/// Computer Programming*, volume 3, section 6.4).
#[derive(Default)]
pub(super) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }
    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }
}
