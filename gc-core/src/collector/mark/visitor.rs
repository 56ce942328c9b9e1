//! What a mark does with an object that it reaches.

use super::super::ephemerons::{Waiting, wake};
use super::super::weakness::{is_large, is_nothing, is_tombstone};
use super::super::worklist::{Patience, Visit};
use super::{Budget, COST, MarkWork, reach_weakly, settle};
use crate::memory::geometry::GRANULE;
use crate::memory::{Block, Epoch, LargeLayout, LargeObject, Mark, MarkByte, MarkPlace};
use crate::object::Object;
use crate::object::header::{CARRIED, LARGE};
use crate::object::trace::{EphemeronEdge, Tracer};
use crate::object::worklist::{Edge, Stack};

/// The visitor of old collections.
///
/// (A part of the marker, and no bundle of references to its parts: each would be loaded anew for each object.)
pub(crate) struct MarkVisitor {
    pub(super) epoch: Epoch,
    /// The other one: the colour of what has not been reached.
    pub(super) white: Epoch,
    /// The object whose `trace` runs: still here afterwards if it panicked.
    pub(in super::super) current: Option<Object>,
    /// Large slices whose segments are visited one by one, and the next segment.
    pub(in super::super) arrays: Stack<(Object, usize)>,
    /// Pages of tables with weak keys are put off.
    pub(super) defers: bool,
    /// Values of ephemerons whose keys have not been reached.
    pub(in super::super) waiting: Waiting,
    pub(crate) work: MarkWork,
    pub(super) stop_at: usize,
    pub(super) deadline: Option<std::time::Instant>,
}

impl Visit for MarkVisitor {
    #[inline(always)]
    fn visit_at(&mut self, edge: Edge, byte: MarkPlace, tracer: &mut Tracer<'static>) -> usize {
        let (object, byte) = (edge.object(), byte.byte());
        let mark = byte.load();
        if !mark.is_just(self.white) {
            return if is_done_with(mark, self.white, self.epoch) { 0 } else { self.visit_noted(edge, byte, tracer) };
        }
        if edge.is_leaf() {
            if let Some(granules) = mark_leaf(edge, byte, mark, self.epoch) {
                self.work.objects += 1;
                self.work.bytes += granules * GRANULE;
                return 0;
            }
            return self.visit_other(edge, true, tracer);
        }
        // Most objects: all is known from a single look at the header. (With leaves in rows: a weak map's live entry 22.5 → 20.5 ns. With
        // the granules in the type's record, and colours turned in place: 126 → 75 instructions an object, with the pop and the short queue.)
        let (info, header) = object.header().info_and_flags();
        if header & (LARGE | CARRIED) != 0 || !info.is_plain() {
            return self.visit_other(edge, true, tracer);
        }
        let granules = info.plain_granules();
        debug_assert_eq!(granules, object.granules());
        Block::of(object).count_live(self.epoch, granules);
        self.work.objects += 1;
        self.work.bytes += granules * GRANULE;
        byte.store(mark.turned_being_scanned());
        self.current = Some(object);
        // SAFETY: the object is one of the snapshot that has not been scanned, so nobody has written it since the start, and
        // nobody writes it during this slice. It is one value.
        unsafe { object.scan_plain(info, tracer) };
        self.current = None;
        byte.end_scan();
        granules * GRANULE
    }

    const TAKES_LEAVES: bool = true;

    #[inline(never)]
    fn visit_leaves(&mut self, tracer: &mut Tracer<'static>) -> usize {
        let (count, unexpected) = self.mark_leaves(tracer.edges.on_top());
        tracer.edges.drop_top(count);
        if let Some(edge) = unexpected {
            self.visit(edge, tracer);
        }
        count
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
            if mark.is_just(self.white) && self.waiting.add(key, value) {
                self.work.waited += 1;
                continue;
            }
            reach_weakly(Edge::new(key, false), self.epoch);
            if mark.has(Mark::DEAD) || is_tombstone(key, mark) {
                continue;
            }
            if mark.is_of(self.white) && self.waiting.add(key, value) {
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
        &mut self.waiting
    }

    #[inline(always)]
    fn white(&self) -> Option<Epoch> {
        Some(self.white)
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

impl MarkVisitor {
    pub(super) const fn new() -> Self {
        Self {
            epoch: Epoch::Odd,
            white: Epoch::Even,
            current: None,
            arrays: Stack::new(),
            defers: true,
            waiting: Waiting::new(Some(settle)),
            work: MarkWork::NONE,
            stop_at: usize::MAX,
            deadline: None,
        }
    }

    /// Says what is to be done from here on.
    pub(super) fn begin(&mut self, epoch: Epoch, budget: Budget) {
        (self.epoch, self.white, self.defers) = (epoch, epoch.other(), true);
        (self.stop_at, self.deadline) = (self.work.bytes.saturating_add(budget.bytes), budget.deadline);
    }

    /// Visits the fields of an object. Returns the bytes that it owns outside the heap.
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`].
    #[inline(always)]
    unsafe fn scan(&mut self, object: Object, tracer: &mut Tracer<'static>) -> usize {
        let before = self.work.external;
        self.current = Some(object);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { object.scan(0..object.count(), tracer, &mut self.work.external) };
        self.current = None;
        self.work.external - before
    }

    /// Visits an object that somebody may wait for, or a grey one.
    #[inline(never)]
    fn visit_noted(&mut self, edge: Edge, byte: &MarkByte, tracer: &mut Tracer<'static>) -> usize {
        let mark = byte.load();
        let (object, white) = (edge.object(), mark.is_of(self.white));
        // (Of a grey one WEAK has been forgotten.)
        if !self.waiting.has_no_index() {
            self.waiting.take(object, |value| wake(value, object, tracer));
        }
        if edge.is_leaf()
            && white
            && let Some(granules) = mark_leaf(edge, byte, mark, self.epoch)
        {
            self.work.objects += 1;
            self.work.bytes += granules * GRANULE;
            return 0;
        }
        // A grey one is counted as work now.
        self.visit_other(edge, white, tracer)
    }

    /// Marks the leaves at the end of `edges`, the last one first. Returns how many there are, and one that is to be visited in another way: then
    /// it is the last of them that counts. (43 instructions each; 60 with a copy of the row.)
    #[inline(always)]
    fn mark_leaves(&mut self, edges: &[Edge]) -> (usize, Option<Edge>) {
        const MOST: usize = 128;
        let least = edges.len().saturating_sub(MOST);
        edges.iter().rev().take(Row::AHEAD).for_each(|&edge| MarkPlace::of(edge).fetch());
        let mut row = Row { epoch: self.epoch, white: self.white, others: 0, granules: 0 };
        let mut left = row.mark::<true>(edges, edges.len(), least.max(Row::AHEAD));
        if left == Row::AHEAD {
            // Near the end of a piece.
            left = row.mark::<false>(edges, left, least);
        }
        let count = edges.len() - left;
        self.work.objects += count - row.others;
        self.work.bytes += row.granules * GRANULE;
        let unexpected = if left > least { Some(edges[left - 1]).filter(|edge| edge.is_leaf()) } else { None };
        (count + usize::from(unexpected.is_some()), unexpected)
    }

    /// Visits an object that is large, grey, a slice, a page or not to be looked into, or owns something outside the heap.
    #[inline(never)]
    fn visit_other(&mut self, edge: Edge, white: bool, tracer: &mut Tracer<'static>) -> usize {
        let object = edge.object();
        let byte = MarkByte::of(object);
        let flags = byte.load().only(Mark::END.with(Mark::DROP));
        let info = object.info();
        if is_large(object) {
            return self.visit_large(object, white, tracer).min(Patience::MOST_READ);
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
            Block::of(object).count_live(self.epoch, granules);
        }
        self.work.objects += 1;
        self.work.bytes += granules * GRANULE;
        let mut read = 0;
        if !info.is_unwatched() {
            byte.store(Mark::being_scanned(self.epoch).with(flags));
            // SAFETY: as in `visit`.
            read = unsafe { self.scan(object, tracer) }.saturating_add(granules * GRANULE).min(Patience::MOST_READ);
        }
        byte.store(Mark::scanned(self.epoch).with(flags));
        read
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
            read = unsafe { self.scan(object, tracer) }.saturating_add(bytes);
        }
        self.work.objects += 1;
        byte.store(Mark::scanned(self.epoch).with(flags));
        read
    }
}

impl MarkVisitor {
    #[cold]
    fn scan_all_segments(&mut self, object: Object, tracer: &mut Tracer<'static>) -> usize {
        let record = LargeObject::of(object);
        self.current = Some(object);
        for (index, segment) in record.segments().iter().enumerate() {
            if !segment.is_scanned(self.epoch) {
                let elements = record.elements_of(index);
                self.work.bytes += elements.len() * object.info().stride;
                // SAFETY: the range lies in the slice, and nobody has written it since the start.
                unsafe { object.scan(elements, tracer, &mut self.work.external) };
                segment.set_scanned(self.epoch);
            }
        }
        self.current = None;
        object.size()
    }
}

/// A row of leaves: how many of them had been marked before, and the granules of those that had not.
struct Row {
    epoch: Epoch,
    white: Epoch,
    others: usize,
    granules: usize,
}

impl Row {
    /// Leaves between the prefetch and the look.
    const AHEAD: usize = 16;

    /// Marks leaves as long as nothing else is to be done, from place `left` on downwards. Returns how many of the edges are left, which are at
    /// least so many.
    #[inline(always)]
    fn mark<const FETCHES: bool>(&mut self, edges: &[Edge], mut left: usize, least: usize) -> usize {
        assert!(left <= edges.len() && (!FETCHES || least >= Self::AHEAD));
        while left > least {
            // SAFETY: `left` is at most their number, as checked, and more than 0.
            let edge = unsafe { *edges.get_unchecked(left - 1) };
            if !edge.is_leaf() {
                break;
            }
            if FETCHES {
                // SAFETY: `left` is greater than `AHEAD`, as checked.
                MarkPlace::of(unsafe { *edges.get_unchecked(left - 1 - Self::AHEAD) }).fetch();
            }
            let byte = MarkPlace::of(edge).byte();
            let mark = byte.load();
            if mark.is_just(self.white) {
                let Some(granules) = mark_leaf(edge, byte, mark, self.epoch) else { break };
                self.granules += granules;
            } else if is_done_with(mark, self.white, self.epoch) {
                self.others += 1;
            } else {
                break;
            }
            left -= 1;
        }
        left
    }
}

/// Marks a white object that is known to be a leaf, and returns how many granules it covers. `None` if it is large: nothing has
/// been done then.
///
/// The object is not read: its size is the distance to its end.
#[inline(always)]
fn mark_leaf(edge: Edge, byte: &MarkByte, mark: Mark, epoch: Epoch) -> Option<usize> {
    let granules = granules_by_end(edge, mark)?;
    let object = edge.object();
    debug_assert!(!is_large(object) && object.info().is_unwatched(), "what its type says of an edge is true");
    debug_assert_eq!(granules, object.granules());
    byte.store(mark.turned_scanned());
    Block::at_end_of(edge).count_live(epoch, granules);
    Some(granules)
}

/// True if an object with this mark has been visited, or is new.
#[inline(always)]
fn is_done_with(mark: Mark, white: Epoch, epoch: Epoch) -> bool {
    !mark.is_of(white) && (!mark.is_of(epoch) || mark.is_scanned())
}

/// How many granules a small object has, by the mark bytes after its own. `None` if the object is
/// large, of which only one byte is ever set.
#[inline(always)]
fn granules_by_end(edge: Edge, mark: Mark) -> Option<usize> {
    let object = edge.object();
    if mark.has(Mark::END) {
        // One granule, or large.
        return (edge.is_small_leaf() || !is_large(object)).then_some(1);
    }
    let block = Block::around(object.granule());
    let first = block.granule_index(object.granule());
    let last = crate::memory::hole::next_marked(block.marks(), first + 1);
    Some(last - first + 1)
}
