//! The write barrier's slow path.
//!
//! `Gc::write` tests one bit of the owner's header and comes here if it is clear. Here the owner is
//! scanned, if a mark is under way and has not done so: this is the snapshot of the fields that are
//! about to change. Then it goes into the remembered set, and the bit says so (Y1).

use super::{HeapState, Stage, Stopwatch};
use crate::memory::LargeObject;
use crate::memory::MarkByte;
use crate::object::Object;
use crate::object::header::{LARGE, LOGGED};
use crate::stats::{Cause, Phase};

/// Owners with more bytes are worth a look at the clock when they are scanned.
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
            if object.size() > LONG_SCAN {
                let mut watch = Stopwatch::start(Cause::Barrier);
                collector.marker.scan_before_write(object, self.epoch.get());
                watch.lap(Phase::Mark);
                collector.record(&watch);
            } else {
                collector.marker.scan_before_write(object, self.epoch.get());
            }
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
        for segment in first..=last {
            if !record.segments()[segment].is_logged() {
                self.log_segment(object, segment);
            }
        }
    }

    #[cold]
    fn log_segment(&self, object: Object, segment: usize) {
        let record = LargeObject::of(object);
        let _guard = self.due_on_panic();
        let collector = &mut *self.collector.borrow_mut();
        let epoch = self.epoch.get();
        if self.stage.get() == Stage::Marking && MarkByte::of(object).load().is_coloured() {
            collector.marker.scan_before_write(object, epoch);
            collector.marker.scan_segment(object, segment, epoch);
        }
        collector.remembered.insert_segment(object, segment);
        record.segments()[segment].log();
        if collector.remembered.is_due(collector.pacer.remembered_limit()) {
            self.set_due();
        }
    }
}
