//! Hashes of keys, and the buckets that they belong into.

#![forbid(unsafe_code)]

/// Spreads a hash, of which every bit counts here.
#[inline]
pub(crate) fn spread(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ hash >> 29
}

/// A hash of an identity that keeps its order, for the low bits of which a table's buckets are numbered: keys that lie side by side are
/// entries of one bucket, or of the next. So a collection that goes through a table goes through keys, and values that were made with
/// them, in the order of their addresses. (Full collections of a million entries, in turns with hashes that spread: 74 → 48 ns an entry, a
/// chain 170 → 80 ns.)
///
/// Addresses have a period, if the objects have one size, and the low bits of its multiples may be few. So an irrational
/// part of the address is added (multiplicative hashing: Knuth, *The Art of Computer Programming*, 6.4): the power of the golden
/// ratio that is nearest to a tenth, which leaves the order as it is.
#[inline]
pub(crate) fn in_order(identity: u64) -> u64 {
    /// Bytes that share a hash: with 16 keys at most.
    const NEAR: u32 = 256;
    /// The golden ratio to the power of −5, as a fraction of 2⁶⁴.
    const PART: u64 = 0x1715_609f_7c74_6b00;
    let place = identity >> NEAR.trailing_zeros();
    place + ((u128::from(place) * u128::from(PART)) >> 64) as u64
}

/// The bucket of a hash, if there are so many.
#[inline]
pub(super) fn bucket_of(hash: u64, buckets: usize) -> usize {
    let low = 1 << buckets.ilog2();
    let index = hash as usize & (2 * low - 1);
    if index < buckets { index } else { index & (low - 1) }
}

/// The bucket that bucket `last` was split from, and is joined to.
#[inline]
pub(super) fn joined_to(last: usize) -> usize {
    last - (1 << last.ilog2())
}
