//! What the collector must know of a type: one static record a type, named by every header.
//!
//! A sized value is treated as a slice of one element, so that one set of functions serves both:
//! each takes the range of elements that it should work on, which is how large arrays are traced
//! and dropped a segment at a time.
//!
//! - **T1** A record is made from a type only by [`InfoOf`], so its functions agree with the type; or
//!   it is made by hand for a payload that no type describes, together with its functions.

use core::any::TypeId;
use core::cell::Cell;
use core::marker::PhantomData;

use super::header::{GRANULE, payload_offset};
use super::trace::{Relocator, Trace, Tracer};
use super::{Invariant, Pointee};

/// No value of the type holds a `Gc` or a `Weak`: objects are marked without being read.
const LEAF: u32 = 1;
/// Values may own memory outside the heap.
const EXTERNAL: u32 = 2;
/// The payload is a number of elements, counted in the word before the header.
const SLICE: u32 = 4;
/// There is a word before the header: a length or a vtable.
const EXTRA: u32 = 8;
/// Values may hold pointers that cannot be updated: keys of the standard library's maps.
const PINS: u32 = 16;
/// What is left of a dead object that a weak pointer still names.
const TOMBSTONE: u32 = 32;
/// Objects are best visited when nothing else is left to be marked.
const LATE: u32 = 64;

pub(crate) type TraceFn = unsafe fn(*const u8, usize, usize, &mut Tracer<'static>);
pub(crate) type RelocateFn = unsafe fn(*mut u8, usize, usize, &mut Relocator<'static>);
type DropFn = unsafe fn(*mut u8, usize, usize);
type ExternalFn = unsafe fn(*const u8, usize, usize) -> usize;

/// The static description of a type of objects.
#[repr(C, align(64))]
pub(crate) struct TypeInfo {
    /// Bytes of one element: of the value, or of an element of the slice.
    pub(crate) stride: usize,
    /// Alignment of the payload.
    pub(crate) align: u32,
    flags: u32,
    /// Of a [plain](Self::is_plain) object: the granules that it covers, if it carries no identity. Of others, and of those that have
    /// very many, 0.
    granules: u32,
    trace: TraceFn,
    relocate: RelocateFn,
    drop: Option<DropFn>,
    external: ExternalFn,
    describe: fn() -> Description,
}

const _: () = assert!(align_of::<TypeInfo>() == 64 && size_of::<TypeInfo>() == 64);

/// The names of a type: for reading, and for telling types apart.
pub(crate) struct Description {
    /// The name of the value's type, as `type_name` has it.
    pub(crate) name: &'static str,
    /// The family of the value: what `GcAny::downcast` compares.
    pub(crate) family: TypeId,
    /// The family of the trait object that the object was made as, if it was.
    pub(crate) made_as: Option<TypeId>,
}

impl TypeInfo {
    /// True if the collector never reads a payload of the type while the program runs, so that it
    /// may be written without a barrier.
    #[inline]
    pub(crate) fn is_unwatched(&self) -> bool {
        self.flags & (LEAF | EXTERNAL) == LEAF
    }
    /// True if an object of the type is one value that may hold pointers, owns nothing outside the heap, and may be visited at any time.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.granules != 0
    }
    /// How many granules an object covers that is [plain](Self::is_plain), and carries no identity. Otherwise 0.
    #[inline]
    pub(crate) fn plain_granules(&self) -> usize {
        self.granules as usize
    }
    const fn granules_if_plain(size: usize, align: usize, flags: u32) -> u32 {
        if flags & (LEAF | EXTERNAL | SLICE | TOMBSTONE | LATE) != 0 || size > u32::MAX as usize {
            return 0;
        }
        (payload_offset(align, flags & EXTRA != 0) + size).div_ceil(GRANULE) as u32
    }
    /// True if objects of the type may own memory outside the heap.
    #[inline]
    pub(crate) fn has_external(&self) -> bool {
        self.flags & EXTERNAL != 0
    }
    /// True for slices and strings.
    #[inline]
    pub(crate) fn is_slice(&self) -> bool {
        self.flags & SLICE != 0
    }
    /// True if objects of the type may have pointees that must not move.
    pub(crate) fn pins(&self) -> bool {
        self.flags & PINS != 0
    }
    /// True if objects of the type have no pointers to visit.
    pub(crate) fn is_leaf(&self) -> bool {
        self.flags & LEAF != 0
    }
    /// True if the type has a destructor.
    pub(crate) fn needs_drop(&self) -> bool {
        self.drop.is_some()
    }
    /// True for the remains of a dead object.
    #[inline]
    pub(crate) fn is_tombstone(&self) -> bool {
        self.flags & TOMBSTONE != 0
    }
    /// True if objects of the type are best visited when nothing else is left to be marked: most of them look
    /// at objects that others hold.
    #[inline]
    pub(crate) fn is_late(&self) -> bool {
        self.flags & LATE != 0
    }
    /// The names of the type.
    pub(crate) fn describe(&self) -> Description {
        (self.describe)()
    }

    /// Visits the pointers in the elements `from..to` of the payload.
    ///
    /// # Safety
    ///
    /// `payload` is a whole payload of this type with at least `to` elements, which nobody writes
    /// during the call.
    #[inline]
    pub(crate) unsafe fn trace(&self, payload: *const u8, from: usize, to: usize, tracer: &mut Tracer<'static>) {
        // SAFETY: the record's functions are those of the payload's type (T1); the rest is the
        // caller's promise about this payload.
        unsafe { (self.trace)(payload, from, to, tracer) }
    }

    /// Updates the pointers in the elements `from..to` of the payload.
    ///
    /// # Safety
    ///
    /// As for [`TypeInfo::trace`], and nobody else has access to the payload during the call.
    pub(crate) unsafe fn relocate(&self, payload: *mut u8, from: usize, to: usize, relocator: &mut Relocator<'static>) {
        // SAFETY: as in `trace`, with exclusive access.
        unsafe { (self.relocate)(payload, from, to, relocator) }
    }

    /// Runs the destructors of the elements `from..to` of the payload.
    ///
    /// # Safety
    ///
    /// As for [`TypeInfo::relocate`], and the elements have not been dropped before.
    pub(crate) unsafe fn drop_elements(&self, payload: *mut u8, from: usize, to: usize) {
        if let Some(drop) = self.drop {
            // SAFETY: as in `relocate`; the caller drops each element once.
            unsafe { drop(payload, from, to) }
        }
    }

    /// Bytes outside the heap that the elements `from..to` own.
    ///
    /// # Safety
    ///
    /// As for [`TypeInfo::trace`].
    pub(crate) unsafe fn external_bytes(&self, payload: *const u8, from: usize, to: usize) -> usize {
        let _guard = Unguarded::begin();
        // SAFETY: as in `trace`.
        unsafe { (self.external)(payload, from, to) }
    }
}

thread_local! {
    static UNGUARDED: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, this thread reads what objects own for the collector, under the promises of
/// [`TypeInfo::external_bytes`]: nobody writes them, so that the flags of their cells need not be read. (Those
/// belong to the program's thread, and a guard that was forgotten leaves them set.)
pub(crate) struct Unguarded {
    before: bool,
}

impl Unguarded {
    fn begin() -> Self {
        Self { before: UNGUARDED.replace(true) }
    }

    /// True if one lives on this thread.
    pub(crate) fn is_on() -> bool {
        UNGUARDED.get()
    }
}

impl Drop for Unguarded {
    fn drop(&mut self) {
        UNGUARDED.set(self.before);
    }
}

/// What is to be known of a payload that is laid out by hand: one value, of a size that its functions
/// know, without a destructor, which owns nothing outside the heap.
pub(crate) struct ByHand {
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) needs_trace: bool,
    pub(crate) pins: bool,
    pub(crate) late: bool,
    pub(crate) trace: TraceFn,
    pub(crate) relocate: RelocateFn,
    pub(crate) describe: fn() -> Description,
}

impl TypeInfo {
    /// The record of a payload that is laid out by hand.
    ///
    /// # Safety
    ///
    /// `trace` and `relocate` visit every pointer in each payload that is made with this record, as
    /// [`Trace`] asks for, and stay inside it; if `needs_trace` is false there are none.
    pub(crate) const unsafe fn by_hand(known: ByHand) -> Self {
        let flags = if known.needs_trace { 0 } else { LEAF }
            | if known.pins { PINS } else { 0 }
            | if known.late { LATE } else { 0 };
        TypeInfo {
            stride: known.size,
            align: known.align as u32,
            flags,
            granules: Self::granules_if_plain(known.size, known.align, flags),
            trace: known.trace,
            relocate: known.relocate,
            drop: None,
            external: |_, _, _| 0,
            describe: known.describe,
        }
    }
}

/// The type of what is left of a dead object.
pub(crate) static TOMBSTONE_INFO: TypeInfo = TypeInfo {
    stride: 0,
    align: 1,
    flags: LEAF | TOMBSTONE,
    granules: 0,
    trace: |_, _, _, _| {},
    relocate: |_, _, _, _| {},
    drop: None,
    external: |_, _, _| 0,
    describe: || Description { name: "(tombstone)", family: TypeId::of::<()>(), made_as: None },
};

/// The `TypeId` of `T` with every lifetime erased to `'static`: that of its family's member there.
///
/// (The way of the `typeid` crate: `TypeId::of` behind a method of a trait object whose `'static`
/// bound is only asked for at the call.)
pub(crate) fn erased_type_id<T: ?Sized>() -> TypeId {
    trait Erased {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Erased for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let phantom = PhantomData::<T>;
    let erased: &dyn Erased = &phantom;
    // SAFETY: the two types differ in a lifetime bound only, and `id` reads nothing through its
    // receiver.
    let erased: &(dyn Erased + 'static) =
        unsafe { core::mem::transmute::<&dyn Erased, &(dyn Erased + 'static)>(erased) };
    erased.id()
}

/// The records of the objects that hold a `T`.
pub(crate) struct InfoOf<'gc, T>(Invariant<'gc>, PhantomData<T>);

impl<'gc, T: Trace<'gc>> InfoOf<'gc, T> {
    /// Of one value.
    pub(crate) const ONE: &'static TypeInfo = &Self::record(0, || Description {
        name: core::any::type_name::<T>(),
        family: erased_type_id::<T>(),
        made_as: None,
    });

    /// Of a slice.
    pub(crate) const SLICE: &'static TypeInfo = &Self::record(SLICE | EXTRA, || Description {
        name: core::any::type_name::<[T]>(),
        family: erased_type_id::<[T]>(),
        made_as: None,
    });

    const fn record(flags: u32, describe: fn() -> Description) -> TypeInfo {
        let flags = flags
            | if T::NEEDS_TRACE { 0 } else { LEAF }
            | if T::HAS_EXTERNAL { EXTERNAL } else { 0 }
            | if T::PINS { PINS } else { 0 };
        TypeInfo {
            stride: size_of::<T>(),
            align: align_of::<T>() as u32,
            flags,
            granules: TypeInfo::granules_if_plain(size_of::<T>(), align_of::<T>(), flags),
            trace: if flags & SLICE != 0 { trace_slice::<T> } else { trace_one::<T> },
            relocate: relocate::<T>,
            drop: if core::mem::needs_drop::<T>() { Some(drop_elements::<T>) } else { None },
            external: external_bytes::<T>,
            describe,
        }
    }
}

impl<'gc> InfoOf<'gc, u8> {
    /// Of a string.
    pub(crate) const STR: &'static TypeInfo = &InfoOf::<'gc, u8>::record(SLICE | EXTRA, || Description {
        name: "str",
        family: TypeId::of::<str>(),
        made_as: None,
    });
}

/// The record of a value that was made as a trait object.
pub(crate) struct InfoAs<'gc, T, D: ?Sized>(Invariant<'gc>, PhantomData<T>, PhantomData<D>);

impl<'gc, T: Trace<'gc>, D: ?Sized + Pointee> InfoAs<'gc, T, D> {
    /// Of one value with a vtable before its header.
    pub(crate) const DYN: &'static TypeInfo = &InfoOf::<'gc, T>::record(EXTRA, || Description {
        name: core::any::type_name::<T>(),
        family: erased_type_id::<T>(),
        made_as: Some(erased_type_id::<D>()),
    });
}

/// # Safety
///
/// `payload` is a whole `T` that nobody writes.
unsafe fn trace_one<'gc, T: Trace<'gc>>(payload: *const u8, _: usize, _: usize, tracer: &mut Tracer<'static>) {
    // SAFETY: the payload is a `T`; all brands are the same to the tracer, which only collects
    // addresses.
    unsafe { (*payload.cast::<T>()).trace(Tracer::rebrand(tracer)) }
}

/// # Safety
///
/// `payload` is at least `to` whole `T`s that nobody writes.
unsafe fn trace_slice<'gc, T: Trace<'gc>>(payload: *const u8, from: usize, to: usize, tracer: &mut Tracer<'static>) {
    // SAFETY: as above, for each element of the range.
    let elements = unsafe { core::slice::from_raw_parts(payload.cast::<T>().add(from), to - from) };
    T::trace_all(elements, Tracer::rebrand(tracer));
}

/// # Safety
///
/// `payload` is at least `to` whole `T`s to which nobody else has access.
unsafe fn relocate<'gc, T: Trace<'gc>>(payload: *mut u8, from: usize, to: usize, relocator: &mut Relocator<'static>) {
    // SAFETY: the payload is that many `T`s, and ours alone during the call.
    let elements = unsafe { core::slice::from_raw_parts_mut(payload.cast::<T>().add(from), to - from) };
    let relocator = Relocator::rebrand(relocator);
    for element in elements {
        element.relocate(relocator);
    }
}

/// # Safety
///
/// `payload` is at least `to` `T`s to which nobody else has access, and those of the range have not
/// been dropped.
unsafe fn drop_elements<T>(payload: *mut u8, from: usize, to: usize) {
    // SAFETY: the payload is that many `T`s, and each is dropped once.
    unsafe { core::ptr::slice_from_raw_parts_mut(payload.cast::<T>().add(from), to - from).drop_in_place() }
}

/// # Safety
///
/// `payload` is at least `to` whole `T`s that nobody writes.
unsafe fn external_bytes<'gc, T: Trace<'gc>>(payload: *const u8, from: usize, to: usize) -> usize {
    // SAFETY: the payload is that many `T`s.
    let elements = unsafe { core::slice::from_raw_parts(payload.cast::<T>().add(from), to - from) };
    elements.iter().map(Trace::external_bytes).fold(0, usize::saturating_add)
}
