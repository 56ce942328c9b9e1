//! The write barrier's slow path.
//!
//! `Gc::write` tests one bit of the owner's header and comes here if it is clear. Here the owner is
//! scanned, if a mark is under way and has not done so: this is the snapshot of the fields that are
//! about to change. Then it goes into the remembered set, and the bit says so (Y1).
//!
//! It has to be quick: a program that writes all over a large heap comes here with nearly every write, and
//! what is executed here takes the place of its own next steps in the processor's window. So entries are first
//! put into a small buffer, which takes a dozen instructions, and moved to the set when that is full. While a
//! mark is under way the owner's mark byte is looked at before, and only those that have to be scanned go the
//! long way. (Graph mutation, 20 M edges, where a mark is under way for three quarters of the time: 5.6 → 4.5 s, in turns.)

use core::cell::Cell;
use core::mem::MaybeUninit;

use super::{Collector, HeapState, Stage, Stopwatch};
use crate::memory::LargeObject;
use crate::memory::MarkByte;
use crate::object::Object;
use crate::object::header::{LARGE, LOGGED};
use crate::stats::{Cause, Phase};

/// A scan of more bytes, those outside the heap included, is recorded as a pause.
const LONG_SCAN: usize = 4096;

/// Entries that a program makes between two looks at whether a collection is due.
const WRITTEN: usize = 256;

/// The newest entries of the remembered set.
pub(super) struct Written {
    objects: Box<[Cell<MaybeUninit<Object>>; WRITTEN]>,
    /// The first `len` are filled.
    len: Cell<usize>,
}

impl Written {
    pub(super) fn new() -> Self {
        let empty = [const { Cell::new(MaybeUninit::uninit()) }; WRITTEN];
        Self { objects: Box::new(empty), len: Cell::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.len.get()
    }

    /// Adds an object, if there is room for it.
    #[inline(always)]
    fn push(&self, object: Object) -> bool {
        let len = self.len.get();
        if len == WRITTEN {
            return false;
        }
        self.objects[len].set(MaybeUninit::new(object));
        self.len.set(len + 1);
        true
    }
}

impl Collector {
    /// Moves what has been written lately to the remembered set.
    pub(super) fn take_written(&mut self, state: &HeapState) {
        for entry in &state.written.objects[..state.written.len.replace(0)] {
            // SAFETY: the entries below `len` are filled.
            self.remembered.insert(unsafe { entry.get().assume_init() });
        }
    }
}

impl HeapState {
    /// Before a write into `object`, whose header is not logged.
    #[inline(never)]
    pub(crate) fn log(&self, object: Object) {
        debug_assert!(!object.info().is_unwatched(), "born logged, and never armed");
        if self.stage.get() == Stage::Marking && !MarkByte::of(object).load().is_done_with(self.epoch.get()) {
            self.scan(object);
        }
        if !self.written.push(object) {
            self.make_room_for(object);
        }
        object.header().set(LOGGED);
    }

    /// Takes the snapshot of `object`.
    #[cold]
    #[inline(never)]
    fn scan(&self, object: Object) {
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        // Only these can be long, and only for them the clock is read.
        let long = object.size() > LONG_SCAN || object.info().has_external();
        let watch = long.then(|| Stopwatch::start(Cause::Barrier));
        let read = collector.marker.scan_before_write(object, self.epoch.get());
        collector.record_if_long(watch, read);
    }

    /// Empties the buffer, adds `object`, and looks at whether a collection is due.
    #[cold]
    #[inline(never)]
    fn make_room_for(&self, object: Object) {
        let collector = &mut *self.collector.borrow_mut();
        collector.take_written(self);
        let _ = self.written.push(object);
        self.look_at_remembered(collector);
    }

    fn look_at_remembered(&self, collector: &Collector) {
        if collector.remembered.lost {
            self.set_due();
        }
        self.look_at_nursery(collector);
    }

    /// Before a write of the elements `from..to` of `object`, a slice whose header is not logged.
    #[inline(never)]
    pub(crate) fn log_elements(&self, object: Object, from: usize, to: usize) {
        if !object.header().has(LARGE) {
            return self.log(object);
        }
        let record = LargeObject::of(object);
        if record.segments().is_empty() || from >= to {
            return;
        }
        let first = from / record.segment_elements();
        let last = (to - 1) / record.segment_elements();
        let armed = (first..=last).filter(|&segment| !record.segments()[segment].is_logged());
        self.log_segments(object, armed, last - first);
    }

    #[cold]
    fn log_segments(&self, object: Object, segments: impl Iterator<Item = usize>, more: usize) {
        let record = LargeObject::of(object);
        let epoch = self.epoch.get();
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        let marking = self.stage.get() == Stage::Marking && MarkByte::of(object).load().is_coloured();
        let long = marking && (more > 2 || object.info().has_external());
        let watch = long.then(|| Stopwatch::start(Cause::Barrier));
        let mut read = 0;
        for segment in segments {
            if marking {
                read += collector.marker.scan_before_write(object, epoch);
                read += collector.marker.scan_segment(object, segment, epoch);
            }
            collector.remembered.insert_segment(object, segment);
            record.segments()[segment].log();
        }
        collector.record_if_long(watch, read);
        self.look_at_remembered(collector);
    }
}

impl Collector {
    fn record_if_long(&mut self, watch: Option<Stopwatch>, read: usize) {
        if let Some(mut watch) = watch
            && read > LONG_SCAN
        {
            watch.lap(Phase::Mark);
            self.record(&watch);
        }
    }
}
