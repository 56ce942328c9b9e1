//! Proof that the write barrier has run.

use core::ops::Deref;

/// A reference to a part of an object, on which the write barrier has run.
///
/// [`Gc::write`](crate::Gc::write) gives one; the cells' writing methods are on it:
/// [`GcCell`](crate::GcCell), [`GcRefCell`](crate::GcRefCell), [`GcOnceCell`](crate::GcOnceCell). It
/// projects on through what a value owns, by the methods below. There is no projection through
/// `Deref` or `Index`, which a type could make lead anywhere, and no safe way to make a `Write` from
/// a reference.
///
/// ```
/// use gc_core::{Gc, GcCell, Heap};
///
/// let mut heap = Heap::<Vec<GcCell<i32>>>::new(|_| vec![GcCell::new(1), GcCell::new(2)]);
/// heap.mutate(|mc, root| {
///     root.write(mc, |cells| cells).slice().at(1).set(5);
///     assert_eq!(root[1].get(), 5);
/// });
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct Write<T: ?Sized>(T);

impl<T: ?Sized> Write<T> {
    /// # Safety
    ///
    /// The barrier has run on the object that owns `part`, in the mutation that `part`'s lifetime
    /// lies in.
    #[inline(always)]
    pub unsafe fn assume(part: &T) -> &Self {
        // SAFETY: `Write` is transparent over `T`.
        unsafe { &*(core::ptr::from_ref(part) as *const Self) }
    }

    /// The part itself, for reading.
    #[inline(always)]
    pub fn get_ref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> Deref for Write<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Write<[T]> {
    /// An element.
    ///
    /// # Panics
    ///
    /// If there are not as many.
    #[inline]
    #[track_caller]
    pub fn at(&self, index: usize) -> &Write<T> {
        let element = &self.0[index];
        // SAFETY: a slice's elements lie in the memory of its owner.
        unsafe { Write::assume(element) }
    }

    /// An element, if there are as many.
    #[inline]
    pub fn get_at(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: as in `at`.
        self.0.get(index).map(|element| unsafe { Write::assume(element) })
    }

    /// All elements.
    pub fn each(&self) -> impl ExactSizeIterator<Item = &Write<T>> + DoubleEndedIterator {
        // SAFETY: as in `at`.
        self.0.iter().map(|element| unsafe { Write::assume(element) })
    }
}

impl<T> Write<Vec<T>> {
    /// The elements.
    #[inline]
    pub fn slice(&self) -> &Write<[T]> {
        // SAFETY: a vector owns its elements, so the owner's barrier covers them.
        unsafe { Write::assume(self.0.as_slice()) }
    }
}

impl<T, const N: usize> Write<[T; N]> {
    /// The elements.
    #[inline]
    pub fn slice(&self) -> &Write<[T]> {
        // SAFETY: an array's elements lie in it.
        unsafe { Write::assume(self.0.as_slice()) }
    }
}

impl<T: ?Sized> Write<Box<T>> {
    /// The contents.
    #[inline]
    pub fn inner(&self) -> &Write<T> {
        // SAFETY: a box owns its contents, so the owner's barrier covers them.
        unsafe { Write::assume(&*self.0) }
    }
}

impl<T> Write<Option<T>> {
    /// The value, if there is one.
    #[inline]
    pub fn some(&self) -> Option<&Write<T>> {
        // SAFETY: an option's value lies in it.
        self.0.as_ref().map(|value| unsafe { Write::assume(value) })
    }
}

impl<T, E> Write<Result<T, E>> {
    /// The value or the error.
    #[inline]
    pub fn either(&self) -> Result<&Write<T>, &Write<E>> {
        match &self.0 {
            // SAFETY: a result's value or error lies in it.
            Ok(value) => Ok(unsafe { Write::assume(value) }),
            // SAFETY: likewise.
            Err(error) => Err(unsafe { Write::assume(error) }),
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident . $index:tt),+))*) => { $(
        impl<$($part),+> Write<($($part,)+)> {
            /// The parts of the tuple.
            #[inline]
            pub fn parts(&self) -> ($(&Write<$part>,)+) {
                // SAFETY: a tuple's parts lie in it.
                unsafe { ($(Write::assume(&self.0.$index),)+) }
            }
        }
    )* };
}

tuples! {
    (A.0)
    (A.0, B.1)
    (A.0, B.1, C.2)
    (A.0, B.1, C.2, D.3)
    (A.0, B.1, C.2, D.3, E.4)
    (A.0, B.1, C.2, D.3, E.4, F.5)
}
