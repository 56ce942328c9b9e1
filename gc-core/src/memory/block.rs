//! A block: 64 KiB of granules, the unit in which memory is handed to the allocator and swept.
//!
//! - **B1** A block's counter for an epoch is the number of granules of its objects, tombstones
//!   included, that have that epoch's colour.
//! - **B2** A block whose stamp is not the current epoch holds objects of the other epoch that have
//!   not been swept yet; nothing is allocated in it except, while marking, in holes found before.
//! - **B3** A block is freed without a walk only if no destructor, weak pointer or dead object in it
//!   needs attention.
//! - **B4** A block with an object that is aligned to more than a granule, or whose identity has been asked for and is not
//!   carried, says so: no header has to be read to move what lies in others.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering::Relaxed};

use super::chunk::Chunk;
use super::geometry::{BLOCK, BLOCK_GRANULES, CHUNK, GRANULE};
use super::mark_byte::{Epoch, MarkByte};
use crate::object::Object;
use crate::object::header::WORD;
use crate::object::worklist::Edge;

/// Where a block is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum BlockState {
    /// Holds objects; on no list, since it has no holes worth the name or awaits its sweep.
    Settled = 0,
    /// Holds nothing.
    Free = 1,
    /// On the list of blocks with holes.
    WithHoles = 2,
    /// A cursor has allocated in it since the last young collection.
    Current = 3,
    /// Dead new objects in it have destructors that have not run.
    Condemned = 4,
}

/// What is known of a block. All zeros is a settled block with nothing in it. (Its size is a power of two, for the arithmetic that
/// finds it.)
#[repr(C, align(16))]
pub(super) struct BlockRecord {
    live: [AtomicU16; 2],
    /// Dead objects whose destructors have not run.
    dead: AtomicU16,
    stamp: AtomicU8,
    state: AtomicU8,
    attention: AtomicBool,
    needs_headers: AtomicBool,
    queued: AtomicBool,
    touched: AtomicBool,
    candidate: AtomicBool,
}

/// A block of the heap: an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Block(NonNull<u8>);

impl Block {
    /// The block that starts at `start`.
    ///
    /// # Safety
    ///
    /// `start` is where a block of a mapped chunk starts.
    #[inline]
    pub(super) unsafe fn at(start: NonNull<u8>) -> Self {
        Self(start)
    }

    /// The block that an object in a chunk of blocks lies in.
    #[inline]
    pub(crate) fn around(inside: NonNull<u8>) -> Self {
        // SAFETY: blocks do not start at address 0.
        Self(unsafe { NonNull::new_unchecked(inside.as_ptr().map_addr(|a| a & !(BLOCK - 1))) })
    }

    /// The block that a small object lies in.
    #[inline]
    pub(crate) fn of(object: Object) -> Self {
        // (By its header, and not by its granule, whose address need not be known for this.)
        // SAFETY: a header precedes every payload.
        Self::around(unsafe { object.payload().sub(WORD) })
    }

    /// The block that the small object lies in which an edge leads to.
    #[inline(always)]
    pub(crate) fn at_end_of(edge: Edge) -> Self {
        // SAFETY: a header precedes every payload, and does not lie at address 0.
        Self::around(unsafe { NonNull::new_unchecked(edge.near().cast_mut()) })
    }

    /// The chunk that the block lies in.
    #[inline]
    pub(crate) fn chunk(self) -> Chunk {
        Chunk::around(self.0)
    }

    /// Which of the chunk's blocks it is.
    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0.addr().get() % CHUNK / BLOCK
    }

    /// Where the block starts.
    #[inline]
    pub(crate) fn start(self) -> NonNull<u8> {
        self.0
    }

    #[inline]
    fn record<'a>(self) -> &'a BlockRecord {
        self.chunk().record(self.index())
    }

    /// The mark bytes of the block's granules.
    #[inline]
    pub(crate) fn marks<'a>(self) -> &'a [MarkByte; BLOCK_GRANULES] {
        // SAFETY: the mark bytes of a block's granules lie next to each other, are atomics, and stay
        // mapped with the chunk.
        unsafe { &*core::ptr::from_ref(MarkByte::at(self.0)).cast() }
    }

    /// The address of a granule.
    #[inline]
    pub(crate) fn granule(self, index: usize) -> NonNull<u8> {
        debug_assert!(index < BLOCK_GRANULES);
        // SAFETY: callers name granules by their place among the block's marks, so this stays
        // inside the block.
        unsafe { self.0.add(index * GRANULE) }
    }

    /// Which of the block's granules `inside` lies in.
    #[inline]
    pub(crate) fn granule_index(self, inside: NonNull<u8>) -> usize {
        (inside.addr().get() % BLOCK) / GRANULE
    }

    /// Sets all mark bytes to 0.
    pub(crate) fn clear_marks(self) {
        let marks = MarkByte::at(self.0);
        // SAFETY: the block's marks are as many bytes; a block whose marks are cleared is empty or
        // about to be, so that no other thread touches them.
        unsafe { core::ptr::from_ref(marks).cast::<u8>().cast_mut().write_bytes(0, BLOCK_GRANULES) };
    }

    /// Adds the marks of so many granules from `first` on to those of as many granules of another block, which are free.
    #[inline]
    pub(crate) fn copy_marks(self, first: usize, to: Self, at: usize, granules: usize) {
        /// As many as one register holds.
        const FEW: usize = 16;
        type Bytes = u128;
        static KEEP: [u8; 2 * FEW] = {
            let mut keep = [0; 2 * FEW];
            let mut index = 0;
            while index < FEW {
                keep[index] = 0xff;
                index += 1;
            }
            keep
        };
        let inside = first.max(at) <= BLOCK_GRANULES - FEW;
        let (from, to) = (&self.marks()[first..], &to.marks()[at..]);
        if granules <= FEW && inside {
            let (from, to) = (from.as_ptr().cast::<Bytes>(), to.as_ptr().cast::<Bytes>().cast_mut());
            // SAFETY: both have that many marks from there on, as checked, which no other thread touches (this is a safepoint); the
            // mask begins at most as far into the array as a register is wide. Marks that are not to be added are written as they are.
            unsafe {
                let keep = KEEP.as_ptr().add(FEW - granules).cast::<Bytes>().read_unaligned();
                to.write_unaligned(to.read_unaligned() | from.read_unaligned() & keep);
            }
        } else {
            for (to, from) in to.iter().zip(from).take(granules) {
                to.store(from.load());
            }
        }
    }

    /// Granules with an epoch's colour.
    #[inline]
    pub(crate) fn live(self, epoch: Epoch) -> usize {
        self.record().live[epoch.index()].load(Relaxed).into()
    }
    #[inline]
    pub(crate) fn count_live(self, epoch: Epoch, granules: usize) {
        let counter = &self.record().live[epoch.index()];
        counter.store(counter.load(Relaxed) + granules as u16, Relaxed);
    }
    /// So many granules fewer have that colour.
    pub(crate) fn discount_live(self, epoch: Epoch, granules: usize) {
        let counter = &self.record().live[epoch.index()];
        counter.store(counter.load(Relaxed) - granules as u16, Relaxed);
    }
    pub(crate) fn forget_live(self, epoch: Epoch) {
        self.record().live[epoch.index()].store(0, Relaxed);
    }

    /// Dead objects whose destructors have not run.
    pub(crate) fn dead(self) -> usize {
        self.record().dead.load(Relaxed).into()
    }
    pub(crate) fn set_dead(self, count: usize) {
        self.record().dead.store(count as u16, Relaxed);
    }

    /// True if the block was swept, or acquired, in this epoch.
    #[inline]
    pub(crate) fn is_swept(self, epoch: Epoch) -> bool {
        self.record().stamp.load(Relaxed) == epoch as u8
    }
    pub(crate) fn stamp(self, epoch: Epoch) {
        self.record().stamp.store(epoch as u8, Relaxed);
    }

    #[inline]
    pub(crate) fn state(self) -> BlockState {
        match self.record().state.load(Relaxed) {
            0 => BlockState::Settled,
            1 => BlockState::Free,
            2 => BlockState::WithHoles,
            3 => BlockState::Current,
            _ => BlockState::Condemned,
        }
    }
    pub(crate) fn set_state(self, state: BlockState) {
        self.record().state.store(state as u8, Relaxed);
    }

    /// True if an object with a destructor, or one that a weak pointer reached, may lie here (B3).
    #[inline]
    pub(crate) fn needs_attention(self) -> bool {
        self.record().attention.load(Relaxed)
    }
    #[inline]
    pub(crate) fn set_attention(self, attention: bool) {
        self.record().attention.store(attention, Relaxed);
    }

    /// True if an object may lie here whose header has to be looked at before it is moved (B4).
    #[inline]
    pub(crate) fn needs_headers(self) -> bool {
        self.record().needs_headers.load(Relaxed)
    }
    pub(crate) fn set_needs_headers(self, needed: bool) {
        self.record().needs_headers.store(needed, Relaxed);
    }

    /// Takes note that the block is on the list of those in which destructors must run. True if it
    /// was not.
    pub(crate) fn enqueue(self) -> bool {
        !self.record().queued.swap(true, Relaxed)
    }
    /// True if it is on that list.
    pub(crate) fn is_queued(self) -> bool {
        self.record().queued.load(Relaxed)
    }
    /// It is not any more.
    pub(crate) fn dequeue(self) {
        self.record().queued.store(false, Relaxed);
    }

    /// True if the block is to be emptied: then nothing is allocated in its holes.
    pub(crate) fn is_candidate(self) -> bool {
        self.record().candidate.load(Relaxed)
    }
    pub(crate) fn set_candidate(self, candidate: bool) {
        self.record().candidate.store(candidate, Relaxed);
    }

    /// True if the block's memory has been written since it was mapped, as far as is known.
    pub(crate) fn is_touched(self) -> bool {
        self.record().touched.load(Relaxed)
    }
    pub(crate) fn touch(self) {
        self.record().touched.store(true, Relaxed);
    }
}
