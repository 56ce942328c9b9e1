//! One entry of a map, there or not, to look at and then to write.

#![forbid(unsafe_code)]

use core::cell::RefMut;
use core::fmt;

use super::table::{Entries, Stored};

/// The entry of a key: see [`GcMap::entry`](super::GcMap::entry).
///
/// The map is borrowed for writing as long as this, or a value that came from it, is there.
pub enum Entry<'gc, K, V> {
    /// The key is in the map.
    Occupied(OccupiedEntry<'gc, K, V>),
    /// The key is not in the map.
    Vacant(VacantEntry<'gc, K, V>),
}

/// An entry that is there.
pub struct OccupiedEntry<'gc, K, V> {
    pub(super) entries: RefMut<'gc, Entries<K, V>>,
    pub(super) bucket: usize,
}

/// A place for an entry.
pub struct VacantEntry<'gc, K, V> {
    pub(super) entries: RefMut<'gc, Entries<K, V>>,
    pub(super) hash: u64,
    pub(super) key: K,
}

const FILLED: &str = "the bucket was found filled, and the table has been borrowed since";

impl<'gc, K, V> Entry<'gc, K, V> {
    /// The value; if there is none, `value`.
    #[inline]
    pub fn or_insert(self, value: V) -> RefMut<'gc, V> {
        self.or_insert_with(|| value)
    }

    /// The value; if there is none, the one that `make` makes.
    ///
    /// `make` may allocate. It must not use the map: that panics.
    /// [`GcMap::get_or_insert_with`](super::GcMap::get_or_insert_with) allows it.
    #[inline]
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> RefMut<'gc, V> {
        match self {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let value = make();
                entry.insert(value)
            }
        }
    }

    /// The value; if there is none, the default one.
    #[inline]
    pub fn or_default(self) -> RefMut<'gc, V>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value, if there is one. `change` must not use the map: that panics.
    #[inline]
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Entry::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// The key: the map's, if it is there.
    pub fn key(&self) -> &K {
        match self {
            Entry::Occupied(entry) => entry.key(),
            Entry::Vacant(entry) => entry.key(),
        }
    }
}

impl<'gc, K, V> OccupiedEntry<'gc, K, V> {
    fn stored(&self) -> &Stored<K, V> {
        self.entries.0.get_bucket(self.bucket).expect(FILLED)
    }

    /// The key.
    pub fn key(&self) -> &K {
        &self.stored().key
    }

    /// The value.
    pub fn get(&self) -> &V {
        &self.stored().value
    }

    /// The value, to be changed.
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.entries.0.get_bucket_mut(self.bucket).expect(FILLED).value
    }

    /// The value, to be changed, for as long as the mutation lasts.
    #[inline]
    pub fn into_mut(self) -> RefMut<'gc, V> {
        let bucket = self.bucket;
        RefMut::map(self.entries, |entries| &mut entries.0.get_bucket_mut(bucket).expect(FILLED).value)
    }

    /// Replaces the value, and returns the old one.
    pub fn insert(&mut self, value: V) -> V {
        core::mem::replace(self.get_mut(), value)
    }

    /// Takes the value out of the map.
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Takes key and value out of the map.
    pub fn remove_entry(mut self) -> (K, V) {
        let Ok(entry) = self.entries.0.get_bucket_entry(self.bucket) else { unreachable!("{FILLED}") };
        let (stored, _) = entry.remove();
        (stored.key, stored.value)
    }
}

impl<'gc, K, V> VacantEntry<'gc, K, V> {
    /// The key that the entry will have.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key back.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Puts the key into the map, with this value. (There is memory for it already.)
    pub fn insert(self, value: V) -> RefMut<'gc, V> {
        let Self { entries, hash, key } = self;
        RefMut::map(entries, |entries| {
            let bucket = entries.insert_unique(hash, key, value);
            &mut entries.0.get_bucket_mut(bucket).expect(FILLED).value
        })
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Occupied(entry) => entry.fmt(f),
            Entry::Vacant(entry) => entry.fmt(f),
        }
    }
}
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").field("key", self.key()).field("value", self.get()).finish()
    }
}
impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
