//! The write barrier's slow path.
//!
//! `Gc::write` tests one bit of the owner's header and comes here if it is clear. Here the owner is
//! scanned, if a mark is under way and has not done so: this is the snapshot of the fields that are
//! about to change. Then it goes into the remembered set, and the bit says so (Y1).

use super::{Collector, HeapState, Stage, Stopwatch};
use crate::memory::LargeObject;
use crate::memory::MarkByte;
use crate::object::Object;
use crate::object::header::{LARGE, LOGGED};
use crate::stats::{Cause, Phase};

/// A scan of more bytes, those outside the heap included, is recorded as a pause.
const LONG_SCAN: usize = 4096;

impl HeapState {
    /// Before a write into `object`, whose header is not logged.
    #[cold]
    #[inline(never)]
    pub(crate) fn log(&self, object: Object) {
        if object.info().is_unwatched() {
            return;
        }
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        if self.stage.get() == Stage::Marking {
            // Only these can be long, and only for them the clock is read.
            let long = object.size() > LONG_SCAN || object.info().has_external();
            let watch = long.then(|| Stopwatch::start(Cause::Barrier));
            let read = collector.marker.scan_before_write(object, self.epoch.get());
            collector.record_if_long(watch, read);
        }
        collector.remembered.insert(object);
        object.header().set(LOGGED);
        if collector.remembered.is_due(collector.pacer.remembered_limit()) {
            self.set_due();
        }
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
        if collector.remembered.is_due(collector.pacer.remembered_limit()) {
            self.set_due();
        }
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
