//! The cycle as a story: what happens at a safepoint, step by step.

#[cfg(test)]
pub(crate) mod drive;
#[cfg(test)]
mod tests;

mod marking;
mod sweeping;

use std::any::Any;
use std::time::{Duration, Instant};

use super::compact::Scope;
use super::destructors::keep_first;
#[cfg(test)]
use super::mark::Budget;
use super::pacer::YoungReport;
use super::{Collector, HeapState, Stage, Stopwatch, add_bytes};
use crate::config::Compaction;
use crate::stats::{Cause, Compacted, CompactionReason, Event, Phase};

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
            // If the next cycle is due already, all the time there is goes to the end of this one, and a little more.
            self.hurries = self.pacer.old_due(self.tally.used, self.charged(state));
            let deadline = if self.hurries { deadline.max(watch.lap + time / 4) } else { deadline };
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

    /// Whether to fetch what will be looked at. (Tests and stress do it in turns: their heaps are small.)
    fn looks_ahead(&self) -> bool {
        let tries = cfg!(test) || self.config.stress.is_on();
        self.space.used_block_bytes() > CACHE || tries && self.stats.young_collections % 2 == 1
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
