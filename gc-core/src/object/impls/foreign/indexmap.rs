//! Hash tables that keep the order of insertion.

use ::indexmap::{IndexMap, IndexSet};

use crate::object::impls::*;

/// Bytes of a table of indices and a vector of entries with their hashes.
const fn bytes_of<E>(capacity: usize) -> usize {
    let index = size_of::<usize>() + 1;
    capacity * (size_of::<E>() + size_of::<usize>()) + capacity.div_ceil(7) * 8 * index
}

maps! { IndexMap<K, V, S>, heap |map| bytes_of::<(K, V)>(map.capacity()); }
sets! { IndexSet<T, S>, heap |set| bytes_of::<T>(set.capacity()); }
