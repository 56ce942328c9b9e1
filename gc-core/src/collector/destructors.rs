//! Destructors: run at safepoints only, once each, on the heap's thread, without the heap.
//!
//! Dead objects with destructors wait in their blocks. Blocks and large slices are worked off a few
//! values at a time, as far as the budget goes. When a destructor panics the others of its block still
//! run, and the first panic goes on when that block is done, or the time is up.
//!
//! - **D1** Each destructor runs once: the object is freed, or becomes a tombstone, before the next
//!   one is looked at, even if it panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use core::ptr::NonNull;

use super::sweep::Dead;
use super::weakness::{entomb_large, entomb_small};
use crate::memory::hole::ObjectWalk;
use crate::memory::{Block, BlockState, Epoch, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;

/// What a destructor threw.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Keeps the first of two panics, and discards the other.
pub(super) fn keep_first(first: &mut Option<Panic>, next: Option<Panic>) {
    match next {
        Some(next) if first.is_some() => discard(next),
        Some(next) => *first = Some(next),
        None => {}
    }
}

/// Drops a value of the program's, such as what it threw, whose destructor may panic: what that throws is
/// leaked.
pub(crate) fn discard<T>(value: T) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        core::mem::forget(another);
    }
}

/// As many blocks may wait for their destructors: a nursery or two.
const BACKLOG: usize = 128;

/// Values that are dropped between two looks at the clock.
const A_FEW: usize = 32;

/// How far the destructors of a block or of a large object have come.
struct Progress {
    /// Objects that are gone.
    destroyed: usize,
    /// All are.
    done: bool,
    /// What the first one threw that panicked.
    panic: Option<Panic>,
}

impl Dead {
    /// Runs destructors until none is left or the time has come, and then a few more. Returns how many
    /// objects were destroyed, and the first panic of the block in which a destructor panicked. The rest
    /// wait for another call.
    pub(crate) fn run_destructors(
        &mut self,
        space: &mut Space,
        epoch: Epoch,
        marking: bool,
        deadline: Option<Instant>,
    ) -> (usize, Option<Panic>) {
        let late = || deadline.is_some_and(|end| Instant::now() >= end);
        let mut destroyed = 0;
        while let Some(&block) = self.blocks.front() {
            // A backlog goes before the pause target: blocks that wait are memory that cannot be used.
            let backlog = self.blocks.len() > BACKLOG;
            let progress = clear_block(block, epoch, || !backlog && late());
            destroyed += progress.destroyed;
            if progress.done {
                self.blocks.pop_front();
                block.dequeue();
                file_cleared(space, block, epoch, marking);
            }
            if progress.panic.is_some() || !progress.done || !backlog && late() {
                return (destroyed, progress.panic);
            }
        }
        while let Some(&record) = self.large.last() {
            // SAFETY: a large object on this list is freed only here.
            let progress = drop_large(unsafe { record.as_ref() }, late);
            destroyed += progress.destroyed;
            if progress.done {
                self.large.pop();
                bury_large(space, record, epoch);
            }
            if progress.panic.is_some() || !progress.done || late() {
                return (destroyed, progress.panic);
            }
        }
        (destroyed, None)
    }
}

/// Runs the destructors of a block's dead objects, or some of them if it is late.
fn clear_block(block: Block, epoch: Epoch, late: impl Fn() -> bool) -> Progress {
    let marks = block.marks();
    let condemned = block.state() == BlockState::Condemned;
    let mut progress = Progress { destroyed: 0, done: true, panic: None };
    let mut attention = false;
    let mut until_asked = A_FEW;
    for found in ObjectWalk::of(block) {
        // In a condemned block, which no cursor enters, all objects without a colour are dead.
        let dead = found.mark.has(Mark::DEAD) || condemned && !found.mark.is_coloured();
        if !dead {
            attention |= !found.mark.only(Mark::DROP.with(Mark::WEAK)).is_clear();
            continue;
        }
        if found.mark.has(Mark::DROP) {
            if until_asked == 0 {
                if late() {
                    // What is gone will not be found again.
                    progress.done = false;
                    return progress;
                }
                until_asked = A_FEW;
            }
            // SAFETY: the walk found a header in this granule.
            let object = unsafe { Object::from_granule(block.granule(found.first)) };
            until_asked = until_asked.saturating_sub(object.count());
            let result = destroy(object, 0, object.count());
            keep_first(&mut progress.panic, result.err());
            progress.destroyed += 1;
        }
        if found.mark.has(Mark::DEAD) {
            block.set_dead(block.dead() - 1);
        }
        if found.mark.has(Mark::WEAK) {
            entomb_small(block, found, epoch);
        } else {
            marks[found.first].store(Mark::CLEAR);
            marks[found.last].store(Mark::CLEAR);
        }
    }
    debug_assert_eq!(block.dead(), 0, "B1");
    // What is counted in a block that awaits its sweep is not only what the mark has reached, if there
    // are new objects or tombstones in it: the sweep must look (B3).
    block.set_attention(attention || !block.is_swept(epoch));
    progress
}

fn file_cleared(space: &mut Space, block: Block, epoch: Epoch, marking: bool) {
    match block.state() {
        // The sweep under way files it. (While marking it has holes of the snapshot.)
        BlockState::Condemned | BlockState::Settled if !marking && !block.is_swept(epoch) => {
            block.set_state(BlockState::Settled);
        }
        BlockState::Condemned | BlockState::Settled => space.file(block, epoch),
        // It is on a list, or has a cursor in it: the holes are found in their time.
        BlockState::WithHoles | BlockState::Current | BlockState::Free => {}
    }
}

/// Runs the destructors of some elements of a dead object, all of them whichever panic: one by one, since
/// a second panic within one drop of a slice would abort.
fn destroy(object: Object, from: usize, to: usize) -> Result<(), Panic> {
    let info = object.info();
    let next = core::cell::Cell::new(from);
    let mut first_panic = None;
    while next.get() < to {
        let result = catch_unwind(AssertUnwindSafe(|| {
            while next.get() < to {
                let element = next.get();
                next.set(element + 1);
                // SAFETY: the object is dead, so nobody else has access; each element is destroyed
                // once (D1), since it is counted before.
                unsafe { info.drop_elements(object.payload().as_ptr(), element, element + 1) };
            }
        }));
        keep_first(&mut first_panic, result.err());
    }
    first_panic.map_or(Ok(()), Err)
}

/// Goes on destroying a large object, all of it unless it is late.
fn drop_large(large: &LargeObject, late: impl Fn() -> bool) -> Progress {
    let object = large.object();
    let count = object.count();
    let mut panic = None;
    while large.dropped.get() < count {
        let from = large.dropped.get();
        let to = (from + A_FEW).min(count);
        large.dropped.set(to);
        keep_first(&mut panic, destroy(object, from, to).err());
        if to < count && late() {
            return Progress { destroyed: 0, done: false, panic };
        }
    }
    Progress { destroyed: 1, done: true, panic }
}

fn bury_large(space: &mut Space, record: NonNull<LargeObject>, epoch: Epoch) {
    // SAFETY: the object is dead and has been destroyed; its record goes with it.
    let large = unsafe { record.as_ref() };
    if MarkByte::of(large.object()).load().has(Mark::WEAK) {
        entomb_large(space, large, epoch);
    } else {
        // SAFETY: no weak pointer reached it either.
        unsafe { space.free_large(record) };
    }
}

/// Destroys all objects of a heap that is going. Returns the first panic.
pub(crate) fn destroy_all(space: &mut Space) -> Option<Panic> {
    let mut first_panic = None;
    for &chunk in space.chunks() {
        for block in chunk.blocks() {
            if block.state() == BlockState::Free || !block.needs_attention() {
                continue;
            }
            for found in ObjectWalk::of(block) {
                if found.mark.has(Mark::DROP) {
                    // SAFETY: the walk found a header in this granule.
                    let object = unsafe { Object::from_granule(block.granule(found.first)) };
                    block.marks()[found.first].clear(Mark::DROP);
                    keep_first(&mut first_panic, destroy(object, 0, object.count()).err());
                }
            }
        }
    }
    for &record in space.large_objects() {
        // SAFETY: records in the list of all large objects are alive.
        let large = unsafe { record.as_ref() };
        let byte = MarkByte::of(large.object());
        if byte.load().has(Mark::DROP) {
            byte.clear(Mark::DROP);
            keep_first(&mut first_panic, drop_large(large, || false).panic);
        }
    }
    first_panic
}
