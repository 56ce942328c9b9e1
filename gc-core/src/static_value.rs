//! A foreign value in a heap object.

use core::fmt;
use core::ops::{Deref, DerefMut};

/// A value of a `'static` type that the collector does not look into.
///
/// For types of other crates, which cannot be given a [`Trace`](crate::Trace) implementation: a file,
/// a channel, a regular expression, a `for<'a> fn(&'a str)`. Such a type cannot hold a `Gc`, so
/// nothing need be visited. It may have a destructor, which runs at a safepoint after the object has
/// died.
///
/// What the value owns outside the heap is not seen by the collector's pacing; if it is much, charge
/// it to the heap with [`Mutation::external`](crate::Mutation::external).
///
/// ```
/// use gc_core::{Gc, Heap, Static};
///
/// type Length = for<'a> fn(&'a str) -> usize;
///
/// let mut heap = Heap::<Static<Length>>::new(|_| Static(str::len));
/// heap.mutate(|_, length| assert_eq!(length("hello"), 5));
/// ```
///
/// A `Gc` is not `'static`:
///
/// ```compile_fail
/// use gc_core::{Gc, Heap, Static};
///
/// let mut heap = Heap::<()>::new(|_| ());
/// heap.mutate(|mc, _| {
///     let number = Gc::new(mc, 1);
///     Gc::new(mc, Static(number));
/// });
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Static<T: 'static>(pub T);

impl<T> Static<T> {
    /// The value.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Static<T> {
    #[inline]
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Static<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Static<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> AsRef<T> for Static<T> {
    #[inline]
    fn as_ref(&self) -> &T {
        &self.0
    }
}

impl<T> AsMut<T> for Static<T> {
    #[inline]
    fn as_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Static<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Static<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
