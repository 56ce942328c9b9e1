//! Where objects have moved.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::Invariant;
use super::break_table::BreakTables;
use super::header::Object;
use super::places::Places;

/// Tells where objects have moved, to [`Trace::relocate`](super::trace::Trace::relocate).
pub struct Relocator<'gc> {
    /// How many pointers were changed.
    pub(crate) changed: usize,
    /// Pieces that have been emptied, and say where everything went.
    tables: BreakTables,
    /// Other pieces where moved objects can have lain, and left their addresses in their headers. The headers of others
    /// need not be read.
    left: Places,
    brand: Invariant<'gc>,
}

impl<'gc> Relocator<'gc> {
    /// One that reads the header behind every pointer.
    #[cfg(test)]
    pub(crate) const fn new() -> Self {
        Self::out_of(Places::everywhere())
    }

    /// One for objects that have been moved out of certain pieces of memory only, and have left their addresses in their
    /// headers.
    pub(crate) const fn out_of(left: Places) -> Self {
        Self::with_tables(BreakTables::none(), left)
    }

    /// One for objects that have been moved out of pieces that have tables, and out of others where their addresses are in
    /// their headers.
    pub(crate) const fn with_tables(tables: BreakTables, left: Places) -> Self {
        Self { changed: 0, tables, left, brand: PhantomData }
    }

    /// The same relocator with another brand.
    #[inline]
    pub(crate) fn rebrand<'a, 'b>(relocator: &'a mut Relocator<'b>) -> &'a mut Relocator<'gc> {
        // SAFETY: the two types differ in a lifetime that only appears in a `PhantomData`.
        unsafe { &mut *core::ptr::from_mut(relocator).cast::<Relocator<'gc>>() }
    }

    /// Where [`update`](Self::update) will look for an object that was in a piece with a table, and the number of that piece.
    #[inline]
    pub(crate) fn entry(&self, object: Object) -> Option<(NonNull<u8>, usize)> {
        self.tables.entry(object)
    }

    /// Replaces the address of a payload by the one that it has moved to, if it has.
    #[inline]
    pub(crate) fn update(&mut self, payload: &mut NonNull<u8>) {
        // SAFETY: the pointer belongs to a `Gc` or `Weak`. If its target was in a piece with a table, only its address is looked at
        // (A5); else a header lies before it, be it the object's own, a forwarding address, a tombstone's or the static dead one.
        let object = unsafe { Object::from_payload(*payload) };
        let to = match self.tables.find(object) {
            Some(to) => Some(to),
            None if self.left.may_have(object) => object.header().forwarded(),
            None => None,
        };
        if let Some(to) = to {
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
