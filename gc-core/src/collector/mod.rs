//! Which objects die, and when: the cycle.
//!
//! [`HeapState`] is one heap. The program's side of it is the cursors and a few cells, so that the
//! fast paths touch nothing else; everything else is the [`Collector`], which is borrowed for each
//! slow path and each safepoint.
//!
//! ```text
//!            start                    finish                     swept
//!   Idle ───────────────▶ Marking ───────────────▶ Sweeping ───────────────▶ Idle
//!    ▲   (young just ran)    │     (young just ran,            (free)         ▲
//!    │                       │      nothing to mark)                          │
//!    │                       └──── a trace panicked ──▶ Sweeping (keep) ──────┘
//! ```
//!
//! Young collections run in every phase, at safepoints only. One safepoint does, in this order:
//! young, destructors, finish, start, sweep.

mod address;
pub(crate) mod barrier;
mod census;
mod compact;
mod cycle;
mod destructors;
mod ephemerons;
pub(crate) mod guardians;
mod mark;
mod occupancy;
mod overflow;
mod pacer;
mod refill;
pub(crate) mod roots;
mod sweep;
mod verify;
mod walk;
mod watch;
pub(crate) mod weakness;
mod worklist;
mod young;

use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use crate::config::Config;
use crate::error::OutOfMemory;
use crate::memory::allocator::Cursors;
use crate::memory::{Epoch, MarkByte, Refused, Space};
use crate::object::Object;
use crate::object::trace::Trace;
use crate::stats::{Event, Listener, Pause, Pauses, Stats};

use barrier::Written;
use compact::Gradual;
use mark::Marker;
use pacer::{NurseryFill, Pacer, Usage};
use roots::{RootTable, Slot};
use sweep::{Dead, Sweep, Verdict};
use watch::nanos;
use young::{Epochs, Remembered, Young};

pub(crate) use destructors::discard;
pub(crate) use refill::Request;
pub(crate) use watch::Stopwatch;

/// Where the old collection stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// No old collection is under way.
    Idle,
    /// What was reachable at the start is being marked.
    Marking,
    /// What was not marked is being freed, or kept.
    Sweeping(Verdict),
}

/// One heap.
///
/// It is reached through shared references only: `Mutation`, roots and slow paths hold them at the
/// same time. Cells belong to the owner thread.
pub(crate) struct HeapState {
    pub(crate) cursors: Cursors,
    /// The newest entries of the remembered set.
    written: Written,
    /// The heap would like a safepoint soon.
    due: AtomicBool,
    stage: Cell<Stage>,
    epoch: Cell<Epoch>,
    /// Young collections that have been completed.
    youngs: Cell<u32>,
    roots: NonNull<RootTable>,
    /// The slot of the heap's root, once it has one.
    root: Cell<Option<NonNull<Slot>>>,
    /// Bytes outside the heap that new objects own, since the last young collection.
    external: Cell<usize>,
    /// Bytes charged explicitly since then.
    charged: Cell<usize>,
    /// There is a heap limit.
    limited: bool,
    collector: RefCell<Collector>,
}

/// Everything that only slow paths and safepoints touch.
pub(crate) struct Collector {
    config: Config,
    pacer: Pacer,
    space: Space,
    young: Young,
    remembered: Remembered,
    marker: Marker,
    sweep: Sweep,
    dead: Dead,
    gradual: Gradual,
    shadow: verify::Shadow,
    tally: Tally,
    stats: Stats,
    pauses: Pauses,
    listener: Option<Listener>,
    /// The next cycle waits for the sweep of this one.
    hurries: bool,
    /// Bytes of free chunks that are to go back to the system.
    surplus: usize,
    /// What the listener threw, until the next safepoint.
    thrown: cycle::Thrown,
    birth: Instant,
    /// Safepoints since the last old collection, for `Stress::old_every`.
    safepoints: u32,
}

/// Bytes counted from one point of the cycle to another.
#[derive(Clone, Copy, Default, Debug)]
struct Tally {
    /// Old objects: what the last mark found, and what was promoted since.
    used: Usage,
    /// Large objects allocated since the last young collection.
    nursery_large: usize,
    /// Since the mark started, or since it ended: allocated, and promoted of it.
    allocated: usize,
    promoted: Usage,
    /// `used` when the sweep began, to tell what it freed.
    used_before: usize,
}

impl HeapState {
    pub(crate) fn new(config: Config) -> Self {
        let (mut young, mut marker) = (Young::new(), Marker::new());
        if config.stress.is_on() {
            young.waiting.look(1);
            marker.visitor.waiting.look(1);
        }
        let cursors = Cursors::new(config.stress.poison);
        let space = Space::new(config.heap_limit.unwrap_or(usize::MAX), config.huge_pages, config.prepare_memory);
        Self {
            cursors,
            written: Written::new(),
            due: AtomicBool::new(config.stress.is_on()),
            stage: Cell::new(Stage::Idle),
            epoch: Cell::new(Epoch::Odd),
            youngs: Cell::new(0),
            roots: RootTable::leak(),
            root: Cell::new(None),
            external: Cell::new(0),
            charged: Cell::new(0),
            limited: config.heap_limit.is_some(),
            collector: RefCell::new(Collector {
                pacer: Pacer::new(&config),
                space,
                young,
                remembered: Remembered::new(),
                marker,
                sweep: Sweep::default(),
                dead: Dead::default(),
                gradual: Gradual::default(),
                shadow: verify::Shadow::default(),
                tally: Tally::default(),
                stats: Stats::default(),
                pauses: Pauses::new(config.pauses_kept),
                listener: None,
                hurries: false,
                surplus: 0,
                thrown: None,
                birth: Instant::now(),
                safepoints: 0,
                config,
            }),
        }
    }

    /// True if the heap would like a safepoint soon.
    #[inline(always)]
    pub(crate) fn is_due(&self) -> bool {
        // Relaxed: a hint, which nothing is read after.
        self.due.load(Relaxed)
    }

    fn set_due(&self) {
        self.due.store(true, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch.get()
    }

    /// How many young collections have been completed, modulo 2³²: the number of the time between two.
    #[inline]
    pub(crate) fn youngs(&self) -> u32 {
        self.youngs.get()
    }

    /// The table of roots, which outlives the heap if roots do.
    pub(crate) fn root_table(&self) -> NonNull<RootTable> {
        self.roots
    }

    /// Makes `object` the heap's root.
    pub(crate) fn set_root(&self, object: Object) -> NonNull<Slot> {
        debug_assert!(self.root.get().is_none());
        let slot = self.roots().insert(object);
        self.root.set(Some(slot));
        slot
    }

    pub(crate) fn roots(&self) -> &RootTable {
        // SAFETY: the heap keeps its table until `heap_is_gone`.
        unsafe { self.roots.as_ref() }
    }

    /// Takes note that a new object will own `bytes` outside the heap.
    ///
    /// # Errors
    ///
    /// If that exceeds the heap limit.
    #[cold]
    pub(crate) fn admit_external(&self, bytes: usize) -> Result<Admitted<'_>, OutOfMemory> {
        let collector = &mut *self.collector.borrow_mut();
        if self.limited && collector.charged(self).saturating_add(bytes) > collector.space.footprint.limit {
            self.set_due();
            return Err(collector.out_of_memory(self, Refused::Limit, bytes));
        }
        let bytes = countable(self.external.get(), bytes);
        self.external.set(self.external.get() + bytes);
        collector.take_stock(self);
        self.look_at_nursery(collector);
        Ok(Admitted { state: self, bytes })
    }

    /// Takes note of a charge of `bytes` outside the heap.
    pub(crate) fn notice_charge(&self, bytes: usize) {
        self.charged.set(add_bytes(self.charged.get(), bytes));
        self.look_at_nursery(&self.collector.borrow());
    }

    /// Asks for a safepoint if what follows panics: a `trace` that does leaves work to be taken up.
    fn due_on_panic(&self) -> DueOnPanic<'_> {
        DueOnPanic(self)
    }

    fn look_at_nursery(&self, collector: &Collector) {
        if collector.pacer.young_due(collector.nursery_fill(self)) {
            self.set_due();
        }
    }

    /// What a weak pointer to `object` gives: false if the object is dead. An object that the mark
    /// has not reached yet is handed to it.
    #[inline]
    pub(crate) fn upgrade(&self, object: Object) -> bool {
        if !self.is_alive(object) {
            return false;
        }
        if self.stage.get() == Stage::Marking && MarkByte::of(object).load().is_of(self.epoch.get().other()) {
            self.collector.borrow_mut().marker.reach(object);
        }
        true
    }

    /// False if the target of a weak pointer is known to be dead. True tells nothing of the future: who
    /// wants to read the object upgrades.
    #[inline]
    pub(crate) fn is_alive(&self, object: Object) -> bool {
        if object.info().is_tombstone() {
            return false;
        }
        let mark = MarkByte::of(object).load();
        let swept_away = self.stage.get() == Stage::Sweeping(Verdict::Free) && mark.is_of(self.epoch.get().other());
        !mark.has(crate::memory::Mark::DEAD) && !swept_away
    }

    /// The program gets hold of a value through its key: what it holds is handed to the mark.
    #[inline]
    pub(crate) fn hand_out<'gc, V: Trace<'gc>>(&self, value: &V) {
        if V::NEEDS_TRACE && self.stage.get() == Stage::Marking {
            self.hand_to_mark(value);
        }
    }

    #[cold]
    fn hand_to_mark<'gc, V: Trace<'gc>>(&self, value: &V) {
        self.collector.borrow_mut().marker.reach_in(value, self.epoch.get());
    }

    /// The heap goes: all destructors run, and the memory is given back.
    ///
    /// Returns the first panic of a destructor. No code of the program is left to run afterwards.
    pub(crate) fn destroy(&self) -> Option<Box<dyn std::any::Any + Send>> {
        let collector = &mut *self.collector.borrow_mut();
        let mut thrown = destructors::destroy_all(&mut collector.space);
        destructors::keep_first(&mut thrown, collector.thrown.take());
        discard(collector.listener.take());
        thrown
    }

    /// Calls `f` with the collector.
    pub(crate) fn with_collector<T>(&self, f: impl FnOnce(&mut Collector) -> T) -> T {
        let collector = &mut *self.collector.borrow_mut();
        collector.take_written(self);
        f(collector)
    }
}

impl Drop for HeapState {
    fn drop(&mut self) {
        if let Some(slot) = self.root.get() {
            // SAFETY: the slot is the table's, and the heap that had it in use is going.
            unsafe { RootTable::release(self.roots, slot) };
        }
        // SAFETY: the heap is going, and does not use its table again.
        unsafe { RootTable::heap_is_gone(self.roots) };
    }
}

/// Bytes outside the heap that have been counted for an object which is not there yet: taken back unless
/// it comes.
pub(crate) struct Admitted<'a> {
    state: &'a HeapState,
    bytes: usize,
}

impl Admitted<'_> {
    /// The object is there, and its bytes stay counted.
    pub(crate) fn keep(self) {
        core::mem::forget(self);
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        // No young collection comes between an object's admission and its allocation.
        self.state.external.set(self.state.external.get() - self.bytes);
    }
}

/// Sets `due` when a panic passes by.
struct DueOnPanic<'a>(&'a HeapState);

impl Drop for DueOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set_due();
        }
    }
}

/// The most bytes outside the heap that one sum counts. The program may make up what it charges, and a few
/// of these sums are added.
const MOST_BYTES: usize = usize::MAX / 16;

/// The sum of two numbers of bytes outside the heap, as far as it can be counted.
fn add_bytes(some: usize, more: usize) -> usize {
    some.saturating_add(more).min(MOST_BYTES)
}

/// How many of `more` bytes can be added to a sum, so that as many can be taken off again.
fn countable(sum: usize, more: usize) -> usize {
    more.min(MOST_BYTES - sum)
}

impl HeapState {
    /// The colours of the moment, for a young collection.
    fn epochs(&self) -> Epochs {
        let current = self.epoch.get();
        let frees = self.stage.get() == Stage::Sweeping(Verdict::Free);
        Epochs { current, dead: frees.then_some(current.other()), young: self.youngs.get() }
    }
}

impl Collector {
    fn nursery_fill(&self, state: &HeapState) -> NurseryFill {
        NurseryFill {
            heap_bytes: state.cursors.allocated() + self.tally.nursery_large,
            external_bytes: state.external.get() + state.charged.get(),
            remembered: self.remembered.len() + state.written.len() + state.roots().fresh(),
        }
    }

    /// What counts against the heap limit.
    fn charged(&self, state: &HeapState) -> usize {
        self.space.used_bytes() + self.external_bytes(state) + self.stack_bytes()
    }

    /// Bytes of the collector's own stacks, as far as they count.
    fn stack_bytes(&self) -> usize {
        self.marker.counted_bytes() + self.young.counted_bytes() + self.remembered.counted_bytes()
    }

    /// Has the space know what counts against the limit besides its objects, and the collector's stacks
    /// what they may grow by.
    fn take_stock(&mut self, state: &HeapState) {
        self.space.footprint.external = self.external_bytes(state) + self.stack_bytes();
        let more =
            if state.limited { self.space.footprint.limit.saturating_sub(self.charged(state)) } else { usize::MAX };
        self.marker.allow(more / 2);
        self.young.allow(more / 2);
        self.remembered.allow(more / 8);
    }

    /// Bytes that objects own outside the heap, as far as is known.
    fn external_bytes(&self, state: &HeapState) -> usize {
        self.tally.used.external_bytes + state.external.get() + state.roots().charged.get()
    }

    fn record(&mut self, watch: &Stopwatch) {
        let duration = nanos(watch.lap - watch.start);
        self.stats.time.add_all(&watch.phases);
        let pause = Pause {
            start_ns: nanos(watch.start - self.birth),
            duration_ns: duration,
            cause: watch.cause,
            phases: watch.phases,
        };
        self.pauses.record(pause);
        self.tell(&Event::Paused { pause: &pause });
    }

    fn tell(&mut self, event: &Event<'_>) {
        if let Some(listener) = &mut self.listener {
            // The collector is in the middle of something: what the listener throws has to wait.
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| listener(event)));
            if let Err(payload) = told {
                destructors::keep_first(&mut self.thrown, Some(payload));
            }
        }
    }

    /// Sets who hears about events.
    pub(crate) fn set_listener(&mut self, listener: Option<Listener>) -> Option<Listener> {
        core::mem::replace(&mut self.listener, listener)
    }

    pub(crate) fn pauses(&self) -> &Pauses {
        &self.pauses
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The counters of the moment.
    pub(crate) fn stats(&self, state: &HeapState) -> Stats {
        let mut stats = self.stats.clone();
        let in_blocks = self.space.used_block_bytes();
        stats.live_bytes = self.tally.used.heap_bytes;
        stats.allocated_bytes += (state.cursors.allocated() + self.tally.nursery_large) as u64;
        stats.reserved_bytes = self.space.reserved_bytes();
        stats.resident_bytes = self.space.resident_bytes();
        stats.block_bytes = in_blocks;
        stats.free_block_bytes = self.space.free_bytes();
        stats.large_bytes = self.space.large_bytes();
        stats.external_bytes = self.external_bytes(state);
        let old_and_large = self.space.large_object_bytes().saturating_sub(self.tally.nursery_large);
        let live_in_blocks = (self.tally.used.heap_bytes + state.cursors.allocated()).saturating_sub(old_and_large);
        stats.fragmentation =
            if in_blocks == 0 { 0.0 } else { 1.0 - (live_in_blocks.min(in_blocks) as f64 / in_blocks as f64) };
        stats.ephemerons_waiting = self.marker.visitor.waiting.len();
        stats.remembered_entries = self.remembered.len() + state.written.len();
        stats.roots = state.roots().used();
        stats
    }
}
