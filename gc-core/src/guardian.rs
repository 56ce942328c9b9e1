//! Objects handed back instead of dying.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::collector::guardians::Register;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::Pointee;
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};

/// Hands back objects that would have died.
pub struct Guardian<'gc, T: ?Sized> {
    register: Gc<'gc, Register<'gc>>,
    /// Invariant: objects go in and out.
    objects: PhantomData<fn(*const T) -> *const T>,
}

const _: () = assert!(size_of::<Option<Guardian<'static, str>>>() == size_of::<usize>());

impl<T: ?Sized> Clone for Guardian<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Guardian<'_, T> {}

impl<'gc, T: ?Sized + Pointee + 'gc> Guardian<'gc, T> {
    /// A guardian of nothing yet.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::try_new(mc).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// A guardian of nothing yet.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        let register = Gc::try_new(mc, Register::new()).map_err(|error| error.reason())?;
        Ok(Self { register, objects: PhantomData })
    }

    /// Registers an object: [`poll`](Self::poll) hands it back when nothing else holds it any more.
    ///
    /// An object that is registered several times, here or with several guardians, is handed back as often.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; see [`Guardian::try_register`].
    #[track_caller]
    pub fn register(self, mc: &Mutation<'gc>, object: Gc<'gc, T>) {
        self.try_register(mc, object).unwrap_or_else(|reason| out_of_memory(reason));
    }

    /// Registers an object.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The object is not registered then.
    pub fn try_register(self, mc: &Mutation<'gc>, object: Gc<'gc, T>) -> Result<(), OutOfMemory> {
        Register::add(self.register, mc, object.object())
    }

    /// Hands back a registered object that a collection has found to be held by nothing else, if there is
    /// one. It is not registered any more.
    #[inline]
    pub fn poll(self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        let object = Register::poll(self.register, mc)?;
        // SAFETY: the object was registered as a `Gc<T>` of this heap, and has been kept since (U1).
        Some(unsafe { Gc::from_payload(object.payload()) })
    }

    /// Hands back all such objects, one after the other. Those that are not taken stay.
    #[inline]
    pub fn poll_all<'a>(self, mc: &'a Mutation<'gc>) -> PollAll<'a, 'gc, T> {
        PollAll { guardian: self, mc }
    }

    /// True if [`poll`](Self::poll) would hand back an object. One load or two: an interpreter can ask
    /// in its loop.
    #[inline]
    pub fn is_ready(self) -> bool {
        self.register.is_ready()
    }

    /// How many registrations there are, those that can be polled included. Looks at all of them.
    pub fn len(self) -> usize {
        self.register.counts().0
    }

    /// True if there are no registrations.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// True if both are the same guardian.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.register.ptr_eq(other.register)
    }

    /// The address of the guardian, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.register.as_ptr().cast()
    }
}

/// What a guardian hands back: see [`Guardian::poll_all`].
pub struct PollAll<'a, 'gc, T: ?Sized> {
    guardian: Guardian<'gc, T>,
    mc: &'a Mutation<'gc>,
}

impl<'gc, T: ?Sized + Pointee + 'gc> Iterator for PollAll<'_, 'gc, T> {
    type Item = Gc<'gc, T>;
    #[inline]
    fn next(&mut self) -> Option<Gc<'gc, T>> {
        self.guardian.poll(self.mc)
    }
}
// During a mutation nothing new is found.
impl<'gc, T: ?Sized + Pointee + 'gc> FusedIterator for PollAll<'_, 'gc, T> {}

impl<T: ?Sized> fmt::Debug for PollAll<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollAll").field("guardian", &self.guardian).finish_non_exhaustive()
    }
}

/// Address, and how many objects are registered and found.
impl<T: ?Sized> fmt::Debug for Guardian<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (registered, found) = self.register.counts();
        write!(f, "Guardian({:p}, {registered} registered, {found} found)", self.register)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for Guardian<'gc, T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.register.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.register.relocate(relocator);
    }
}

// SAFETY: the brand of a guardian is that of its heap, and its objects have the same.
unsafe impl<'x, T: ?Sized + RebrandPtr> Rebrand for Guardian<'x, T> {
    type At<'b> = Guardian<'b, T::Of<'b>>;
}
