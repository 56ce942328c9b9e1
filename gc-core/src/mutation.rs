//! What the program holds while it works on a heap.

use core::fmt;
use core::ptr::NonNull;

use crate::collector::{Admitted, HeapState, Request};
use crate::error::{AllocError, OutOfMemory};
use crate::external::ExternalCharge;
use crate::memory::geometry::{GRANULE, MAX_SMALL, PAGE};
use crate::memory::{Block, LargeLayout, Mark, MarkByte};
use crate::object::header::{BEFORE_HEADER, Header, LARGE, LOGGED, payload_offset};
use crate::object::trace::Trace;
use crate::object::{Invariant, Pointee, TypeInfo};

/// Access to a heap, from the start of a [`Heap::mutate`](crate::Heap::mutate) to its end.
///
/// The lifetime is the heap's *brand*: it is different in every call of `mutate`, so no
/// [`Gc`](crate::Gc) can leave the call or be stored in another heap. Functions that allocate, write
/// or read through weakness take `&Mutation<'gc>`; by custom it is called `mc`.
#[repr(transparent)]
pub struct Mutation<'gc> {
    state: HeapState,
    brand: Invariant<'gc>,
}

impl<'gc> Mutation<'gc> {
    /// # Safety
    ///
    /// `'gc` is a lifetime that the caller hands to a universally quantified closure and to nobody
    /// else, and it ends before the next safepoint of the heap.
    #[inline]
    pub(crate) unsafe fn of(state: &'gc HeapState) -> &'gc Self {
        // SAFETY: `Mutation` is transparent over `HeapState`.
        unsafe { &*core::ptr::from_ref(state).cast::<Self>() }
    }

    #[inline(always)]
    pub(crate) fn state(&self) -> &HeapState {
        &self.state
    }

    /// True if the heap would like a safepoint soon: return from `mutate` when it suits.
    ///
    /// One load. An interpreter asks on loop back-edges and calls. Nothing breaks if the answer is
    /// ignored; the heap grows until `mutate` ends.
    #[inline(always)]
    pub fn should_yield(&self) -> bool {
        self.state.is_due()
    }

    /// Charges `bytes` that an object owns outside the heap, until the charge is dropped.
    ///
    /// For memory that [`Trace::external_bytes`] does not see: what a foreign library holds, what
    /// lies behind an `Rc`. Collections come earlier for it, and the heap limit includes it. The
    /// charge can be a field of the object: then it ends with it.
    ///
    /// ```
    /// use gc_core::{ExternalCharge, Gc, Heap, Trace};
    ///
    /// #[derive(Trace)]
    /// struct Texture {
    ///     handle: u32,
    ///     charge: ExternalCharge,
    /// }
    ///
    /// let mut heap = Heap::<()>::new(|_| ());
    /// heap.mutate(|mc, _| {
    ///     Gc::new(mc, Texture { handle: 7, charge: mc.external(1 << 20) });
    /// });
    /// assert_eq!(heap.stats().external_bytes, 1 << 20);
    /// heap.collect();
    /// assert_eq!(heap.stats().external_bytes, 0);
    /// ```
    pub fn external(&self, bytes: usize) -> ExternalCharge {
        ExternalCharge::new(&self.state, bytes)
    }

    /// Puts one value on the heap.
    #[inline(always)]
    pub(crate) fn allocate_value<T: Trace<'gc>>(
        &self,
        info: &'static TypeInfo,
        extra: Extra,
        value: T,
    ) -> Result<NonNull<u8>, AllocError<T>> {
        const { assert!(align_of::<T>() <= PAGE, "objects can be aligned to at most 4096 bytes") };
        let admitted = if T::HAS_EXTERNAL {
            match self.admit(value.external_bytes()) {
                Ok(admitted) => admitted,
                Err(reason) => return Err(AllocError::new(value, reason)),
            }
        } else {
            None
        };
        let shape = const { Shape::of(size_of::<T>(), align_of::<T>(), false) };
        let shape = if matches!(extra, Extra::None) {
            shape
        } else {
            const { Shape::of(size_of::<T>(), align_of::<T>(), true) }
        };
        let granule = if shape.bytes <= MAX_SMALL {
            match self.state.cursors.take(shape.bytes, shape.payload, shape.align) {
                Some(granule) => Ok(granule),
                None => self.state.refill(Request { bytes: shape.bytes, payload: shape.payload, align: shape.align }),
            }
        } else {
            self.state.allocate_large(LargeLayout {
                bytes: shape.bytes,
                payload: shape.payload,
                align: shape.align,
                count: 1,
                stride: size_of::<T>(),
                segmented: false,
            })
        };
        let granule = match granule {
            Ok(granule) => granule,
            Err(reason) => return Err(AllocError::new(value, reason)),
        };
        if let Some(admitted) = admitted {
            admitted.keep();
        }
        let large = if shape.bytes <= MAX_SMALL { 0 } else { LARGE };
        // SAFETY: the memory is `shape`'s, fresh, and nobody else's; the header goes in before the
        // value, and the object is not reachable before both are.
        let payload = unsafe {
            let payload = write_header(granule, shape.payload, info, LOGGED | large, extra);
            payload.cast::<T>().write(value);
            payload
        };
        if core::mem::needs_drop::<T>() {
            mark_destructor(granule, large != 0);
        }
        Ok(payload)
    }

    /// Counts what a new object will own outside the heap, until that is kept or dropped.
    ///
    /// # Errors
    ///
    /// If it exceeds the heap limit.
    #[inline]
    pub(crate) fn admit(&self, external_bytes: usize) -> Result<Option<Admitted<'_>>, OutOfMemory> {
        if external_bytes == 0 { Ok(None) } else { self.state.admit_external(external_bytes).map(Some) }
    }

    /// Memory for a slice of `len` elements, with its header, whose elements `fill` writes.
    ///
    /// # Errors
    ///
    /// If there is no memory; `fill` has not been called then.
    ///
    /// # Safety
    ///
    /// `fill` writes `len` whole elements from the address that it is given, and does not panic.
    pub(crate) unsafe fn allocate_slice<T: Trace<'gc>>(
        &self,
        info: &'static TypeInfo,
        len: usize,
        fill: impl FnOnce(NonNull<T>),
    ) -> Result<NonNull<u8>, OutOfMemory> {
        const { assert!(align_of::<T>() <= PAGE, "objects can be aligned to at most 4096 bytes") };
        let overflow = OutOfMemory::SizeOverflow { elements: len, element_bytes: size_of::<T>() };
        let bytes = len.checked_mul(size_of::<T>()).filter(|&b| b <= isize::MAX as usize / 2).ok_or(overflow)?;
        if len > isize::MAX as usize {
            return Err(overflow);
        }
        let shape = Shape::of(bytes, align_of::<T>(), true);
        let segmented = LargeLayout::is_segmented(info);
        let large = shape.bytes > MAX_SMALL;
        let granule = if large {
            self.state.allocate_large(LargeLayout {
                bytes: shape.bytes,
                payload: shape.payload,
                align: shape.align,
                count: len,
                stride: size_of::<T>(),
                segmented,
            })?
        } else {
            match self.state.cursors.take(shape.bytes, shape.payload, shape.align) {
                Some(granule) => granule,
                None => {
                    self.state.refill(Request { bytes: shape.bytes, payload: shape.payload, align: shape.align })?
                }
            }
        };
        // A large slice with pointers is logged by segment, and never as a whole.
        let flags = match (large, segmented) {
            (false, _) => LOGGED,
            (true, false) => LARGE | LOGGED,
            (true, true) => LARGE,
        };
        // SAFETY: as in `allocate_value`; `fill` writes the elements.
        let payload = unsafe { write_header(granule, shape.payload, info, flags, Extra::Length(len)) };
        fill(payload.cast());
        if core::mem::needs_drop::<T>() {
            mark_destructor(granule, large);
        }
        Ok(payload)
    }

    /// Memory for an object that is laid out by hand, with its header, whose payload `fill` writes.
    ///
    /// # Errors
    ///
    /// If there is no memory; `fill` has not been called then.
    ///
    /// # Safety
    ///
    /// `fill` makes the memory at the address that it is given a payload of the kind that `info`
    /// describes, and does not panic.
    pub(crate) unsafe fn allocate_by_hand(
        &self,
        info: &'static TypeInfo,
        fill: impl FnOnce(NonNull<u8>),
    ) -> Result<NonNull<u8>, OutOfMemory> {
        let shape = Shape::of(info.stride, info.align as usize, false);
        let large = shape.bytes > MAX_SMALL;
        let granule = if large {
            self.state.allocate_large(LargeLayout {
                bytes: shape.bytes,
                payload: shape.payload,
                align: shape.align,
                count: 1,
                stride: info.stride,
                segmented: false,
            })?
        } else {
            match self.state.cursors.take(shape.bytes, shape.payload, shape.align) {
                Some(granule) => granule,
                None => {
                    self.state.refill(Request { bytes: shape.bytes, payload: shape.payload, align: shape.align })?
                }
            }
        };
        // SAFETY: as in `allocate_value`; `fill` writes the payload.
        let payload =
            unsafe { write_header(granule, shape.payload, info, LOGGED | if large { LARGE } else { 0 }, Extra::None) };
        fill(payload);
        Ok(payload)
    }
}

impl fmt::Debug for Mutation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutation").field("should_yield", &self.should_yield()).finish_non_exhaustive()
    }
}

/// What goes into the word before the header.
#[derive(Clone, Copy)]
pub(crate) enum Extra {
    None,
    Length(usize),
    Vtable(*const ()),
}

/// Where the parts of an object lie, from its first granule on.
#[derive(Clone, Copy)]
struct Shape {
    bytes: usize,
    payload: usize,
    align: usize,
}

impl Shape {
    const fn of(size: usize, align: usize, extra: bool) -> Self {
        let payload = payload_offset(align, extra);
        Self { bytes: (payload + size).next_multiple_of(GRANULE), payload, align }
    }
}

/// True if every object that holds a `T` lies in a block.
pub(crate) const fn is_small<T: ?Sized + Pointee>() -> bool {
    T::MOST <= MAX_SMALL && Shape::of(T::MOST, 2 * GRANULE, true).bytes <= MAX_SMALL
}

/// Writes all that comes before the payload, which it returns.
///
/// # Safety
///
/// The memory from `granule` to the payload is the caller's.
#[inline(always)]
unsafe fn write_header(
    granule: NonNull<u8>,
    payload: usize,
    info: &'static TypeInfo,
    flags: usize,
    extra: Extra,
) -> NonNull<u8> {
    // SAFETY: `payload` is a multiple of the word, at least one and with an extra word at least two
    // of them; everything written lies between the granule's start and the payload.
    unsafe {
        let payload = granule.add(payload);
        let header = payload.cast::<Header>().sub(1);
        let mut word = granule.cast::<usize>();
        while word.cast() < header {
            word.write(BEFORE_HEADER);
            word = word.add(1);
        }
        match extra {
            Extra::None => {}
            Extra::Length(len) => payload.cast::<usize>().sub(2).write(len << 1 | BEFORE_HEADER),
            Extra::Vtable(vtable) => {
                payload.cast::<*const ()>().sub(2).write(vtable.map_addr(|a| a | BEFORE_HEADER));
            }
        }
        header.write(Header::new(info, flags));
        payload
    }
}

/// Takes note that an object with a destructor lies at `granule`. Its value is whole.
#[inline(always)]
fn mark_destructor(granule: NonNull<u8>, large: bool) {
    MarkByte::at(granule).set(Mark::DROP);
    if !large {
        Block::around(granule).set_attention(true);
    }
}

/// Reports that there is no memory, where the caller cannot.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn out_of_memory(reason: OutOfMemory) -> ! {
    panic!("no memory for a new object: {reason} (the `try_` twin of this function returns the value instead)")
}
