//! The pieces of a `GcVec`: one heap object for about 1 KiB of elements.
//!
//! No type describes the payload, since the number of elements depends on their size:
//!
//! ```text
//! ┌───────────┬─────────┬───────────┬───────────┬─────┬──────────────┐
//! │ header    │ count   │ element 0 │ element 1 │ …   │ not written  │
//! └───────────┴─────────┴───────────┴───────────┴─────┴──────────────┘
//!              payload   OFFSET bytes into the payload
//! ```
//!
//! - **C1** The elements below the count are whole values.
//! - **C2** Count and elements change only after the barrier has run on the chunk: only an [`Open`]
//!   chunk has the methods for it. So the mark never reads what the program is changing.
//! - **C3** There are at least as many places as the capacity that was asked for. Nothing in the chunk
//!   says how many: its owner knows.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::error::OutOfMemory;
use crate::memory::geometry::PAGE;
use crate::mutation::Mutation;
use crate::object::header::{LOGGED, Object, WORD};
use crate::object::trace::{Relocator, Trace, Tracer};
use crate::object::type_info::{ByHand, Description, erased_type_id};
use crate::object::{Invariant, TypeInfo};

/// Bytes of elements in a full chunk, at most, and in the smallest one.
const FULL: usize = 1024;
const SMALLEST: usize = 32;
/// Chunks come in this many sizes, each twice the one before.
const SIZES: usize = 6;

const _: () = assert!(SMALLEST << (SIZES - 1) >= FULL);

/// The largest power of two of elements that fit into `bytes`; one, if none does. Of elements without a
/// size all fit into two chunks.
const fn fitting(bytes: usize, element: usize) -> usize {
    match bytes.checked_div(element) {
        None => 1 << (usize::BITS - 1),
        Some(0) => 1,
        Some(most) => 1 << most.ilog2(),
    }
}

/// The name of a chunk.
pub(super) struct Chunk<'gc, T> {
    payload: NonNull<u8>,
    brand: Invariant<'gc>,
    elements: PhantomData<Cell<T>>,
}

impl<'gc, T> Clone for Chunk<'gc, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T> Copy for Chunk<'gc, T> {}

impl<'gc, T> Chunk<'gc, T> {
    /// Places in a full chunk: a power of two.
    pub(super) const LEN: usize = fitting(FULL, size_of::<T>());
    /// An index shifted by this is that of its chunk.
    pub(super) const SHIFT: u32 = Self::LEN.ilog2();
    /// An index under this mask is that of its place in its chunk.
    pub(super) const MASK: usize = Self::LEN - 1;

    /// Places in the smallest chunk.
    const LEAST: usize = fitting(SMALLEST, size_of::<T>());
    const ALIGN: usize = if align_of::<T>() > WORD { align_of::<T>() } else { WORD };
    /// Bytes from the payload to the elements.
    const OFFSET: usize = Self::ALIGN;

    /// Places in a chunk of the given size.
    const fn places(size: usize) -> usize {
        if Self::LEAST < Self::LEN >> size { Self::LEAST << size } else { Self::LEN }
    }

    #[inline(always)]
    pub(super) fn object(self) -> Object {
        // SAFETY: a `Chunk` is made of an object's payload, which lives as long as the brand does.
        unsafe { Object::from_payload(self.payload) }
    }

    /// How many elements there are.
    #[inline(always)]
    pub(super) fn count(self) -> usize {
        // SAFETY: the payload starts with the count.
        unsafe { self.payload.cast::<usize>().read() }
    }

    /// The place with the given index.
    ///
    /// # Safety
    ///
    /// The chunk has as many places, or one less.
    #[inline(always)]
    unsafe fn place(self, index: usize) -> NonNull<T> {
        // SAFETY: the elements start at this offset, and place `index` lies in the payload or at its
        // end.
        unsafe { self.payload.add(Self::OFFSET).cast::<T>().add(index) }
    }

    /// An element.
    ///
    /// # Safety
    ///
    /// `index` is below the count.
    #[inline(always)]
    pub(super) unsafe fn read(self, index: usize) -> T
    where
        T: Copy,
    {
        // SAFETY: there is an element at every place below the count (C1), and elements are `Copy`.
        unsafe { self.place(index).read() }
    }

    /// The address of the elements, for copying them out.
    #[inline]
    pub(super) fn as_ptr(self) -> *const T {
        // SAFETY: the elements, if any, start at place 0, which is at least the payload's end.
        unsafe { self.place(0) }.as_ptr()
    }
}

impl<'gc, T: Trace<'gc>> Chunk<'gc, T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE && size_of::<T>() > 0;

    const fn record(size: usize) -> TypeInfo {
        // SAFETY: the functions visit the elements below the count, which are all that there are
        // (C1). Elements are `Copy`: they have no destructors, and own nothing.
        unsafe {
            TypeInfo::by_hand(ByHand {
                size: Self::OFFSET + Self::places(size) * size_of::<T>(),
                align: Self::ALIGN,
                // A value without a size holds no pointer, and there may be more of them than can be visited.
                needs_trace: Self::NEEDS_TRACE,
                pins: T::PINS,
                late: false,
                trace: Self::trace_elements,
                relocate: Self::relocate_elements,
                describe: || Description {
                    name: core::any::type_name::<Chunk<'gc, T>>(),
                    family: erased_type_id::<Chunk<'gc, T>>(),
                    made_as: None,
                },
            })
        }
    }

    /// # Safety
    ///
    /// `payload` is that of a chunk of `T`s, which nobody writes.
    unsafe fn trace_elements(payload: *const u8, _: usize, _: usize, tracer: &mut Tracer<'static>) {
        // SAFETY: the payload starts with the count; the elements come after it, and as many are
        // whole (C1).
        let elements = unsafe {
            let count = payload.cast::<usize>().read();
            core::slice::from_raw_parts(payload.add(Self::OFFSET).cast::<T>(), count)
        };
        let tracer = Tracer::rebrand(tracer);
        for element in elements {
            element.trace(tracer);
        }
    }

    /// # Safety
    ///
    /// `payload` is that of a chunk of `T`s, to which nobody else has access.
    unsafe fn relocate_elements(payload: *mut u8, _: usize, _: usize, relocator: &mut Relocator<'static>) {
        if !Self::NEEDS_TRACE {
            return;
        }
        // SAFETY: as in `trace_elements`, and the elements are ours alone during the call.
        let elements = unsafe {
            let count = payload.cast::<usize>().read();
            core::slice::from_raw_parts_mut(payload.add(Self::OFFSET).cast::<T>(), count)
        };
        let relocator = Relocator::rebrand(relocator);
        for element in elements {
            element.relocate(relocator);
        }
    }

    const RECORDS: &'static [TypeInfo; SIZES] =
        &[Self::record(0), Self::record(1), Self::record(2), Self::record(3), Self::record(4), Self::record(5)];

    /// An empty chunk with at least `wanted` places, or with as many as a full one has. Returns how
    /// many it has.
    pub(super) fn try_new(mc: &Mutation<'gc>, wanted: usize) -> Result<(Self, usize), OutOfMemory>
    where
        T: Copy,
    {
        const { assert!(align_of::<T>() <= PAGE, "elements can be aligned to at most 4096 bytes") };
        const { assert!(Self::places(SIZES - 1) == Self::LEN && !core::mem::needs_drop::<T>()) };
        let mut size = 0;
        while Self::places(size) < wanted && size + 1 < SIZES {
            size += 1;
        }
        // SAFETY: the memory has the size that the record says, at least a word, and with a count of
        // 0 it is a chunk without elements.
        let payload = unsafe { mc.allocate_by_hand(&Self::RECORDS[size], |payload| payload.cast::<usize>().write(0))? };
        Ok((Self { payload, brand: PhantomData, elements: PhantomData }, Self::places(size)))
    }

    /// Runs the barrier: from here to the end of the mutation the chunk may be written.
    #[inline(always)]
    pub(super) fn open(self, mc: &Mutation<'gc>) -> Open<'gc, T> {
        let object = self.object();
        if !object.header().has(LOGGED) {
            mc.state().log(object);
        }
        Open(self)
    }
}

/// A chunk on which the barrier has run (C2).
pub(super) struct Open<'gc, T>(Chunk<'gc, T>);

impl<'gc, T: Copy> Open<'gc, T> {
    /// Writes an element. It is one from when the count says so.
    ///
    /// # Safety
    ///
    /// The chunk has more than `index` places.
    #[inline(always)]
    pub(super) unsafe fn write(&self, index: usize, value: T) {
        // SAFETY: the place is the chunk's, by the caller's promise, and nobody else reads it now
        // (C2).
        unsafe { self.0.place(index).write(value) }
    }

    /// Says how many elements there are.
    ///
    /// # Safety
    ///
    /// All places below `count` have been written.
    #[inline(always)]
    pub(super) unsafe fn set_count(&self, count: usize) {
        // SAFETY: the payload starts with the count, which nobody else reads now (C2).
        unsafe { self.0.payload.cast::<usize>().write(count) }
    }

    /// Copies `count` values to the places from `index` on.
    ///
    /// # Safety
    ///
    /// There are as many places, and as many values at `from`, which may be in this chunk.
    #[inline]
    pub(super) unsafe fn copy_from(&self, index: usize, from: *const T, count: usize) {
        // SAFETY: source and destination are as long, by the caller's promise, and may overlap.
        unsafe { core::ptr::copy(from, self.0.place(index).as_ptr(), count) }
    }
}

// SAFETY: visits and updates the one pointer that there is. A chunk whose elements hold none is a
// leaf: its record says so too.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Chunk<'gc, T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.edge(self.object(), const { !Self::NEEDS_TRACE });
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(&mut self.payload);
    }
}
