//! Sweeping: what the mark has not reached is freed, lazily, block by block.
//!
//! A block is swept before anything is allocated in it, and otherwise in slices at safepoints. The
//! sweep runs no destructor, since it may run inside a mutation: a dead object with one becomes
//! `DEAD` and its block is put on a list.
//!
//! After an abandoned mark the same walk recolours instead of freeing ("keep-all"): whatever the
//! mark did not reach may be alive.

use core::ptr::NonNull;
use std::collections::VecDeque;

use super::weakness::{entomb_large, entomb_small, is_tombstone};
use crate::memory::geometry::{BLOCKS, FIRST_BLOCK};
use crate::memory::hole::{Found, ObjectWalk};
use crate::memory::{Block, BlockState, Epoch, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;

/// Blocks that are looked at in search of one to sweep.
const FAR: usize = 256;

/// What the sweep does with an object that the mark has not reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It is dead.
    Free,
    /// It may be alive, since the mark was abandoned.
    Keep,
}

/// How far the sweep has come.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    chunk: usize,
    block: usize,
    /// Large objects from this place of their list on have been looked at. It goes downwards: when an
    /// object is freed the last one takes its place, which is one that has been looked at.
    large: usize,
    pub(crate) swept_blocks: usize,
    /// No block is left to sweep.
    pub(crate) blocks_done: bool,
}

/// Dead objects whose destructors have yet to run.
#[derive(Default)]
pub(crate) struct Dead {
    /// Blocks with such objects, each once.
    pub(super) blocks: VecDeque<Block>,
    pub(super) large: Vec<NonNull<LargeObject>>,
}

impl Dead {
    pub(crate) fn enqueue(&mut self, block: Block) {
        if block.enqueue() {
            self.blocks.push_back(block);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.large.is_empty()
    }
}

impl Sweep {
    /// Starts over.
    pub(crate) fn start(&mut self) {
        *self = Self { large: usize::MAX, ..Self::default() };
    }

    /// Sweeps the next block that has not been swept, unless it is far. False if all have been swept.
    pub(crate) fn sweep_next_block(
        &mut self,
        space: &mut Space,
        dead: &mut Dead,
        epoch: Epoch,
        verdict: Verdict,
    ) -> bool {
        for _ in 0..FAR {
            let Some(chunk) = space.chunks().get(self.chunk) else {
                self.blocks_done = true;
                return false;
            };
            self.block = self.block.max(FIRST_BLOCK);
            if self.block >= BLOCKS || chunk.free_blocks() == BLOCKS - FIRST_BLOCK {
                (self.chunk, self.block) = (self.chunk + 1, FIRST_BLOCK);
                continue;
            }
            let block = chunk.block(self.block);
            self.block += 1;
            if block.state() != BlockState::Free && !block.is_swept(epoch) {
                sweep_block(space, dead, block, epoch, verdict);
                self.swept_blocks += 1;
                break;
            }
        }
        true
    }

    /// Looks at up to `limit` large objects. True if all have been looked at.
    pub(crate) fn sweep_large(
        &mut self,
        space: &mut Space,
        dead: &mut Dead,
        epoch: Epoch,
        verdict: Verdict,
        limit: usize,
    ) -> bool {
        for _ in 0..limit {
            self.large = self.large.min(space.large_objects().len());
            if self.large == 0 {
                return true;
            }
            self.large -= 1;
            let record = space.large_objects()[self.large];
            sweep_large_object(space, dead, record, epoch, verdict);
        }
        self.large == 0
    }
}

fn sweep_block(space: &mut Space, dead: &mut Dead, block: Block, epoch: Epoch, verdict: Verdict) {
    let white = epoch.other();
    match verdict {
        Verdict::Keep => keep_all(block, epoch),
        // Nothing lives here, and nothing needs a look.
        Verdict::Free if block.live(epoch) == 0 && block.dead() == 0 && !block.needs_attention() => block.clear_marks(),
        // Everything was reached: its granules have been counted again, one by one.
        Verdict::Free if block.live(epoch) == block.live(white) && !block.needs_attention() => {}
        Verdict::Free => free_unreached(dead, block, epoch),
    }
    block.forget_live(white);
    block.stamp(epoch);
    match block.state() {
        // Whoever has it files it.
        BlockState::Condemned | BlockState::Current => {}
        BlockState::Free => unreachable!("free blocks are not swept"),
        BlockState::Settled | BlockState::WithHoles => space.file(block, epoch),
    }
}

fn free_unreached(dead: &mut Dead, block: Block, epoch: Epoch) {
    let white = epoch.other();
    let marks = block.marks();
    let mut attention = false;
    let mut newly_dead = 0;
    for found in ObjectWalk::of(block) {
        if !found.mark.is_of(white) {
            attention |= !found.mark.only(Mark::DROP.with(Mark::DEAD)).is_clear();
            continue;
        }
        if found.mark.has(Mark::DROP) {
            marks[found.first].store(found.mark.only(Mark::DROP.with(Mark::WEAK).with(Mark::END)).with(Mark::DEAD));
            newly_dead += 1;
            attention = true;
        } else if found.mark.has(Mark::WEAK) && !is_tombstone_in(block, found) {
            entomb_small(block, found, epoch);
        } else {
            marks[found.first].store(Mark::CLEAR);
            marks[found.last].store(Mark::CLEAR);
        }
    }
    if newly_dead > 0 {
        dead.enqueue(block);
        block.set_dead(block.dead() + newly_dead);
    }
    block.set_attention(attention);
}

fn keep_all(block: Block, epoch: Epoch) {
    let marks = block.marks();
    for found in ObjectWalk::of(block) {
        if found.mark.is_of(epoch.other()) {
            let kept = if is_tombstone_in(block, found) { Mark::WEAK } else { Mark::DROP };
            marks[found.first].store(Mark::scanned(epoch).with(found.mark.only(kept.with(Mark::END))));
            block.count_live(epoch, found.granules());
        } else if found.mark.is_of(epoch) && !found.mark.is_scanned() {
            // It is grey.
            let flags = found.mark.only(Mark::DROP.with(Mark::END));
            marks[found.first].store(Mark::scanned(epoch).with(flags));
        }
    }
}

fn is_tombstone_in(block: Block, found: Found) -> bool {
    // SAFETY: the walk found an object's header in this granule.
    found.mark.has(Mark::WEAK) && is_tombstone(unsafe { Object::from_granule(block.granule(found.first)) }, found.mark)
}

fn sweep_large_object(
    space: &mut Space,
    dead: &mut Dead,
    record: NonNull<LargeObject>,
    epoch: Epoch,
    verdict: Verdict,
) {
    // SAFETY: records in the list of all large objects are alive.
    let large = unsafe { record.as_ref() };
    let object = large.object();
    let byte = MarkByte::of(object);
    let mark = byte.load();
    if verdict == Verdict::Keep {
        if mark.is_coloured() && !mark.is_owed() {
            let kept = if is_tombstone(object, mark) { Mark::WEAK } else { Mark::DROP };
            byte.store(Mark::scanned(epoch).with(mark.only(kept.with(Mark::END))));
            for segment in large.segments() {
                segment.set_scanned(epoch);
            }
        }
        return;
    }
    if !mark.is_of(epoch.other()) {
        return;
    }
    if mark.has(Mark::DROP) {
        byte.store(mark.only(Mark::DROP.with(Mark::WEAK).with(Mark::END)).with(Mark::DEAD));
        dead.large.push(record);
    } else if mark.has(Mark::WEAK) && !is_tombstone(object, mark) {
        entomb_large(space, large, epoch);
    } else {
        // SAFETY: the mark found neither a strong nor a weak pointer to it, and it has no destructor.
        unsafe { space.free_large(record) };
    }
}
