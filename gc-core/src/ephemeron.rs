//! A map whose values live as long as map and key do.

mod entry;

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::collections::weak_table::{Entries, Place, Table, in_order};
use crate::error::{AllocError, OutOfMemory};
use crate::gc::{Gc, refuse};
use crate::identity::identity_of;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::{Object, Pointee};

pub use entry::{Entry, OccupiedEntry, VacantEntry};

/// A map on the heap with the brand `'gc`, from objects to values: an entry lasts as long as both the map
/// and its key are reachable.
///
/// This is what attaches something to an object from outside: properties, cached results, a wrapper of a
/// foreign library's. A map that holds its keys, such as [`GcMap`](crate::GcMap), would keep them alive;
/// one with keys of type [`Weak`](crate::Weak) would keep the *values* alive, and with them the keys, if a
/// value leads back to its key. Here it does not: an entry keeps neither its key alive, nor its value unless
/// something else keeps the key (an *ephemeron*: Hayes, OOPSLA 1997).
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same map. Keys are compared by identity, not by value;
/// [`Interner`](crate::Interner) is the one that goes by content. Values are `Copy`, and read and written
/// by value; what is not, goes behind a `Gc`.
///
/// ```
/// use gc_core::{EphemeronMap, Gc, GcCell, Heap, Root, Trace};
///
/// #[derive(Trace)]
/// struct Widget {
///     name: String,
/// }
///
/// let mut heap = Heap::<EphemeronMap<Widget, Gc<str>>>::new(|mc| EphemeronMap::new(mc));
/// let root: Root<Widget> = heap.mutate(|mc, notes| {
///     let kept = Gc::new(mc, Widget { name: "kept".to_owned() });
///     let lost = Gc::new(mc, Widget { name: "lost".to_owned() });
///     notes.insert(mc, kept, Gc::from_str(mc, "a note on what is kept"));
///     notes.insert(mc, lost, Gc::from_str(mc, "a note on what is lost"));
///     kept.root(mc)
/// });
/// heap.collect();
/// heap.mutate(|mc, notes| {
///     let kept = root.get(mc);
///     assert_eq!(notes.get(mc, kept).as_deref(), Some("a note on what is kept"));
///     assert_eq!(notes.iter(mc).count(), 1);
/// });
/// ```
///
/// # Cost
///
/// A lookup takes about five dependent loads. Growth moves no more than a few dozen entries at a time, and
/// never all of them: no operation is a pause. An entry takes 16 bytes beside its value in pages that are
/// 50 to 100 % full, and 2 bytes for finding them; the smallest map that is not empty takes about 250 bytes.
///
/// A collection looks at each entry of a page once, at 10 to 100 ns an entry, and goes on with the values of
/// live keys: linear time, whatever chains the entries form. A young collection looks at the pages that were
/// written.
///
/// The entries of dead keys are purged by what writes to the map, a few at a time, and by [`purge`](Self::purge)
/// all at once. Until then each takes its place and a granule (16 bytes) of its key, and counts in
/// [`len`](Self::len); nothing else sees it.
///
/// The table of the values that wait for their keys while a collection runs (16 bytes each, and as much again for
/// finding them) lies outside the heap, and does not count against its limit.
pub struct EphemeronMap<'gc, K: ?Sized, V> {
    table: Gc<'gc, Table<'gc, V>>,
    /// Invariant: keys go in and out.
    keys: PhantomData<fn(*const K) -> *const K>,
}

const _: () = assert!(size_of::<Option<EphemeronMap<'static, str, u8>>>() == size_of::<usize>());

impl<K: ?Sized, V> Clone for EphemeronMap<'_, K, V> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: ?Sized, V> Copy for EphemeronMap<'_, K, V> {}

/// The hash of a key.
#[inline]
pub(crate) fn hash_of(key: Object) -> u64 {
    in_order(identity_of(key))
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> EphemeronMap<'gc, K, V> {
    /// An empty map.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::try_new(mc).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// An empty map.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        Ok(Self { table: Table::try_new(mc)?, keys: PhantomData })
    }

    /// An empty map with buckets for `capacity` entries.
    ///
    /// There is little to be gained: a map grows without pauses. It does not shrink below this.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::new`].
    #[track_caller]
    pub fn with_capacity(mc: &Mutation<'gc>, capacity: usize) -> Self {
        let map = Self::new(mc);
        map.table.make_room(mc, capacity).unwrap_or_else(|reason| out_of_memory(reason));
        map
    }

    /// A map of these entries.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, entries: impl IntoIterator<Item = (Gc<'gc, K>, V)>) -> Self {
        let map = Self::new(mc);
        map.extend(mc, entries);
        map
    }

    /// Inserts entries, one by one as the iterator yields them. It may use the map.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`]. The entries so far have been inserted.
    #[track_caller]
    pub fn extend(self, mc: &Mutation<'gc>, entries: impl IntoIterator<Item = (Gc<'gc, K>, V)>) {
        for (key, value) in entries {
            self.insert(mc, key, value);
        }
    }

    /// Gives `key` a value, and returns the one that it had.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory, see [`EphemeronMap::try_insert`].
    #[track_caller]
    pub fn insert(self, mc: &Mutation<'gc>, key: Gc<'gc, K>, value: V) -> Option<V> {
        match self.try_insert(mc, key, value) {
            Ok(old) => old,
            Err(error) => refuse(error),
        }
    }

    /// Gives `key` a value, and returns the one that it had; or gives the value back.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The map is as it was.
    pub fn try_insert(self, mc: &Mutation<'gc>, key: Gc<'gc, K>, value: V) -> Result<Option<V>, AllocError<V>> {
        let hash = hash_of(key.object());
        if let Some(place) = self.table.find(hash, key.object()) {
            return Ok(self.table.replace(mc, place, value));
        }
        match self.table.insert(mc, hash, key.object(), value) {
            Ok(()) => Ok(None),
            Err(reason) => Err(AllocError::new(value, reason)),
        }
    }

    /// The value of `key`, if there is one.
    #[inline]
    pub fn get(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V> {
        self.table.value(mc, self.find(key)?)
    }

    /// True if there is a value of `key`.
    #[inline]
    pub fn contains_key(self, key: Gc<'gc, K>) -> bool {
        self.find(key).is_some()
    }

    /// Takes out the entry of `key`, and returns its value.
    pub fn remove(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V> {
        self.table.remove(mc, self.find(key)?)
    }

    #[inline]
    fn find(self, key: Gc<'gc, K>) -> Option<Place<'gc, V>> {
        self.table.find(hash_of(key.object()), key.object())
    }

    /// The entry of `key`, there or not, to look at and then to write.
    ///
    /// ```
    /// use gc_core::{EphemeronMap, Gc, Heap};
    ///
    /// let mut heap = Heap::<EphemeronMap<str, u32>>::new(|mc| EphemeronMap::new(mc));
    /// heap.mutate(|mc, uses| {
    ///     let word = Gc::from_str(mc, "often");
    ///     for _ in 0..3 {
    ///         uses.entry(mc, word).and_modify(|n| *n += 1).or_insert(1);
    ///     }
    ///     assert_eq!(uses.get(mc, word), Some(3));
    /// });
    /// ```
    pub fn entry<'a>(self, mc: &'a Mutation<'gc>, key: Gc<'gc, K>) -> Entry<'a, 'gc, K, V> {
        match self.get(mc, key) {
            Some(_) => Entry::Occupied(OccupiedEntry { map: self, mc, key }),
            None => Entry::Vacant(VacantEntry { map: self, mc, key }),
        }
    }

    /// The value of `key`; if there is none, the one that `make` makes, which may use the map.
    ///
    /// # Panics
    ///
    /// As [`EphemeronMap::insert`].
    #[track_caller]
    pub fn get_or_insert_with(self, mc: &Mutation<'gc>, key: Gc<'gc, K>, make: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(mc, key) {
            return value;
        }
        let value = make();
        self.insert(mc, key, value);
        value
    }

    /// Keys and values whose keys are alive, by value, in no particular order.
    ///
    /// The map may change meanwhile: entries inserted since may be missed, those removed do not come, and if it
    /// grows or shrinks some may come twice. Removing what has been yielded is always in order.
    #[inline]
    pub fn iter<'a>(self, mc: &'a Mutation<'gc>) -> Iter<'a, 'gc, K, V> {
        Iter { mc, entries: Entries::of(self.table), keys: PhantomData }
    }

    /// The keys that are alive. As [`EphemeronMap::iter`].
    pub fn keys<'a>(self, mc: &'a Mutation<'gc>) -> impl Iterator<Item = Gc<'gc, K>> + 'a {
        self.iter(mc).map(|(key, _)| key)
    }

    /// The values whose keys are alive. As [`EphemeronMap::iter`].
    pub fn values<'a>(self, mc: &'a Mutation<'gc>) -> impl Iterator<Item = V> + 'a
    where
        K: 'a,
    {
        self.iter(mc).map(|(_, value)| value)
    }

    /// Keeps the entries for which `keep` is true, and purges those of dead keys. `keep` may use the map.
    pub fn retain(self, mc: &Mutation<'gc>, mut keep: impl FnMut(Gc<'gc, K>, V) -> bool) {
        for (key, value) in self.iter(mc) {
            if !keep(key, value)
                && let Some(place) = self.find(key)
            {
                // (Not `remove`: if the map shrank meanwhile some entries would come twice.)
                self.table.take_out(mc, place);
            }
        }
        self.purge(mc);
    }

    /// Removes all entries. Costs no more than writing a page of pointers (4 KiB).
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.table.clear(mc);
    }

    /// Removes the entries of keys that a collection has found dead. Returns how many there were.
    ///
    /// Looks at every entry; it is never necessary, since what writes to the map purges a little at a time.
    pub fn purge(self, mc: &Mutation<'gc>) -> usize {
        self.table.purge(mc)
    }

    /// How many entries there are, at most: those of dead keys count until they have been purged.
    #[inline]
    pub fn len(self) -> usize {
        self.table.len()
    }

    /// True if there are no entries, of dead keys neither.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// True if both are the same map.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.table.ptr_eq(other.table)
    }

    /// The address of the map, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.table.as_ptr().cast()
    }

    #[cfg(test)]
    pub(crate) fn table(self) -> Gc<'gc, Table<'gc, V>> {
        self.table
    }
}

/// The entries of a map: see [`EphemeronMap::iter`].
pub struct Iter<'a, 'gc, K: ?Sized, V> {
    mc: &'a Mutation<'gc>,
    entries: Entries<'gc, V>,
    keys: PhantomData<fn() -> *const K>,
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> Iterator for Iter<'_, 'gc, K, V> {
    type Item = (Gc<'gc, K>, V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (place, value) = self.entries.next(self.mc)?;
        // SAFETY: the key is alive, was put in as a `Gc<K>` of this heap, and is handed out.
        Some((unsafe { Gc::from_payload(place.key().payload()) }, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, None)
    }
}

impl<'gc, K: ?Sized + Pointee + 'gc, V: Copy + Trace<'gc>> FusedIterator for Iter<'_, 'gc, K, V> {}

impl<K: ?Sized, V> fmt::Debug for Iter<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

/// Address only: a map may contain itself, and which entries it has depends on `mc`.
impl<K: ?Sized, V> fmt::Debug for EphemeronMap<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EphemeronMap({:p})", self.table)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, K: ?Sized + Pointee + Trace<'gc>, V: Trace<'gc>> Trace<'gc> for EphemeronMap<'gc, K, V> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.table.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.table.relocate(relocator);
    }
}

// SAFETY: the brand of a map is that of its heap, and its keys and values have the same.
unsafe impl<'x, K: ?Sized + RebrandPtr, V: Rebrand> Rebrand for EphemeronMap<'x, K, V> {
    type At<'b> = EphemeronMap<'b, K::Of<'b>, V::At<'b>>;
}
