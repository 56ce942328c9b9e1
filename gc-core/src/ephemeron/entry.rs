//! One entry of a map, there or not, to look at and then to write.

#![forbid(unsafe_code)]

use core::fmt;

use super::EphemeronMap;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::Pointee;
use crate::object::trace::Trace;

/// The entry of a key: see [`EphemeronMap::entry`].
///
/// It borrows nothing: whoever changes the map meanwhile changes what the entry's methods do.
pub enum Entry<'a, 'gc, K: ?Sized + Pointee, V> {
    /// The key was in the map.
    Occupied(OccupiedEntry<'a, 'gc, K, V>),
    /// The key was not in the map.
    Vacant(VacantEntry<'a, 'gc, K, V>),
}

/// An entry that was there.
pub struct OccupiedEntry<'a, 'gc, K: ?Sized + Pointee, V> {
    pub(super) map: EphemeronMap<'gc, K, V>,
    pub(super) mc: &'a Mutation<'gc>,
    pub(super) key: Gc<'gc, K>,
}

/// A place for an entry.
pub struct VacantEntry<'a, 'gc, K: ?Sized + Pointee, V> {
    pub(super) map: EphemeronMap<'gc, K, V>,
    pub(super) mc: &'a Mutation<'gc>,
    pub(super) key: Gc<'gc, K>,
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> Entry<'_, 'gc, K, V> {
    /// The value; if there is none, `value`.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn or_insert(self, value: V) -> V {
        self.or_insert_with(|| value)
    }

    /// The value; if there is none, the one that `make` makes, which may use the map.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> V {
        let (map, mc, key) = self.parts();
        map.get_or_insert_with(mc, key, make)
    }

    /// The value; if there is none, the default one.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn or_default(self) -> V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value, if there is one.
    #[must_use]
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Self {
        let (map, mc, key) = self.parts();
        if let Some(mut value) = map.get(mc, key) {
            change(&mut value);
            // It is there, unless `change` has removed it.
            if map.contains_key(key) {
                map.insert(mc, key, value);
            }
        }
        self
    }

    /// The key.
    pub fn key(&self) -> Gc<'gc, K> {
        self.parts().2
    }

    fn parts(&self) -> (EphemeronMap<'gc, K, V>, &Mutation<'gc>, Gc<'gc, K>) {
        match self {
            Entry::Occupied(entry) => (entry.map, entry.mc, entry.key),
            Entry::Vacant(entry) => (entry.map, entry.mc, entry.key),
        }
    }
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> OccupiedEntry<'_, 'gc, K, V> {
    /// The key.
    pub fn key(&self) -> Gc<'gc, K> {
        self.key
    }

    /// The value. `None` if it has been removed since.
    pub fn get(&self) -> Option<V> {
        self.map.get(self.mc, self.key)
    }

    /// Replaces the value, and returns the old one.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`], if the entry has been removed since.
    #[track_caller]
    pub fn insert(&self, value: V) -> Option<V> {
        self.map.insert(self.mc, self.key, value)
    }

    /// Takes the entry out of the map. `None` if it has been removed since.
    pub fn remove(self) -> Option<V> {
        self.map.remove(self.mc, self.key)
    }
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> VacantEntry<'_, 'gc, K, V> {
    /// The key that the entry will have.
    pub fn key(&self) -> Gc<'gc, K> {
        self.key
    }

    /// Puts the key into the map, with this value.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn insert(self, value: V) -> V {
        self.map.insert(self.mc, self.key, value);
        value
    }
}

impl<'gc, K: ?Sized + Pointee, V: Copy + Trace<'gc> + fmt::Debug> fmt::Debug for Entry<'_, 'gc, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Occupied(entry) => entry.fmt(f),
            Entry::Vacant(entry) => entry.fmt(f),
        }
    }
}
impl<'gc, K: ?Sized + Pointee, V: Copy + Trace<'gc> + fmt::Debug> fmt::Debug for OccupiedEntry<'_, 'gc, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry").field("key", &self.key).field("value", &self.get()).finish()
    }
}
impl<K: ?Sized + Pointee, V> fmt::Debug for VacantEntry<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
