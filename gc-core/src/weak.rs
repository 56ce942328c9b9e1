//! The pointer that does not keep its object alive.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::collector::weakness::nothing;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::header::Object;
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::{Invariant, Pointee};

/// A pointer to an object that does not keep it alive.
///
/// One word and `Copy`, like [`Gc`]. It ends with its object: [`Weak::upgrade`] gives the object as
/// long as something else keeps it alive, and nothing from the first collection on that finds it
/// dead.
pub struct Weak<'gc, T: ?Sized + Pointee + 'gc> {
    payload: NonNull<u8>,
    brand: Invariant<'gc>,
    pointee: PhantomData<*const T>,
}

impl<'gc, T: ?Sized + Pointee + 'gc> Weak<'gc, T> {
    /// A pointer to nothing.
    pub fn new() -> Self {
        Self { payload: nothing().payload(), brand: PhantomData, pointee: PhantomData }
    }

    pub(crate) fn to(target: Gc<'gc, T>) -> Self {
        Self { payload: target.object().payload(), brand: PhantomData, pointee: PhantomData }
    }

    #[inline]
    fn object(self) -> Object {
        // SAFETY: a weak pointer names a header as long as it is reachable itself (W1).
        unsafe { Object::from_payload(self.payload) }
    }

    /// The object, if it is alive.
    ///
    /// A few loads. While an old collection marks, an object that it has not reached yet is handed
    /// to it.
    #[inline]
    pub fn upgrade(self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        if mc.state().upgrade(self.object()) {
            // SAFETY: the object is alive, and the collector knows that it was read.
            Some(unsafe { Gc::from_payload(self.payload) })
        } else {
            None
        }
    }

    /// True if both name the same object. Of objects that are dead this is no longer known after a compaction: all weak
    /// pointers to them are equal from then on.
    pub fn ptr_eq(self, other: Self) -> bool {
        self.payload == other.payload
    }
}

impl<'gc, T: ?Sized + Pointee> Clone for Weak<'gc, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T: ?Sized + Pointee> Copy for Weak<'gc, T> {}

impl<'gc, T: ?Sized + Pointee> Default for Weak<'gc, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'gc, T: ?Sized + Pointee> From<Gc<'gc, T>> for Weak<'gc, T> {
    fn from(target: Gc<'gc, T>) -> Self {
        target.downgrade()
    }
}

impl<'gc, T: ?Sized + Pointee> fmt::Debug for Weak<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weak<{}>({:p})", core::any::type_name::<T>(), self.payload)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for Weak<'gc, T> {
    const PINS: bool = false;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.weak_edge(self.object());
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(&mut self.payload);
    }
}

// SAFETY: the brand of a weak pointer is that of its heap, and its pointee has the same.
unsafe impl<'x, T: ?Sized + RebrandPtr> Rebrand for Weak<'x, T> {
    type At<'b> = Weak<'b, T::Of<'b>>;
}
