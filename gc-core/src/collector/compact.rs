//! Compaction: moving what lives into fewer blocks, at a safepoint, all at once.
//!
//! It comes right after a whole collection, when nothing is new, written or waiting to be destroyed and
//! all objects have one colour. The program's stack holds no `Gc` then, so every pointer to an object lies
//! where [`Trace::relocate`](crate::Trace::relocate) or a list of the collector's finds it.
//!
//! 1. *Pin*: what must stay gets the state "being scanned", which nothing else has between marks
//!    (`pins.rs`).
//! 2. *Evacuate*: the objects of sparse blocks are copied into the holes of others, and leave their
//!    new addresses behind in their headers (`evacuate.rs`).
//! 3. *Relocate*: every pointer of every live object, and of the root table, is replaced by the address
//!    that it leads to.
//! 4. *File*: emptied blocks are free, and chunks without objects go back to the system.
//!
//! - **A1** From the first copy to the last update no user code runs but `relocate`. If that panics, the
//!   process is aborted: half of the pointers lead to where objects were.
//! - **A2** Sources and destinations are disjoint, so that a forwarding address is not overwritten
//!   before everybody has read it.
//! - **A3** An object that moves takes its header's flags, its mark byte and its identity along.

mod evacuate;
mod gradual;
mod pins;

use super::{Collector, HeapState, Stage, Stopwatch};
use crate::memory::extents::Extents;
use crate::memory::geometry::BLOCK;
use crate::memory::{Block, BlockState, MarkByte};
use crate::object::Object;
use crate::object::places::Places;
use crate::object::trace::Relocator;
use crate::stats::{Compacted, CompactionReason, Event, Phase};

use evacuate::Evacuation;
pub(super) use gradual::Gradual;

/// Which objects a compaction moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// Those that stand in the way of giving memory back.
    Sparse,
    /// All that can be moved.
    Everything,
}

impl Collector {
    /// Moves objects. A whole collection has just ended.
    ///
    /// # Panics
    ///
    /// If a `trace` does, before anything has moved.
    pub(super) fn compact(
        &mut self,
        state: &HeapState,
        watch: &mut Stopwatch,
        scope: Scope,
        reason: CompactionReason,
    ) -> Compacted {
        debug_assert!(state.stage.get() == Stage::Idle && self.dead.is_empty() && self.remembered.len() == 0);
        self.end_gradual(state);
        let epoch = state.epoch.get();
        let reserved = self.space.reserved_bytes();
        let pins = self.pin(state);
        let must_not_panic = AbortOnPanic;
        let (mut evacuation, to_swap) = match scope {
            Scope::Sparse => (Evacuation::new(self.space.rank_blocks(epoch), epoch), Vec::new()),
            Scope::Everything => {
                let (sources, destination) = self.space.blocks_to_swap(epoch);
                (Evacuation::new(destination, epoch), sources)
            }
        };
        let mut tables = self
            .space
            .reach()
            .and_then(|(first, last)| Places::between(BLOCK.trailing_zeros(), first.start(), last.start()));
        let mut sources = Vec::new();
        let mut in_headers = Vec::new();
        loop {
            let (next, upcoming) = match scope {
                Scope::Sparse => (evacuation.next_source(), [0, 1].map(|index| evacuation.upcoming_source(index))),
                Scope::Everything => (
                    to_swap.get(sources.len()).copied(),
                    [1, 2].map(|index| to_swap.get(sources.len() + index).copied()),
                ),
            };
            let Some(block) = next else { break };
            evacuation.empty(block, upcoming);
            sources.push(block);
            match &mut tables {
                Some(tables) if evacuation.leave_table(block) => tables.insert(block.start()),
                _ => {
                    evacuation.leave_headers(block);
                    in_headers.push(block);
                }
            }
        }
        watch.lap(Phase::Evacuate);
        let mut left = Places::new(BLOCK.trailing_zeros());
        left.set(in_headers.iter().map(|block| block.start()));
        let mut relocator = Relocator::out_of(left);
        if let Some(tables) = tables {
            // SAFETY: the pieces in this set are the blocks whose tables have been written, and nothing is allocated there
            // before they are filed.
            relocator = unsafe { relocator.and_out_of(tables) };
        }
        self.relocate_all(state, &mut relocator);
        core::mem::forget(must_not_panic);
        watch.lap(Phase::Relocate);
        if self.config.stress.poison {
            sources.iter().for_each(|&block| poison(block));
        }
        let moved = evacuation.work;
        let freed_blocks = sources.iter().filter(|block| block.live(epoch) == 0).count();
        pins.release(epoch);
        self.space.file_all(epoch);
        if scope == Scope::Sparse {
            self.release(self.space.free_chunk_bytes());
        }
        watch.lap(Phase::Memory);
        let compacted = Compacted {
            reason,
            moved_objects: moved.objects as u64,
            moved_bytes: moved.bytes as u64,
            updated_pointers: relocator.changed as u64,
            pinned_objects: pins.len() as u64,
            freed_blocks: freed_blocks as u64,
            released_bytes: reserved.saturating_sub(self.space.reserved_bytes()) as u64,
        };
        self.stats.compactions += 1;
        self.stats.moved_objects += compacted.moved_objects;
        self.stats.moved_bytes += compacted.moved_bytes;
        self.tell(&Event::Compacted { compacted: &compacted });
        self.verify_after_moving(state);
        compacted
    }

    /// Updates every pointer of the heap.
    fn relocate_all(&mut self, state: &HeapState, relocator: &mut Relocator<'static>) {
        state.roots().relocate(relocator);
        let epoch = state.epoch.get();
        let mut extents = Extents::new();
        for block in self.space.chunks().iter().flat_map(|chunk| chunk.blocks()) {
            // What has been emptied need not be looked at, and most blocks may have been.
            if block.state() == BlockState::Free || block.live(epoch) == 0 {
                continue;
            }
            extents.read(block);
            for &first in extents.first() {
                // SAFETY: the byte of this granule has a colour, so a header lies in it (M1); nothing is dead.
                let object = unsafe { Object::from_granule(block.granule(first.into())) };
                // SAFETY: it has a colour, so it is whole; this is a safepoint, so that nobody has a reference into it.
                unsafe { relocate(object, relocator) };
            }
        }
        for record in self.space.large_objects() {
            // SAFETY: records in the list of all large objects are alive.
            let object = unsafe { record.as_ref() }.object();
            if MarkByte::of(object).load().is_coloured() {
                // SAFETY: likewise.
                unsafe { relocate(object, relocator) };
            }
        }
    }
}

/// Updates the pointers of an object.
///
/// # Safety
///
/// The object is whole, and nobody else has access to it.
#[inline]
unsafe fn relocate(object: Object, relocator: &mut Relocator<'static>) {
    let info = object.info();
    if !info.is_leaf() {
        // SAFETY: all elements are of this object; the rest is the caller's promise.
        unsafe { info.relocate(object.payload().as_ptr(), 0, object.count(), relocator) };
    }
}

/// Overwrites what was left of a block, where nothing stayed.
fn poison(block: Block) {
    use crate::memory::hole::HoleWalk;
    let mut holes = HoleWalk::of(block);
    while let Some(hole) = holes.next(1) {
        // SAFETY: the granules of a hole are no object's, and no cursor is in the block.
        unsafe { hole.start.as_ptr().write_bytes(crate::memory::allocator::POISON, hole.bytes) };
    }
}

/// Ends the process if it is dropped (A1).
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        eprintln!("gc-core: `Trace::relocate` panicked while objects were moving; the process cannot go on");
        std::process::abort();
    }
}
