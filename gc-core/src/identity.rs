//! Which object it is, as a number that survives moving.
//!
//! An address will not do, since objects move. So the first question marks the object as asked, and its
//! identity is the address that it has then; if it moves later it takes that along in a word of its own
//! (`object/header.rs`). An object that is never asked pays nothing.

use core::fmt;
use core::hash::{Hash, Hasher};

use crate::gc::Gc;
use crate::memory::Block;
use crate::mutation::Mutation;
use crate::object::header::{ASKED, LARGE};
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::{Object, Pointee};

/// The number that stands for an object wherever it moves: for hashing, with the hash kept. It is not evenly
/// spread, and two objects may have the same.
#[inline]
pub(crate) fn identity_of(object: Object) -> u64 {
    if !object.header().has(ASKED) {
        first_asked(object);
    }
    object.identity() as u64
}

/// The block will have to look at headers if its objects are moved (B4).
#[cold]
fn first_asked(object: Object) {
    if !object.header().has(LARGE) {
        Block::around(object.granule()).set_needs_headers(true);
    }
}

/// A number that stands for an object, as long as it lives: see [`Gc::identity`].
///
/// It is for hashing, and not for comparing: two objects may have the same one, if the second was made
/// where the first had been. [`Gc::ptr_eq`] compares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity(u64);

impl Identity {
    /// The number. Its lowest bits are the same for many objects: hash it.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl<'gc, T: ?Sized + Pointee> Gc<'gc, T> {
    /// A number that stays the same while the object lives, even if it moves: what an identity hash is made
    /// of.
    ///
    /// The first call sets a bit in the object's header. If the object moves after that, it grows by a word.
    ///
    /// ```
    /// use gc_core::{Gc, Heap, Root};
    ///
    /// let mut heap = Heap::<()>::new(|_| ());
    /// let (root, before): (Root<str>, _) = heap.mutate(|mc, _| {
    ///     let name = Gc::from_str(mc, "name");
    ///     (name.root(mc), name.identity(mc))
    /// });
    /// heap.compact();
    /// assert_eq!(heap.mutate(|mc, _| root.get(mc).identity(mc)), before);
    /// ```
    #[inline]
    pub fn identity(self, _mc: &Mutation<'gc>) -> Identity {
        Identity(identity_of(self.object()))
    }
}

/// A pointer that is compared and hashed by which object it names, where [`Gc`] itself compares what the
/// objects hold: the key of a [`GcMap`](crate::GcMap) from objects.
///
/// ```
/// use gc_core::{ByIdentity, Gc};
///
/// # gc_core::Heap::<()>::new(|_| ()).mutate(|mc, _| {
/// let (a, b) = (Gc::new(mc, 1), Gc::new(mc, 1));
/// assert_eq!(a, b);
/// assert_ne!(ByIdentity(a), ByIdentity(b));
/// # });
/// ```
pub struct ByIdentity<'gc, T: ?Sized + Pointee>(pub Gc<'gc, T>);

impl<T: ?Sized + Pointee> Clone for ByIdentity<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized + Pointee> Copy for ByIdentity<'_, T> {}

impl<T: ?Sized + Pointee> PartialEq for ByIdentity<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(other.0)
    }
}
impl<T: ?Sized + Pointee> Eq for ByIdentity<'_, T> {}

impl<T: ?Sized + Pointee> Hash for ByIdentity<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A `Gc` is used on its heap's thread only, which is the one that may set flags (H1).
        identity_of(self.0.object()).hash(state);
    }
}

impl<T: ?Sized + Pointee> fmt::Debug for ByIdentity<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByIdentity({:?})", self.0)
    }
}

impl<'gc, T: ?Sized + Pointee> From<Gc<'gc, T>> for ByIdentity<'gc, T> {
    fn from(gc: Gc<'gc, T>) -> Self {
        Self(gc)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for ByIdentity<'gc, T> {
    const PINS: bool = false;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}

// SAFETY: the brand is that of the pointer.
unsafe impl<'x, T: ?Sized + RebrandPtr> Rebrand for ByIdentity<'x, T> {
    type At<'b> = ByIdentity<'b, T::Of<'b>>;
}
