//! Which chunk an element lies in.
//!
//! A tree of at most three levels, whose height is that of the vector and not of the element: a vector
//! of one chunk points to it; one of up to 512 chunks (65,536 elements of a word) points to a page of
//! pointers to chunks; a longer one to a list of such pages. So growth copies at most one page of
//! pointers (4 KiB), except for the list of pages, which is copied when the length doubles: 1.2 KiB
//! for ten million words, 120 KiB for a billion.
//!
//! - **V1** Every index below the capacity has a chunk, with a place for it; the length is at most the
//!   capacity. All chunks but the first of a vector that has no other are full-size.
//! - **V2** The count of each chunk is the number of the vector's elements that lie in it. (So a place
//!   that is popped and pushed again is not visited in between.)
//! - **V3** Length and capacity are never read by the collector, so they change without a barrier; the
//!   rest of the spine changes behind one.

use core::cell::Cell;

use super::chunk::Chunk;
use crate::cell::GcCell;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};

/// Chunks of a full page: a power of two.
const FANOUT: usize = 512;
const FANOUT_SHIFT: u32 = FANOUT.ilog2();
/// Entries of the first page and of the first list, and by how much the first page grows.
const FIRST_PAGE: usize = 8;
const FIRST_LIST: usize = 8;
const PAGE_GROWTH: usize = 4;

type Page<'gc, T> = [GcCell<Option<Chunk<'gc, T>>>];
type List<'gc, T> = [GcCell<Option<Gc<'gc, Page<'gc, T>>>>];

/// The way to the chunks.
enum Way<'gc, T> {
    Nowhere,
    Chunk(Chunk<'gc, T>),
    Page(Gc<'gc, Page<'gc, T>>),
    List(Gc<'gc, List<'gc, T>>),
}

impl<'gc, T> Clone for Way<'gc, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T> Copy for Way<'gc, T> {}

/// The object that a [`GcVec`](crate::GcVec) points to.
///
/// There is nothing to be done with one but to point to it: see [`GcVec::as_gc`](crate::GcVec::as_gc).
pub struct Spine<'gc, T> {
    way: GcCell<Way<'gc, T>>,
    pub(super) len: Cell<usize>,
    capacity: Cell<usize>,
}

impl<'gc, T> Spine<'gc, T> {
    pub(super) const fn new() -> Self {
        Self { way: GcCell::new(Way::Nowhere), len: Cell::new(0), capacity: Cell::new(0) }
    }

    #[inline(always)]
    pub(super) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// The chunk in which the place `index` lies: at `index & Chunk::MASK`.
    ///
    /// # Safety
    ///
    /// `index` is below the capacity.
    #[inline(always)]
    pub(super) unsafe fn chunk_of(&self, index: usize) -> Chunk<'gc, T> {
        let chunk = index >> Chunk::<'gc, T>::SHIFT;
        // SAFETY: there are pages and chunks for all places below the capacity (V1), so the entries
        // on the way are there and filled.
        unsafe {
            match self.way.get() {
                Way::Chunk(only) => only,
                Way::Page(page) => entry(page, chunk),
                Way::List(list) => entry(entry(list, chunk >> FANOUT_SHIFT), chunk & (FANOUT - 1)),
                Way::Nowhere => core::hint::unreachable_unchecked(),
            }
        }
    }
}

/// # Safety
///
/// The entry is there, and filled.
#[inline(always)]
unsafe fn entry<'gc, E: Copy>(entries: Gc<'gc, [GcCell<Option<E>>]>, index: usize) -> E {
    debug_assert!(entries[index].get().is_some());
    // SAFETY: the caller knows that the entry is there, and filled.
    unsafe { entries.as_ref().get_unchecked(index).get().unwrap_unchecked() }
}

/// A table with `first` as its first entries and room for `entries`.
fn table<'gc, E: Copy + Trace<'gc>>(
    mc: &Mutation<'gc>,
    first: impl Iterator<Item = E>,
    entries: usize,
) -> Result<Gc<'gc, [GcCell<Option<E>>]>, OutOfMemory> {
    let table = first.map(Some).chain(core::iter::repeat(None)).map(GcCell::new).take(entries).collect();
    Gc::try_from_vec(mc, table).map_err(|error| error.reason())
}

/// The entries of a full table.
fn filled<'gc, E: Copy>(table: Gc<'gc, [GcCell<Option<E>>]>) -> impl Iterator<Item = E> {
    table.as_ref().iter().filter_map(GcCell::get)
}

impl<'gc, T: Copy + Trace<'gc>> Spine<'gc, T> {
    /// Makes the capacity at least `wanted`. On an error it is at least what it was.
    #[cold]
    #[inline(never)]
    pub(super) fn grow(this: Gc<'gc, Self>, mc: &Mutation<'gc>, wanted: usize) -> Result<(), OutOfMemory> {
        while this.capacity.get() < wanted {
            let capacity = this.capacity.get();
            if capacity < Chunk::<'gc, T>::LEN {
                // A vector's first chunk is the only one whose elements move: into one of twice the
                // size, until it is full-size.
                let (chunk, places) = Chunk::try_new(mc, wanted.max(capacity * 2))?;
                if let Way::Chunk(small) = this.way.get() {
                    let count = small.count();
                    let open = chunk.open(mc);
                    // SAFETY: the new chunk has more places than the old one, all `count` elements of
                    // which are copied.
                    unsafe {
                        open.copy_from(0, small.as_ptr(), count);
                        open.set_count(count);
                    }
                }
                this.write(mc, |spine| &spine.way).set(Way::Chunk(chunk));
                this.capacity.set(places);
            } else {
                let (chunk, places) = Chunk::try_new(mc, Chunk::<'gc, T>::LEN)?;
                Self::append(this, mc, capacity >> Chunk::<'gc, T>::SHIFT, chunk)?;
                this.capacity.set(capacity.saturating_add(places));
            }
        }
        Ok(())
    }

    /// Makes `chunk` the chunk with this index, where there are as many already.
    fn append(this: Gc<'gc, Self>, mc: &Mutation<'gc>, index: usize, chunk: Chunk<'gc, T>) -> Result<(), OutOfMemory> {
        let way = match this.way.get() {
            Way::Nowhere => Way::Chunk(chunk),
            Way::Chunk(first) => Way::Page(table(mc, [first, chunk].into_iter(), FIRST_PAGE)?),
            Way::Page(page) if index < page.len() => {
                page.write(mc, |page| &page[index]).set(Some(chunk));
                return Ok(());
            }
            Way::Page(page) if page.len() < FANOUT => {
                let entries = (page.len() * PAGE_GROWTH).min(FANOUT);
                Way::Page(table(mc, filled(page).chain([chunk]), entries)?)
            }
            Way::Page(page) => {
                let next = table(mc, [chunk].into_iter(), FANOUT)?;
                Way::List(table(mc, [page, next].into_iter(), FIRST_LIST)?)
            }
            Way::List(list) => {
                let (page, place) = (index >> FANOUT_SHIFT, index & (FANOUT - 1));
                if place > 0
                    && let Some(page) = list[page].get()
                {
                    page.write(mc, |page| &page[place]).set(Some(chunk));
                    return Ok(());
                }
                let next = table(mc, [chunk].into_iter(), FANOUT)?;
                if page < list.len() {
                    list.write(mc, |list| &list[page]).set(Some(next));
                    return Ok(());
                }
                Way::List(table(mc, filled(list).chain([next]), list.len() * 2)?)
            }
        };
        this.write(mc, |spine| &spine.way).set(way);
        Ok(())
    }

    /// Makes the length `len`, which is no more than it is, and lets go of the chunks that are not
    /// needed for it, except for the first.
    ///
    /// At most one page of pointers is written, and one list.
    pub(super) fn trim(this: Gc<'gc, Self>, mc: &Mutation<'gc>, len: usize) {
        debug_assert!(len <= this.len.get());
        if matches!(this.way.get(), Way::Nowhere) {
            return;
        }
        let last = len.saturating_sub(1);
        // SAFETY: the capacity is not 0 here, and `last` is 0 or below the length.
        let chunk = unsafe { this.chunk_of(last) };
        // SAFETY: as in the line above. The chunk has at least that many elements, or none and none
        // are wanted.
        unsafe {
            let first = this.chunk_of(0);
            chunk.open(mc).set_count(if len == 0 { 0 } else { (last & Chunk::<'gc, T>::MASK) + 1 });
            this.len.set(len);
            let kept = (last >> Chunk::<'gc, T>::SHIFT) + 1;
            if let Way::Chunk(_) = this.way.get() {
                return;
            }
            this.capacity.set(kept.saturating_mul(Chunk::<'gc, T>::LEN));
            if kept == 1 {
                this.write(mc, |spine| &spine.way).set(Way::Chunk(first));
                return;
            }
            if let Way::List(list) = this.way.get() {
                if kept > FANOUT {
                    let pages = kept.div_ceil(FANOUT);
                    forget_from(list, mc, pages);
                    forget_from(entry(list, pages - 1), mc, kept - (pages - 1) * FANOUT);
                    return;
                }
                this.write(mc, |spine| &spine.way).set(Way::Page(entry(list, 0)));
            }
            if let Way::Page(page) = this.way.get() {
                forget_from(page, mc, kept);
            }
        }
    }

    /// Forgets everything, the first chunk included.
    pub(super) fn reset(this: Gc<'gc, Self>, mc: &Mutation<'gc>) {
        this.write(mc, |spine| &spine.way).set(Way::Nowhere);
        this.len.set(0);
        this.capacity.set(0);
    }
}

/// Empties the entries from `from` on.
fn forget_from<'gc, E: Copy>(table: Gc<'gc, [GcCell<Option<E>>]>, mc: &Mutation<'gc>, from: usize) {
    for entry in table.as_ref()[from..].iter().take_while(|entry| entry.get().is_some()) {
        table.write_at(mc, entry).set(None);
    }
}

// SAFETY: visits the way, which is all there is of pointers, and reads nothing else (V3). It is only
// written behind a barrier.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Spine<'gc, T> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        match self.way.get() {
            Way::Nowhere => {}
            Way::Chunk(chunk) => chunk.trace(tracer),
            Way::Page(page) => page.trace(tracer),
            Way::List(list) => list.trace(tracer),
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        match self.way.get_mut() {
            Way::Nowhere => {}
            Way::Chunk(chunk) => chunk.relocate(relocator),
            Way::Page(page) => page.relocate(relocator),
            Way::List(list) => list.relocate(relocator),
        }
    }
}

// SAFETY: the brand of a vector's object is that of its heap, and its elements have the same.
unsafe impl<'x, T: Rebrand> Rebrand for Spine<'x, T> {
    type At<'b> = Spine<'b, T::At<'b>>;
}
