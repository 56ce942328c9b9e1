//! When a stack of a collection is full: the heap itself remembers what is to be done.
//!
//! The stacks count against the heap limit, and the system may refuse them memory. Then an object that
//! cannot be put on one is left in a state that says what it waits for, and when the stack has run empty
//! all objects are searched for that state. (Grey objects on overflow are as old as marking with a stack:
//! Knuth, *The Art of Computer Programming*, 2.3.5, algorithm C; by a search of the heap, Boehm and Weiser,
//! 1988.) Nothing here needs memory, and each search makes progress, however small the stacks are.
//!
//! | what is full | what is left behind | who searches |
//! |---|---|---|
//! | the mark's stack, or the list of dropped roots | grey | the mark, when its stack is empty |
//! | the mark's list of large slices | grey, its segments unscanned | likewise |
//! | the stack, or list of large slices, of a young collection | owed | that collection, among what is new |
//! | its list of what only weak pointers reached | `WEAK` without a colour | likewise, at its end |
//! | the mark's stack of weak pointers | `WEAK`: all that is ever done about one | nobody |
//! | the remembered set | `LOGGED`, as if it were in the set (Y1) | the next young collection, in the whole heap |
//!
//! The last one can happen in a mutation, where nothing can be collected: so the barrier only asks for a
//! safepoint.
//!
//! - **O1** While a mark is under way every grey object is one whose fields the mark will visit: there is a
//!   search under way that has not come to it, or one will be begun.

use super::mark::reach_weakly;
use super::weakness::{is_large, is_nothing};
use crate::memory::geometry::{BLOCKS, FIRST_BLOCK};
use crate::memory::hole::ObjectWalk;
use crate::memory::{Block, BlockState, Epoch, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::trace::Overflow;
use crate::object::worklist::Edge;

/// What the mark does without a stack.
pub(super) fn of_mark(epoch: Epoch) -> Overflow {
    match epoch {
        Epoch::Odd => {
            Overflow { strong: |edge| grey(edge.object(), Epoch::Odd), weak: |edge| reach_weakly(edge, Epoch::Odd) }
        }
        Epoch::Even => {
            Overflow { strong: |edge| grey(edge.object(), Epoch::Even), weak: |edge| reach_weakly(edge, Epoch::Even) }
        }
    }
}

/// What a young collection does without one.
pub(super) fn of_young(epoch: Epoch) -> Overflow {
    match epoch {
        Epoch::Odd => Overflow { strong: |edge| owe(edge.object(), Epoch::Odd), weak: note_weakly },
        Epoch::Even => Overflow { strong: |edge| owe(edge.object(), Epoch::Even), weak: note_weakly },
    }
}

/// The mark has reached `object`, and will find it again. It is counted in its block here (K1), and as work
/// when it is found.
pub(super) fn grey(object: Object, epoch: Epoch) {
    let byte = MarkByte::of(object);
    let mark = byte.load();
    if !mark.is_of(epoch.other()) {
        return;
    }
    byte.store(Mark::grey(epoch).with(mark.only(Mark::END.with(Mark::DROP))));
    if !is_large(object) {
        Block::around(object.granule()).count_live(epoch, object.granules());
    }
}

/// A young collection has reached `object`, and will find it again. It is counted likewise.
fn owe(object: Object, epoch: Epoch) {
    let mark = MarkByte::of(object).load();
    if !mark.is_coloured() {
        promote(object, mark, Mark::owed(epoch), epoch);
    }
}

/// Gives a new object its first colour, its end, and its place in the count of its block. Returns its
/// granules there.
#[inline(always)]
pub(super) fn promote(object: Object, mark: Mark, state: Mark, epoch: Epoch) -> usize {
    let byte = MarkByte::of(object);
    let coloured = state.with(mark.only(Mark::DROP));
    if is_large(object) {
        byte.store(coloured.with(Mark::END));
        return 0;
    }
    let granules = object.granules();
    let block = Block::around(object.granule());
    if granules == 1 {
        byte.store(coloured.with(Mark::END));
    } else {
        byte.store(coloured);
        block.marks()[block.granule_index(object.granule()) + granules - 1].store(Mark::END);
    }
    block.count_live(epoch, granules);
    granules
}

fn note_weakly(edge: Edge) {
    note_new_weakly(edge.object());
}

/// A weak pointer has reached `object`. True if it is new, and nothing else has.
pub(super) fn note_new_weakly(object: Object) -> bool {
    if is_nothing(object) {
        return false;
    }
    let byte = MarkByte::of(object);
    let mark = byte.load();
    // A dead object of colour 0 has been settled already.
    let first = !mark.is_coloured() && !mark.has(Mark::WEAK) && !mark.has(Mark::DEAD);
    if first {
        byte.set(Mark::WEAK);
    }
    first
}

/// A search of the whole heap for grey objects, as far as it has come.
///
/// Blocks are searched in the order of the chunks; if chunks are given back meanwhile it must begin again.
#[derive(Debug)]
pub(super) struct GreySearch {
    chunk: usize,
    block: usize,
    /// Large objects from this place of their list on have been looked at. It goes downwards, as when
    /// they are swept.
    large: usize,
}

impl GreySearch {
    pub(super) const fn new() -> Self {
        Self { chunk: 0, block: FIRST_BLOCK, large: usize::MAX }
    }

    /// Searches on, as far as the next block or some large objects. False when nothing is left to search.
    pub(super) fn step(&mut self, space: &Space, epoch: Epoch, mut visit: impl FnMut(Object)) -> bool {
        /// Large objects, or blocks without objects, that are looked at in one step.
        const SOME: usize = 64;
        let is_grey = |mark: Mark| mark.is_of(epoch) && !mark.is_scanned();
        for _ in 0..SOME {
            let Some(chunk) = space.chunks().get(self.chunk) else { break };
            if self.block == BLOCKS {
                (self.chunk, self.block) = (self.chunk + 1, FIRST_BLOCK);
                continue;
            }
            let block = chunk.block(self.block);
            self.block += 1;
            if block.state() == BlockState::Free || block.live(epoch) == 0 {
                continue;
            }
            for found in ObjectWalk::of(block).filter(|found| is_grey(found.mark)) {
                // SAFETY: the byte of this granule has a colour, so a header lies in it (M1).
                visit(unsafe { Object::from_granule(block.granule(found.first)) });
            }
            return true;
        }
        if self.chunk < space.chunks().len() {
            return true;
        }
        for _ in 0..SOME {
            self.large = self.large.min(space.large_objects().len());
            if self.large == 0 {
                return false;
            }
            self.large -= 1;
            // SAFETY: records in the list of all large objects are alive.
            let object = unsafe { space.large_objects()[self.large].as_ref() }.object();
            if is_grey(MarkByte::of(object).load()) {
                visit(object);
            }
        }
        true
    }
}
