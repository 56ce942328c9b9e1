//! A hash set on the heap: a [`GcMap`] without values.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::iter::FusedIterator;
use std::hash::RandomState;

use super::map::{self, Equivalent, GcMap, MapBody};
use crate::error::AllocError;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};
use crate::weak::Weak;

/// A hash set on the heap with the brand `'gc`.
///
/// One word and `Copy`; a [`GcMap`] without values, with the same costs and the same rules.
///
/// ```
/// use gc_core::{Gc, GcSet, Heap};
///
/// let mut heap = Heap::<GcSet<Gc<str>>>::new(|mc| GcSet::new(mc));
/// heap.mutate(|mc, names| {
///     let ada = names.get_or_insert_with(mc, "Ada", || Gc::from_str(mc, "Ada"));
///     assert!(!names.insert(mc, Gc::from_str(mc, "Ada")));
///     assert!(names.get("Ada").unwrap().ptr_eq(ada));
/// });
/// ```
pub struct GcSet<'gc, T, S: 'static = RandomState>(GcMap<'gc, T, (), S>);

impl<T, S: 'static> Clone for GcSet<'_, T, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, S: 'static> Copy for GcSet<'_, T, S> {}

/// The object that a [`GcSet`] points to: that of a map without values.
pub type SetBody<T, S = RandomState> = MapBody<T, (), S>;

impl<'gc, T, S: 'static> From<Gc<'gc, SetBody<T, S>>> for GcSet<'gc, T, S> {
    #[inline]
    fn from(body: Gc<'gc, SetBody<T, S>>) -> Self {
        Self(body.into())
    }
}

impl<'gc, T: Trace<'gc>> GcSet<'gc, T> {
    /// An empty set, with the standard library's hasher.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self(GcMap::new(mc))
    }

    /// An empty set with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// As [`GcSet::new`].
    #[track_caller]
    pub fn with_capacity(mc: &Mutation<'gc>, capacity: usize) -> Self {
        Self(GcMap::with_capacity(mc, capacity))
    }
}

impl<'gc, T: Trace<'gc>, S: 'static> GcSet<'gc, T, S> {
    /// An empty set that uses `hasher`: see [`GcMap::with_hasher`].
    ///
    /// # Panics
    ///
    /// As [`GcSet::new`].
    #[track_caller]
    pub fn with_hasher(mc: &Mutation<'gc>, hasher: S) -> Self {
        Self(GcMap::with_hasher(mc, hasher))
    }

    /// An empty set with room for `capacity` elements, that uses `hasher`.
    ///
    /// # Panics
    ///
    /// As [`GcSet::new`].
    #[track_caller]
    pub fn with_capacity_and_hasher(mc: &Mutation<'gc>, capacity: usize, hasher: S) -> Self {
        Self(GcMap::with_capacity_and_hasher(mc, capacity, hasher))
    }

    /// Makes room for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// As [`GcMap::reserve`].
    #[track_caller]
    pub fn reserve(self, mc: &Mutation<'gc>, additional: usize) {
        self.0.reserve(mc, additional);
    }

    /// Lets go of memory that is not needed for the elements.
    ///
    /// # Panics
    ///
    /// If the set is in use.
    #[track_caller]
    pub fn shrink_to_fit(self, mc: &Mutation<'gc>) {
        self.0.shrink_to_fit(mc);
    }

    /// Removes all elements. The table's memory is kept.
    ///
    /// # Panics
    ///
    /// If the set is in use.
    #[track_caller]
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.0.clear(mc);
    }

    /// Keeps the elements for which `keep` is true.
    ///
    /// # Panics
    ///
    /// If the set is in use, or if `keep` uses it.
    #[track_caller]
    pub fn retain(self, mc: &Mutation<'gc>, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(mc, |element, ()| keep(element));
    }
}

impl<'gc, T, S: 'static> GcSet<'gc, T, S> {
    /// How many elements there are.
    ///
    /// # Panics
    ///
    /// If the set is being written: as every method that reads.
    #[inline]
    #[track_caller]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    #[inline]
    #[track_caller]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// How many elements there can be before the table grows.
    #[track_caller]
    pub fn capacity(self) -> usize {
        self.0.capacity()
    }

    /// The hasher.
    pub fn hasher(self) -> &'gc S {
        self.0.hasher()
    }

    /// The set as a `Gc`: see [`GcMap::as_gc`]. `From` gives the set back.
    #[inline]
    pub fn as_gc(self) -> Gc<'gc, SetBody<T, S>> {
        self.0.as_gc()
    }

    /// A pointer that does not keep the set alive.
    #[inline]
    pub fn downgrade(self) -> Weak<'gc, SetBody<T, S>> {
        self.0.downgrade()
    }

    /// True if both are the same set.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.0.ptr_eq(other.0)
    }

    /// The address of the set, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.0.as_ptr()
    }

    /// The set, borrowed for reading: see [`GcMap::borrow`].
    ///
    /// # Panics
    ///
    /// If the set is being written.
    #[track_caller]
    pub fn borrow(self) -> Borrowed<'gc, T> {
        Borrowed(self.0.borrow())
    }

    /// The elements, by value, in no particular order. The set is borrowed for reading as long as the
    /// iterator is there.
    ///
    /// # Panics
    ///
    /// If the set is being written.
    #[track_caller]
    pub fn iter(self) -> Iter<'gc, T>
    where
        T: Copy,
    {
        Iter(self.0.iter())
    }
}

impl<'gc, T: Hash + Eq, S: BuildHasher> GcSet<'gc, T, S> {
    /// True if there is an element that equals `value`.
    ///
    /// # Panics
    ///
    /// If the set is being written.
    #[inline]
    #[track_caller]
    pub fn contains<Q: ?Sized + Hash + Equivalent<T>>(self, value: &Q) -> bool {
        self.0.contains_key(value)
    }

    /// The set's own element that equals `value`, if there is one.
    ///
    /// # Panics
    ///
    /// If the set is being written.
    #[inline]
    #[track_caller]
    pub fn get<Q: ?Sized + Hash + Equivalent<T>>(self, value: &Q) -> Option<T>
    where
        T: Copy,
    {
        self.0.get_key_value(value).map(|(element, ())| element)
    }
}

impl<'gc, T: Trace<'gc> + Hash + Eq, S: BuildHasher> GcSet<'gc, T, S> {
    /// A set of these elements, with a default hasher.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, elements: impl IntoIterator<Item = T>) -> Self
    where
        S: Default,
    {
        let set = Self::with_hasher(mc, S::default());
        set.extend(mc, elements);
        set
    }

    /// Inserts elements, one by one as the iterator yields them. It may use the set.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn extend(self, mc: &Mutation<'gc>, elements: impl IntoIterator<Item = T>) {
        for element in elements {
            self.insert(mc, element);
        }
    }

    /// Inserts an element. False if an equal one is there, which stays.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[inline]
    #[track_caller]
    pub fn insert(self, mc: &Mutation<'gc>, element: T) -> bool {
        self.0.insert(mc, element, ()).is_none()
    }

    /// Inserts an element, or gives it back. `Ok(false)` if an equal one is there, which stays.
    ///
    /// # Errors
    ///
    /// As [`GcMap::try_insert`].
    ///
    /// # Panics
    ///
    /// If the set is in use.
    #[track_caller]
    pub fn try_insert(self, mc: &Mutation<'gc>, element: T) -> Result<bool, AllocError<T>> {
        match self.0.try_insert(mc, element, ()) {
            Ok(old) => Ok(old.is_none()),
            Err(error) => {
                let reason = error.reason();
                Err(AllocError::new(error.into_inner().0, reason))
            }
        }
    }

    /// The set's own element that equals `value`; if there is none, the one that `make` makes, which is
    /// inserted. This is how strings are interned.
    ///
    /// `make` may use the set. If it inserts an equal element itself, that one is returned.
    ///
    /// # Panics
    ///
    /// As [`GcMap::insert`].
    #[track_caller]
    pub fn get_or_insert_with<Q: ?Sized + Hash + Equivalent<T>>(
        self,
        mc: &Mutation<'gc>,
        value: &Q,
        make: impl FnOnce() -> T,
    ) -> T
    where
        T: Copy,
    {
        if let Some(element) = self.get(value) {
            return element;
        }
        let made = make();
        if self.insert(mc, made) { made } else { self.get(&made).unwrap_or(made) }
    }

    /// Removes the element that equals `value`. False if there is none.
    ///
    /// # Panics
    ///
    /// If the set is in use.
    #[track_caller]
    pub fn remove<Q: ?Sized + Hash + Equivalent<T>>(self, mc: &Mutation<'gc>, value: &Q) -> bool {
        self.take(mc, value).is_some()
    }

    /// Removes the element that equals `value`, and returns it.
    ///
    /// # Panics
    ///
    /// If the set is in use.
    #[track_caller]
    pub fn take<Q: ?Sized + Hash + Equivalent<T>>(self, mc: &Mutation<'gc>, value: &Q) -> Option<T> {
        self.0.remove_entry(mc, value).map(|(element, ())| element)
    }
}

impl<T: Hash + Eq, S: BuildHasher> PartialEq for GcSet<'_, T, S> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T: Hash + Eq, S: BuildHasher> Eq for GcSet<'_, T, S> {}

/// Address and length.
impl<T, S: 'static> fmt::Debug for GcSet<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GcSet").field(&self.0).finish()
    }
}

impl<'gc, T: Copy, S: 'static> IntoIterator for GcSet<'gc, T, S> {
    type Item = T;
    type IntoIter = Iter<'gc, T>;
    #[track_caller]
    fn into_iter(self) -> Iter<'gc, T> {
        self.iter()
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: Trace<'gc>, S: 'static> Trace<'gc> for GcSet<'gc, T, S> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}

// SAFETY: the brand of a set is that of its heap, and its elements have the same.
unsafe impl<'x, T: Rebrand, S: 'static> Rebrand for GcSet<'x, T, S> {
    type At<'b> = GcSet<'b, T::At<'b>, S>;
}

/// A set borrowed for reading: see [`GcSet::borrow`].
pub struct Borrowed<'gc, T>(map::Borrowed<'gc, T, ()>);

impl<T> Borrowed<'_, T> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements, in no particular order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.0.keys()
    }
}

impl<T: fmt::Debug> fmt::Debug for Borrowed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The elements of a set, by value: see [`GcSet::iter`].
pub struct Iter<'gc, T>(map::Iter<'gc, T, ()>);

impl<T: Copy> Iterator for Iter<'_, T> {
    type Item = T;
    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.next().map(|(element, ())| element)
    }
    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
impl<T: Copy> ExactSizeIterator for Iter<'_, T> {}
impl<T: Copy> FusedIterator for Iter<'_, T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
impl<T, S: 'static> GcSet<'_, T, S> {
    pub(super) fn object(self) -> crate::object::Object {
        self.0.object()
    }
}
