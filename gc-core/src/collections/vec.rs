//! A growable array on the heap.
//!
//! The elements lie in chunks of about 1 KiB, each a heap object of its own (`vec/chunk.rs`), and the
//! chunks are found through a tree of at most three levels (`vec/spine.rs`). This buys two things that a
//! `GcRefCell<Vec<_>>` does not have. Growth copies no elements, so no push is a pause. And the write
//! barrier works on the chunk that is written: of a vector with a million elements of which a few
//! change between two young collections, only their chunks are looked at.
//!
//! The mark never reads a length that the program is changing: push and pop run the barrier on the
//! chunk before they change its count, and the vector's own length is not read by the collector at
//! all.

mod bulk;
mod chunk;
mod iter;
mod spine;
#[cfg(test)]
mod tests;

use core::fmt;

use crate::error::{AllocError, OutOfMemory};
use crate::gc::{Gc, refuse};
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};
use crate::weak::Weak;

use chunk::{Chunk, Open};
use spine::Spine;

pub use iter::Iter;
pub use spine::Spine as VecBody;

/// A growable array of `Copy` values on the heap with the brand `'gc`.
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same vector. Elements are read and written by
/// value. What changes the vector takes `&Mutation` and runs the write barrier on the chunk of about
/// 1 KiB that it writes.
///
/// Finding an element costs up to four dependent loads: two if the vector has a single chunk (1 KiB of
/// elements), three up to 512 chunks. Measured with elements of a word in the cache: 1 to 2 ns a read,
/// 1.5 to 2.5 ns a write, 2.5 to 4.5 ns a push. Growth copies no elements, except within the first chunk.
/// An empty vector takes 48 bytes, and its first chunk at least as many.
///
/// ```
/// use gc_core::{Gc, GcVec, Heap};
///
/// let mut heap = Heap::<GcVec<Gc<str>>>::new(|mc| GcVec::new(mc));
/// heap.mutate(|mc, names| {
///     names.push(mc, Gc::from_str(mc, "Ada"));
///     names.push(mc, Gc::from_str(mc, "Grace"));
///     names.set(mc, 0, Gc::from_str(mc, "Alan"));
/// });
/// heap.collect();
/// heap.mutate(|mc, names| {
///     assert_eq!(&*names.get(0).unwrap(), "Alan");
///     assert_eq!(names.pop(mc).as_deref(), Some("Grace"));
///     assert_eq!(names.len(), 1);
/// });
/// ```
///
/// `==` compares the elements, and [`GcVec::ptr_eq`] identities. `Debug` shows the address and the
/// length only, since a vector may contain itself; print [`to_vec`](GcVec::to_vec) to see elements.
pub struct GcVec<'gc, T>(Gc<'gc, Spine<'gc, T>>);

const _: () = assert!(size_of::<Option<GcVec<'static, u8>>>() == size_of::<usize>());

impl<'gc, T> Clone for GcVec<'gc, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T> Copy for GcVec<'gc, T> {}

impl<'gc, T> GcVec<'gc, T> {
    /// How many elements there are.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.0.len.get()
    }

    /// True if there are none.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many elements there can be before memory is needed for more.
    #[inline(always)]
    pub fn capacity(self) -> usize {
        self.0.capacity()
    }

    /// True if both are the same vector.
    ///
    /// (A `Gc<GcVec<_>>` has a `ptr_eq` and an `as_ptr` of its own, which are about the object that holds this
    /// pointer; write `(*gc).ptr_eq(vec)` for these.)
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.0.ptr_eq(other.0)
    }

    /// The vector as a `Gc`: for a weak pointer to it, a [`GcAny`](crate::GcAny) or a [`Root`](crate::Root). `From` gives the
    /// vector back.
    ///
    /// ```
    /// use gc_core::collections::vec::VecBody;
    /// use gc_core::{GcAny, GcVec, Heap, Weak};
    ///
    /// let mut heap = Heap::<()>::new(|_| ());
    /// heap.mutate(|mc, _| {
    ///     let vec = GcVec::<u32>::new(mc);
    ///     vec.push(mc, 7);
    ///     let any = GcAny::from(vec.as_gc());
    ///     let again = GcVec::from(any.downcast::<VecBody<u32>>().unwrap());
    ///     assert!(again.ptr_eq(vec));
    ///
    ///     let weak: Weak<VecBody<u32>> = vec.downgrade();
    ///     assert_eq!(weak.upgrade(mc).map(GcVec::from), Some(vec));
    /// });
    /// ```
    #[inline]
    pub fn as_gc(self) -> Gc<'gc, VecBody<'gc, T>> {
        self.0
    }

    /// A pointer that does not keep the vector alive: see [`GcVec::as_gc`].
    #[inline]
    pub fn downgrade(self) -> Weak<'gc, VecBody<'gc, T>> {
        self.0.downgrade()
    }

    /// The address of the vector, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.0.as_ptr().cast()
    }
}

impl<'gc, T: Copy + Trace<'gc>> GcVec<'gc, T> {
    /// An empty vector. It takes memory for elements with the first one.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[inline]
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self(Gc::new(mc, Spine::new()))
    }

    /// An empty vector. It takes memory for elements with the first one.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        Gc::try_new(mc, Spine::new()).map(Self).map_err(|error| error.reason())
    }

    /// An empty vector with memory for at least `capacity` elements.
    ///
    /// Costs an allocation for each KiB; it is no faster than pushing as many elements would be.
    ///
    /// # Panics
    ///
    /// As [`GcVec::new`].
    #[track_caller]
    pub fn with_capacity(mc: &Mutation<'gc>, capacity: usize) -> Self {
        let vec = Self::new(mc);
        vec.reserve(mc, capacity);
        vec
    }

    /// The element at `index`, if there are as many.
    #[inline(always)]
    pub fn get(self, index: usize) -> Option<T> {
        if index < self.len() {
            // SAFETY: the index is below the length.
            Some(unsafe { self.get_unchecked(index) })
        } else {
            None
        }
    }

    /// The element at `index`.
    ///
    /// # Safety
    ///
    /// `index` is below the length.
    #[inline(always)]
    pub unsafe fn get_unchecked(self, index: usize) -> T {
        // SAFETY: the index is below the length and so below the capacity (V1), and its chunk counts
        // it among its elements (V2).
        unsafe { self.0.as_ref().chunk_of(index).read(index & Chunk::<'gc, T>::MASK) }
    }

    /// The first element, if there is one.
    #[inline]
    pub fn first(self) -> Option<T> {
        self.get(0)
    }

    /// The last element, if there is one.
    #[inline]
    pub fn last(self) -> Option<T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// The chunk of a place below the capacity, with the barrier run on it.
    ///
    /// # Safety
    ///
    /// `index` is below the capacity.
    #[inline(always)]
    unsafe fn open(self, mc: &Mutation<'gc>, index: usize) -> Open<'gc, T> {
        // SAFETY: the index is below the capacity.
        unsafe { self.0.as_ref().chunk_of(index) }.open(mc)
    }

    /// Replaces the element at `index`.
    ///
    /// # Panics
    ///
    /// If there are not as many elements.
    #[inline(always)]
    #[track_caller]
    pub fn set(self, mc: &Mutation<'gc>, index: usize, value: T) {
        if self.try_set(mc, index, value).is_err() {
            out_of_bounds(index, self.len());
        }
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// If there are not as many elements: gives `value` back.
    #[inline(always)]
    pub fn try_set(self, mc: &Mutation<'gc>, index: usize, value: T) -> Result<(), T> {
        if index >= self.len() {
            return Err(value);
        }
        // SAFETY: the index is below the length, so its place is there (V1).
        unsafe { self.open(mc, index).write(index & Chunk::<'gc, T>::MASK, value) };
        Ok(())
    }

    /// Replaces the element at `index`, and returns the old one.
    ///
    /// # Panics
    ///
    /// If there are not as many elements.
    #[inline]
    #[track_caller]
    pub fn replace(self, mc: &Mutation<'gc>, index: usize, value: T) -> T {
        let Some(old) = self.get(index) else { out_of_bounds(index, self.len()) };
        self.set(mc, index, value);
        old
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// If there are not as many elements.
    #[track_caller]
    pub fn swap(self, mc: &Mutation<'gc>, a: usize, b: usize) {
        let Some(first) = self.get(a) else { out_of_bounds(a, self.len()) };
        let Some(second) = self.get(b) else { out_of_bounds(b, self.len()) };
        self.set(mc, a, second);
        self.set(mc, b, first);
    }

    /// Puts an element at the end.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; see [`GcVec::try_push`].
    #[inline]
    #[track_caller]
    pub fn push(self, mc: &Mutation<'gc>, value: T) {
        if let Err(error) = self.try_push(mc, value) {
            refuse(error);
        }
    }

    /// Puts an element at the end, or gives it back.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The vector is as it was.
    #[inline]
    pub fn try_push(self, mc: &Mutation<'gc>, value: T) -> Result<(), AllocError<T>> {
        let len = self.len();
        if len == self.capacity()
            && let Err(reason) = Spine::grow(self.0, mc, len + 1)
        {
            return Err(AllocError::new(value, reason));
        }
        let place = len & Chunk::<'gc, T>::MASK;
        // SAFETY: the capacity is now above the length, so the place is there; all places before it
        // are counted already (V2).
        unsafe {
            let chunk = self.open(mc, len);
            chunk.write(place, value);
            chunk.set_count(place + 1);
        }
        self.0.len.set(len + 1);
        Ok(())
    }

    /// Takes the last element. The memory is kept; see [`GcVec::shrink_to_fit`].
    #[inline]
    pub fn pop(self, mc: &Mutation<'gc>) -> Option<T> {
        let value = self.last()?;
        let last = self.len() - 1;
        // SAFETY: the last element is below the length; its chunk has one element less after it.
        unsafe { self.open(mc, last).set_count(last & Chunk::<'gc, T>::MASK) };
        self.0.len.set(last);
        Some(value)
    }

    /// Takes the element at `index`, and puts the last one in its place.
    ///
    /// # Panics
    ///
    /// If there are not as many elements.
    #[track_caller]
    pub fn swap_remove(self, mc: &Mutation<'gc>, index: usize) -> T {
        let Some(value) = self.get(index) else { out_of_bounds(index, self.len()) };
        if let Some(last) = self.pop(mc)
            && index < self.len()
        {
            self.set(mc, index, last);
        }
        value
    }

    /// Removes all elements but the first `len`, if there are more.
    ///
    /// The memory of all chunks that are not needed for what is left is let go, except for the first
    /// chunk's. Costs no more than writing a page of pointers (4 KiB), however much is removed.
    pub fn truncate(self, mc: &Mutation<'gc>, len: usize) {
        if len < self.len() {
            Spine::trim(self.0, mc, len);
        }
    }

    /// Removes all elements: `truncate` to 0.
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.truncate(mc, 0);
    }

    /// Lets go of the memory that is not needed for the elements.
    ///
    /// (Of a vector with a single chunk, only if it is empty.)
    pub fn shrink_to_fit(self, mc: &Mutation<'gc>) {
        if self.is_empty() {
            Spine::reset(self.0, mc);
        } else {
            Spine::trim(self.0, mc, self.len());
        }
    }

    /// Takes memory for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn reserve(self, mc: &Mutation<'gc>, additional: usize) {
        self.try_reserve(mc, additional).unwrap_or_else(|reason| out_of_memory(reason));
    }

    /// Takes memory for at least `additional` more elements.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. Part of the memory may have been
    /// taken.
    pub fn try_reserve(self, mc: &Mutation<'gc>, additional: usize) -> Result<(), OutOfMemory> {
        let overflow = OutOfMemory::SizeOverflow { elements: additional, element_bytes: size_of::<T>() };
        let wanted = self.len().checked_add(additional).ok_or(overflow)?;
        if wanted.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
            return Err(overflow);
        }
        if wanted > self.capacity() { Spine::grow(self.0, mc, wanted) } else { Ok(()) }
    }

    /// The elements, first to last, by value.
    ///
    /// The vector may change meanwhile: what is written to elements that have not been reached is
    /// seen, and the iterator ends where the vector ended when it was made, or ends now if that is
    /// earlier.
    #[inline]
    pub fn iter(self) -> Iter<'gc, T> {
        Iter::new(self)
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn out_of_bounds(index: usize, len: usize) -> ! {
    panic!("index {index} is out of bounds: this GcVec has {len} elements")
}

impl<'gc, T> From<Gc<'gc, VecBody<'gc, T>>> for GcVec<'gc, T> {
    #[inline]
    fn from(body: Gc<'gc, VecBody<'gc, T>>) -> Self {
        Self(body)
    }
}

impl<'gc, T: Copy + Trace<'gc>> IntoIterator for GcVec<'gc, T> {
    type Item = T;
    type IntoIter = Iter<'gc, T>;
    #[inline]
    fn into_iter(self) -> Iter<'gc, T> {
        self.iter()
    }
}

impl<'gc, T: Copy + Trace<'gc> + PartialEq> PartialEq for GcVec<'gc, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}
impl<'gc, T: Copy + Trace<'gc> + Eq> Eq for GcVec<'gc, T> {}

impl<'gc, T: Copy + Trace<'gc> + PartialEq, const N: usize> PartialEq<[T; N]> for GcVec<'gc, T> {
    fn eq(&self, other: &[T; N]) -> bool {
        *self == other[..]
    }
}
impl<'gc, T: Copy + Trace<'gc> + PartialEq> PartialEq<[T]> for GcVec<'gc, T> {
    fn eq(&self, other: &[T]) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter().copied())
    }
}

/// Address and length.
impl<'gc, T> fmt::Debug for GcVec<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GcVec({:p}, len {})", self.as_ptr(), self.len())
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for GcVec<'gc, T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}

// SAFETY: the brand of a vector is that of its heap, and its elements have the same.
unsafe impl<'x, T: Rebrand> Rebrand for GcVec<'x, T> {
    type At<'b> = GcVec<'b, T::At<'b>>;
}
