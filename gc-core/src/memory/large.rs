//! Large objects: page runs in chunks of pages, or mappings of their own.
//!
//! Of a large object only the header granule has a mark byte, and that one is found by the same
//! arithmetic as any other, since page runs lie in chunks and a mapping of its own starts like a
//! chunk. Everything else is in its [`LargeObject`] record, among it one byte for each *segment* of
//! a slice: large slices are traced, claimed and logged by segment, never as a whole.
//!
//! - **L1** A large slice whose elements are traced has `LOGGED` clear in its header for ever; its
//!   segments' bytes say what may be written.
//! - **L2** Segments are whole numbers of elements: none straddles two.

use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::chunk::Chunk;
use super::geometry::{CHUNK, CHUNK_PAGES, GRANULE, METADATA, PAGE};
use super::mark_byte::Epoch;
use super::os::{self, Pages};
use super::prefetch::prefetch;
use super::{Footprint, Refused};
use crate::object::{Object, TypeInfo};

/// Elements of a slice are grouped so that a segment has about this many bytes.
///
/// A write makes the next young collection scan a whole segment. With random stores into arrays of a million pointers,
/// 256 bytes take 0.63 of the time that 1024 take; programs that keep small objects do not notice. The states take
/// 0.4 % of an array.
const SEGMENT_BYTES: usize = 256;
/// Chunks that one request looks at before it maps another.
const CHUNKS_A_REQUEST: usize = 64;
/// Objects with more pages get a mapping of their own.
const MAX_RUN: usize = CHUNK_PAGES / 4;

/// One byte of state for a segment of a large slice.
#[repr(transparent)]
pub(crate) struct Segment(AtomicU8);

impl Segment {
    const LOGGED: u8 = 1 << 4;
    const COLOUR: u8 = 0b11;

    /// True if the segment may be written without telling the collector.
    #[inline]
    pub(crate) fn is_logged(&self) -> bool {
        self.0.load(Relaxed) & Self::LOGGED != 0
    }
    /// True if the segment's elements have been visited in `epoch`.
    #[inline]
    pub(crate) fn is_scanned(&self, epoch: Epoch) -> bool {
        self.0.load(Relaxed) & Self::COLOUR == epoch as u8
    }
    /// Marks the segment as visited in `epoch`.
    #[inline]
    pub(crate) fn set_scanned(&self, epoch: Epoch) {
        self.0.store(self.0.load(Relaxed) & !Self::COLOUR | epoch as u8, Relaxed);
    }
    #[inline]
    pub(crate) fn log(&self) {
        self.0.store(self.0.load(Relaxed) | Self::LOGGED, Relaxed);
    }
    #[inline]
    pub(crate) fn arm(&self) {
        self.0.store(self.0.load(Relaxed) & !Self::LOGGED, Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// Pages of a chunk that other objects share.
    Run { first: usize, pages: usize },
    /// A mapping of its own.
    Mapping { bytes: usize },
}

/// What is known of a large object.
pub(crate) struct LargeObject {
    object: Object,
    chunk: Chunk,
    /// Bytes by granule; of a tombstone those of its header.
    bytes: Cell<usize>,
    place: Cell<Place>,
    /// Its place among all large objects.
    position: Cell<usize>,
    /// Elements whose destructors have run.
    pub(crate) dropped: Cell<usize>,
    /// Elements a segment, and the segments' states; none unless the object is a slice with
    /// pointers.
    segment_elements: usize,
    segments: Box<[Segment]>,
}

impl LargeObject {
    /// The record of `object`, which is large.
    #[inline]
    pub(crate) fn of<'a>(object: Object) -> &'a Self {
        let record = Chunk::large_at(object.granule()).load(Relaxed);
        debug_assert!(!record.is_null());
        // SAFETY: the record of a large object is stored at its page when it is made, and freed
        // together with it.
        unsafe { &*record }
    }

    pub(crate) fn object(&self) -> Object {
        self.object
    }

    /// Bytes of memory that the object occupies.
    pub(crate) fn reserved_bytes(&self) -> usize {
        match self.place.get() {
            Place::Run { pages, .. } => pages * PAGE,
            Place::Mapping { bytes } => bytes,
        }
    }

    /// The states of the segments: empty if the object is handled as a whole.
    #[inline]
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Elements in a segment.
    #[inline]
    pub(crate) fn segment_elements(&self) -> usize {
        self.segment_elements
    }

    /// The elements of a segment.
    #[inline]
    pub(crate) fn elements_of(&self, segment: usize) -> core::ops::Range<usize> {
        let from = segment * self.segment_elements;
        from..(from + self.segment_elements).min(self.object.count())
    }

    /// How many segments are scanned before what they lead to is visited: several, so that few edges come last, when there are no more
    /// to fetch meanwhile; but not if the elements are large, or own what is to be scanned with them. (A million symbols in a slice, collected
    /// in full, with the next segments fetched meanwhile: 23.6 → 18.5 ns each; most of that had been waiting for the slice itself.)
    pub(crate) fn segments_together(&self) -> usize {
        const TOGETHER: usize = 8;
        let info = self.object.info();
        if info.has_external() || info.stride > SEGMENT_BYTES { 1 } else { TOGETHER }
    }

    /// Fetches `count` segments from `first` on, as far as they exist: all of their lines if they have the usual size.
    pub(crate) fn fetch(&self, first: usize, count: usize) {
        const LINE: usize = 64;
        let start = first * self.segment_elements * self.object.info().stride;
        let bytes = self.object.size().saturating_sub(start).min(count * SEGMENT_BYTES);
        for line in (0..bytes).step_by(LINE) {
            prefetch(self.object.payload().map_addr(|addr| addr.saturating_add(start + line)));
        }
    }
}

/// A chunk in which large objects take runs of pages.
struct PageChunk {
    chunk: Chunk,
    used: [bool; CHUNK_PAGES],
    free: usize,
}

impl PageChunk {
    /// Takes the first run of `pages` free pages.
    fn take(&mut self, pages: usize) -> Option<usize> {
        if self.free < pages {
            return None;
        }
        let mut run = 0;
        for page in 0..CHUNK_PAGES {
            run = if self.used[page] { 0 } else { run + 1 };
            if run == pages {
                let first = page + 1 - pages;
                self.used[first..=page].fill(true);
                self.free -= pages;
                return Some(first);
            }
        }
        None
    }

    fn release(&mut self, first: usize, pages: usize) {
        debug_assert!(self.used[first..first + pages].iter().all(|&used| used));
        self.used[first..first + pages].fill(false);
        self.free += pages;
    }
}

/// All large objects of a heap.
pub(super) struct LargeSpace {
    all: Vec<NonNull<LargeObject>>,
    /// Those made since the last young collection.
    young: Vec<NonNull<LargeObject>>,
    chunks: Vec<PageChunk>,
    /// Where the next search for a run starts in that list.
    next: usize,
    /// Chunks without objects.
    empty: usize,
    bytes: usize,
    object_bytes: usize,
}

impl LargeSpace {
    pub(super) const fn new() -> Self {
        Self { all: Vec::new(), young: Vec::new(), chunks: Vec::new(), next: 0, empty: 0, bytes: 0, object_bytes: 0 }
    }

    /// Bytes of all large objects, by granule.
    pub(super) fn object_bytes(&self) -> usize {
        self.object_bytes
    }

    /// Bytes of all large objects, with what rounding adds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Memory for an object of `bytes`, from its header granule on, whose payload comes `payload`
    /// bytes after the granule and is aligned to `align`.
    pub(super) fn allocate(&mut self, layout: LargeLayout, footprint: &mut Footprint) -> Result<NonNull<u8>, Refused> {
        // The granule comes late enough in its page for the payload to be aligned.
        let before = if layout.align > GRANULE { layout.align - layout.payload } else { 0 };
        let bytes = layout.bytes.checked_add(before).ok_or(Refused::TooLarge)?;
        let pages = bytes.div_ceil(PAGE);
        let (chunk, place, start) = if pages > MAX_RUN {
            let bytes = pages.checked_mul(PAGE).and_then(|b| b.checked_add(METADATA)).ok_or(Refused::TooLarge)?;
            let start = footprint.map(bytes, Pages::Huge)?;
            // SAFETY: the mapping is fresh, aligned to a chunk, and lasts as long as the object.
            let chunk = unsafe { Chunk::in_fresh_memory(start) };
            (chunk, Place::Mapping { bytes }, chunk.page(0))
        } else {
            let (chunk, first) = self.take_run(pages, footprint)?;
            (chunk, Place::Run { first, pages }, chunk.page(first))
        };
        // SAFETY: `before + bytes` fit into the pages taken.
        let granule = unsafe { start.add(before) };
        // SAFETY: likewise; and the caller writes the header before anybody else sees the object.
        let object = unsafe { Object::from_payload(granule.add(layout.payload)) };
        let (segment_elements, count) = layout.segments();
        let record = Box::new(LargeObject {
            object,
            chunk,
            bytes: Cell::new(layout.bytes),
            place: Cell::new(place),
            position: Cell::new(self.all.len()),
            dropped: Cell::new(0),
            segment_elements,
            // Born logged.
            segments: (0..count).map(|_| Segment(AtomicU8::new(Segment::LOGGED))).collect(),
        });
        self.bytes += record.reserved_bytes();
        self.object_bytes += layout.bytes;
        let record = NonNull::from(Box::leak(record));
        Chunk::large_at(granule).store(record.as_ptr(), Relaxed);
        self.all.push(record);
        self.young.push(record);
        Ok(granule)
    }

    /// Takes a run of pages where there is one, from where the last one was taken on. Looks at a bounded
    /// number of chunks, until no more can be mapped.
    fn take_run(&mut self, pages: usize, footprint: &mut Footprint) -> Result<(Chunk, usize), Refused> {
        if let Some(run) = self.find_run(pages, CHUNKS_A_REQUEST) {
            return Ok(run);
        }
        let start = match footprint.map(CHUNK, Pages::Small) {
            Ok(start) => start,
            Err(refused) => return self.find_run(pages, usize::MAX).ok_or(refused),
        };
        // SAFETY: the mapping is fresh, aligned to a chunk, and unmapped only with its last object.
        let chunk = unsafe { Chunk::in_fresh_memory(start) };
        chunk.set_position(self.chunks.len());
        self.next = self.chunks.len();
        self.chunks.push(PageChunk { chunk, used: [false; CHUNK_PAGES], free: CHUNK_PAGES });
        self.empty += 1;
        self.find_run(pages, 1).ok_or(Refused::TooLarge)
    }

    fn find_run(&mut self, pages: usize, chunks: usize) -> Option<(Chunk, usize)> {
        for _ in 0..chunks.min(self.chunks.len()) {
            if self.next >= self.chunks.len() {
                self.next = 0;
            }
            let chunk = &mut self.chunks[self.next];
            let was_empty = chunk.free == CHUNK_PAGES;
            if let Some(first) = chunk.take(pages) {
                self.empty -= usize::from(was_empty);
                return Some((chunk.chunk, first));
            }
            self.next += 1;
        }
        None
    }

    /// All large objects.
    pub(super) fn all(&self) -> &[NonNull<LargeObject>] {
        &self.all
    }

    /// The objects made since they were last handed over.
    pub(super) fn young(&self) -> &[NonNull<LargeObject>] {
        &self.young
    }

    /// Hands over the objects made since the last call.
    pub(super) fn take_young(&mut self) -> Vec<NonNull<LargeObject>> {
        core::mem::take(&mut self.young)
    }

    /// Frees the object and its record.
    ///
    /// # Safety
    ///
    /// Nobody refers to the object or the record any more, and the destructors have run.
    pub(super) unsafe fn free(&mut self, record: NonNull<LargeObject>, footprint: &mut Footprint) {
        // SAFETY: the record was leaked by `allocate`, and the caller is the last to name it.
        let record = unsafe { Box::from_raw(record.as_ptr()) };
        self.bytes -= record.reserved_bytes();
        self.object_bytes -= record.bytes.get();
        let position = record.position.get();
        self.all.swap_remove(position);
        if let Some(moved) = self.all.get(position) {
            // SAFETY: records in the list are alive.
            unsafe { moved.as_ref() }.position.set(position);
        }
        Chunk::large_at(record.object.granule()).store(core::ptr::null_mut(), Relaxed);
        super::MarkByte::of(record.object).store(super::Mark::CLEAR);
        match record.place.get() {
            Place::Mapping { bytes } => {
                // SAFETY: the mapping was made for this object alone, which is gone.
                unsafe { footprint.unmap(record.chunk.start(), bytes) };
            }
            Place::Run { first, pages } => self.release_run(record.chunk, first, pages, footprint),
        }
    }

    fn release_run(&mut self, chunk: Chunk, first: usize, pages: usize, footprint: &mut Footprint) {
        let index = chunk.position();
        let owner = &mut self.chunks[index];
        debug_assert!(owner.chunk == chunk);
        owner.release(first, pages);
        self.empty += usize::from(owner.free == CHUNK_PAGES);
        // One empty chunk is kept for the next.
        if owner.free == CHUNK_PAGES && self.empty > 1 {
            self.empty -= 1;
            self.chunks.swap_remove(index);
            if let Some(moved) = self.chunks.get(index) {
                moved.chunk.set_position(index);
            }
            // SAFETY: no page of the chunk is in use.
            unsafe { footprint.unmap(chunk.start(), CHUNK) };
        } else if pages >= 16 {
            // SAFETY: the pages are free.
            unsafe { os::discard(chunk.page(first), pages * PAGE) };
        }
    }

    /// Keeps only the page with the header: what a tombstone needs.
    ///
    /// # Safety
    ///
    /// The payload is dead, and its destructors have run.
    pub(super) unsafe fn shrink(&mut self, record: &LargeObject, footprint: &mut Footprint) {
        self.object_bytes -= record.bytes.replace(GRANULE) - GRANULE;
        match record.place.get() {
            Place::Mapping { bytes } => {
                let keep = METADATA + 2 * PAGE;
                // SAFETY: the rest of the mapping holds dead payload only.
                if bytes > keep && unsafe { os::unmap_end(record.chunk.start(), bytes, keep) } {
                    record.place.set(Place::Mapping { bytes: keep });
                    self.bytes -= bytes - keep;
                    footprint.mapped -= bytes - keep;
                }
            }
            Place::Run { first, pages } => {
                let keep = (record.object.granule().addr().get() - record.chunk.page(first).addr().get()) / PAGE + 1;
                if pages > keep {
                    record.place.set(Place::Run { first, pages: keep });
                    self.bytes -= (pages - keep) * PAGE;
                    self.release_run(record.chunk, first + keep, pages - keep, footprint);
                }
            }
        }
    }

    /// Frees the empty chunks that are left when the heap goes.
    pub(super) fn release_chunks(&mut self, footprint: &mut Footprint) {
        debug_assert!(self.all.is_empty());
        for chunk in self.chunks.drain(..) {
            // SAFETY: all objects are gone.
            unsafe { footprint.unmap(chunk.chunk.start(), CHUNK) };
        }
    }
}

/// What a large object needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LargeLayout {
    /// Bytes from the header granule to the end.
    pub(crate) bytes: usize,
    /// Bytes from the header granule to the payload.
    pub(crate) payload: usize,
    pub(crate) align: usize,
    /// Elements of the payload, and bytes of each.
    pub(crate) count: usize,
    pub(crate) stride: usize,
    /// True for a slice whose elements are traced.
    pub(crate) segmented: bool,
}

impl LargeLayout {
    /// Elements a segment, and segments.
    fn segments(&self) -> (usize, usize) {
        if !self.segmented {
            return (0, 0);
        }
        let elements = (SEGMENT_BYTES / self.stride.max(1)).max(1);
        (elements, self.count.div_ceil(elements))
    }

    /// True if objects of the type are logged by segment when they are large.
    pub(crate) fn is_segmented(info: &TypeInfo) -> bool {
        info.is_slice() && !info.is_unwatched()
    }
}
