//! A hash map on the heap, whose keys can move.
//!
//! The standard library's maps give no `&mut` to a key, so what their keys point to is pinned. This one
//! is built on `hashbrown::HashTable`, and stores each key's hash next to it: growing the table and
//! moving objects never call the user's `Hash`.
//!
//! User code that runs inside of a map's methods may use the same map. Where that would change what is
//! being read, or read what is being changed, it panics, as a `RefCell` does: see the methods.

mod access;
mod entry;
mod iter;
mod table;
#[cfg(test)]
mod tests;
mod trace;

use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use hashbrown::HashTable;

use crate::cell::GcRefCell;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::Trace;
use crate::weak::Weak;

use table::{Entries, Table};

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use hashbrown::Equivalent;
pub use iter::{Borrowed, Iter};
pub use table::Table as MapBody;

/// A hash map on the heap with the brand `'gc`.
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same map. What changes it takes `&Mutation` and
/// runs the write barrier by itself.
///
/// Values that are `Copy` are read by value ([`get`](GcMap::get), [`iter`](GcMap::iter)); others through
/// a guard ([`get_ref`](GcMap::get_ref), [`borrow`](GcMap::borrow)). A key can be looked up by anything
/// [`Equivalent`]: in a map with keys of type `Gc<str>`, by a `&str`.
///
/// ```
/// use gc_core::{Gc, GcMap, Heap};
///
/// let mut heap = Heap::<GcMap<Gc<str>, u32>>::new(|mc| GcMap::new(mc));
/// heap.mutate(|mc, ages| {
///     ages.insert(mc, Gc::from_str(mc, "Ada"), 36);
///     ages.insert(mc, Gc::from_str(mc, "Grace"), 85);
///     *ages.entry(mc, Gc::from_str(mc, "Ada")).or_insert(0) += 1;
/// });
/// heap.collect();
/// heap.mutate(|mc, ages| {
///     assert_eq!(ages.get("Ada"), Some(37));
///     assert_eq!(ages.remove(mc, "Grace"), Some(85));
///     assert_eq!(ages.len(), 1);
/// });
/// ```
///
/// # Cost
///
/// The table is memory outside the heap, which counts for its pacing and limit. The map is one object
/// for every pause: a young collection after a write to it looks at all entries, a write while it is
/// being marked scans them first, and growth moves all of them. Looking at an entry takes 2 to 5 ns, so
/// a map of 100,000 makes pauses of 0.2 ms and more: split larger ones, by a few bits of a hash.
///
/// Each entry takes 9 bytes beside key and value, and the table is between 7/16 and 7/8 full.
///
/// # Keys
///
/// As for `HashMap`, a key's `Hash` and `Eq` must agree and must not change; if they do, the map loses
/// keys, and nothing worse. A compaction moves objects, so a hash must not be made of addresses.
///
/// `==` compares contents, and [`GcMap::ptr_eq`] identities. `Debug` shows address and length only,
/// since a map may contain itself; print [`borrow`](GcMap::borrow) to see the contents.
pub struct GcMap<'gc, K, V, S: 'static = RandomState>(Gc<'gc, Table<K, V, S>>);

const _: () = assert!(size_of::<Option<GcMap<'static, u8, u8>>>() == size_of::<usize>());

impl<K, V, S: 'static> Clone for GcMap<'_, K, V, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<K, V, S: 'static> Copy for GcMap<'_, K, V, S> {}

impl<'gc, K, V, S: 'static> From<Gc<'gc, MapBody<K, V, S>>> for GcMap<'gc, K, V, S> {
    #[inline]
    fn from(body: Gc<'gc, MapBody<K, V, S>>) -> Self {
        Self(body)
    }
}

impl<'gc, K: Trace<'gc>, V: Trace<'gc>> GcMap<'gc, K, V> {
    /// An empty map, with the standard library's hasher.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; see [`GcMap::try_new`].
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::with_hasher(mc, RandomState::new())
    }

    /// An empty map, with the standard library's hasher.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        Self::try_with_hasher(mc, RandomState::new())
    }

    /// An empty map with room for `capacity` entries.
    ///
    /// # Panics
    ///
    /// As [`GcMap::new`].
    #[track_caller]
    pub fn with_capacity(mc: &Mutation<'gc>, capacity: usize) -> Self {
        Self::with_capacity_and_hasher(mc, capacity, RandomState::new())
    }
}

impl<'gc, K: Trace<'gc>, V: Trace<'gc>, S: 'static> GcMap<'gc, K, V, S> {
    /// An empty map that uses `hasher`.
    ///
    /// The standard library's hasher resists attackers who choose the keys, and costs about 10 ns a hash;
    /// a faster one pays where nobody does.
    ///
    /// # Panics
    ///
    /// As [`GcMap::new`].
    #[track_caller]
    pub fn with_hasher(mc: &Mutation<'gc>, hasher: S) -> Self {
        Self::try_with_hasher(mc, hasher).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// An empty map that uses `hasher`.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_with_hasher(mc: &Mutation<'gc>, hasher: S) -> Result<Self, OutOfMemory> {
        let entries = GcRefCell::new(Entries(HashTable::new()));
        Gc::try_new(mc, Table { hasher, entries }).map(Self).map_err(|error| error.reason())
    }

    /// An empty map with room for `capacity` entries, that uses `hasher`.
    ///
    /// # Panics
    ///
    /// As [`GcMap::new`].
    #[track_caller]
    pub fn with_capacity_and_hasher(mc: &Mutation<'gc>, capacity: usize, hasher: S) -> Self {
        let map = Self::with_hasher(mc, hasher);
        map.reserve(mc, capacity);
        map
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; or if the map is in use.
    #[track_caller]
    pub fn reserve(self, mc: &Mutation<'gc>, additional: usize) {
        self.try_reserve(mc, additional).unwrap_or_else(|reason| out_of_memory(reason));
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn try_reserve(self, mc: &Mutation<'gc>, additional: usize) -> Result<(), OutOfMemory> {
        Table::<K, V, S>::make_room(&mut Table::write(self.0, mc), mc, additional)
    }

    /// Lets go of memory that is not needed for the entries.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn shrink_to_fit(self, mc: &Mutation<'gc>) {
        Table::write(self.0, mc).0.shrink_to_fit(|entry| entry.hash);
    }

    /// Removes all entries. The table's memory is kept.
    ///
    /// # Panics
    ///
    /// If the map is in use.
    #[track_caller]
    pub fn clear(self, mc: &Mutation<'gc>) {
        Table::write(self.0, mc).0.clear();
    }

    /// Keeps the entries for which `keep` is true.
    ///
    /// # Panics
    ///
    /// If the map is in use, or if `keep` uses it.
    #[track_caller]
    pub fn retain(self, mc: &Mutation<'gc>, mut keep: impl FnMut(&K, &mut V) -> bool) {
        Table::write(self.0, mc).0.retain(|entry| keep(&entry.key, &mut entry.value));
    }

    /// Calls `change` with every key and value, in no particular order.
    ///
    /// # Panics
    ///
    /// If the map is in use, or if `change` uses it.
    #[track_caller]
    pub fn for_each_mut(self, mc: &Mutation<'gc>, mut change: impl FnMut(&K, &mut V)) {
        for entry in Table::write(self.0, mc).0.iter_mut() {
            change(&entry.key, &mut entry.value);
        }
    }
}

impl<'gc, K, V, S: 'static> GcMap<'gc, K, V, S> {
    /// How many entries there are.
    ///
    /// # Panics
    ///
    /// If the map is being written: as every method that reads.
    #[inline]
    #[track_caller]
    pub fn len(self) -> usize {
        self.0.read().0.len()
    }

    /// True if there are no entries.
    #[inline]
    #[track_caller]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many entries there can be before the table grows.
    #[track_caller]
    pub fn capacity(self) -> usize {
        self.0.read().0.capacity()
    }

    /// The hasher.
    pub fn hasher(self) -> &'gc S {
        &self.0.as_ref().hasher
    }

    /// True if both are the same map.
    ///
    /// (A `Gc<GcMap<_, _>>` has a `ptr_eq` and an `as_ptr` of its own, which are about the object that holds this
    /// pointer; write `(*gc).ptr_eq(map)` for these.)
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.0.ptr_eq(other.0)
    }

    /// The map as a `Gc`: for a weak pointer to it, a [`GcAny`](crate::GcAny) or a [`Root`](crate::Root). `From` gives
    /// the map back.
    ///
    /// ```
    /// use gc_core::collections::map::MapBody;
    /// use gc_core::{GcAny, GcMap, Heap};
    ///
    /// let mut heap = Heap::<()>::new(|_| ());
    /// heap.mutate(|mc, _| {
    ///     let map = GcMap::<u32, u32>::new(mc);
    ///     let any = GcAny::from(map.as_gc());
    ///     assert!(GcMap::from(any.downcast::<MapBody<u32, u32>>().unwrap()).ptr_eq(map));
    ///     assert!(map.downgrade().upgrade(mc).map(GcMap::from).is_some());
    /// });
    /// ```
    #[inline]
    pub fn as_gc(self) -> Gc<'gc, MapBody<K, V, S>> {
        self.0
    }

    /// A pointer that does not keep the map alive: see [`GcMap::as_gc`].
    #[inline]
    pub fn downgrade(self) -> Weak<'gc, MapBody<K, V, S>> {
        self.0.downgrade()
    }

    /// The address of the map, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.0.as_ptr().cast()
    }

    /// The map, borrowed for reading. Whoever writes to it before the guard is dropped panics; if it is
    /// forgotten, forever.
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn borrow(self) -> Borrowed<'gc, K, V> {
        Borrowed(self.0.as_ref().read())
    }

    /// The keys and values, by value, in no particular order.
    ///
    /// The map is borrowed for reading as long as the iterator is there, as by [`GcMap::borrow`].
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn iter(self) -> Iter<'gc, K, V>
    where
        K: Copy,
        V: Copy,
    {
        Iter::new(self.0.as_ref().read())
    }

    /// The keys, by value, in no particular order. As [`GcMap::iter`].
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn keys(self) -> impl ExactSizeIterator<Item = K> + 'gc
    where
        K: Copy,
        V: Copy,
    {
        self.iter().map(|(key, _)| key)
    }

    /// The values, by value, in no particular order. As [`GcMap::iter`].
    ///
    /// # Panics
    ///
    /// If the map is being written.
    #[track_caller]
    pub fn values(self) -> impl ExactSizeIterator<Item = V> + 'gc
    where
        K: Copy,
        V: Copy,
    {
        self.iter().map(|(_, value)| value)
    }
}

impl<'gc, K: Copy, V: Copy, S: 'static> IntoIterator for GcMap<'gc, K, V, S> {
    type Item = (K, V);
    type IntoIter = Iter<'gc, K, V>;
    #[track_caller]
    fn into_iter(self) -> Iter<'gc, K, V> {
        self.iter()
    }
}

impl<K: Hash + Eq, V: PartialEq, S: BuildHasher> PartialEq for GcMap<'_, K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .borrow()
                .iter()
                .all(|(key, value)| other.get_ref(key).is_some_and(|other_value| *value == *other_value))
    }
}
impl<K: Hash + Eq, V: Eq, S: BuildHasher> Eq for GcMap<'_, K, V, S> {}

/// Address and length.
impl<K, V, S: 'static> fmt::Debug for GcMap<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.entries.try_borrow() {
            Ok(entries) => write!(f, "GcMap({:p}, len {})", self.as_ptr(), entries.0.len()),
            Err(_) => write!(f, "GcMap({:p}, borrowed for writing)", self.as_ptr()),
        }
    }
}

#[cfg(test)]
impl<K, V, S: 'static> GcMap<'_, K, V, S> {
    pub(super) fn object(self) -> crate::object::Object {
        self.0.object()
    }
}
