//! Compaction in slices, whose pauses do not grow with the heap.
//!
//! 1. When a mark starts, and the last one has found the heap in fragments, its sparsest blocks become
//!    *candidates*. Nothing is allocated in them any more.
//! 2. From then on every scan, of the mark and of young collections, records who points into a candidate
//!    ([`Recorder`]).
//! 3. When the sweep is over, slices at safepoints empty the candidates one by one: right after a young
//!    collection, so that nothing is new or written. The objects of a block are copied, and then its
//!    recorded referrers and the roots are updated. Between two slices no pointer leads to an old place.
//! 4. Emptied blocks keep the forwarding addresses until all is done, since objects in them may be on the
//!    lists of others. Then they are free.
//!
//! (Recording owners in place of slots is what makes this sound for arbitrary types: a slot may lie in a
//! `Vec` that the program has freed since. The way of choosing sparse regions and recording who points
//! into them is that of the garbage-first collector: Detlefs et al., ISMM 2004.)
//!
//! A block with too many referrers, or with one that cannot be updated, is given up. A mark that is
//! abandoned gives all of them up, and so does the start of the next one.
//!
//! - **A4** After a young collection, when no mark or sweep is under way, every live object with a pointer
//!   into a candidate that has not been given up is on its list.

use std::time::Instant;

use super::super::{Collector, HeapState, Stage, Stopwatch};
use super::AbortOnPanic;
use super::evacuate::Evacuation;
use crate::config::Compaction;
use crate::memory::Block;
use crate::memory::destination::Destination;
use crate::memory::geometry::BLOCK;
use crate::object::places::Places;
use crate::object::recorder::{Recorder, Referrer};
use crate::object::trace::Relocator;
use crate::stats::{Compacted, CompactionReason, Event, Phase};

/// Heaps with fewer bytes in blocks are not worth it.
const LEAST: usize = 4 << 20;

/// At most so manieth of the blocks in use are emptied in a cycle, since what has been emptied is not used again before all has: a heap
/// grows by about half as much. But so many may always be, and more may not: they are all filed at once in the end.
const SHARE: usize = 32;
const FEW: usize = 256;
const MOST: usize = 4096;

const _: () = assert!(MOST <= Recorder::MOST_PIECES);

/// So many safepoints in a row may have no time for a block.
const PATIENCE: u32 = 4;

/// Where a compaction in slices stands.
#[derive(Default)]
pub(in super::super) struct Gradual {
    /// The share of holes that the last collection found, if that was too much.
    wanted: Option<f64>,
    /// Blocks to be emptied, as the recorders number them.
    candidates: Vec<Block>,
    /// How many of them have been dealt with.
    next: usize,
    /// Safepoints since a block was emptied that had no time for one.
    passed: u32,
    evacuation: Option<Evacuation>,
    /// What has been done, from the choice of candidates to the end.
    done: Option<Compacted>,
}

impl Gradual {
    /// True from the choice of candidates to the end.
    pub(in super::super) fn is_on(&self) -> bool {
        self.done.is_some()
    }

    /// The candidates that have not been dealt with, and their numbers.
    pub(in super::super) fn candidates(&self) -> impl Iterator<Item = (usize, Block)> {
        self.candidates.iter().copied().enumerate().skip(self.next).filter(|(_, block)| block.is_candidate())
    }
}

impl Collector {
    /// The next mark is to choose candidates, whatever the heap looks like.
    #[cfg(test)]
    pub(in super::super) fn want_gradual(&mut self) {
        self.gradual.wanted = Some(1.0);
    }

    /// The next safepoint is to empty a block, whether it has time for one or not.
    #[cfg(test)]
    pub(in super::super) fn lose_patience(&mut self) {
        self.gradual.passed = PATIENCE;
    }

    /// A sweep is over: decides whether the next mark is to choose candidates.
    pub(in super::super) fn look_at_fragmentation(&mut self, state: &HeapState) {
        let Compaction::Automatic { above } = self.config.compaction else { return };
        let share = self.stats(state).fragmentation;
        self.gradual.wanted = (share > above && self.space.used_block_bytes() >= LEAST).then_some(share);
    }

    /// A mark starts: chooses blocks to be emptied after it.
    pub(in super::super) fn choose_candidates(&mut self, state: &HeapState) {
        debug_assert!(!self.gradual.is_on());
        let Some(share) = self.gradual.wanted.take() else { return };
        let live_of = state.epoch.get().other();
        let most = (self.space.used_blocks() / SHARE).clamp(FEW, MOST);
        let candidates = self.space.choose_candidates(live_of, most, Recorder::SPAN);
        if candidates.len() < 2 {
            candidates.iter().for_each(|block| block.set_candidate(false));
            return;
        }
        let pieces: Vec<usize> = candidates.iter().map(|block| block.start().addr().get()).collect();
        for tracer in [&mut self.marker.tracer, &mut self.young.tracer] {
            tracer.recorder = Some(Box::new(Recorder::new(&pieces, BLOCK.trailing_zeros())));
        }
        (self.gradual.candidates, self.gradual.next) = (candidates, 0);
        self.gradual.done = Some(Compacted::nothing(CompactionReason::Fragmentation { share }));
    }

    /// Empties candidates for as long as there is time, and one at every few safepoints that have none.
    ///
    /// A young collection has just run, and no mark or sweep is under way.
    pub(in super::super) fn go_on_evacuating(&mut self, state: &HeapState, watch: &mut Stopwatch, deadline: Instant) {
        if !self.gradual.is_on() {
            return;
        }
        debug_assert!(state.stage.get() == Stage::Idle && self.remembered.len() == 0);
        if watch.lap >= deadline && self.gradual.passed < PATIENCE {
            self.gradual.passed += 1;
            return;
        }
        self.gradual.passed = 0;
        let pins = self.pin_roots(state);
        let stay = pins.blocks();
        while let Some(&block) = self.gradual.candidates.get(self.gradual.next) {
            let piece = self.gradual.next;
            self.gradual.next += 1;
            // (A block in which something is pinned would not be free.)
            if block.is_candidate() && !self.is_given_up(piece) && !stay.has_addr(block.start().addr().get()) {
                self.empty_candidate(state, piece, block, watch);
                if watch.lap >= deadline {
                    break;
                }
            }
        }
        if let Some(done) = &mut self.gradual.done {
            done.pinned_objects = pins.len() as u64;
        }
        pins.release(state.epoch.get());
        if self.gradual.next == self.gradual.candidates.len() {
            self.end_gradual(state);
            watch.lap(Phase::Memory);
        }
        self.verify_after_moving(state);
    }

    fn is_given_up(&self, piece: usize) -> bool {
        let recorders = [&self.marker.tracer.recorder, &self.young.tracer.recorder];
        recorders.into_iter().any(|recorder| recorder.as_ref().is_none_or(|r| r.referrers(piece).given_up))
    }

    /// Empties one block, and updates who points into it.
    fn empty_candidate(&mut self, state: &HeapState, piece: usize, block: Block, watch: &mut Stopwatch) {
        let epoch = state.epoch.get();
        let evacuation =
            self.gradual.evacuation.get_or_insert_with(|| Evacuation::new(Destination::free(Vec::new(), epoch), epoch));
        while !evacuation.has_room_for(block.live(epoch)) {
            let Some(free) = self.space.take_destination(epoch) else {
                // The blocks that have been emptied are needed.
                self.gradual.next = self.gradual.candidates.len();
                return;
            };
            evacuation.add_free(free);
        }
        let must_not_panic = AbortOnPanic;
        let before = evacuation.work;
        evacuation.empty(block, [None, None]);
        evacuation.leave_headers(block);
        let moved = evacuation.work;
        watch.lap(Phase::Evacuate);
        let mut left = Places::new(BLOCK.trailing_zeros());
        left.set(core::iter::once(block.start()));
        let mut relocator = Relocator::out_of(left);
        for recorder in [&mut self.marker.tracer.recorder, &mut self.young.tracer.recorder].into_iter().flatten() {
            // (Nobody will ask again; and to give back all lists at once takes a millisecond.)
            let referrers = recorder.take(piece);
            state.roots().relocate_some(&referrers.roots, &mut relocator);
            referrers.list.iter().for_each(|&referrer| relocate(referrer, &mut relocator));
        }
        core::mem::forget(must_not_panic);
        watch.lap(Phase::Relocate);
        if let Some(done) = &mut self.gradual.done {
            let objects = moved.objects - before.objects;
            let bytes = moved.bytes - before.bytes;
            done.moved_objects += objects as u64;
            done.moved_bytes += bytes as u64;
            done.updated_pointers += relocator.changed as u64;
            self.stats.moved_objects += objects as u64;
            self.stats.moved_bytes += bytes as u64;
        }
    }

    /// Ends the compaction in slices, wherever it stands: what has been emptied is free, and the rest stays.
    pub(in super::super) fn end_gradual(&mut self, state: &HeapState) {
        let Some(mut done) = self.gradual.done.take() else { return };
        let epoch = state.epoch.get();
        for tracer in [&mut self.marker.tracer, &mut self.young.tracer] {
            tracer.recorder = None;
        }
        let evacuation = self.gradual.evacuation.take();
        let filled = evacuation.iter().flat_map(|evacuation| evacuation.filled()).copied();
        // A candidate that the sweep found empty is none any more, and may be in use again.
        let candidates = self.gradual.candidates.drain(..).filter(|block| block.is_candidate());
        for block in candidates.chain(filled) {
            block.set_candidate(false);
            // While a mark is under way they keep what they have: the sweep files them.
            if state.stage.get() == Stage::Idle {
                if block.live(epoch) == 0 && block.dead() == 0 {
                    done.freed_blocks += 1;
                    if self.config.stress.poison {
                        super::poison(block);
                    }
                }
                self.space.file(block, epoch);
            }
        }
        if done.moved_objects > 0 {
            self.stats.compactions += 1;
            self.tell(&Event::Compacted { compacted: &done });
        }
    }
}

/// Updates the pointers of a referrer, wherever it is now.
fn relocate(referrer: Referrer, relocator: &mut Relocator<'static>) {
    let object = referrer.now();
    let info = object.info();
    if info.is_leaf() {
        return;
    }
    let (first, end) = (referrer.first as usize, referrer.end as usize);
    // SAFETY: the elements are of a live object; this is a safepoint, so nobody has a reference into it.
    unsafe { info.relocate(object.payload().as_ptr(), first, end, relocator) };
}
