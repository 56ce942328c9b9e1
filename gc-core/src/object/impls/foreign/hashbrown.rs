//! Hash tables.
//!
//! Maps and sets keep their keys as they are, like those of the standard library (I3).
//! `HashTable` knows no hash of its own: its user computes one at every call, usually once an element,
//! and stores it. So its elements are updated in place. Who hashes the *address* of a heap object
//! into such a table must rehash it after a compaction, or use a `HashMap`.

use ::hashbrown::{HashMap, HashSet, HashTable};

use crate::object::impls::keyed::table_bytes;
use crate::object::impls::*;

maps! { HashMap<K, V, S>, heap |map| table_bytes::<(K, V)>(map.capacity()); }
sets! { HashSet<T, S>, heap |set| table_bytes::<T>(set.capacity()); }
sequences! { [T] HashTable<T>, at HashTable<T::At<'b>>, heap |table| table.allocation_size(); }
