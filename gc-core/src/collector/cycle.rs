//! The cycle as a story: what happens at a safepoint, step by step.

#[cfg(test)]
pub(crate) mod drive;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::time::{Duration, Instant};

use super::compact::Scope;
use super::destructors::keep_first;
use super::mark::{Asked, Budget};
use super::pacer::{Usage, YoungReport};
use super::sweep::Verdict;
use super::{Collector, HeapState, Stage, Stopwatch, add_bytes};
use crate::config::Compaction;
use crate::memory::geometry::CHUNK;
use crate::stats::{Cause, Compacted, CompactionReason, Event, Phase};

/// Chunks that one safepoint gives back to the system at most.
const CHUNKS_A_SAFEPOINT: usize = 2;

/// Heaps with fewer bytes in blocks fit the cache: looking ahead costs more than it gains.
const CACHE: usize = 4 << 20;

/// Longer than any program runs.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// What a destructor or the listener threw, if one did: to be thrown on when the collector is no
/// longer borrowed.
pub(super) type Thrown = Option<Box<dyn Any + Send>>;

impl HeapState {
    /// The program's stack holds no `Gc`: does what is due, within the pause target.
    #[cold]
    #[inline(never)]
    pub(crate) fn safepoint(&self) {
        let target = {
            let collector = self.collector.borrow();
            if collector.config.manual {
                return;
            }
            Duration::from_nanos(collector.config.pause_target_ns)
        };
        self.work(Cause::Safepoint, target);
    }

    /// Does what is due, for about as long as `time`. True if there is more to do.
    pub(crate) fn step(&self, time: Duration) -> bool {
        self.work(Cause::Step, time);
        // Not whether a safepoint is due: under stress one always is.
        let collector = self.collector.borrow();
        self.stage.get() != Stage::Idle
            || !collector.dead.is_empty()
            || collector.gradual.is_on()
            || collector.pacer.young_due(collector.nursery_fill(self))
    }

    fn work(&self, cause: Cause, time: Duration) {
        let mut watch = Stopwatch::start(cause);
        let _guard = self.due_on_panic();
        let thrown = {
            let collector = &mut *self.collector.borrow_mut();
            self.due.store(false, core::sync::atomic::Ordering::Relaxed);
            let mut thrown = collector.safepoint(self, &mut watch, time);
            collector.record(&watch);
            keep_first(&mut thrown, collector.thrown.take());
            if collector.config.stress.is_on() {
                self.set_due();
            }
            thrown
        };
        rethrow(thrown);
    }

    /// Follows the next few dozen pointers, if a mark is under way.
    #[cfg(test)]
    pub(crate) fn mark_a_little(&self) {
        if self.stage.get() == Stage::Marking {
            let mut watch = Stopwatch::start(Cause::AllocationMark);
            let budget = Budget { bytes: 1, deadline: None };
            self.collector.borrow_mut().mark_slice(self, budget, &mut watch, Phase::Assist);
        }
    }

    /// A young collection, now.
    pub(crate) fn collect_young(&self) {
        let mut watch = Stopwatch::start(Cause::Collect);
        let _guard = self.due_on_panic();
        let thrown = {
            let collector = &mut *self.collector.borrow_mut();
            collector.collect_young(self, &mut watch);
            let mut thrown = None;
            collector.run_all_destructors(self, &mut watch, &mut thrown);
            collector.record(&watch);
            keep_first(&mut thrown, collector.thrown.take());
            thrown
        };
        rethrow(thrown);
    }

    /// Everything that is garbage now goes now, and what lives moves together.
    pub(crate) fn compact(&self) -> Compacted {
        let mut watch = Stopwatch::start(Cause::Collect);
        let _guard = self.due_on_panic();
        let (compacted, thrown) = {
            let collector = &mut *self.collector.borrow_mut();
            // If a `trace` panics now, what a destructor threw waits.
            let thrown = collector.collect(self, &mut watch);
            keep_first(&mut collector.thrown, thrown);
            let reason = CompactionReason::Requested;
            let compacted = if collector.config.compaction == Compaction::Never {
                Compacted::nothing(reason)
            } else {
                collector.compact(self, &mut watch, Scope::Sparse, reason)
            };
            collector.record(&watch);
            (compacted, collector.thrown.take())
        };
        rethrow(thrown);
        compacted
    }

    /// Everything that is garbage now goes now.
    pub(crate) fn collect(&self) {
        let mut watch = Stopwatch::start(Cause::Collect);
        let _guard = self.due_on_panic();
        let thrown = {
            let collector = &mut *self.collector.borrow_mut();
            let mut thrown = collector.collect(self, &mut watch);
            collector.record(&watch);
            keep_first(&mut thrown, collector.thrown.take());
            thrown
        };
        rethrow(thrown);
    }
}

fn rethrow(thrown: Thrown) {
    if let Some(payload) = thrown {
        std::panic::resume_unwind(payload);
    }
}

impl Collector {
    fn safepoint(&mut self, state: &HeapState, watch: &mut Stopwatch, time: Duration) -> Thrown {
        self.verify_before(state);
        let deadline = watch.start.checked_add(time).unwrap_or(watch.start + NEVER);
        let stress = self.config.stress;
        self.safepoints = self.safepoints.saturating_add(1);
        let pressed = self.pacer.is_pressed(self.charged(state));
        let forced_start =
            state.stage.get() == Stage::Idle && stress.old_every.is_some_and(|every| self.safepoints >= every.get());
        let interrupted = state.stage.get() == Stage::Marking && self.marker.was_interrupted(state.epoch.get());

        self.release_some(state, watch);
        let young = stress.young
            || stress.moves
            || self.gradual.is_on() && watch.cause == Cause::Step
            || forced_start
            || interrupted
            || pressed
            || self.young.is_unfinished()
            || self.pacer.young_due(self.nursery_fill(state));
        if young {
            self.collect_young(state, watch);
        }
        if interrupted {
            self.abandon(state);
            if stress.yields {
                return None;
            }
        }
        let thrown = self.run_destructors(state, watch, (!pressed).then_some(deadline));
        if thrown.is_some() {
            return thrown;
        }
        if state.stage.get() == Stage::Marking {
            self.go_on_marking(state, watch, deadline, young, pressed);
            if stress.yields {
                return None;
            }
        }
        if let Stage::Sweeping(_) = state.stage.get() {
            // If the next cycle is due already, all the time there is goes to the end of this one.
            self.hurries = self.pacer.old_due(self.tally.used, self.charged(state));
            let deadline = if self.hurries { deadline.max(watch.lap + time / 2) } else { deadline };
            self.go_on_sweeping(state, watch, deadline, pressed);
            if stress.yields {
                return None;
            }
        }
        if pressed {
            self.end_gradual(state);
        }
        if young && self.gradual.is_on() && state.stage.get() == Stage::Idle {
            self.go_on_evacuating(state, watch, deadline);
            if stress.yields {
                return None;
            }
        }
        if stress.moves
            && young
            && state.stage.get() == Stage::Idle
            && self.dead.is_empty()
            && self.config.compaction != Compaction::Never
        {
            self.compact(state, watch, Scope::Everything, CompactionReason::Stress);
        }
        if state.stage.get() == Stage::Idle
            && young
            && (forced_start || self.pacer.old_due(self.tally.used, self.charged(state)))
        {
            self.start(state);
            watch.lap(Phase::Start);
            if pressed {
                self.go_on_marking(state, watch, deadline, true, true);
                self.go_on_sweeping(state, watch, deadline, true);
                return self.run_destructors(state, watch, None);
            }
        }
        None
    }

    /// True if the program has set time aside, or wants many cycles: then work is done for as long as
    /// there is time, and not as far as allocation makes it necessary.
    fn takes_its_time(&self, watch: &Stopwatch) -> bool {
        watch.cause == Cause::Step || self.config.stress.old_every.is_some()
    }

    /// Colours what survives, and files the blocks that were allocated in.
    pub(super) fn collect_young(&mut self, state: &HeapState, watch: &mut Stopwatch) {
        self.verify_before_young(state);
        self.take_stock(state);
        let epoch = state.epoch.get();
        self.take_written(state);
        let fill = self.nursery_fill(state);
        self.tell(&Event::YoungStarted { nursery_bytes: fill.heap_bytes, remembered_entries: fill.remembered });
        let allocated = state.cursors.retire() + core::mem::take(&mut self.tally.nursery_large);
        self.stats.allocated_bytes += allocated as u64;
        self.tally.allocated = add_bytes(self.tally.allocated, allocated);
        let ahead = self.looks_ahead();
        self.young.trace(&mut self.space, state.roots(), &self.remembered, state.epochs(), ahead);
        let work = self.young.settle(&mut self.space, state.roots(), &mut self.remembered, epoch, &mut self.dead);
        state.youngs.set(state.youngs.get().wrapping_add(1));
        // Not before: a collection that panicked and is done again must not count it twice.
        self.tally.allocated = add_bytes(self.tally.allocated, state.external.replace(0));
        state.charged.set(0);
        for usage in [&mut self.tally.used, &mut self.tally.promoted] {
            usage.heap_bytes += work.survived_bytes;
            usage.external_bytes = add_bytes(usage.external_bytes, work.survived_external);
        }
        self.stats.ephemerons_scanned += work.ephemerons as u64;
        self.stats.ephemerons_waited += work.waited as u64;
        self.stats.guardians_found += work.found as u64;
        let ns = watch.lap(Phase::Young);
        self.pacer.after_young(&YoungReport {
            fill,
            survivors: work.survived_objects,
            remembered_edges: work.remembered_edges,
            pause_ns: ns,
        });
        self.stats.young_collections += 1;
        self.stats.promoted_bytes += work.survived_bytes as u64;
        self.tell(&Event::YoungFinished { promoted_bytes: work.survived_bytes, duration_ns: ns });
        self.verify_after_young(state);
    }

    fn looks_ahead(&self) -> bool {
        self.space.used_block_bytes() > CACHE
    }

    pub(super) fn run_destructors(
        &mut self,
        state: &HeapState,
        watch: &mut Stopwatch,
        deadline: Option<Instant>,
    ) -> Thrown {
        if self.dead.is_empty() {
            return None;
        }
        let (destroyed, thrown) = self.dead.run_destructors(
            &mut self.space,
            state.epoch.get(),
            state.stage.get() == Stage::Marking,
            deadline,
        );
        self.stats.destructors_run += destroyed as u64;
        watch.lap(Phase::Destructors);
        self.verify_after(state, "destructors");
        if !self.dead.is_empty() {
            state.set_due();
        }
        thrown
    }

    /// Runs destructors until none is left, whichever panic.
    fn run_all_destructors(&mut self, state: &HeapState, watch: &mut Stopwatch, thrown: &mut Thrown) {
        while !self.dead.is_empty() {
            keep_first(thrown, self.run_destructors(state, watch, None));
        }
    }

    /// Flips the epoch: everything old is white from here on.
    ///
    /// A young collection has just run: nothing is new, and every old object is armed.
    fn start(&mut self, state: &HeapState) {
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
    pub(super) fn mark_slice(
        &mut self,
        state: &HeapState,
        budget: Budget,
        watch: &mut Stopwatch,
        phase: Phase,
    ) -> bool {
        self.take_stock(state);
        let ahead = self.looks_ahead();
        let before = self.marker.work;
        let done = self.marker.slice(&self.space, state.roots(), state.epoch.get(), budget, ahead);
        let marked = self.marker.work.bytes - before.bytes;
        self.stats.marked_bytes += marked as u64;
        self.stats.marked_objects += (self.marker.work.objects - before.objects) as u64;
        self.stats.ephemerons_scanned += (self.marker.work.ephemerons - before.ephemerons) as u64;
        self.stats.ephemerons_waited += (self.marker.work.waited - before.waited) as u64;
        let ns = watch.lap(phase);
        self.pacer.after_mark_slice(marked, ns);
        done
    }

    fn go_on_marking(
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
                self.pacer.mark_quota(self.mark_progress(state), super::nanos(left))
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
    pub(super) fn ask_guardians(
        &mut self,
        state: &HeapState,
        deadline: Option<Instant>,
        watch: &mut Stopwatch,
    ) -> Asked {
        let before = self.marker.work.found;
        let asked = self.marker.ask_guardians(state.epoch.get(), deadline);
        self.stats.guardians_found += (self.marker.work.found - before) as u64;
        watch.lap(Phase::Finish);
        self.verify_after(state, "asking the guardians");
        asked
    }

    /// Everything that was reachable has been marked. What was not is dead.
    ///
    /// A young collection has just run: no live object is new, so none can be mistaken for dead.
    fn finish(&mut self, state: &HeapState) {
        debug_assert!(self.space.current().is_empty() && !self.marker.owes_guardians());
        let work = self.marker.work;
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
    fn abandon(&mut self, state: &HeapState) {
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

    fn go_on_sweeping(&mut self, state: &HeapState, watch: &mut Stopwatch, deadline: Instant, to_the_end: bool) {
        let Stage::Sweeping(verdict) = state.stage.get() else { return };
        let left = super::nanos(deadline.saturating_duration_since(watch.lap));
        let swept = self.sweep.swept_blocks;
        let quota = if to_the_end || self.hurries || self.takes_its_time(watch) {
            usize::MAX
        } else {
            // One more than asked for, or the end would not be noticed.
            self.pacer.sweep_quota(self.tally.allocated, swept, left) + 1
        };
        for _ in 0..quota {
            // A block takes up to 30 µs, if the objects in it are small and every other one is dead.
            if !self.sweep_one(state) || !to_the_end && Instant::now() >= deadline {
                break;
            }
        }
        let mut done = false;
        while self.sweep.blocks_done && !done {
            done = self.sweep_large_objects(state, if to_the_end { usize::MAX } else { 16 });
            if Instant::now() >= deadline {
                break;
            }
        }
        let ns = watch.lap(Phase::Sweep);
        self.pacer.after_sweep_slice(self.sweep.swept_blocks - swept, ns);
        self.verify_after(state, "a slice of sweeping");
        if done {
            self.end_sweep(state, verdict, false);
            self.verify_after(state, "the end of a sweep");
            watch.lap(Phase::Memory);
        }
    }

    /// Sweeps the next block, if it is near. False if none is left.
    pub(super) fn sweep_one(&mut self, state: &HeapState) -> bool {
        let Stage::Sweeping(verdict) = state.stage.get() else { return false };
        let before = self.sweep.swept_blocks;
        let more = self.sweep.sweep_next_block(&mut self.space, &mut self.dead, state.epoch.get(), verdict);
        self.stats.swept_blocks += (self.sweep.swept_blocks - before) as u64;
        if !self.dead.is_empty() {
            state.set_due();
        }
        more
    }

    pub(super) fn sweep_large_objects(&mut self, state: &HeapState, limit: usize) -> bool {
        let Stage::Sweeping(verdict) = state.stage.get() else { return true };
        self.sweep.sweep_large(&mut self.space, &mut self.dead, state.epoch.get(), verdict, limit)
    }

    fn end_sweep(&mut self, state: &HeapState, verdict: Verdict, eagerly: bool) {
        state.stage.set(Stage::Idle);
        if verdict == Verdict::Free {
            self.stats.old_collections += 1;
            let freed_bytes = self.tally.used_before.saturating_sub(self.tally.used.heap_bytes);
            self.tell(&Event::SweepFinished { freed_bytes });
            self.look_at_fragmentation(state);
        }
        // It goes back a little at a time, at the safepoints that follow.
        self.surplus = self.pacer.bytes_to_release(self.tally.used, self.space.free_chunk_bytes(), eagerly);
    }

    /// Gives back some of what the heap has too much of.
    fn release_some(&mut self, state: &HeapState, watch: &mut Stopwatch) {
        // The sweep counts chunks as it goes, and would miss some.
        if self.surplus >= CHUNK && !matches!(state.stage.get(), Stage::Sweeping(_)) {
            let now = self.surplus.min(CHUNKS_A_SAFEPOINT * CHUNK);
            self.surplus -= now;
            self.release(now.min(self.space.free_chunk_bytes()));
            watch.lap(Phase::Memory);
        }
    }

    pub(super) fn release(&mut self, surplus: usize) {
        if surplus == 0 {
            return;
        }
        let keep = self.space.free_bytes().saturating_sub(surplus);
        let bytes = self.release_chunks(keep);
        if bytes > 0 {
            let reserved_bytes = self.space.footprint.mapped;
            self.tell(&Event::ChunkReleased { bytes, reserved_bytes });
        }
    }

    /// Gives back free chunks until `keep` bytes are left in free blocks. Returns the bytes given back.
    pub(super) fn release_chunks(&mut self, keep: usize) -> usize {
        let released = self.space.release_free_chunks(keep);
        if released > 0 {
            self.marker.search_again();
        }
        released
    }

    fn collect(&mut self, state: &HeapState, watch: &mut Stopwatch) -> Thrown {
        let never = watch.start + NEVER;
        let mut thrown = None;
        self.collect_young(state, watch);
        if state.stage.get() == Stage::Marking {
            if self.marker.was_interrupted(state.epoch.get()) {
                self.abandon(state);
            } else {
                self.go_on_marking(state, watch, never, true, true);
            }
        }
        self.go_on_sweeping(state, watch, never, true);
        // A destructor may have dropped roots: what they held goes in the cycle that follows.
        self.run_all_destructors(state, watch, &mut thrown);
        self.start(state);
        watch.lap(Phase::Start);
        self.go_on_marking(state, watch, never, true, true);
        self.go_on_sweeping(state, watch, never, true);
        self.run_all_destructors(state, watch, &mut thrown);
        let surplus = self.pacer.bytes_to_release(self.tally.used, self.space.free_chunk_bytes(), true);
        self.surplus = 0;
        self.release(surplus);
        watch.lap(Phase::Memory);
        self.verify_after(state, "a whole collection");
        thrown
    }
}
