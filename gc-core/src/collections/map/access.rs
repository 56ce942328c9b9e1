//! Access by key: what calls the user's `Hash` and `Eq` (N1, N2).

#![forbid(unsafe_code)]

use core::cell::{Ref, RefMut};
use core::hash::{BuildHasher, Hash};

use super::table::Table;
use super::{Entry, Equivalent, GcMap, OccupiedEntry, VacantEntry};
use crate::error::AllocError;
use crate::gc::refuse;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::Trace;

impl<'gc, K: Hash + Eq, V, S: BuildHasher> GcMap<'gc, K, V, S> {
    /// The value of `key`, if there is one.
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[inline]
    #[track_caller]
    pub fn get<Q: ?Sized + Hash + Equivalent<K>>(self, key: &Q) -> Option<V>
    where
        V: Copy,
    {
        let hash = self.0.hash(key);
        let entries = self.0.read();
        entries.0.find(hash, |entry| entry.hash == hash && key.equivalent(&entry.key)).map(|entry| entry.value)
    }

    /// A reference to the value of `key`, if there is one. The map is borrowed for reading as long as it
    /// is there.
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn get_ref<Q: ?Sized + Hash + Equivalent<K>>(self, key: &Q) -> Option<Ref<'gc, V>> {
        let hash = self.0.hash(key);
        let entries = self.0.as_ref().read();
        let bucket = entries.find(hash, key)?;
        Ref::filter_map(entries, |entries| entries.0.get_bucket(bucket).map(|entry| &entry.value)).ok()
    }

    /// The map's own key that equals `key`, and its value, if there is one.
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn get_key_value<Q: ?Sized + Hash + Equivalent<K>>(self, key: &Q) -> Option<(K, V)>
    where
        K: Copy,
        V: Copy,
    {
        let hash = self.0.hash(key);
        let entries = self.0.read();
        let found = entries.0.find(hash, |entry| entry.hash == hash && key.equivalent(&entry.key));
        found.map(|entry| (entry.key, entry.value))
    }

    /// True if there is a value of `key`.
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[inline]
    #[track_caller]
    pub fn contains_key<Q: ?Sized + Hash + Equivalent<K>>(self, key: &Q) -> bool {
        let hash = self.0.hash(key);
        self.0.read().find(hash, key).is_some()
    }

    /// The bucket of `key`. It stays that of the key until the map is written.
    #[track_caller]
    fn find<Q: ?Sized + Equivalent<K>>(self, hash: u64, key: &Q) -> Option<usize> {
        self.0.read().find(hash, key)
    }
}

impl<'gc, K: Trace<'gc> + Hash + Eq, V: Trace<'gc>, S: BuildHasher> GcMap<'gc, K, V, S> {
    /// A map of these entries, with a default hasher.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, entries: impl IntoIterator<Item = (K, V)>) -> Self
    where
        S: Default,
    {
        let map = Self::with_hasher(mc, S::default());
        map.extend(mc, entries);
        map
    }

    /// Inserts entries, one by one as the iterator yields them. It may use the map.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`]. The entries so far have been inserted.
    #[track_caller]
    pub fn extend(self, mc: &Mutation<'gc>, entries: impl IntoIterator<Item = (K, V)>) {
        for (key, value) in entries {
            self.insert(mc, key, value);
        }
    }

    /// Gives `key` a value, and returns the one that it had. An equal key that is there stays.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory, see [`GcMap::try_insert`]; or if the
    /// map is in use.
    #[inline]
    #[track_caller]
    pub fn insert(self, mc: &Mutation<'gc>, key: K, value: V) -> Option<V> {
        match self.try_insert(mc, key, value) {
            Ok(old) => old,
            Err(error) => refuse(error),
        }
    }

    /// Gives `key` a value, and returns the one that it had; or gives both back.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The map is as it was.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn try_insert(self, mc: &Mutation<'gc>, key: K, value: V) -> Result<Option<V>, AllocError<(K, V)>> {
        let hash = self.0.hash(&key);
        let found = self.find(hash, &key);
        let mut entries = Table::write(self.0, mc);
        if let Some(entry) = found.and_then(|bucket| entries.0.get_bucket_mut(bucket)) {
            return Ok(Some(core::mem::replace(&mut entry.value, value)));
        }
        if let Err(reason) = Table::<K, V, S>::make_room(&mut entries, mc, 1) {
            return Err(AllocError::new((key, value), reason));
        }
        entries.insert_unique(hash, key, value);
        Ok(None)
    }

    /// The value of `key`; if there is none, the one that `make` makes, which is inserted.
    ///
    /// `make` may use the map; if it inserts the key itself, its value is replaced.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn get_or_insert_with(self, mc: &Mutation<'gc>, key: K, make: impl FnOnce() -> V) -> V
    where
        V: Copy,
    {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let value = make();
        self.insert(mc, key, value);
        value
    }

    /// The value of `key`, to be changed, if there is one. The map is borrowed for writing as long as it
    /// is there.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn get_mut<Q: ?Sized + Hash + Equivalent<K>>(self, mc: &Mutation<'gc>, key: &Q) -> Option<RefMut<'gc, V>> {
        let hash = self.0.hash(key);
        let bucket = self.find(hash, key)?;
        let entries = Table::write(self.0, mc);
        RefMut::filter_map(entries, |entries| entries.0.get_bucket_mut(bucket).map(|entry| &mut entry.value)).ok()
    }

    /// Removes `key`, and returns its value.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn remove<Q: ?Sized + Hash + Equivalent<K>>(self, mc: &Mutation<'gc>, key: &Q) -> Option<V> {
        self.remove_entry(mc, key).map(|(_, value)| value)
    }

    /// Removes `key`, and returns the map's own key and its value.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn remove_entry<Q: ?Sized + Hash + Equivalent<K>>(self, mc: &Mutation<'gc>, key: &Q) -> Option<(K, V)> {
        let hash = self.0.hash(key);
        let bucket = self.find(hash, key)?;
        Some(OccupiedEntry { entries: Table::write(self.0, mc), bucket }.remove_entry())
    }

    /// The entry of `key`, there or not. The map is borrowed for writing as long as it is there.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn entry(self, mc: &Mutation<'gc>, key: K) -> Entry<'gc, K, V> {
        let hash = self.0.hash(&key);
        let found = self.find(hash, &key);
        let mut entries = Table::write(self.0, mc);
        match found {
            Some(bucket) => Entry::Occupied(OccupiedEntry { entries, bucket }),
            None => {
                Table::<K, V, S>::make_room(&mut entries, mc, 1).unwrap_or_else(|reason| out_of_memory(reason));
                Entry::Vacant(VacantEntry { entries, hash, key })
            }
        }
    }
}
