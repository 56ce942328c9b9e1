//! The pointer.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

use crate::error::{AllocError, OutOfMemory};
use crate::mutation::{Extra, Mutation, is_small, out_of_memory};
use crate::object::header::{LOGGED, Object};
use crate::object::pointee::DynFrom;
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::worklist::Edge;
use crate::object::{InfoAs, InfoOf, Invariant, Pointee};
use crate::weak::Weak;
use crate::write::Write;

/// A pointer to an object on the heap with the brand `'gc`.
///
/// One word, `Copy`, and never null: `Option<Gc<T>>` is one word as well, for slices, strings and
/// trait objects too. Copying and dropping one does nothing. Reading through it is a plain load.
///
/// `==`, `<`, and hashing look at the values, as for `Rc`; [`Gc::ptr_eq`] compares identities. `Debug`
/// shows type and address only, since graphs have cycles.
pub struct Gc<'gc, T: ?Sized + Pointee + 'gc> {
    payload: NonNull<u8>,
    brand: Invariant<'gc>,
    pointee: PhantomData<*const T>,
}

const _: () = assert!(
    size_of::<Option<Gc<'static, str>>>() == size_of::<usize>()
        && size_of::<Option<Gc<'static, [u64]>>>() == size_of::<usize>()
        && size_of::<Option<Gc<'static, u8>>>() == size_of::<usize>()
);

impl<'gc, T: Trace<'gc>> Gc<'gc, T> {
    /// Puts `value` on the heap.
    ///
    /// A bump of a pointer, 8 bytes of header, and the value; rounded up to 16 bytes.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; see [`Gc::try_new`].
    #[inline(always)]
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>, value: T) -> Self {
        match Self::try_new(mc, value) {
            Ok(gc) => gc,
            Err(error) => refuse(error),
        }
    }

    /// Puts `value` on the heap, or gives it back.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The heap stays usable: what is
    /// garbage by then is freed after `mutate` has returned.
    #[inline(always)]
    pub fn try_new(mc: &Mutation<'gc>, value: T) -> Result<Self, AllocError<T>> {
        let payload = mc.allocate_value(InfoOf::<'gc, T>::ONE, Extra::None, value)?;
        // SAFETY: the object was made just now, as a `T` on this heap.
        Ok(unsafe { Self::from_payload(payload) })
    }

    /// Puts `value` on the heap as a trait object: see [`gc_dyn!`](crate::gc_dyn).
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[inline]
    #[track_caller]
    pub fn new_dyn<D: ?Sized + DynFrom<T> + Trace<'gc>>(mc: &Mutation<'gc>, value: T) -> Gc<'gc, D> {
        match Self::try_new_dyn(mc, value) {
            Ok(gc) => gc,
            Err(error) => refuse(error),
        }
    }

    /// Puts `value` on the heap as a trait object, or gives it back.
    ///
    /// # Errors
    ///
    /// As [`Gc::try_new`].
    #[inline]
    pub fn try_new_dyn<D: ?Sized + DynFrom<T> + Trace<'gc>>(
        mc: &Mutation<'gc>,
        value: T,
    ) -> Result<Gc<'gc, D>, AllocError<T>> {
        let payload = mc.allocate_value(InfoAs::<'gc, T, D>::DYN, Extra::Vtable(D::vtable()), value)?;
        // SAFETY: the object was made just now, as a `D` on this heap, with its vtable in place.
        Ok(unsafe { Gc::from_payload(payload) })
    }
}

#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn refuse<T>(error: AllocError<T>) -> ! {
    let reason = error.reason();
    drop(error);
    out_of_memory(reason)
}

impl<'gc> Gc<'gc, str> {
    /// Copies a string to the heap.
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[inline]
    #[track_caller]
    pub fn from_str(mc: &Mutation<'gc>, string: &str) -> Self {
        Self::try_from_str(mc, string).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// Copies a string to the heap.
    ///
    /// # Errors
    ///
    /// As [`Gc::try_new`].
    pub fn try_from_str(mc: &Mutation<'gc>, string: &str) -> Result<Self, OutOfMemory> {
        let bytes = string.as_bytes();
        // SAFETY: copies as many bytes as there are, to memory for as many, which is not theirs.
        let fill = |to: NonNull<u8>| unsafe { to.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len()) };
        // SAFETY: `fill` writes all bytes and does not panic.
        let payload = unsafe { mc.allocate_slice::<u8>(InfoOf::<'gc, u8>::STR, bytes.len(), fill)? };
        // SAFETY: the object was made just now, as a string on this heap, and its bytes are UTF-8.
        Ok(unsafe { Self::from_payload(payload) })
    }
}

impl<'gc, T: Trace<'gc>> Gc<'gc, [T]> {
    /// Collects elements into a slice on the heap.
    ///
    /// The iterator runs to its end first, in a `Vec`; it may allocate on the heap itself.
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, elements: impl IntoIterator<Item = T>) -> Self {
        Self::from_vec(mc, elements.into_iter().collect())
    }

    /// Makes a slice of `len` elements, each from its index.
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[track_caller]
    pub fn from_fn(mc: &Mutation<'gc>, len: usize, element: impl FnMut(usize) -> T) -> Self {
        Self::from_iter(mc, (0..len).map(element))
    }

    /// Copies elements to the heap.
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[track_caller]
    pub fn from_slice(mc: &Mutation<'gc>, elements: &[T]) -> Self
    where
        T: Copy,
    {
        Self::try_from_slice(mc, elements).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// Copies elements to the heap.
    ///
    /// # Errors
    ///
    /// As [`Gc::try_new`].
    pub fn try_from_slice(mc: &Mutation<'gc>, elements: &[T]) -> Result<Self, OutOfMemory>
    where
        T: Copy,
    {
        let admitted = if T::HAS_EXTERNAL { mc.admit(elements.external_bytes())? } else { None };
        let from = NonNull::from(elements).cast::<T>();
        // SAFETY: copies as many elements as there are, to memory for as many, which is not theirs.
        let fill = |to: NonNull<T>| unsafe { to.copy_from_nonoverlapping(from, elements.len()) };
        // SAFETY: `fill` writes all elements and does not panic.
        let payload = unsafe { mc.allocate_slice::<T>(InfoOf::<'gc, T>::SLICE, elements.len(), fill)? };
        if let Some(admitted) = admitted {
            admitted.keep();
        }
        // SAFETY: the object was made just now, as a slice on this heap.
        Ok(unsafe { Self::from_payload(payload) })
    }

    /// Moves a vector's elements to the heap.
    ///
    /// # Panics
    ///
    /// As [`Gc::new`].
    #[track_caller]
    pub fn from_vec(mc: &Mutation<'gc>, elements: Vec<T>) -> Self {
        match Self::try_from_vec(mc, elements) {
            Ok(gc) => gc,
            Err(error) => refuse(error),
        }
    }

    /// Moves a vector's elements to the heap, or gives the vector back.
    ///
    /// # Errors
    ///
    /// As [`Gc::try_new`].
    pub fn try_from_vec(mc: &Mutation<'gc>, mut elements: Vec<T>) -> Result<Self, AllocError<Vec<T>>> {
        let external_bytes = if T::HAS_EXTERNAL { elements.as_slice().external_bytes() } else { 0 };
        let admitted = match mc.admit(external_bytes) {
            Ok(admitted) => admitted,
            Err(reason) => return Err(AllocError::new(elements, reason)),
        };
        let len = elements.len();
        let from = elements.as_mut_ptr();
        // SAFETY: moves as many elements as there are, to memory for as many; they are forgotten
        // below.
        let fill = |to: NonNull<T>| unsafe { to.as_ptr().copy_from_nonoverlapping(from, len) };
        // SAFETY: `fill` writes all elements and does not panic.
        match unsafe { mc.allocate_slice::<T>(InfoOf::<'gc, T>::SLICE, len, fill) } {
            Ok(payload) => {
                // SAFETY: the elements have moved to the heap.
                unsafe { elements.set_len(0) };
                if let Some(admitted) = admitted {
                    admitted.keep();
                }
                // SAFETY: the object was made just now, as a slice on this heap.
                Ok(unsafe { Self::from_payload(payload) })
            }
            Err(reason) => Err(AllocError::new(elements, reason)),
        }
    }
}

impl<'gc, T: ?Sized + Pointee + 'gc> Gc<'gc, T> {
    /// # Safety
    ///
    /// `payload` is that of an object made as a `T`, on the heap that `'gc` is a brand of, and the
    /// object is reachable: through a root, an object that is, or by having just been made.
    #[inline(always)]
    pub(crate) unsafe fn from_payload(payload: NonNull<u8>) -> Self {
        Self { payload, brand: PhantomData, pointee: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn object(self) -> Object {
        // SAFETY: a `Gc` names an object, which lives at least as long as the brand.
        unsafe { Object::from_payload(self.payload) }
    }

    #[inline(always)]
    pub(crate) fn payload_mut(&mut self) -> &mut NonNull<u8> {
        &mut self.payload
    }

    /// A reference to the object, for as long as the mutation lasts.
    ///
    /// (`Deref` gives one for as long as the pointer itself is borrowed.)
    #[inline(always)]
    #[allow(clippy::should_implement_trait)]
    pub fn as_ref(self) -> &'gc T {
        // SAFETY: the object was made as a `T`, and lives and stays in its place while the brand
        // does. It is only written through cells.
        unsafe { &*T::from_thin(self.payload) }
    }

    /// The address of the object, for printing and for foreign functions.
    ///
    /// It is valid until the mutation ends; a compaction may move the object then.
    #[inline]
    pub fn as_ptr(self) -> *const T {
        core::ptr::from_ref(self.as_ref())
    }

    /// True if both are the same object.
    #[inline]
    pub fn ptr_eq<U: ?Sized + Pointee>(self, other: Gc<'gc, U>) -> bool {
        self.payload == other.payload
    }

    /// A pointer that does not keep the object alive.
    #[inline]
    pub fn downgrade(self) -> Weak<'gc, T> {
        Weak::to(self)
    }

    /// The pointer to the object at `ptr`, as [`Gc::as_ptr`] gave it.
    ///
    /// # Safety
    ///
    /// `ptr` came from `as_ptr` of a `Gc` of this heap, as a pointer to the same type, the object has
    /// not been freed since (something reachable held it at every safepoint), and it has not moved.
    pub unsafe fn from_ptr(mc: &Mutation<'gc>, ptr: *const T) -> Self {
        // SAFETY: the caller got the address from `as_ptr`, so it is not null.
        let payload = unsafe { NonNull::new_unchecked(ptr.cast::<u8>().cast_mut()) };
        // SAFETY: the object is alive, by the caller's promise.
        let gc = unsafe { Self::from_payload(payload) };
        // Reading a pointer that the mark may not see is reading through weakness.
        mc.state().upgrade(gc.object());
        gc
    }

    /// The same pointer to another type.
    ///
    /// # Safety
    ///
    /// The payload is valid as a `U`: the object was made as a `U`, or as a type of which `U` is a
    /// prefix with the same representation. For slices, strings and trait objects, it was made as
    /// one of exactly that type.
    ///
    /// A `Gc` of a type that holds no `Gc` and owns nothing outside the heap (neither [`Trace::NEEDS_TRACE`] nor
    /// [`Trace::HAS_EXTERNAL`]) says so to the collector, which does not look at the object then. So if `U` is such a type, the
    /// type that the object was made as is one, too, and is not larger than `U`; or the pointer is nowhere where it is traced.
    pub unsafe fn cast<U: ?Sized + Pointee + 'gc>(self) -> Gc<'gc, U> {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { Gc::from_payload(self.payload) }
    }

    /// Runs the write barrier, and gives write access to a part of the object.
    ///
    /// `field` picks the part: it gets a reference to the object and returns one into it. Cells have
    /// methods to write them behind a [`Write`]. If the object has been written since the last young
    /// collection this is one test of a bit next to the object; the check that the part lies in the
    /// object folds away for a plain field.
    ///
    /// ```
    /// use gc_core::{Gc, GcCell, Heap, Trace};
    ///
    /// #[derive(Trace)]
    /// struct Node<'gc> {
    ///     next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    /// }
    ///
    /// let mut heap = Heap::<Node>::new(|_| Node { next: GcCell::new(None) });
    /// heap.mutate(|mc, root| {
    ///     let node = Gc::new(mc, Node { next: GcCell::new(None) });
    ///     root.write(mc, |n| &n.next).set(Some(node));
    ///     assert!(root.next.get().is_some());
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the part does not lie in the object's own memory but behind a pointer: write through the
    /// object that owns it, or project on with the methods of [`Write`].
    #[inline(always)]
    #[track_caller]
    pub fn write<F: ?Sized>(self, mc: &Mutation<'gc>, field: impl FnOnce(&'gc T) -> &'gc F) -> &'gc Write<F> {
        let field = field(self.as_ref());
        self.write_at(mc, field)
    }

    /// [`Gc::write`] for a part that is at hand already, as in a loop over an object's slots.
    ///
    /// # Panics
    ///
    /// As [`Gc::write`].
    #[inline(always)]
    #[track_caller]
    pub fn write_at<'a, F: ?Sized>(self, mc: &Mutation<'gc>, field: &'a F) -> &'a Write<F>
    where
        'gc: 'a,
    {
        let size = size_of_val(self.as_ref());
        let part = size_of_val(field);
        let offset = core::ptr::from_ref(field).cast::<u8>().addr().wrapping_sub(self.payload.addr().get());
        if !(part <= size && offset <= size - part) {
            not_in_owner();
        }
        if !self.object().header().has(LOGGED) {
            if T::SLICE {
                let stride = self.object().info().stride.max(1);
                mc.state().log_elements(self.object(), offset / stride, (offset + part).div_ceil(stride));
            } else {
                mc.state().log(self.object());
            }
        }
        // SAFETY: the barrier has run on the object that owns this memory, and nothing clears the
        // bit before the mutation ends.
        unsafe { Write::assume(field) }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn not_in_owner() -> ! {
    panic!(
        "the reference passed to the write barrier does not lie in the object that is written: call `write` on the \
         `Gc` whose object holds the field directly, and reach what lies in a `Box`, `Vec` or `Option` of it by the \
         methods of `Write`"
    )
}

impl<'gc, T: ?Sized + Pointee> Clone for Gc<'gc, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T: ?Sized + Pointee> Copy for Gc<'gc, T> {}

impl<'gc, T: ?Sized + Pointee> Deref for Gc<'gc, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.as_ref()
    }
}

impl<'gc, T: ?Sized + Pointee> Borrow<T> for Gc<'gc, T> {
    #[inline(always)]
    fn borrow(&self) -> &T {
        self
    }
}

impl<'gc, T: ?Sized + Pointee + PartialEq> PartialEq for Gc<'gc, T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
impl<'gc, T: ?Sized + Pointee + Eq> Eq for Gc<'gc, T> {}

impl<'gc, T: ?Sized + Pointee + PartialOrd> PartialOrd for Gc<'gc, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}
impl<'gc, T: ?Sized + Pointee + Ord> Ord for Gc<'gc, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<'gc, T: ?Sized + Pointee + Hash> Hash for Gc<'gc, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// The value's own.
impl<'gc, T: ?Sized + Pointee + fmt::Display> fmt::Display for Gc<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// Type and address.
impl<'gc, T: ?Sized + Pointee> fmt::Debug for Gc<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gc<{}>({:p})", self.object().info().describe().name, self.payload)
    }
}

impl<'gc, T: ?Sized + Pointee> fmt::Pointer for Gc<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.payload, f)
    }
}

impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Gc<'gc, T> {
    /// The pointer as collections see it, with what its type says.
    #[inline(always)]
    fn edge(self) -> Edge {
        let object = self.object();
        if const { T::NEEDS_TRACE || T::HAS_EXTERNAL } {
            Edge::sized(object, T::LEAST)
        } else if const { is_small::<T>() } {
            Edge::small_leaf(object)
        } else {
            Edge::new(object, true)
        }
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for Gc<'gc, T> {
    const PINS: bool = false;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.add(self.edge());
    }
    #[inline]
    fn trace_all(values: &[Self], tracer: &mut Tracer<'gc>) {
        tracer.add_all(values.iter().rev().map(|value| value.edge()));
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(self.payload_mut());
    }
}

// SAFETY: the brand of a pointer is that of its heap, and its pointee has the same.
unsafe impl<'x, T: ?Sized + RebrandPtr> Rebrand for Gc<'x, T> {
    type At<'b> = Gc<'b, T::Of<'b>>;
}
