//! Where objects have moved.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::Invariant;
use super::header::Object;
use super::places::Places;

/// Tells where objects have moved, to [`Trace::relocate`](super::trace::Trace::relocate).
pub struct Relocator<'gc> {
    /// How many pointers were changed.
    pub(crate) changed: usize,
    /// Where moved objects can have lain: the headers of others need not be read.
    left: Option<Places>,
    brand: Invariant<'gc>,
}

impl<'gc> Relocator<'gc> {
    /// One that reads the header behind every pointer.
    #[cfg(test)]
    pub(crate) const fn new() -> Self {
        Self { changed: 0, left: None, brand: PhantomData }
    }

    /// One for objects that have been moved out of certain pieces of memory only.
    pub(crate) const fn out_of(left: Places) -> Self {
        Self { changed: 0, left: Some(left), brand: PhantomData }
    }

    /// The same relocator with another brand.
    #[inline]
    pub(crate) fn rebrand<'a, 'b>(relocator: &'a mut Relocator<'b>) -> &'a mut Relocator<'gc> {
        // SAFETY: the two types differ in a lifetime that only appears in a `PhantomData`.
        unsafe { &mut *core::ptr::from_mut(relocator).cast::<Relocator<'gc>>() }
    }

    /// False if the object has certainly not moved.
    #[inline]
    pub(crate) fn may_have_moved(&self, object: Object) -> bool {
        self.left.as_ref().is_none_or(|left| left.may_have(object))
    }

    /// Replaces the address of a payload by the one that it has moved to, if it has.
    #[inline]
    pub(crate) fn update(&mut self, payload: &mut NonNull<u8>) {
        // SAFETY: the pointer belongs to a `Gc` or `Weak`, so a header lies before its target, be it
        // the object's own, a forwarding address, a tombstone's or the static dead one.
        let object = unsafe { Object::from_payload(*payload) };
        if !self.may_have_moved(object) {
            return;
        }
        if let Some(to) = object.header().forwarded() {
            *payload = to;
            self.changed += 1;
        }
    }
}

impl core::fmt::Debug for Relocator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Relocator").finish_non_exhaustive()
    }
}
