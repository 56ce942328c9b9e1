//! A set of objects that does not keep them alive.

use core::fmt;

use crate::ephemeron::EphemeronMap;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::Pointee;
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};

/// A set on the heap with the brand `'gc`, of objects that it does not keep alive, by identity.
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same set. It is an [`EphemeronMap`] without values, and
/// costs as much: 16 bytes an entry, no pauses for growth, dead entries purged by what writes to the set.
///
/// ```
/// use gc_core::{Gc, Heap, WeakSet};
///
/// let mut heap = Heap::<WeakSet<u32>>::new(|mc| WeakSet::new(mc));
/// let root = heap.mutate(|mc, seen| {
///     let (kept, lost) = (Gc::new(mc, 1), Gc::new(mc, 2));
///     assert!(seen.insert(mc, kept) && seen.insert(mc, lost) && !seen.insert(mc, kept));
///     kept.root(mc)
/// });
/// heap.collect();
/// heap.mutate(|mc, seen| {
///     assert!(seen.contains(root.get(mc)));
///     assert_eq!(seen.iter(mc).map(|n| *n).collect::<Vec<_>>(), [1]);
/// });
/// ```
pub struct WeakSet<'gc, K: ?Sized>(EphemeronMap<'gc, K, ()>);

impl<K: ?Sized> Clone for WeakSet<'_, K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: ?Sized> Copy for WeakSet<'_, K> {}

impl<'gc, K: ?Sized + Pointee + 'gc> WeakSet<'gc, K> {
    /// An empty set.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self(EphemeronMap::new(mc))
    }

    /// An empty set.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        EphemeronMap::try_new(mc).map(Self)
    }

    /// A set of these objects.
    ///
    /// # Panics
    ///
    /// As [`WeakSet::insert`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, objects: impl IntoIterator<Item = Gc<'gc, K>>) -> Self {
        let set = Self::new(mc);
        for object in objects {
            set.insert(mc, object);
        }
        set
    }

    /// Puts an object in. False if it was in already.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn insert(self, mc: &Mutation<'gc>, object: Gc<'gc, K>) -> bool {
        self.0.insert(mc, object, ()).is_none()
    }

    /// Puts an object in. False if it was in already.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The set is as it was.
    pub fn try_insert(self, mc: &Mutation<'gc>, object: Gc<'gc, K>) -> Result<bool, OutOfMemory> {
        self.0.try_insert(mc, object, ()).map(|old| old.is_none()).map_err(|error| error.reason())
    }

    /// True if the object is in.
    #[inline]
    pub fn contains(self, object: Gc<'gc, K>) -> bool {
        self.0.contains_key(object)
    }

    /// Takes an object out. False if it was not in.
    pub fn remove(self, mc: &Mutation<'gc>, object: Gc<'gc, K>) -> bool {
        self.0.remove(mc, object).is_some()
    }

    /// The objects that are alive, in no particular order. As [`EphemeronMap::iter`].
    pub fn iter<'a>(self, mc: &'a Mutation<'gc>) -> impl Iterator<Item = Gc<'gc, K>> + 'a {
        self.0.keys(mc)
    }

    /// Keeps the objects for which `keep` is true, and purges dead ones. `keep` may use the set.
    pub fn retain(self, mc: &Mutation<'gc>, mut keep: impl FnMut(Gc<'gc, K>) -> bool) {
        self.0.retain(mc, |object, ()| keep(object));
    }

    /// Removes all objects.
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.0.clear(mc);
    }

    /// Removes those that a collection has found dead. Returns how many there were.
    pub fn purge(self, mc: &Mutation<'gc>) -> usize {
        self.0.purge(mc)
    }

    /// How many objects there are, at most: dead ones count until they have been purged.
    #[inline]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// True if there are none, dead ones neither.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
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
}

/// Address only.
impl<'gc, K: ?Sized + Pointee + 'gc> fmt::Debug for WeakSet<'gc, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WeakSet({:p})", self.as_ptr())
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, K: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for WeakSet<'gc, K> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}

// SAFETY: the brand of a set is that of its heap, and its objects have the same.
unsafe impl<'x, K: ?Sized + RebrandPtr> Rebrand for WeakSet<'x, K> {
    type At<'b> = WeakSet<'b, K::Of<'b>>;
}
