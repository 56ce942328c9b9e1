//! The pieces of a table with weak keys: one heap object for up to 32 entries.
//!
//! No type describes the payload, since the number of places differs from page to page:
//!
//! ```text
//! ┌────────┬────────────────────┬───────────────────────────────────┬──────────────────┐
//! │ header │ used, places, next │ key 0, value 0 … key n, value n   │ hash 0 … hash n  │
//! └────────┴────────────────────┴───────────────────────────────────┴──────────────────┘
//!           payload
//! ```
//!
//! What a collection reads lies together, and before what it does not.
//!
//! Each key is a weak pointer, and each value counts only while its key is alive: together they are an
//! ephemeron, of which the collector hears through `Tracer::ephemeron`.
//!
//! A page knows which entries have been written since the last young collection: only they can have a
//! new key or value, and a young collection looks at no others.
//!
//! - **Z1** The entries below `used` are whole; `used` is at most `places`, which never changes.
//! - **Z2** Entries, `used` and `next` change only after the barrier has run on the page: only an
//!   [`Open`] page has the methods for it. So the mark never reads what the program is changing.
//! - **Z3** A key names a header: that of a live object, of a dead one that has not been swept, or of a
//!   tombstone (W1). What the value of a dead key names may be gone: nobody looks at it, nor moves it.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::error::OutOfMemory;
use crate::memory::geometry::PAGE;
use crate::memory::{Mark, MarkByte};
use crate::mutation::Mutation;
use crate::object::header::{LOGGED, Object};
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};
use crate::object::type_info::{ByHand, Description, erased_type_id};
use crate::object::{Invariant, TypeInfo};

/// Places of the largest page, and of the smallest.
pub(super) const MOST: usize = 32;
const LEAST: usize = 4;
/// Pages come in this many sizes, each twice the one before.
const SIZES: usize = 4;

const _: () = assert!(LEAST << (SIZES - 1) == MOST);

/// The places in a mask, the last one first: pages come off the collector's stack in that order, too.
fn places(mut mask: u32) -> impl Iterator<Item = usize> + Clone {
    core::iter::from_fn(move || {
        let place = mask.checked_ilog2()?;
        mask ^= 1 << place;
        Some(place as usize)
    })
}

/// What a payload starts with.
#[repr(C)]
struct Top {
    next: Option<NonNull<u8>>,
    used: u16,
    places: u16,
    /// The entries written since the young collection with the number `stamp`, a bit each.
    fresh: u32,
    stamp: u32,
}

const _: () = assert!(MOST == u32::BITS as usize);

/// One entry.
#[derive(Clone, Copy)]
pub(super) struct Entry<V> {
    pub(super) key: Object,
    pub(super) hash: u64,
    pub(super) value: V,
}

/// A key and its value, where they lie.
#[repr(C)]
struct Pair<V> {
    key: Object,
    value: V,
}

/// The name of a page.
pub(super) struct Page<'gc, V> {
    payload: NonNull<u8>,
    brand: Invariant<'gc>,
    values: PhantomData<Cell<V>>,
}

impl<V> Clone for Page<'_, V> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<V> Copy for Page<'_, V> {}

impl<V> PartialEq for Page<'_, V> {
    fn eq(&self, other: &Self) -> bool {
        self.payload == other.payload
    }
}

impl<'gc, V> Page<'gc, V> {
    /// (A hash may be aligned to more than a word.)
    const ALIGN: usize = align_of::<(Top, Pair<V>, u64)>();
    const PAIRS: usize = size_of::<Top>().next_multiple_of(align_of::<Pair<V>>());

    const fn hashes(places: usize) -> usize {
        (Self::PAIRS + places * size_of::<Pair<V>>()).next_multiple_of(align_of::<u64>())
    }

    #[inline(always)]
    fn at(payload: NonNull<u8>) -> Self {
        Self { payload, brand: PhantomData, values: PhantomData }
    }

    #[inline(always)]
    pub(super) fn object(self) -> Object {
        // SAFETY: a `Page` is made of an object's payload, which lives as long as the brand does.
        unsafe { Object::from_payload(self.payload) }
    }

    #[inline(always)]
    fn top(self) -> NonNull<Top> {
        self.payload.cast()
    }

    /// How many entries there are.
    #[inline(always)]
    pub(super) fn used(self) -> usize {
        // SAFETY: the payload starts with a `Top`.
        unsafe { (*self.top().as_ptr()).used as usize }
    }

    /// How many there can be.
    #[inline(always)]
    pub(super) fn places(self) -> usize {
        // SAFETY: the payload starts with a `Top`.
        unsafe { (*self.top().as_ptr()).places as usize }
    }

    /// The next page of the same bucket.
    #[inline(always)]
    pub(super) fn next(self) -> Option<Self> {
        // SAFETY: the payload starts with a `Top`, whose link is to a page of the same table.
        unsafe { (*self.top().as_ptr()).next.map(Self::at) }
    }

    /// Where key, hash and value of a place lie.
    ///
    /// # Safety
    ///
    /// The page has more than `index` places.
    #[inline(always)]
    unsafe fn place(self, index: usize) -> (NonNull<Object>, NonNull<u64>, NonNull<V>) {
        let places = self.places();
        // SAFETY: the two arrays lie at these offsets, and have as many elements as there are places.
        unsafe {
            let pair = self.payload.add(Self::PAIRS).cast::<Pair<V>>().add(index);
            let hash = self.payload.add(Self::hashes(places)).cast::<u64>().add(index);
            (
                NonNull::new_unchecked(&raw mut (*pair.as_ptr()).key),
                hash,
                NonNull::new_unchecked(&raw mut (*pair.as_ptr()).value),
            )
        }
    }

    /// The key of an entry, if there is such an entry.
    #[inline]
    pub(super) fn key(self, index: usize) -> Option<Object> {
        // SAFETY: there is an entry at every place below `used` (Z1).
        (index < self.used()).then(|| unsafe { self.place(index).0.read() })
    }

    /// The hash of an entry's key, if there is such an entry.
    #[inline]
    pub(super) fn hash(self, index: usize) -> Option<u64> {
        // SAFETY: there is an entry at every place below `used` (Z1).
        (index < self.used()).then(|| unsafe { self.place(index).1.read() })
    }

    /// The entries that a collection has to look at, a bit each: all, or those that have been written
    /// since the last young collection, if the next one asks.
    fn of_interest(self, young: Option<u32>) -> u32 {
        // SAFETY: the payload starts with a `Top`.
        let top = unsafe { self.top().as_ref() };
        let all = u32::MAX.checked_shr(u32::BITS - u32::from(top.used)).unwrap_or(0);
        if young == Some(top.stamp) { all & top.fresh } else { all }
    }

    /// The place of a key.
    #[inline]
    pub(super) fn find(self, key: Object) -> Option<usize> {
        // SAFETY: the pairs start at this offset, and there is one at every place below `used` (Z1).
        let key_at = |index| unsafe { (*self.payload.add(Self::PAIRS).cast::<Pair<V>>().add(index).as_ptr()).key };
        (0..self.used()).find(|&index| key_at(index) == key)
    }
}

impl<'gc, V: Copy> Page<'gc, V> {
    /// An entry, if there is one at this place.
    #[inline]
    pub(super) fn read(self, index: usize) -> Option<Entry<V>> {
        (index < self.used()).then(|| {
            // SAFETY: there is an entry at every place below `used` (Z1), and entries are `Copy`.
            unsafe {
                let (key, hash, value) = self.place(index);
                Entry { key: key.read(), hash: hash.read(), value: value.read() }
            }
        })
    }
}

impl<'gc, V: Trace<'gc>> Page<'gc, V> {
    const fn record(size: usize) -> TypeInfo {
        let places = LEAST << size;
        // SAFETY: the functions visit the link, and keys and values below `used`, which are all that
        // there are (Z1). Values are `Copy`: they have no destructors, and own nothing.
        unsafe {
            TypeInfo::by_hand(ByHand {
                size: Self::hashes(places) + places * size_of::<u64>(),
                align: Self::ALIGN,
                needs_trace: true,
                pins: V::PINS,
                late: true,
                trace: Self::trace_entries,
                relocate: Self::relocate_entries,
                describe: || Description {
                    name: core::any::type_name::<Page<'gc, V>>(),
                    family: erased_type_id::<Page<'gc, V>>(),
                    made_as: None,
                },
            })
        }
    }

    const RECORDS: &'static [TypeInfo; SIZES] = &[Self::record(0), Self::record(1), Self::record(2), Self::record(3)];

    /// # Safety
    ///
    /// `payload` is that of a page with values of type `V`, which nobody writes.
    unsafe fn trace_entries(payload: *const u8, _: usize, _: usize, tracer: &mut Tracer<'static>) {
        // SAFETY: the payload of an object is not null.
        let page = Self::at(unsafe { NonNull::new_unchecked(payload.cast_mut()) });
        let tracer = Tracer::rebrand(tracer);
        if let Some(next) = page.next() {
            tracer.page_edge(next.object());
        }
        let of_interest = page.of_interest(tracer.young);
        // As a rule those are all: then no mask tells which.
        if of_interest.count_ones() as usize == page.used() {
            page.trace_places((0..page.used()).rev(), tracer);
        } else {
            page.trace_places(places(of_interest), tracer);
        }
    }

    /// Visits the entries at some places, of which there are at most [`MOST`], all below `used`. Nobody writes the page.
    #[inline(always)]
    fn trace_places(self, places: impl Iterator<Item = usize> + Clone, tracer: &mut Tracer<'gc>) {
        let (mut keys, mut count) = ([self.object(); MOST], 0);
        for key in places.clone().filter_map(|index| self.key(index)) {
            MarkByte::fetch(key);
            keys[count] = key;
            count += 1;
        }
        let keys = &keys[..count];
        let trace_value = |index, tracer: &mut Tracer<'gc>| {
            // SAFETY: the entry's value is whole (Z1), and nobody writes it.
            unsafe { self.place(index).2.as_ref() }.trace(tracer);
        };
        // Most keys have been reached, as a rule, and need not be dealt with by the collector.
        let known = tracer.which_are_reached.filter(|_| tracer.recorder.is_none());
        let reached = known.map_or(0, |which_are_reached| which_are_reached(keys));
        if V::NEEDS_TRACE {
            tracer.decided += reached.count_ones() as usize;
        }
        if reached.count_ones() as usize == count {
            if V::NEEDS_TRACE {
                places.for_each(|index| trace_value(index, tracer));
            }
            return;
        }
        let is_reached = |nth: usize| reached >> nth & 1 != 0;
        if !V::NEEDS_TRACE {
            let others = keys.iter().enumerate().filter(|&(nth, _)| !is_reached(nth));
            return others.for_each(|(_, &key)| tracer.weak_edge(key));
        }
        let entries = places.zip(keys).enumerate();
        for (_, (index, _)) in entries.clone().filter(|&(nth, _)| is_reached(nth)) {
            trace_value(index, tracer);
        }
        tracer.ephemerons(|ephemerons| {
            for (_, (index, &key)) in entries.filter(|&(nth, _)| !is_reached(nth)) {
                ephemerons.ephemeron(key, |tracer| trace_value(index, tracer));
            }
        });
    }

    /// # Safety
    ///
    /// `payload` is that of a page with values of type `V`, to which nobody else has access.
    unsafe fn relocate_entries(payload: *mut u8, _: usize, _: usize, relocator: &mut Relocator<'static>) {
        // SAFETY: the payload of an object is not null.
        let page = Self::at(unsafe { NonNull::new_unchecked(payload) });
        let relocator = Relocator::rebrand(relocator);
        // SAFETY: the payload starts with a `Top`, which is ours alone.
        if let Some(next) = unsafe { &mut (*page.top().as_ptr()).next } {
            relocator.update(next);
        }
        for index in 0..page.used() {
            // SAFETY: the entry is whole (Z1), and ours alone.
            unsafe {
                let (mut key, _, mut value) = page.place(index);
                relocator.update(key.as_mut().payload_mut());
                // What a dead key's value names may be gone (Z3): the key may await its destructor.
                let key = *key.as_ref();
                if !key.info().is_tombstone() && !MarkByte::of(key).load().has(Mark::DEAD) {
                    value.as_mut().relocate(relocator);
                }
            }
        }
    }

    /// An empty page with at least `wanted` places, or with as many as the largest has.
    pub(super) fn try_new(mc: &Mutation<'gc>, wanted: usize) -> Result<Self, OutOfMemory>
    where
        V: Copy,
    {
        const { assert!(align_of::<V>() <= PAGE, "values can be aligned to at most 4096 bytes") };
        const { assert!(!core::mem::needs_drop::<V>()) };
        let mut size = 0;
        while LEAST << size < wanted && size + 1 < SIZES {
            size += 1;
        }
        let top = Top { next: None, used: 0, places: (LEAST << size) as u16, fresh: 0, stamp: mc.state().youngs() };
        // SAFETY: the memory has the size that the record says, which is room for a `Top` and that many
        // places; with none of them used it is a page.
        let payload = unsafe { mc.allocate_by_hand(&Self::RECORDS[size], |payload| payload.cast::<Top>().write(top))? };
        Ok(Self::at(payload))
    }

    /// Runs the barrier: from here to the end of the mutation the page may be written.
    #[inline]
    pub(super) fn open(self, mc: &Mutation<'gc>) -> Open<'gc, V> {
        let object = self.object();
        if !object.header().has(LOGGED) {
            mc.state().log(object);
        }
        // SAFETY: the payload starts with a `Top`, which nobody else reads now (Z2).
        let top = unsafe { &mut *self.top().as_ptr() };
        if top.stamp != mc.state().youngs() {
            (top.stamp, top.fresh) = (mc.state().youngs(), 0);
        }
        Open(self)
    }
}

/// A page on which the barrier has run (Z2).
pub(super) struct Open<'gc, V>(Page<'gc, V>);

impl<'gc, V: Copy> Open<'gc, V> {
    /// Adds an entry, which there is a place for.
    pub(super) fn push(&self, entry: Entry<V>) {
        let used = self.0.used();
        assert!(used < self.0.places(), "there is a place for the entry");
        // SAFETY: there is a place of this index, which nobody else reads now (Z2).
        unsafe {
            self.write(used, entry);
            (*self.0.top().as_ptr()).used = used as u16 + 1;
        }
    }

    /// # Safety
    ///
    /// There are more than `index` places.
    unsafe fn write(&self, index: usize, entry: Entry<V>) {
        // SAFETY: the place is the page's, by the caller's promise, and nobody else reads it now (Z2).
        unsafe {
            let (key, hash, value) = self.0.place(index);
            key.write(entry.key);
            hash.write(entry.hash);
            value.write(entry.value);
            (*self.0.top().as_ptr()).fresh |= 1 << index;
        }
    }

    /// Replaces an entry's value. It must be there.
    pub(super) fn set_value(&self, index: usize, value: V) {
        assert!(index < self.0.used(), "there is an entry");
        // SAFETY: the place is one of an entry, and nobody else reads it now (Z2).
        unsafe {
            self.0.place(index).2.write(value);
            (*self.0.top().as_ptr()).fresh |= 1 << index;
        }
    }

    /// Takes an entry out, if it is there, and puts the page's last one in its place.
    pub(super) fn swap_remove(&self, index: usize) {
        let Some(last) = self.0.used().checked_sub(1).filter(|&last| index <= last) else { return };
        // SAFETY: both places are those of entries, and one less is used (Z1, Z2).
        unsafe {
            if let Some(entry) = self.0.read(last) {
                self.write(index, entry);
            }
            (*self.0.top().as_ptr()).used = last as u16;
        }
    }

    /// Takes out the entries that `keeps` wants gone. The others keep their order.
    pub(super) fn retain(&self, mut keeps: impl FnMut(Entry<V>) -> bool) {
        let mut kept = 0;
        for index in 0..self.0.used() {
            let Some(entry) = self.0.read(index).filter(|&entry| keeps(entry)) else { continue };
            if kept < index {
                // SAFETY: the place is that of an entry which has been read, or is gone (Z1, Z2).
                unsafe { self.write(kept, entry) };
            }
            kept += 1;
        }
        // SAFETY: the payload starts with a `Top`, which nobody else reads now (Z2).
        unsafe { (*self.0.top().as_ptr()).used = kept as u16 };
    }

    /// Forgets all entries.
    pub(super) fn forget_all(&self) {
        // SAFETY: the payload starts with a `Top`, which nobody else reads now (Z2).
        unsafe { (*self.0.top().as_ptr()).used = 0 };
    }

    /// Sets which page comes next in the bucket.
    pub(super) fn set_next(&self, next: Option<Page<'gc, V>>) {
        // SAFETY: the payload starts with a `Top`, which nobody else reads now (Z2).
        unsafe { (*self.0.top().as_ptr()).next = next.map(|page| page.payload) };
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, V: Trace<'gc>> Trace<'gc> for Page<'gc, V> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.page_edge(self.object());
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(&mut self.payload);
    }
}

// SAFETY: the brand of a page is that of its heap, and its values have the same.
unsafe impl<'x, V: Rebrand> Rebrand for Page<'x, V> {
    type At<'b> = Page<'b, V::At<'b>>;
}
