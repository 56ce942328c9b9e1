//! The pointer to an object of any type.

use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::gc::Gc;
use crate::object::header::Object;
use crate::object::trace::{Branded, Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::{Invariant, Pointee};

/// A pointer to an object of some type, which it can be asked for.
///
/// One word: the type is known from the object. This is what an interpreter stores for its users'
/// data.
///
/// ```
/// use gc_core::{Gc, GcAny, Heap, Trace};
///
/// #[derive(Trace)]
/// struct Point<'gc> {
///     name: Gc<'gc, str>,
/// }
///
/// let mut heap = Heap::<()>::new(|_| ());
/// heap.mutate(|mc, _| {
///     let any = GcAny::from(Gc::new(mc, Point { name: Gc::from_str(mc, "origin") }));
///     assert_eq!(&*any.downcast::<Point>().unwrap().name, "origin");
///     assert!(any.downcast::<u32>().is_none());
/// });
/// ```
#[derive(Clone, Copy)]
pub struct GcAny<'gc> {
    payload: NonNull<u8>,
    brand: Invariant<'gc>,
}

impl<'gc> GcAny<'gc> {
    /// Forgets the type of a pointer.
    #[inline]
    pub fn new<T: ?Sized + Branded<'gc> + 'gc>(gc: Gc<'gc, T>) -> Self {
        Self { payload: gc.object().payload(), brand: PhantomData }
    }

    fn object(self) -> Object {
        // SAFETY: a `GcAny` was made of a `Gc`.
        unsafe { Object::from_payload(self.payload) }
    }

    /// True if the object was made as a member of the family of `F`.
    ///
    /// A member of the family names it, with any brand: `is::<Node>()`. Slices and strings have
    /// families of their own. An object made as `dyn Trait` is of the family of the trait and of its
    /// value's.
    pub fn is<F: ?Sized + RebrandPtr>(self) -> bool
    where
        F::Of<'static>: 'static,
    {
        let wanted = TypeId::of::<F::Of<'static>>();
        let known = self.object().info().describe();
        known.family == wanted || known.made_as == Some(wanted)
    }

    /// The pointer with its type, if the object is of the family of `F`: see [`GcAny::is`].
    pub fn downcast<F: ?Sized + RebrandPtr>(self) -> Option<Gc<'gc, F::Of<'gc>>>
    where
        F::Of<'static>: 'static,
    {
        if self.is::<F>() {
            // SAFETY: the object was made as the member of this family with the heap's brand, or as
            // a trait object whose payload is one.
            Some(unsafe { Gc::from_payload(self.payload) })
        } else {
            None
        }
    }

    /// The name of the type of the value, as `core::any::type_name` has it: for messages.
    pub fn type_name(self) -> &'static str {
        self.object().info().describe().name
    }

    /// The address of the value, for printing.
    pub fn as_ptr(self) -> *const () {
        self.payload.as_ptr().cast_const().cast()
    }

    /// True if both are the same object.
    pub fn ptr_eq(self, other: Self) -> bool {
        self.payload == other.payload
    }
}

impl<'gc, T: ?Sized + Branded<'gc> + Pointee> From<Gc<'gc, T>> for GcAny<'gc> {
    #[inline]
    fn from(gc: Gc<'gc, T>) -> Self {
        Self::new(gc)
    }
}

impl fmt::Debug for GcAny<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GcAny<{}>({:p})", self.type_name(), self.payload)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc> Trace<'gc> for GcAny<'gc> {
    const PINS: bool = false;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.edge(self.object(), false);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(&mut self.payload);
    }
}

// SAFETY: the brand of the pointer is that of its heap.
unsafe impl Rebrand for GcAny<'_> {
    type At<'b> = GcAny<'b>;
}
