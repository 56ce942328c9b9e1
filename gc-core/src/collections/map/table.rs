//! The object that a `GcMap` points to: a hasher, and a hash table behind a borrow flag.
//!
//! - **N1** The user's `Hash` runs before the table is borrowed, and never again for the same key: the
//!   hash is stored next to it. So neither growth nor a compaction calls user code.
//! - **N2** The user's `Eq` runs while the table is borrowed for reading. It may read the map; if it
//!   writes to it, that panics.
//! - **N3** The table is written behind the barrier on its object; the collector does not look at the
//!   borrow flag.

#![forbid(unsafe_code)]

use core::cell::{Ref, RefMut};
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use hashbrown::{Equivalent, HashTable, TryReserveError};

use crate::cell::GcRefCell;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::Mutation;

/// What the table holds for a key.
pub(super) struct Stored<K, V> {
    pub(super) hash: u64,
    pub(super) key: K,
    pub(super) value: V,
}

/// The hash table.
pub(super) struct Entries<K, V>(pub(super) HashTable<Stored<K, V>>);

/// The object that a [`GcMap`](crate::GcMap) points to.
///
/// There is nothing to be done with one but to point to it: see [`GcMap::as_gc`](crate::GcMap::as_gc).
pub struct Table<K, V, S: 'static = RandomState> {
    pub(super) hasher: S,
    pub(super) entries: GcRefCell<Entries<K, V>>,
}

impl<K, V> Entries<K, V> {
    /// The bucket of the entry with this key.
    pub(super) fn find<Q: ?Sized + Equivalent<K>>(&self, hash: u64, key: &Q) -> Option<usize> {
        self.0.find_bucket_index(hash, |entry| entry.hash == hash && key.equivalent(&entry.key))
    }

    /// Puts in an entry whose key is not there. Returns its bucket.
    pub(super) fn insert_unique(&mut self, hash: u64, key: K, value: V) -> usize {
        self.0.insert_unique(hash, Stored { hash, key, value }, |entry| entry.hash).bucket_index()
    }

    /// Bytes that the table has to take for `additional` more entries: no less than it will.
    fn growth(&self, additional: usize) -> usize {
        let buckets = self.0.num_buckets();
        let full = if buckets <= 8 { buckets.saturating_sub(1) } else { buckets / 8 * 7 };
        let wanted = self.0.len().saturating_add(additional);
        if wanted <= full / 2 {
            // There are removed entries to clean up instead.
            return 0;
        }
        let wanted = wanted.max(full + 1).max(14);
        let buckets = wanted.saturating_mul(8).div_ceil(7).checked_next_power_of_two().unwrap_or(usize::MAX);
        buckets.saturating_mul(size_of::<Stored<K, V>>() + 1).saturating_sub(self.0.allocation_size())
    }
}

impl<K, V, S> Table<K, V, S> {
    /// The table for reading.
    #[inline]
    #[track_caller]
    pub(super) fn read(&self) -> Ref<'_, Entries<K, V>> {
        match self.entries.try_borrow() {
            Ok(entries) => entries,
            Err(_) => is_being_written(),
        }
    }

    /// The table for writing, with the barrier run.
    #[inline]
    #[track_caller]
    pub(super) fn write<'gc>(this: Gc<'gc, Self>, mc: &Mutation<'gc>) -> RefMut<'gc, Entries<K, V>> {
        match this.write(mc, |table| &table.entries).try_borrow_mut() {
            Ok(entries) => entries,
            Err(_) => is_in_use(),
        }
    }

    #[inline]
    pub(super) fn hash<Q: ?Sized + Hash>(&self, key: &Q) -> u64
    where
        S: BuildHasher,
    {
        self.hasher.hash_one(key)
    }

    /// Makes room for `additional` more entries, within the heap limit.
    #[inline]
    pub(super) fn make_room<'gc>(
        entries: &mut Entries<K, V>,
        mc: &Mutation<'gc>,
        additional: usize,
    ) -> Result<(), OutOfMemory> {
        if additional <= entries.0.capacity() - entries.0.len() { Ok(()) } else { Self::grow(entries, mc, additional) }
    }

    #[cold]
    #[inline(never)]
    fn grow<'gc>(entries: &mut Entries<K, V>, mc: &Mutation<'gc>, additional: usize) -> Result<(), OutOfMemory> {
        let requested = entries.growth(additional);
        let admitted = mc.admit(requested)?;
        entries.0.try_reserve(additional, |entry| entry.hash).map_err(|error| match error {
            TryReserveError::CapacityOverflow => {
                OutOfMemory::SizeOverflow { elements: additional, element_bytes: size_of::<Stored<K, V>>() }
            }
            TryReserveError::AllocError { .. } => {
                let reserved = mc.state().with_collector(|collector| collector.stats(mc.state()).reserved_bytes);
                OutOfMemory::SystemRefused { requested, reserved }
            }
        })?;
        if let Some(admitted) = admitted {
            admitted.keep();
        }
        Ok(())
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn is_being_written() -> ! {
    panic!(
        "this GcMap or GcSet is read while it is being written: finish with the value that `get_mut` or `entry` gave \
         first, and do not use the map in the closure of `retain`, `for_each_mut` or `or_insert_with` \
         (`get_or_insert_with` allows it)"
    )
}

#[cold]
#[inline(never)]
#[track_caller]
fn is_in_use() -> ! {
    panic!(
        "this GcMap or GcSet is written while it is in use: drop its iterators, its `borrow`s and what `get_ref`, \
         `get_mut` and `entry` gave first; and do not write to it in the `Eq` of a key. To write while iterating, \
         collect the keys first"
    )
}
