//! The mark, from its start to its end, or until it is given up.

use std::time::Instant;

use super::super::mark::{Asked, Budget};
use super::super::pacer::Usage;
use super::super::sweep::Verdict;
use super::super::{Collector, HeapState, Stage, Stopwatch, add_bytes, nanos};
use crate::stats::{Event, Phase};

impl Collector {
    /// Flips the epoch: everything old is white from here on.
    ///
    /// A young collection has just run: nothing is new, and every old object is armed.
    pub(super) fn start(&mut self, state: &HeapState) {
        debug_assert!(self.remembered.len() == 0 && self.space.current().is_empty());
        self.end_gradual(state);
        self.tell(&Event::OldStarted { used_bytes: self.tally.used.total() });
        self.safepoints = 0;
        state.epoch.set(state.epoch.get().other());
        state.stage.set(Stage::Marking);
        self.space.set_holes_aside();
        state.roots().start_scan(state.epoch.get());
        self.marker.start(state.epoch.get());
        self.choose_candidates(state);
        self.pacer.start_marking(self.tally.used);
        self.tally.allocated = 0;
        self.tally.promoted = Usage::default();
        self.verify_after(state, "the start of a mark");
    }

    /// One slice of marking. True if nothing is left to mark.
    pub(in super::super) fn mark_slice(
        &mut self,
        state: &HeapState,
        budget: Budget,
        watch: &mut Stopwatch,
        phase: Phase,
    ) -> bool {
        self.take_stock(state);
        let ahead = self.looks_ahead();
        let before = self.marker.visitor.work;
        let done = self.marker.slice(&self.space, state.roots(), state.epoch.get(), budget, ahead);
        let marked = self.marker.visitor.work.bytes - before.bytes;
        self.stats.marked_bytes += marked as u64;
        self.stats.marked_objects += (self.marker.visitor.work.objects - before.objects) as u64;
        self.stats.ephemerons_scanned += (self.marker.visitor.work.ephemerons - before.ephemerons) as u64;
        self.stats.ephemerons_waited += (self.marker.visitor.work.waited - before.waited) as u64;
        let ns = watch.lap(phase);
        self.pacer.after_mark_slice(marked, ns);
        done
    }

    pub(super) fn go_on_marking(
        &mut self,
        state: &HeapState,
        watch: &mut Stopwatch,
        deadline: Instant,
        young: bool,
        pressed: bool,
    ) {
        let budget = if pressed {
            Budget::UNBOUNDED
        } else {
            let left = deadline.saturating_duration_since(watch.lap);
            let bytes = if self.takes_its_time(watch) {
                usize::MAX
            } else {
                self.pacer.mark_quota(self.mark_progress(state), nanos(left))
            };
            if bytes == 0 && state.roots().owes_scan() {
                return;
            }
            Budget { bytes, deadline: Some(deadline) }
        };
        loop {
            if !self.marker.is_readying() {
                let marked = self.mark_slice(state, budget, watch, Phase::Mark);
                self.verify_after(state, "a slice of marking");
                if !marked {
                    return;
                }
            }
            match self.ask_guardians(state, budget.deadline, watch) {
                Asked::Settled => break,
                Asked::Late => return,
                // What they have found is marked next.
                Asked::Found => {}
            }
        }
        if !young {
            self.collect_young(state, watch);
        }
        self.finish(state);
        watch.lap(Phase::Finish);
    }

    /// Everything that was reachable has been marked: what guardians have found of the rest is next.
    pub(in super::super) fn ask_guardians(
        &mut self,
        state: &HeapState,
        deadline: Option<Instant>,
        watch: &mut Stopwatch,
    ) -> Asked {
        let before = self.marker.visitor.work.found;
        let asked = self.marker.ask_guardians(state.epoch.get(), deadline);
        self.stats.guardians_found += (self.marker.visitor.work.found - before) as u64;
        watch.lap(Phase::Finish);
        self.verify_after(state, "asking the guardians");
        asked
    }

    /// Everything that was reachable has been marked. What was not is dead.
    ///
    /// A young collection has just run: no live object is new, so none can be mistaken for dead.
    pub(super) fn finish(&mut self, state: &HeapState) {
        debug_assert!(self.space.current().is_empty() && !self.marker.owes_guardians());
        debug_assert!(self.marker.visitor.waiting.is_settled());
        let work = self.marker.visitor.work;
        self.marker.clear();
        state.roots().end_scan();
        self.space.forget_snapshot_holes();
        self.tally.used_before = self.tally.used.heap_bytes;
        let marked = Usage { heap_bytes: work.bytes, external_bytes: add_bytes(work.external, 0) };
        self.pacer.finish_marking(marked, self.tally.promoted.total(), self.space.used_blocks());
        self.tally.used = Usage {
            heap_bytes: marked.heap_bytes + self.tally.promoted.heap_bytes,
            external_bytes: add_bytes(marked.external_bytes, self.tally.promoted.external_bytes),
        };
        self.tally.allocated = 0;
        self.sweep.start();
        state.stage.set(Stage::Sweeping(Verdict::Free));
        self.tell(&Event::MarkFinished { marked_objects: work.objects as u64, marked_bytes: work.bytes });
        self.verify_after(state, "the end of a mark");
    }

    /// The mark cannot be trusted: whatever it did not reach is kept.
    pub(super) fn abandon(&mut self, state: &HeapState) {
        self.end_gradual(state);
        self.marker.clear();
        state.roots().end_scan();
        self.space.forget_snapshot_holes();
        self.pacer.abandon(self.tally.used, self.space.used_blocks());
        self.tally.used_before = self.tally.used.heap_bytes;
        self.tally.allocated = 0;
        self.sweep.start();
        state.stage.set(Stage::Sweeping(Verdict::Keep));
        self.stats.abandoned_collections += 1;
        self.tell(&Event::Abandoned);
        self.verify_after(state, "the end of an abandoned mark");
    }
}
