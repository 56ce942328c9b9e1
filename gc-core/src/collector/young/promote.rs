//! What a young collection does with an object that it reaches: it is promoted where it lies.

use super::super::ephemerons::{Waiting, wake};
use super::super::overflow::{note_new_weakly, promote};
use super::super::weakness::{is_large, is_nothing, is_tombstone};
use super::super::worklist::Visit;
use super::YoungWork;
use crate::memory::geometry::GRANULE;
use crate::memory::{Block, Epoch, LargeLayout, LargeObject, Mark, MarkByte, MarkPlace};
use crate::object::Object;
use crate::object::header::{CARRIED, LARGE, LOGGED};
use crate::object::places::Places;
use crate::object::trace::{EphemeronEdge, Tracer};
use crate::object::worklist::{Edge, Stack};

/// The visitor of young collections.
pub(super) struct Promote<'a> {
    pub(super) epoch: Epoch,
    pub(super) dead: Option<Epoch>,
    pub(super) places: &'a Places,
    pub(super) arrays: &'a mut Stack<(Object, usize)>,
    /// Pages of tables with weak keys are put off.
    pub(super) defers: bool,
    pub(super) waiting: &'a mut Waiting,
    pub(super) weakly: &'a mut Stack<Object>,
    pub(super) current: &'a mut Option<Object>,
    pub(super) work: &'a mut YoungWork,
}

impl Visit for Promote<'_> {
    #[inline(always)]
    fn concerns(&self, edge: Edge) -> bool {
        self.places.may_have(edge.object())
    }

    #[inline(always)]
    fn visit_at(&mut self, edge: Edge, place: MarkPlace, tracer: &mut Tracer<'static>) -> usize {
        let (object, byte) = (edge.object(), place.byte());
        let mark = byte.load();
        if mark.is_coloured() && !mark.is_owed() {
            return 0;
        }
        // Most objects: as in the mark, all is known from a single look at the header. (Of a tree that survives: 185 → 93
        // instructions an object.)
        let (info, header) = object.header().info_and_flags();
        if !mark.without(Mark::DROP).is_clear() || header & (LARGE | CARRIED) != 0 || !info.is_plain() {
            return self.visit_other(edge, tracer);
        }
        let granules = info.plain_granules();
        debug_assert_eq!(granules, object.granules());
        byte.store(Mark::scanned(self.epoch).with(mark));
        let last = place.of_last(granules).byte();
        debug_assert!(granules == 1 || last.load().is_clear(), "M3");
        last.store(last.load().with(Mark::END));
        Block::of(object).count_live(self.epoch, granules);
        self.work.survived_objects += 1;
        self.work.survived_bytes += granules * GRANULE;
        object.header().clear(LOGGED);
        *self.current = Some(object);
        // SAFETY: the object is whole, and at a safepoint nobody writes it. It is one value.
        unsafe { object.scan_plain(info, tracer) };
        *self.current = None;
        0
    }

    #[cold]
    #[inline(never)]
    fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize {
        let mut found = core::mem::take(&mut tracer.ephemerons);
        self.work.ephemerons += found.len() + core::mem::take(&mut tracer.decided);
        for EphemeronEdge { key, value } in found.drain(..) {
            if is_nothing(key) {
                continue;
            }
            let mark = MarkByte::of(key).load();
            if mark.has(Mark::DEAD) || is_tombstone(key, mark) || self.dead.is_some_and(|dead| mark.is_of(dead)) {
                continue;
            }
            if !mark.is_coloured() {
                if note_new_weakly(key) {
                    tracer.lost_weak |= !self.weakly.push(key);
                }
                if self.waiting.add(key, value) {
                    self.work.waited += 1;
                    continue;
                }
            }
            wake(value, key, tracer);
        }
        tracer.ephemerons = found;
        0
    }

    #[inline(always)]
    fn waiting(&mut self) -> &mut Waiting {
        self.waiting
    }

    #[inline(always)]
    fn white(&self) -> Option<Epoch> {
        None
    }

    #[inline(always)]
    fn reached(&self) -> usize {
        self.work.survived_objects
    }
}

impl Promote<'_> {
    /// Visits an object that is large, a slice, a leaf or a page, that somebody may wait for, that is owed a visit, or that owns something
    /// outside the heap.
    #[inline(never)]
    fn visit_other(&mut self, edge: Edge, tracer: &mut Tracer<'static>) -> usize {
        let object = edge.object();
        let byte = MarkByte::of(object);
        let mark = byte.load();
        // (Of one that is owed a visit WEAK has been forgotten.)
        if (mark.has(Mark::WEAK) || mark.is_owed()) && !self.waiting.has_no_index() {
            self.waiting.take(object, |value| wake(value, object, tracer));
        }
        let header = object.header();
        let info = header.info();
        if is_large(object) {
            self.promote_large(object, tracer);
            return 0;
        }
        if self.defers
            && info.is_late()
            && !mark.is_owed()
            && let Some(late) = &mut tracer.late
            && late.push(edge)
        {
            return 0;
        }
        let granules = if mark.is_owed() {
            byte.store(Mark::scanned(self.epoch).with(mark.only(Mark::DROP.with(Mark::END))));
            object.granules()
        } else {
            promote(object, mark, Mark::scanned(self.epoch), self.epoch)
        };
        self.work.survived_objects += 1;
        self.work.survived_bytes += granules * GRANULE;
        if info.is_unwatched() {
            return 0;
        }
        header.clear(LOGGED);
        *self.current = Some(object);
        // SAFETY: the object is whole, and at a safepoint nobody writes it.
        unsafe { object.scan(0..object.count(), tracer, &mut self.work.survived_external) };
        *self.current = None;
        0
    }

    #[cold]
    fn promote_large(&mut self, object: Object, tracer: &mut Tracer<'static>) {
        let info = object.info();
        let record = LargeObject::of(object);
        let byte = MarkByte::of(object);
        let segmented = !info.is_unwatched() && LargeLayout::is_segmented(info);
        let at_once = segmented && object.count() > 0 && !self.arrays.push((object, 0));
        if at_once && !byte.load().is_owed() {
            tracer.lost = true;
            promote(object, byte.load(), Mark::owed(self.epoch), self.epoch);
            return;
        }
        promote(object, byte.load(), Mark::scanned(self.epoch), self.epoch);
        self.work.survived_objects += 1;
        self.work.survived_bytes += object.granules() * GRANULE;
        if info.is_unwatched() {
            return;
        }
        if segmented {
            for segment in record.segments() {
                segment.set_scanned(self.epoch);
                segment.arm();
            }
        } else {
            object.header().clear(LOGGED);
        }
        // A slice that has been owed a visit, and for which there is still no place, gets it now.
        if !segmented || at_once {
            *self.current = Some(object);
            // SAFETY: the object is whole, and at a safepoint nobody writes it.
            unsafe { object.scan(0..object.count(), tracer, &mut self.work.survived_external) };
            *self.current = None;
        }
    }
}
