//! The allocator's slow path: a new hole for the cursor.
//!
//! Where memory is looked for, in order: the next holes of the current block; blocks with holes;
//! while sweeping, a few blocks that have not been swept; free blocks; a fresh chunk. One call looks
//! at a bounded number of blocks, until the heap limit is reached: then at all of them, and at holes
//! that were found before the mark in progress started, before it gives up.
//!
//! This is also where the program pays for the mark in progress, in proportion to what it allocates.

use core::ptr::NonNull;
use std::time::Duration;

use super::mark::Budget;
use super::pacer::MarkProgress;
use super::{Collector, HeapState, Stage, Stopwatch};
use crate::error::OutOfMemory;
use crate::memory::geometry::{BLOCK, GRANULE, MIN_HOLE};
use crate::memory::hole::{Hole, HoleWalk};
use crate::memory::{Block, LargeLayout, Refused};
use crate::stats::{Cause, Event, Phase};

/// A request for a small object: bytes from its first granule to its end, and where in it the
/// payload lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) bytes: usize,
    pub(crate) payload: usize,
    pub(crate) align: usize,
}

impl Request {
    /// Granules of a hole in which the object fits, wherever the hole starts.
    fn granules(self) -> usize {
        self.bytes / GRANULE + if self.align > GRANULE { self.align / GRANULE } else { 0 }
    }
}

/// Requests of this many bytes go to the overflow cursor when the current hole is too small.
const MEDIUM: usize = 512;
/// Blocks that one request looks at before it takes a free one.
const BLOCKS_A_REQUEST: usize = 4;

impl HeapState {
    /// Memory for a small object that did not fit into the current hole.
    #[cold]
    #[inline(never)]
    pub(crate) fn refill(&self, request: Request) -> Result<NonNull<u8>, OutOfMemory> {
        if request.bytes < MEDIUM
            && let Some(memory) = self.take_from_next_holes(request)
        {
            return Ok(memory);
        }
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        collector.pace(self);
        collector.find_room(self, request).map_err(|refused| collector.out_of_memory(self, refused, request.bytes))
    }

    fn take_from_next_holes(&self, request: Request) -> Option<NonNull<u8>> {
        let least = request.granules().max(MIN_HOLE);
        while self.cursors.enter_next(least) {
            if let Some(memory) = self.cursors.take(request.bytes, request.payload, request.align) {
                return Some(memory);
            }
        }
        None
    }

    /// Memory for a large object.
    #[cold]
    #[inline(never)]
    pub(crate) fn allocate_large(&self, layout: LargeLayout) -> Result<NonNull<u8>, OutOfMemory> {
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        collector.pace(self);
        let mut watch = (layout.bytes > 1 << 20).then(|| Stopwatch::start(Cause::AllocationGrowth));
        let memory = collector.find_large(self, layout, &mut watch);
        if let Some(mut watch) = watch {
            watch.lap(Phase::Memory);
            collector.record(&watch);
        }
        let memory = memory.map_err(|refused| collector.out_of_memory(self, refused, layout.bytes))?;
        collector.tally.nursery_large += layout.bytes;
        self.look_at_nursery(collector);
        Ok(memory)
    }
}

impl Collector {
    /// Asks the pacer what is due, and marks what the allocation has to pay for.
    fn pace(&mut self, state: &HeapState) {
        self.take_stock(state);
        let fill = self.nursery_fill(state);
        if self.pacer.young_due(fill) {
            state.set_due();
        }
        if state.stage.get() == Stage::Marking && self.config.mark_while_allocating {
            let budget_ns = self.config.pause_target_ns / 4;
            let bytes = self.pacer.mark_quota(self.mark_progress(state), budget_ns);
            if bytes > 0 {
                let mut watch = Stopwatch::start(Cause::AllocationMark);
                let deadline = Some(watch.start + Duration::from_nanos(budget_ns));
                self.mark_slice(state, Budget { bytes, deadline }, &mut watch, Phase::Assist);
                self.record(&watch);
            }
        }
    }

    pub(super) fn mark_progress(&self, state: &HeapState) -> MarkProgress {
        let nursery = self.nursery_fill(state);
        MarkProgress {
            grown_bytes: self.tally.promoted.total() + nursery.heap_bytes + nursery.external_bytes,
            allocated_bytes: self.tally.allocated + nursery.heap_bytes + nursery.external_bytes,
            marked_bytes: self.marker.visitor.work.bytes,
        }
    }

    fn find_room(&mut self, state: &HeapState, request: Request) -> Result<NonNull<u8>, Refused> {
        let cursors = &state.cursors;
        if request.bytes >= MEDIUM {
            if let Some(memory) = cursors.take_overflow(request.bytes, request.payload, request.align) {
                return Ok(memory);
            }
            if let Some(block) = self.take_free(state) {
                cursors.enter_overflow(Hole { start: block.start(), bytes: BLOCK });
                return cursors.take_overflow(request.bytes, request.payload, request.align).ok_or(Refused::TooLarge);
            }
        }
        for _ in 0..BLOCKS_A_REQUEST {
            let Some(block) = self.space.take_with_holes() else { break };
            if let Some(memory) = self.take_in(state, block, request) {
                return Ok(memory);
            }
        }
        if self.can_sweep(state)
            && let Some(memory) = self.sweep_for(state, request, BLOCKS_A_REQUEST)
        {
            return Ok(memory);
        }
        if self.space.free_bytes() == 0 {
            self.grow();
        }
        if let Some(block) = self.take_free(state) {
            return self.take_in(state, block, request).ok_or(Refused::TooLarge);
        }
        self.find_room_at_the_limit(state, request)
    }

    fn take_free(&mut self, state: &HeapState) -> Option<Block> {
        if !self.space.may_use(BLOCK) {
            return None;
        }
        self.space.take_free(state.epoch.get())
    }

    /// The main cursor goes on in `block`.
    fn take_in(&mut self, state: &HeapState, block: Block, request: Request) -> Option<NonNull<u8>> {
        state.cursors.walk(HoleWalk::of(block));
        state.take_from_next_holes(request)
    }

    fn can_sweep(&self, state: &HeapState) -> bool {
        matches!(state.stage.get(), Stage::Sweeping(_)) && !self.sweep.blocks_done
    }

    /// Sweeps up to `limit` blocks, until one has room.
    fn sweep_for(&mut self, state: &HeapState, request: Request, limit: usize) -> Option<NonNull<u8>> {
        let mut watch = Stopwatch::start(Cause::AllocationSweep);
        let mut memory = None;
        for _ in 0..limit {
            if !self.sweep_one(state) {
                break;
            }
            if let Some(block) = self.space.take_with_holes() {
                memory = self.take_in(state, block, request);
            } else if let Some(block) = self.take_free(state) {
                memory = self.take_in(state, block, request);
            }
            if memory.is_some() {
                break;
            }
        }
        watch.lap(Phase::Sweep);
        self.record(&watch);
        memory
    }

    fn grow(&mut self) {
        if !self.space.may_use(BLOCK) {
            return;
        }
        let mut watch = Stopwatch::start(Cause::AllocationGrowth);
        let grown = self.space.grow();
        watch.lap(Phase::Memory);
        self.record(&watch);
        if grown.is_ok() {
            let reserved_bytes = self.space.footprint.mapped;
            self.tell(&Event::ChunkMapped { bytes: crate::memory::geometry::CHUNK, reserved_bytes });
        }
    }

    /// Looks everywhere before it refuses.
    fn find_room_at_the_limit(&mut self, state: &HeapState, request: Request) -> Result<NonNull<u8>, Refused> {
        state.set_due();
        while let Some(block) = self.space.take_with_holes() {
            if let Some(memory) = self.take_in(state, block, request) {
                return Ok(memory);
            }
        }
        if self.can_sweep(state)
            && let Some(memory) = self.sweep_for(state, request, usize::MAX)
        {
            return Ok(memory);
        }
        if state.stage.get() == Stage::Marking {
            while let Some(block) = self.space.take_snapshot_holes() {
                // From now on what is counted in this block is not only what the mark has reached.
                block.set_attention(true);
                if let Some(memory) = self.take_in(state, block, request) {
                    return Ok(memory);
                }
            }
        }
        Err(if self.space.may_use(BLOCK) { Refused::System } else { Refused::Limit })
    }

    /// Memory for a large object, for the time of which there may be a stopwatch.
    fn find_large(
        &mut self,
        state: &HeapState,
        layout: LargeLayout,
        watch: &mut Option<Stopwatch>,
    ) -> Result<NonNull<u8>, Refused> {
        match self.space.allocate_large(layout) {
            Err(Refused::Limit | Refused::System) => {}
            result => return result,
        }
        state.set_due();
        if let Stage::Sweeping(_) = state.stage.get() {
            let watch = watch.get_or_insert_with(|| Stopwatch::start(Cause::AllocationSweep));
            while self.sweep_one(state) {}
            self.sweep_large_objects(state, usize::MAX);
            watch.lap(Phase::Sweep);
        }
        self.release_chunks(0);
        self.space.allocate_large(layout)
    }

    pub(super) fn out_of_memory(&mut self, state: &HeapState, refused: Refused, requested: usize) -> OutOfMemory {
        let reason = match refused {
            Refused::Limit => {
                OutOfMemory::HeapLimit { requested, limit: self.space.footprint.limit, in_use: self.charged(state) }
            }
            Refused::System | Refused::TooLarge => {
                OutOfMemory::SystemRefused { requested, reserved: self.space.footprint.mapped }
            }
        };
        self.tell(&Event::LimitReached { reason: &reason });
        reason
    }
}
