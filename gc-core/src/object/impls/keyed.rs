//! Maps, sets and heaps: containers that place a value by its hash or its order.
//!
//! There is no `&mut` to a key, and there could not be: what is hashed may be an address. So what
//! keys point to is pinned while objects move, and only values are updated. Where keys should be
//! able to move, use `GcMap` and `GcSet`.
//!
//! The standard library does not tell how much memory a map has, so the byte counts follow its
//! layout and are close, not exact.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

use super::*;

/// Bytes of a table of std's or hashbrown's `HashMap` with room for `capacity` entries: seven entries for every
/// eight buckets, and a control byte a bucket.
pub(super) const fn table_bytes<E>(capacity: usize) -> usize {
    if size_of::<E>() == 0 { capacity } else { capacity.div_ceil(7) * 8 * (size_of::<E>() + 1) }
}

/// Bytes of a B-tree of `len` entries: nodes have room for 11, of which about 8 are in use, and one
/// in 8 nodes has pointers to 12 others.
const fn tree_bytes<E>(len: usize) -> usize {
    let node = 11 * size_of::<E>() + 2 * size_of::<usize>() + 12 * size_of::<usize>() / 8;
    len.div_ceil(8) * node
}

maps! {
    HashMap<K, V, S>, heap |map| table_bytes::<(K, V)>(map.capacity());
    BTreeMap<K, V>, heap |map| tree_bytes::<(K, V)>(map.len());
}

sets! {
    HashSet<T, S>, heap |set| table_bytes::<T>(set.capacity());
    BTreeSet<T>, heap |set| tree_bytes::<T>(set.len());
    BinaryHeap<T>, heap |heap| heap.capacity() * size_of::<T>();
}
