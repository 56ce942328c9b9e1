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

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::walk::each_coloured;
use super::{Collector, HeapState, Stage, Stopwatch};
use crate::memory::Block;
use crate::memory::geometry::BLOCK;
use crate::memory::prefetch::prefetch;
use crate::object::Object;
use crate::object::header::WORD;
use crate::object::places::Places;
use crate::object::trace::{Relocator, Tracer};
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
        let (evacuation, sources) = match scope {
            Scope::Sparse => {
                let mut evacuation = Evacuation::new(self.space.rank_blocks(epoch), epoch);
                let mut sources = Vec::new();
                while let Some(block) = evacuation.next_source() {
                    evacuation.empty(block);
                    sources.push(block);
                }
                (evacuation, sources)
            }
            Scope::Everything => {
                let (sources, destination) = self.space.blocks_to_swap(epoch);
                let mut evacuation = Evacuation::new(destination, epoch);
                sources.iter().for_each(|&block| evacuation.empty(block));
                (evacuation, sources)
            }
        };
        watch.lap(Phase::Evacuate);
        let mut left = Places::new(BLOCK.trailing_zeros());
        left.set(sources.iter().map(|block| block.start()));
        let mut relocator = Relocator::out_of(left);
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
        let mut scout = Scout { batch: Vec::with_capacity(BATCH), tracer: Tracer::new() };
        each_coloured(&self.space, |object, _| {
            if !object.info().is_leaf() {
                scout.batch.push(object);
                if scout.batch.len() == BATCH {
                    scout.relocate(relocator);
                }
            }
        });
        scout.relocate(relocator);
    }
}

/// Objects whose pointers are updated together.
const BATCH: usize = 32;

/// Fetches the headers that objects point to before their pointers are updated, many at a time: the old
/// places of what has moved are in no cache.
struct Scout {
    batch: Vec<Object>,
    tracer: Tracer<'static>,
}

impl Scout {
    fn relocate(&mut self, relocator: &mut Relocator<'static>) {
        for &object in &self.batch {
            // An array is a batch by itself, and need not be gone through twice.
            if object.count() <= 64 {
                // What panics here will not be fetched, and that is all.
                let _ = catch_unwind(AssertUnwindSafe(|| {
                    // SAFETY: the object has a colour, so it is whole; this is a safepoint, so that nobody
                    // writes it.
                    unsafe { object.info().trace(object.payload().as_ptr(), 0, object.count(), &mut self.tracer) };
                }));
            }
        }
        while let Some(edge) = self.tracer.edges.pop().or_else(|| self.tracer.weak.pop()) {
            if relocator.may_have_moved(edge.object()) {
                // SAFETY: a header precedes every payload.
                prefetch(unsafe { edge.object().payload().sub(WORD) });
            }
        }
        self.tracer.clear();
        for object in self.batch.drain(..) {
            // SAFETY: the object has a colour, so it is whole; this is a safepoint, so that nobody has a
            // reference into it.
            unsafe { object.info().relocate(object.payload().as_ptr(), 0, object.count(), relocator) };
        }
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
