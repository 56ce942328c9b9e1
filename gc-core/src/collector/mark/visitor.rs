//! What a mark does with an object that it reaches.

use super::super::ephemerons::{Waiting, wake};
use super::super::weakness::{is_large, is_nothing, is_tombstone};
use super::super::worklist::Visit;
use super::{COST, MarkWork, reach_weakly};
use crate::memory::geometry::GRANULE;
use crate::memory::{Block, Epoch, LargeLayout, LargeObject, Mark, MarkByte};
use crate::object::Object;
use crate::object::trace::{EphemeronEdge, Tracer};
use crate::object::worklist::{Edge, Stack};

/// The visitor of old collections.
pub(super) struct MarkVisitor<'a> {
    pub(super) epoch: Epoch,
    pub(super) current: &'a mut Option<Object>,
    pub(super) arrays: &'a mut Stack<(Object, usize)>,
    /// Pages of tables with weak keys are put off.
    pub(super) defers: bool,
    pub(super) waiting: &'a mut Waiting,
    pub(super) work: &'a mut MarkWork,
    pub(super) stop_at: usize,
    pub(super) deadline: Option<std::time::Instant>,
}

impl Visit for MarkVisitor<'_> {
    #[inline(always)]
    fn visit(&mut self, edge: Edge, tracer: &mut Tracer<'static>) -> usize {
        let object = edge.object();
        let byte = MarkByte::of(object);
        let mark = byte.load();
        let white = mark.is_of(self.epoch.other());
        if !white && (!mark.is_of(self.epoch) || mark.is_scanned()) {
            return 0;
        }
        // White, or grey: counted as work now, whichever. (Of a grey one WEAK has been forgotten.)
        if (mark.has(Mark::WEAK) || !white) && !self.waiting.has_no_index() {
            self.waiting.take(object, |value| wake(value, object, tracer));
        }
        let flags = mark.only(Mark::END.with(Mark::DROP));
        if edge.is_leaf() && white {
            // The object is not read: its size is the distance to its end.
            if let Some(granules) = granules_by_end(object, mark) {
                byte.store(Mark::scanned(self.epoch).with(flags));
                Block::around(object.granule()).count_live(self.epoch, granules);
                self.work.objects += 1;
                self.work.bytes += granules * GRANULE;
                return 0;
            }
        }
        let info = object.info();
        if is_large(object) {
            return self.visit_large(object, white, tracer);
        }
        if white
            && self.defers
            && info.is_late()
            && let Some(late) = &mut tracer.late
            && late.push(edge)
        {
            return 0;
        }
        let granules = object.granules();
        if white {
            Block::around(object.granule()).count_live(self.epoch, granules);
        }
        self.work.objects += 1;
        self.work.bytes += granules * GRANULE;
        let mut read = 0;
        if !info.is_unwatched() {
            byte.store(Mark::being_scanned(self.epoch).with(flags));
            // SAFETY: the object is one of the snapshot that has not been scanned, so nobody has
            // written it since the start, and nobody writes it during this slice.
            read = granules * GRANULE + unsafe { self.scan(object, tracer) };
        }
        byte.store(Mark::scanned(self.epoch).with(flags));
        read
    }

    #[cold]
    #[inline(never)]
    fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize {
        let mut found = core::mem::take(&mut tracer.ephemerons);
        let count = found.len();
        self.work.ephemerons += count + core::mem::take(&mut tracer.decided);
        for EphemeronEdge { key, value } in found.drain(..) {
            if is_nothing(key) {
                continue;
            }
            let mark = MarkByte::of(key).load();
            debug_assert!(mark.is_coloured() || mark.has(Mark::DEAD), "the snapshot has no new keys");
            reach_weakly(Edge::new(key, false), self.epoch);
            if mark.has(Mark::DEAD) || is_tombstone(key, mark) {
                continue;
            }
            if mark.is_of(self.epoch.other()) && self.waiting.add(key, value) {
                self.work.waited += 1;
            } else {
                wake(value, key, tracer);
            }
        }
        tracer.ephemerons = found;
        count * COST
    }

    #[inline(always)]
    fn waiting(&mut self) -> &mut Waiting {
        self.waiting
    }

    #[inline(always)]
    fn is_white(&self, key: Object) -> bool {
        MarkByte::of(key).load().is_of(self.epoch.other())
    }

    #[inline(always)]
    fn reached(&self) -> usize {
        self.work.objects
    }

    #[inline]
    fn is_spent(&mut self) -> bool {
        self.work.bytes >= self.stop_at || self.deadline.is_some_and(|end| std::time::Instant::now() >= end)
    }
}

impl MarkVisitor<'_> {
    /// Visits the fields of an object. Returns the bytes that it owns outside the heap.
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`].
    #[inline(always)]
    unsafe fn scan(&mut self, object: Object, tracer: &mut Tracer<'static>) -> usize {
        let before = self.work.external;
        *self.current = Some(object);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { object.scan(0..object.count(), tracer, &mut self.work.external) };
        *self.current = None;
        self.work.external - before
    }

    #[cold]
    fn visit_large(&mut self, object: Object, white: bool, tracer: &mut Tracer<'static>) -> usize {
        let byte = MarkByte::of(object);
        let flags = byte.load().only(Mark::END.with(Mark::DROP));
        let info = object.info();
        let bytes = object.granules() * GRANULE;
        let mut read = 0;
        if info.is_unwatched() {
            self.work.bytes += bytes;
        } else if LargeLayout::is_segmented(info) {
            // The segments are visited later, each unless it has been written by then.
            if object.count() > 0 && !self.arrays.push((object, 0)) {
                if white {
                    tracer.lost = true;
                    byte.store(Mark::grey(self.epoch).with(flags));
                    return 0;
                }
                // It has been searched for, and there is still no place: at once, then.
                read = self.scan_all_segments(object, tracer);
            }
            // What is not elements: those are counted as they are visited.
            self.work.bytes += bytes - object.size();
        } else {
            self.work.bytes += bytes;
            byte.store(Mark::being_scanned(self.epoch).with(flags));
            // SAFETY: as in `visit`.
            read = bytes + unsafe { self.scan(object, tracer) };
        }
        self.work.objects += 1;
        byte.store(Mark::scanned(self.epoch).with(flags));
        read
    }
}

impl MarkVisitor<'_> {
    #[cold]
    fn scan_all_segments(&mut self, object: Object, tracer: &mut Tracer<'static>) -> usize {
        let record = LargeObject::of(object);
        *self.current = Some(object);
        for (index, segment) in record.segments().iter().enumerate() {
            if !segment.is_scanned(self.epoch) {
                let elements = record.elements_of(index);
                self.work.bytes += elements.len() * object.info().stride;
                // SAFETY: the range lies in the slice, and nobody has written it since the start.
                unsafe { object.scan(elements, tracer, &mut self.work.external) };
                segment.set_scanned(self.epoch);
            }
        }
        *self.current = None;
        object.size()
    }
}

/// How many granules a small object has, by the mark bytes after its own. `None` if the object may
/// be large, of which only one byte is ever set.
#[inline]
fn granules_by_end(object: Object, mark: Mark) -> Option<usize> {
    if mark.has(Mark::END) {
        // One granule, or large.
        return (!is_large(object)).then_some(1);
    }
    let block = Block::around(object.granule());
    let first = block.granule_index(object.granule());
    let last = crate::memory::hole::next_marked(block.marks(), first + 1);
    Some(last - first + 1)
}
