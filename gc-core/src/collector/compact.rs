//! Compaction: moving what lives into fewer blocks, at a safepoint, all at once.
//!
//! It comes right after a whole collection, when nothing is new, written or waiting to be destroyed and
//! all objects have one colour. The program's stack holds no `Gc` then, so every pointer to an object lies
//! where [`Trace::relocate`](crate::Trace::relocate) or a list of the collector's finds it.
//!
//! 1. *Pin*: what must stay gets the state "being scanned", which nothing else has between marks
//!    (`pins.rs`).
//! 2. *Evacuate*: the objects of sparse blocks are copied into the holes of others (`evacuate.rs`). Where they went is
//!    written down in tables, which lie in the emptied blocks; a block in which something must stay has the new addresses
//!    in the headers of what has left.
//! 3. *Relocate*: every pointer of every live object, and of the root table, is replaced by the address
//!    that it leads to.
//! 4. *File*: emptied blocks are free, and chunks without objects go back to the system.
//!
//! - **A1** From the first copy to the last update no user code runs but `relocate`, and `trace` to see where pointers lead,
//!   which follows none. If `relocate` panics, the process is aborted: half of the pointers lead to where objects were.
//! - **A2** Sources and destinations are disjoint, so that nothing is written to an old place but what tells of the new one.
//! - **A3** An object that moves takes its header's flags, its mark byte and its identity along.
//! - **A5** Every object that was in a block with a table has an entry in it; nothing else is written to such a block, or
//!   read of it, before the tables are dropped.
//!
//! What was measured, in nanoseconds an object (2.2 M objects of 37 bytes on average, a tenth of 1 GiB; a virtual machine with a
//! Zen 4; a plain loop of copies from the same places takes 14):
//!
//! | step | evacuate | relocate |
//! |---|---|---|
//! | new addresses in old headers, a scout everywhere | 39 | 36 |
//! | in tables, without a scout where pointers lead to neighbours | 35 | 18.5 |
//! | no jump on the size of what is copied; holes and objects from marks as bits; a block's marks cleared at once | 25 | 20 |
//! | no look at the marks of what has been emptied | 25 | 16.5 |
//! | fetched into the second cache, not the first | 24 | 16.5 |
//! | lines for fewer granules where a piece was less sparse | 24 | 17.5 |
//! | what lies side by side as a whole, with one place in a table: fewer instructions, the same misses | 23.5 | 18 |
//! | blocks that are alike by address; marks fetched a line at a time; pointers as blocks were filled | 21.5 | 17.7 |
//! | bits counted by one instruction | 22 | 15.3 |
//! | whole blocks by functions that are compiled for AVX2 and BMI as well | 19 | 15.4 |
//!
//! (The last four each in turns with the row before, least of four rounds. Of the 23.5 in the first of them, 8 were for marks, runs and
//! the loop, 3 to 4 for tables and 8 to 9 for the copies. Loops that did one of these at a time, over everything, took 3.6 for marks
//! and runs, and 7 for fetching and copying.)
//!
//! Where pointers lead anywhere it was 38 and 41. Tables alone, with two lines to a look-up, made that 24 and 65; with one line
//! 24 and 45; fetched into the second cache 24 and 36. With half of the heap alive it is 23 and 65, and was 28 to 37 and 60.
//! Fetching destinations ahead did not pay, nor did other distances (8 to 80 runs), the first cache in place of the second, or
//! fetching the room for the next table. Blocks whose marks are not cleared would save 1 ns.

mod evacuate;
mod gradual;
mod pins;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::weakness::nothing;
use super::{Collector, HeapState, Stage, Stopwatch};
use crate::memory::extents::Extents;
use crate::memory::geometry::BLOCK;
use crate::memory::prefetch::prefetch_early;
use crate::memory::{Block, BlockState, MarkByte};
use crate::object::Object;
use crate::object::break_table::{BreakTables, PIECE};
use crate::object::places::Places;
use crate::object::trace::{Relocator, Tracer};
use crate::stats::{Compacted, CompactionReason, Event, Phase};

use evacuate::Evacuation;
pub(super) use gradual::Gradual;

/// Each block is a piece, in the words of those who know nothing of blocks.
const _: () = assert!(BLOCK == PIECE);

/// If something has found no room in so many blocks in a row, it will not in others: they are left as they are.
const IN_VAIN: usize = 8;

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
            Scope::Sparse => (Evacuation::new(self.space.rank_blocks(epoch, &pins.blocks()), epoch), Vec::new()),
            Scope::Everything => {
                let (sources, destination) = self.space.blocks_to_swap(epoch);
                (Evacuation::new(destination, epoch), sources)
            }
        };
        let mut tables =
            self.space.reach().and_then(|(first, last)| BreakTables::new(first.start(), last.start(), nothing()));
        let mut sources = Vec::new();
        let mut in_headers = Vec::new();
        let (mut emptied, mut added, mut in_vain) = (0, 0, 0);
        while scope == Scope::Everything || in_vain < IN_VAIN {
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
            let is_empty = block.live(epoch) == 0;
            emptied += usize::from(is_empty);
            in_vain = if is_empty { 0 } else { in_vain + 1 };
            if evacuation.lacks_spares()
                && scope == Scope::Sparse
                && let Some(chunk) = self.space.add_chunk_to_compact(emptied, added)
            {
                evacuation.add_chunk(chunk);
                added += 1;
            }
            let has_table = tables.as_mut().is_some_and(|tables| evacuation.leave_table(block, tables));
            if !has_table {
                evacuation.leave_headers(block);
                in_headers.push(block);
            }
        }
        watch.lap(Phase::Evacuate);
        let mut left = Places::new(BLOCK.trailing_zeros());
        left.set(in_headers.iter().map(|block| block.start()));
        let mut relocator = Relocator::with_tables(tables.unwrap_or(BreakTables::none()), left);
        self.relocate_all(state, evacuation.entered(), &mut relocator);
        core::mem::forget(must_not_panic);
        let updated = relocator.changed;
        // From here on the emptied blocks are memory like any other (A5).
        drop(relocator);
        watch.lap(Phase::Relocate);
        if self.config.stress.poison {
            sources.iter().for_each(|&block| poison(block));
        }
        let moved = evacuation.work;
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
            updated_pointers: updated as u64,
            pinned_objects: pins.len() as u64,
            freed_blocks: emptied as u64,
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
    fn relocate_all(&mut self, state: &HeapState, entered: &[Block], relocator: &mut Relocator<'static>) {
        state.roots().relocate(relocator);
        let epoch = state.epoch.get();
        let mut extents = Extents::new();
        let mut scout = Scout::new();
        let mut filled = Places::new(BLOCK.trailing_zeros());
        filled.set(entered.iter().map(|block| block.start()));
        let others = self.space.chunks().iter().flat_map(|chunk| chunk.blocks());
        // (If those lie too far apart to be told from others, they are gone through again, which changes nothing: A2.)
        let others = others.filter(|block| !filled.has_addr(block.start().addr().get()));
        for block in entered.iter().copied().chain(others) {
            // What has been emptied need not be looked at, and that may be most blocks.
            if block.state() != BlockState::Free && block.live(epoch) > 0 {
                extents.read(block);
                relocate_block(block, extents.first(), &mut scout, relocator);
            }
        }
        for record in self.space.large_objects() {
            // SAFETY: records in the list of all large objects are alive.
            let object = unsafe { record.as_ref() }.object();
            if MarkByte::of(object).load().is_coloured() {
                // SAFETY: it has a colour, so it is whole; this is a safepoint, so that nobody has a reference into it.
                unsafe { relocate(object, relocator) };
            }
        }
    }
}

/// Updates the pointers of the objects in a block, whose first granules are given.
fn relocate_block(block: Block, objects: &[u16], scout: &mut Scout, relocator: &mut Relocator<'static>) {
    // SAFETY: all that is left has a colour, so that a header lies in its first granule (M1).
    let object = |&first: &u16| unsafe { Object::from_granule(block.granule(first.into())) };
    let relocate = |objects: &[u16], relocator: &mut Relocator<'static>| {
        for object in objects.iter().map(object) {
            // SAFETY: it has a colour, so it is whole; this is a safepoint, so that nobody has a reference into it.
            unsafe { relocate(object, relocator) };
        }
    };
    let mut ready = &objects[..0];
    let mut batches = objects.chunks(BATCH);
    for batch in batches.by_ref() {
        let goes_on = scout.visit(batch.iter().map(object), relocator);
        relocate(ready, relocator);
        ready = batch;
        if !goes_on {
            break;
        }
    }
    relocate(ready, relocator);
    batches.for_each(|batch| relocate(batch, relocator));
}

/// Objects whose pointers are updated together.
const BATCH: usize = 32;

/// Fetches what has to be known of the objects that others point to, before their pointers are updated.
///
/// That takes longer than it saves where pointers lead to neighbours; so a scout visits the first objects of a block, and
/// goes on only if their pointers lead from piece to piece.
struct Scout {
    tracer: Tracer<'static>,
}

impl Scout {
    fn new() -> Self {
        Self { tracer: Tracer::new() }
    }

    /// Visits some objects. False if it need not visit those after them.
    fn visit(&mut self, objects: impl Iterator<Item = Object>, relocator: &Relocator<'static>) -> bool {
        for object in objects.filter(|object| !object.info().is_leaf()) {
            // What panics here will not be fetched, and that is all.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                // SAFETY: the object has a colour, so it is whole; this is a safepoint, so that nobody writes it.
                unsafe { object.info().trace(object.payload().as_ptr(), 0, object.count(), &mut self.tracer) };
            }));
        }
        let (mut last, mut found, mut jumps) = (0, 0, 0);
        while let Some(edge) = self.tracer.edges.pop().or_else(|| self.tracer.weak.pop()) {
            if let Some((entry, piece)) = relocator.entry(edge.object()) {
                prefetch_early(entry);
                found += 1;
                jumps += usize::from(core::mem::replace(&mut last, piece) != piece);
            }
        }
        self.tracer.clear();
        jumps * 4 > found
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
