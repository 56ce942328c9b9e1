//! What a `Gc` can point to, and how one word becomes a reference to it.
//!
//! A sized type needs nothing. A slice or string finds its length, and a trait object its vtable, in
//! the word before the header.

use core::ptr::NonNull;

use super::header::WORD;

/// Types that a one-word pointer can point to: sized types, slices, `str`, and the trait objects
/// opted in with [`gc_dyn!`](crate::gc_dyn).
///
/// A type of your own that holds a `Gc` of what it does not know asks for it:
///
/// ```
/// use gc_core::{Gc, Heap, Pointee, RebrandPtr, Trace};
///
/// #[derive(Trace)]
/// struct Named<'gc, T: ?Sized + Pointee + RebrandPtr + Trace<'gc>> {
///     name: Gc<'gc, str>,
///     value: Gc<'gc, T>,
/// }
///
/// let mut heap = Heap::<()>::new(|_| ());
/// heap.mutate(|mc, _| {
///     let value = Gc::from_slice(mc, &[1, 2, 3]);
///     let named = Gc::new(mc, Named { name: Gc::from_str(mc, "primes"), value });
///     assert_eq!(named.value.len(), 3);
/// });
/// ```
///
/// # Safety
///
/// `from_thin` must give the pointer with which the object was made.
#[diagnostic::on_unimplemented(
    message = "a `Gc` cannot point to `{Self}`",
    label = "not a sized type, a slice, `str`, or a trait object opted in with `gc_dyn!`",
    note = "for `dyn MyTrait` write `gc_dyn!(MyTrait<'gc>)` next to the trait"
)]
pub unsafe trait Pointee {
    /// True for slices and strings: a large one is logged by segment.
    #[doc(hidden)]
    const SLICE: bool;
    /// Bytes that every value has, as far as is known.
    #[doc(hidden)]
    const LEAST: usize = 0;
    /// Bytes that no value exceeds.
    #[doc(hidden)]
    const MOST: usize = usize::MAX;

    /// The pointer to the payload at `payload`.
    ///
    /// # Safety
    ///
    /// `payload` is that of an object of this type.
    #[doc(hidden)]
    unsafe fn from_thin(payload: NonNull<u8>) -> *const Self;
}

// SAFETY: the payload of a sized type is the value.
unsafe impl<T> Pointee for T {
    const SLICE: bool = false;
    const LEAST: usize = size_of::<T>();
    const MOST: usize = size_of::<T>();
    #[inline(always)]
    unsafe fn from_thin(payload: NonNull<u8>) -> *const T {
        payload.as_ptr().cast::<T>()
    }
}

// SAFETY: the length with which the slice was made is in the word before its header.
unsafe impl<T> Pointee for [T] {
    const SLICE: bool = true;
    #[inline(always)]
    unsafe fn from_thin(payload: NonNull<u8>) -> *const [T] {
        // SAFETY: the object is a slice, so this word is its length doubled plus one, written once.
        let len = unsafe { payload.sub(2 * WORD).cast::<usize>().read() } >> 1;
        core::ptr::slice_from_raw_parts(payload.as_ptr().cast::<T>(), len)
    }
}

// SAFETY: a string is a slice of bytes that are UTF-8.
unsafe impl Pointee for str {
    const SLICE: bool = true;
    #[inline(always)]
    unsafe fn from_thin(payload: NonNull<u8>) -> *const str {
        // SAFETY: the object is a string, which has the layout of a slice of bytes.
        unsafe { <[u8] as Pointee>::from_thin(payload) as *const str }
    }
}

/// Trait objects that can be made from a `T`.
///
/// # Safety
///
/// `vtable` must be that of `T` for this trait.
pub unsafe trait DynFrom<T>: Pointee {
    #[doc(hidden)]
    fn vtable() -> *const ();
}

/// Fails to compile where a pointer to a trait object is not its address followed by its vtable.
#[doc(hidden)]
pub const WIDE_POINTER_IS_ADDRESS_THEN_VTABLE: () = {
    trait Probe {}
    impl Probe for u8 {}
    static PROBE: u8 = 0xA5;
    let wide: *const dyn Probe = &raw const PROBE;
    // SAFETY: both are two words, and any bits are valid raw pointers.
    let words: [*const u8; 2] = unsafe { core::mem::transmute(wide) };
    // SAFETY: if the first word is the address, this reads `PROBE`; if it were the vtable it would
    // read its first byte. Either is readable, and the wrong one fails the assertion.
    assert!(unsafe { *words[0] } == 0xA5);
};

/// Opts a trait in to `Gc<dyn Trait>` and to `Box<dyn Trait + 'gc>` inside objects.
///
/// The trait names the brand as its only lifetime and has [`DynTrace`](crate::DynTrace) as its
/// supertrait. Such a `Gc` is one word like any other; make it with
/// [`Gc::new_dyn`](crate::Gc::new_dyn).
///
/// ```
/// use gc_core::{DynTrace, Gc, Heap, Trace, gc_dyn};
///
/// trait Shape<'gc>: DynTrace<'gc> {
///     fn area(&self) -> f64;
/// }
/// gc_dyn!(Shape<'gc>);
///
/// #[derive(Trace)]
/// struct Square {
///     side: f64,
/// }
///
/// impl<'gc> Shape<'gc> for Square {
///     fn area(&self) -> f64 {
///         self.side * self.side
///     }
/// }
///
/// let mut heap = Heap::<()>::new(|_| ());
/// heap.mutate(|mc, _| {
///     let shape: Gc<'_, dyn Shape<'_>> = Gc::new_dyn(mc, Square { side: 3.0 });
///     assert_eq!(shape.area(), 9.0);
/// });
/// ```
#[macro_export]
macro_rules! gc_dyn {
    ($trait_name:ident <$brand:lifetime>) => {
        // SAFETY: an object of this type was made by `Gc::new_dyn`, which stores the vtable that
        // `DynFrom::vtable` gave in the word before the header; the layout of the wide pointer is
        // checked at compile time.
        unsafe impl<$brand, 'object> $crate::__private::Pointee for dyn $trait_name<$brand> + 'object {
            const SLICE: bool = false;
            #[inline]
            unsafe fn from_thin(payload: ::core::ptr::NonNull<u8>) -> *const Self {
                const { $crate::__private::WIDE_POINTER_IS_ADDRESS_THEN_VTABLE };
                let address: *const () = payload.as_ptr().cast_const().cast();
                // SAFETY: the word before the header of an object made as `dyn` is its vtable, with
                // the lowest bit set.
                let vtable = unsafe { payload.cast::<*const ()>().sub(2).read() }.map_addr(|a| a & !1);
                // SAFETY: an address and the vtable of its type are a wide pointer.
                unsafe { ::core::mem::transmute::<[*const (); 2], *const Self>([address, vtable]) }
            }
        }
        // SAFETY: the vtable is taken from a pointer to `T` that was converted to this trait.
        unsafe impl<$brand, 'object, T: $trait_name<$brand> + 'object> $crate::__private::DynFrom<T>
            for dyn $trait_name<$brand> + 'object
        {
            fn vtable() -> *const () {
                const { $crate::__private::WIDE_POINTER_IS_ADDRESS_THEN_VTABLE };
                let wide: *const (dyn $trait_name<$brand> + 'object) = ::core::ptr::null::<T>();
                // SAFETY: a wide pointer is two words, the second of which is the vtable.
                unsafe { ::core::mem::transmute::<*const (dyn $trait_name<$brand> + 'object), [*const (); 2]>(wide)[1] }
            }
        }
        // SAFETY: the brand is the trait's only lifetime.
        unsafe impl<$brand> $crate::RebrandPtr for dyn $trait_name<$brand> + $brand {
            type Of<'__b> = dyn $trait_name<'__b> + '__b;
        }
        // SAFETY: forwards to the value's own `Trace` through the supertrait.
        unsafe impl<$brand> $crate::Trace<$brand> for dyn $trait_name<$brand> + $brand {
            const HAS_EXTERNAL: bool = true;
            const PINS: bool = true;
            fn external_bytes(&self) -> usize {
                $crate::DynTrace::external_dyn(self)
            }
            fn trace(&self, tracer: &mut $crate::Tracer<$brand>) {
                $crate::DynTrace::trace_dyn(self, tracer)
            }
            fn relocate(&mut self, relocator: &mut $crate::Relocator<$brand>) {
                $crate::DynTrace::relocate_dyn(self, relocator)
            }
        }
    };
}
