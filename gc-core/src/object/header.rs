//! The word before every object, and the one-word name of an object that the collector uses.
//!
//! A header holds the address of the type's static [`TypeInfo`], which is aligned to 64 bytes, and
//! six flags in the bits that the alignment leaves free:
//!
//! ```text
//!  63                                    6    5 4         3       2         1         0
//! ┌───────────────────────────────────────┬──────────┬───────┬────────┬───────────┬───────┐
//! │ address of the TypeInfo               │ identity │ LARGE │ LOGGED │ FORWARDED │ 0     │
//! └───────────────────────────────────────┴──────────┴───────┴────────┴───────────┴───────┘
//! ```
//!
//! While a compaction runs the word of a moved object holds its new address instead, with
//! `FORWARDED` set. A slice or string keeps its length, and an object made as `dyn Trait` its
//! vtable, in the word before the header; both words share the *header granule*, whose mark byte is
//! the object's.
//!
//! Whoever walks the mark bytes knows granules, not headers: a header is the first word of its
//! granule, unless alignment or an extra word puts it later. So the lowest bit of a header is never
//! set, and that of every word before it in its granule always is: a length is stored doubled plus
//! one, a vtable and padding with that bit.
//!
//! An object's *identity* is the address that it had when somebody first asked for it. Until then the
//! identity bits are clear; `ASKED` says that the address counts, and an object that is moved in that
//! state takes it along in a word after its payload, which `CARRIED` tells of. So an object that is
//! never asked pays nothing (Bacon, Fink and Grove, ECOOP 2002).
//!
//! - **H1** The flags are written by the thread that owns the heap, and by no other.
//! - **H2** A header that can be reached names the type of a payload that is whole.
//! - **H3** The header is the first word of its granule whose lowest bit is clear.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use super::TypeInfo;

/// Bytes in a word: the size of a header.
pub(crate) const WORD: usize = size_of::<usize>();

/// The object has moved and the header is its new address.
pub(crate) const FORWARDED: usize = 2;
/// The object may be written without telling the collector.
pub(crate) const LOGGED: usize = 4;
/// The object lies in a page run or a mapping of its own.
pub(crate) const LARGE: usize = 8;

const FLAGS: usize = 0x3f;

/// The object's identity has been asked for.
pub(crate) const ASKED: usize = 16;
/// The object has been moved since, and its identity lies in the word after its payload.
pub(crate) const CARRIED: usize = 32;

/// Set in every word that precedes a header in its granule (H3).
pub(crate) const BEFORE_HEADER: usize = 1;

/// Bytes in a granule: what one mark byte stands for.
pub(crate) const GRANULE: usize = 16;

/// Bytes from an object's first granule to its payload, which is aligned like this. There is a word before the header, or there is none.
pub(crate) const fn payload_offset(align: usize, extra: bool) -> usize {
    let words = if extra { 2 } else { 1 };
    let within = if align < GRANULE { align } else { GRANULE };
    (words * WORD).next_multiple_of(within)
}

/// The word before an object's payload.
#[repr(transparent)]
pub(crate) struct Header(AtomicPtr<TypeInfo>);

impl Header {
    /// The header of a new object: its type, and the given flags.
    #[inline]
    pub(crate) fn new(info: &'static TypeInfo, flags: usize) -> Self {
        debug_assert!(flags & !FLAGS == 0);
        Self(AtomicPtr::new(core::ptr::from_ref(info).cast_mut().map_addr(|a| a | flags)))
    }

    /// A header without flags, in a static.
    pub(crate) const fn of_static(info: &'static TypeInfo) -> Self {
        Self(AtomicPtr::new(core::ptr::from_ref(info).cast_mut()))
    }

    /// The type of the object. Meaningless once the header is forwarded.
    #[inline]
    pub(crate) fn info(&self) -> &'static TypeInfo {
        let word = self.0.load(Relaxed);
        debug_assert!(word.addr() & FORWARDED == 0);
        // SAFETY: an unforwarded header holds the address of a static `TypeInfo`, with its
        // provenance, in all bits but the flags.
        unsafe { &*word.map_addr(|a| a & !FLAGS) }
    }

    /// The type of the object, and all flags: the header is read once.
    #[inline]
    pub(crate) fn info_and_flags(&self) -> (&'static TypeInfo, usize) {
        let word = self.0.load(Relaxed);
        debug_assert!(word.addr() & FORWARDED == 0);
        // SAFETY: as in `info`.
        (unsafe { &*word.map_addr(|a| a & !FLAGS) }, word.addr() & FLAGS)
    }

    /// Whether all of `flags` are set.
    #[inline]
    pub(crate) fn has(&self, flags: usize) -> bool {
        self.0.load(Relaxed).addr() & flags == flags
    }

    /// Sets `flags`. Only the owner thread may (H1), so a load and a store are enough.
    #[inline]
    pub(crate) fn set(&self, flags: usize) {
        self.0.store(self.0.load(Relaxed).map_addr(|a| a | flags), Relaxed);
    }

    /// Clears `flags`. Only the owner thread may (H1).
    #[inline]
    pub(crate) fn clear(&self, flags: usize) {
        self.0.store(self.0.load(Relaxed).map_addr(|a| a & !flags), Relaxed);
    }

    /// Makes the object one of another type; the flags stay, but for those of its identity.
    pub(crate) fn retype(&self, info: &'static TypeInfo) {
        let flags = self.0.load(Relaxed).addr() & FLAGS & !(ASKED | CARRIED);
        self.0.store(core::ptr::from_ref(info).cast_mut().map_addr(|a| a | flags), Relaxed);
    }

    /// Leaves the address of the moved object's payload behind.
    pub(crate) fn forward(&self, to: NonNull<u8>) {
        debug_assert!(to.addr().get() & FORWARDED == 0);
        self.0.store(to.as_ptr().cast::<TypeInfo>().map_addr(|a| a | FORWARDED), Relaxed);
    }

    /// Where the payload went, if the object was moved.
    #[inline]
    pub(crate) fn forwarded(&self) -> Option<NonNull<u8>> {
        let word = self.0.load(Relaxed);
        if word.addr() & FORWARDED == 0 {
            return None;
        }
        NonNull::new(word.map_addr(|a| a & !FORWARDED).cast::<u8>())
    }
}

/// The name of an object: the address of its payload.
///
/// A value of this type is a promise that a header lies in the word before the address, and that
/// the memory stays the heap's while the value is used. What the payload is, the header knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub(crate) struct Object(NonNull<u8>);

impl Object {
    /// The object whose payload starts at `payload`.
    ///
    /// # Safety
    ///
    /// The word before `payload` is an initialised [`Header`], and stays one while the value is
    /// used.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<u8>) -> Self {
        Self(payload)
    }

    /// The object whose header lies in the granule at `granule`.
    ///
    /// # Safety
    ///
    /// An object's header lies there, and stays there while the value is used.
    #[inline]
    pub(crate) unsafe fn from_granule(granule: NonNull<u8>) -> Self {
        let mut word = granule.cast::<usize>();
        // SAFETY: the words before a header have their lowest bit set and a header's is clear (H3),
        // so this ends at the header, inside the granule; the word after it is the payload.
        unsafe {
            // Whether there is one word before the header is not to be foreseen; that there are more is rare.
            word = word.add(word.read() & BEFORE_HEADER);
            while word.read() & BEFORE_HEADER != 0 {
                word = word.add(1);
            }
            Self::from_payload(word.add(1).cast())
        }
    }

    /// The granule that holds the header.
    #[inline]
    pub(crate) fn granule(self) -> NonNull<u8> {
        // SAFETY: a header lies before the payload, so the address of its granule is not null.
        unsafe { NonNull::new_unchecked(self.0.as_ptr().map_addr(|a| (a - WORD) & !(GRANULE - 1))) }
    }

    /// The granules that the object covers, header and carried identity included.
    #[inline]
    pub(crate) fn granules(self) -> usize {
        let size = if self.header().has(CARRIED) { self.identity_offset() + WORD } else { self.size() };
        (self.addr() + size - self.granule().addr().get()).div_ceil(GRANULE).max(1)
    }

    /// How far from the payload's start a carried identity lies.
    #[inline]
    fn identity_offset(self) -> usize {
        self.size().next_multiple_of(WORD)
    }

    /// The granules that the object needs once it has been moved: more than now if an identity has to
    /// be carried for the first time.
    pub(crate) fn granules_when_moved(self) -> usize {
        if self.header().has(ASKED) {
            (self.addr() + self.identity_offset() + WORD - self.granule().addr().get()).div_ceil(GRANULE)
        } else {
            self.granules()
        }
    }

    /// True if the header has to be looked at before the object is moved: it needs more granules then, or an alignment that
    /// others do not.
    pub(crate) fn is_particular(self) -> bool {
        self.info().align as usize > GRANULE || self.header().has(ASKED) && !self.header().has(CARRIED)
    }

    /// A number that stays the same while the object lives, wherever it moves. Others may have it too.
    #[inline]
    pub(crate) fn identity(self) -> usize {
        if self.header().has(CARRIED) {
            return self.carried_identity();
        }
        self.header().set(ASKED);
        self.addr()
    }

    #[cold]
    fn carried_identity(self) -> usize {
        // SAFETY: `CARRIED` says that the word after the payload was added when the object was moved,
        // and holds its identity.
        unsafe { self.0.add(self.identity_offset()).cast::<usize>().read() }
    }

    /// Copies the object, which covers `granules`, to `to`, with all that comes before and after its payload. Returns the object in
    /// its new place.
    ///
    /// # Safety
    ///
    /// `granules` is what [`Object::granules`] says, as many from `to` on are the caller's, `to` is as good for the payload's
    /// alignment as the old place, and no reference into the object exists.
    #[inline]
    pub(crate) unsafe fn copy_to(self, to: NonNull<u8>, granules: usize) -> Self {
        let from = self.granule();
        let offset = self.addr() - from.addr().get();
        // SAFETY: the object covers that many granules, and the caller owns as many at `to`.
        // The payload lies as far from the start of the copy as from that of the original.
        unsafe {
            copy_granules(from, to, granules);
            Self::from_payload(to.add(offset))
        }
    }

    /// The object is a copy of one at `old` whose identity has been asked for: it takes that along.
    ///
    /// # Safety
    ///
    /// As many granules are the object's as `old.granules_when_moved()` says.
    pub(crate) unsafe fn carry_identity(self, old: Self) {
        if !self.header().has(CARRIED) {
            // SAFETY: the object's granules include the word after the payload.
            unsafe { self.0.add(self.identity_offset()).cast::<usize>().write(old.addr()) };
            self.header().set(CARRIED);
        }
    }

    /// The address of the payload.
    #[inline]
    pub(crate) fn payload(self) -> NonNull<u8> {
        self.0
    }

    /// The name itself, for whoever updates it when the object has moved.
    #[inline]
    pub(crate) fn payload_mut(&mut self) -> &mut NonNull<u8> {
        &mut self.0
    }

    /// The address of the payload as a number.
    #[inline]
    pub(crate) fn addr(self) -> usize {
        self.0.addr().get()
    }

    /// The header.
    #[inline]
    pub(crate) fn header<'a>(self) -> &'a Header {
        // SAFETY: an `Object` has a header in the word before its payload; headers are atomics, so
        // a shared reference to one is all that anybody needs.
        unsafe { self.0.cast::<Header>().sub(1).as_ref() }
    }

    /// The type.
    #[inline]
    pub(crate) fn info(self) -> &'static TypeInfo {
        self.header().info()
    }

    /// How many elements the payload has: one, unless it is a slice.
    #[inline]
    pub(crate) fn count(self) -> usize {
        if self.info().is_slice() { self.word_before() } else { 1 }
    }

    /// Bytes of payload.
    #[inline]
    pub(crate) fn size(self) -> usize {
        let info = self.info();
        if info.is_slice() { self.word_before() * info.stride } else { info.stride }
    }

    /// The length of a slice.
    #[inline]
    fn word_before(self) -> usize {
        debug_assert!(self.info().is_slice());
        // SAFETY: a slice has its length, doubled plus one, in the word before its header, written
        // when it was made and never again.
        unsafe { self.0.cast::<usize>().sub(2).read() >> 1 }
    }
}

/// Copies some granules, at least one. Up to four take four loads and four stores, of which some may be of the same
/// granule, and up to eight take eight: no jump depends on their number but for these two.
///
/// # Safety
///
/// So many granules can be read at `from`, and written at `to`, and do not overlap.
#[inline]
pub(crate) unsafe fn copy_granules(from: NonNull<u8>, to: NonNull<u8>, granules: usize) {
    // The widest register that each of them fits.
    #[cfg(target_arch = "x86_64")]
    type Granule = core::mem::MaybeUninit<core::arch::x86_64::__m128i>;
    #[cfg(not(target_arch = "x86_64"))]
    type Granule = core::mem::MaybeUninit<u128>;
    let (from, to) = (from.cast::<Granule>(), to.cast::<Granule>());
    let last = granules - 1;
    // SAFETY: none of what is copied is beyond the last granule, of so many as the caller says.
    unsafe {
        if granules > 8 {
            return from.copy_to_nonoverlapping(to, granules);
        }
        let some = |places: [usize; 4]| {
            let copies = places.map(|place| from.add(place).read());
            core::iter::zip(places, copies).for_each(|(place, copy)| to.add(place).write(copy));
        };
        some([0, last.min(1), last.min(2), last.min(3)]);
        if granules > 4 {
            some([4, last.min(5), last.min(6), last]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_granules_are_copied_as_were_asked_for() {
        #[repr(align(16))]
        struct Granules([u8; 12 * GRANULE]);
        for granules in 1..=10 {
            let mut from = Granules(core::array::from_fn(|index| index as u8 + 1));
            let mut to = Granules([0; 12 * GRANULE]);
            let (source, target) = (NonNull::from(&mut from.0).cast::<u8>(), NonNull::from(&mut to.0).cast::<u8>());
            // SAFETY: both have twelve granules.
            unsafe { copy_granules(source.add(GRANULE), target.add(GRANULE), granules) };
            let copied = GRANULE..(granules + 1) * GRANULE;
            assert_eq!(to.0[copied.clone()], from.0[copied.clone()], "{granules}");
            assert!(to.0[..GRANULE].iter().chain(&to.0[copied.end..]).all(|&byte| byte == 0), "{granules}");
        }
    }
}
