//! Old collections: marking what was reachable when the mark started.
//!
//! Snapshot at the beginning (Yuasa, 1990), by object: an object of the snapshot that is about to be
//! written for the first time since the start is scanned before the write, by whoever writes it. So
//! the mark sees every field as it was at the start, and arbitrary types can be traced while the
//! program runs, since no object is read after it may have been written.
//!
//! - **K1** An object is counted in its block's counter by whoever gives it the epoch's colour, once.
//! - **K2** "Scanned" is stored after all fields have been visited. An object that is found "being
//!   scanned" later was interrupted by a panic: it goes back to grey, and the cycle is abandoned.
//! - **K3** The mark may finish when no edge, array, page of a weak table, root, dropped slot or grey object is
//!   left, no object has been reached since the last pass over what waits began, which has settled it, and no guardian has anything to
//!   find.

mod visitor;

use super::ephemerons::{look_again, which_are_reached};
use super::guardians::Sheet;
use super::overflow::{self, GreySearch};
use super::roots::RootTable;
use super::weakness::{is_large, is_nothing, tombstone};
use super::worklist::{Prefetched, Visit, drain, take_late};
use crate::memory::{Block, Epoch, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::trace::{Trace, Tracer};
use crate::object::worklist::{Edge, EdgeStack};

use visitor::MarkVisitor;

/// When a slice of marking ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes to mark at most.
    pub(crate) bytes: usize,
    /// The latest time.
    pub(crate) deadline: Option<std::time::Instant>,
}

impl Budget {
    pub(crate) const UNBOUNDED: Self = Self { bytes: usize::MAX, deadline: None };
}

/// What a mark has done so far.
///
/// (Bytes and objects do not lie side by side: two additions are better than one of a vector.)
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct MarkWork {
    pub(crate) bytes: usize,
    pub(crate) external: usize,
    pub(crate) objects: usize,
    /// Pointers in values of ephemerons that were looked at (a value whose key had been reached counts as one), and those of
    /// them that had to wait.
    pub(crate) ephemerons: usize,
    pub(crate) waited: usize,
    /// Registrations that guardians found to be handed out.
    pub(crate) found: usize,
}

impl MarkWork {
    const NONE: Self = Self { bytes: 0, external: 0, objects: 0, ephemerons: 0, waited: 0, found: 0 };
}

/// What came of asking the guardians.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// None has anything to find.
    Settled,
    /// Some have found objects, which are to be marked.
    Found,
    /// There was not enough time.
    Late,
}

/// What it costs to look at an ephemeron, as bytes read.
const COST: usize = 128;

/// The state of the mark.
pub(crate) struct Marker {
    pub(super) tracer: Tracer<'static>,
    pub(super) queue: Prefetched,
    pub(crate) visitor: MarkVisitor,
    /// A search for objects that found no place on the stacks.
    search: Option<GreySearch>,
    /// A `trace` has panicked: the cycle must be abandoned.
    interrupted: bool,
    /// Sheets of guardians with registrations that the first pass has listed.
    listed: EdgeStack,
    /// The second pass is under way: nothing is marked meanwhile.
    readying: bool,
    /// For values that are handed out. Empty in between, but for what a `trace` that panicked has left.
    scratch: Tracer<'static>,
}

impl Marker {
    pub(crate) const fn new() -> Self {
        Self {
            tracer: Tracer::new(),
            queue: Prefetched::new(),
            visitor: MarkVisitor::new(),
            search: None,
            interrupted: false,
            listed: EdgeStack::new(),
            readying: false,
            scratch: Tracer::new(),
        }
    }

    /// Starts with nothing marked.
    pub(crate) fn start(&mut self, epoch: Epoch) {
        self.clear();
        self.tracer.overflow = overflow::of_mark(epoch);
        self.tracer.late.get_or_insert_default();
        self.tracer.which_are_reached = Some(which_are_reached(epoch));
        self.visitor.work = MarkWork::NONE;
    }

    /// Forgets all that was to be marked.
    pub(crate) fn clear(&mut self) {
        self.tracer.clear();
        self.queue.clear();
        self.visitor.arrays.clear();
        self.visitor.waiting.clear();
        self.listed.clear();
        self.readying = false;
        self.search = None;
        self.visitor.current = None;
        self.interrupted = false;
    }

    /// How many bytes the stacks may grow by.
    pub(super) fn allow(&mut self, more: usize) {
        self.tracer.edges.allow(more / 8 * 5);
        self.tracer.weak.allow(more / 8);
        self.tracer.allow_recording(more / 8);
        self.visitor.arrays.allow(more / 8);
        self.tracer.allow_late(more / 8);
    }

    /// Bytes of the stacks that count against the heap limit.
    pub(super) fn counted_bytes(&self) -> usize {
        self.tracer.edges.counted_bytes()
            + self.tracer.weak.counted_bytes()
            + self.tracer.recorded_bytes()
            + self.visitor.arrays.counted_bytes()
            + self.tracer.late_bytes()
            + self.tracer.guardians.counted_bytes()
            + self.listed.counted_bytes()
            + self.visitor.waiting.counted_bytes()
    }

    /// The list of chunks has changed: a search for grey objects must begin again (O1).
    pub(super) fn search_again(&mut self) {
        if self.search.take().is_some() {
            self.tracer.lost = true;
        }
    }

    /// True if a `trace` has panicked: the cycle must be abandoned. The object goes back to grey (K2).
    ///
    /// Whoever is about to mark asks first, and does nothing then: the mark has lost edges, and is not
    /// to be taken for a whole one because it went on.
    pub(crate) fn was_interrupted(&mut self, epoch: Epoch) -> bool {
        if let Some(object) = self.visitor.current.take() {
            let byte = MarkByte::of(object);
            byte.store(Mark::grey(epoch).with(byte.load().only(Mark::END.with(Mark::DROP))));
            self.interrupted = true;
        }
        self.interrupted
    }

    /// The same for those who only look.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted || self.visitor.current.is_some()
    }

    /// True if all objects that are grey will be found (O1).
    pub(super) fn will_search(&self, roots: &RootTable) -> bool {
        self.search.is_some() || self.tracer.lost || roots.has_greyed()
    }

    /// Marks until nothing is left or the budget is spent. True if nothing is left (K3).
    pub(crate) fn slice(
        &mut self,
        space: &Space,
        roots: &RootTable,
        epoch: Epoch,
        budget: Budget,
        ahead: bool,
    ) -> bool {
        if self.was_interrupted(epoch) || self.readying {
            return false;
        }
        let stop_at = self.visitor.work.bytes.saturating_add(budget.bytes);
        loop {
            let left = Budget { bytes: stop_at - self.visitor.work.bytes.min(stop_at), ..budget };
            let (visitor, tracer, queue) = self.visitor(epoch, left);
            let drained = drain(visitor, tracer, queue, ahead);
            let in_time = self.reach_all_weakly(epoch, budget.deadline);
            let spent = |work: &MarkWork| {
                work.bytes >= stop_at || budget.deadline.is_some_and(|end| std::time::Instant::now() >= end)
            };
            if !drained || !in_time {
                return false;
            }
            if self.visitor.arrays.is_empty() {
                let roots_done = roots.scan(256, &mut self.tracer);
                if roots_done
                    && self.tracer.edges.is_empty()
                    && self.tracer.ephemerons.is_empty()
                    && !self.search_some(space, epoch)
                    && !self.visit_some_late(epoch)
                    && !self.look_again(epoch, left, ahead)
                {
                    return true;
                }
            } else {
                self.scan_next_segments(epoch);
            }
            if spent(&self.visitor.work) {
                return false;
            }
        }
    }

    /// Goes on searching for grey objects, if there may be some. False if there are none.
    fn search_some(&mut self, space: &Space, epoch: Epoch) -> bool {
        if self.search.is_none() {
            if !self.tracer.lost {
                return false;
            }
            self.tracer.lost = false;
            self.search = Some(GreySearch::new());
        }
        let Some(mut search) = self.search.take() else { return false };
        let visitor = self.visitor(epoch, Budget::UNBOUNDED);
        let more = search.step(space, epoch, |object| {
            visitor.0.visit(Edge::new(object, false), visitor.1);
        });
        if more {
            self.search = Some(search);
        }
        more || self.tracer.lost
            || !self.tracer.edges.is_empty()
            || !self.tracer.ephemerons.is_empty()
            || !self.visitor.arrays.is_empty()
    }

    /// Deals with the weak pointers that have been visited. False if there was not enough time: what is left is dealt
    /// with before the mark is complete. (Writes scan objects as well, so there may be many.)
    fn reach_all_weakly(&mut self, epoch: Epoch, deadline: Option<std::time::Instant>) -> bool {
        let mut count = 0_usize;
        while let Some(edge) = self.tracer.weak.pop() {
            reach_weakly(edge, epoch);
            count += 1;
            if count.is_multiple_of(256) && deadline.is_some_and(|end| std::time::Instant::now() >= end) {
                return self.tracer.weak.is_empty();
            }
        }
        true
    }

    /// Looks again at some of what waits for keys. False if nothing can come of it.
    fn look_again(&mut self, epoch: Epoch, budget: Budget, ahead: bool) -> bool {
        let (visitor, tracer, queue) = self.visitor(epoch, budget);
        look_again(visitor, tracer, queue, ahead)
    }

    /// Visits some of what is visited late, in the order in which it lies. False if there is none.
    fn visit_some_late(&mut self, epoch: Epoch) -> bool {
        const SOME: usize = 64;
        /// Pages with large values, or with keys that have not been reached, are fewer.
        const BYTES: usize = 64 << 10;
        let (mut pages, mut read) = (0, 0);
        while pages < SOME && read < BYTES {
            let Some(page) = take_late(&mut self.tracer) else { break };
            pages += 1;
            let (visitor, tracer, _) = self.visitor(epoch, Budget::UNBOUNDED);
            visitor.defers = false;
            read += visitor.visit(page, tracer);
            read += visitor.resolve(tracer);
        }
        pages > 0
    }

    fn visitor(&mut self, epoch: Epoch, budget: Budget) -> (&mut MarkVisitor, &mut Tracer<'static>, &mut Prefetched) {
        self.visitor.begin(epoch, budget);
        (&mut self.visitor, &mut self.tracer, &mut self.queue)
    }

    /// Scans some segments of a large slice, and fetches those that come after them.
    fn scan_next_segments(&mut self, epoch: Epoch) {
        let Some((object, first)) = self.visitor.arrays.pop() else { return };
        let record = LargeObject::of(object);
        let segments = record.segments().len();
        let together = record.segments_together();
        let end = (first + together).min(segments);
        if end < segments {
            self.visitor.arrays.put_back((object, end));
            record.fetch(end, together);
        }
        // The last one first, as `trace` does with their elements: so they come off the stack in their order.
        for segment in (first..end).rev() {
            self.scan_segment(object, segment, epoch);
        }
    }

    /// Scans a segment, unless somebody has. Returns the bytes read.
    pub(crate) fn scan_segment(&mut self, object: Object, segment: usize, epoch: Epoch) -> usize {
        let record = LargeObject::of(object);
        let state = &record.segments()[segment];
        if state.is_scanned(epoch) || self.was_interrupted(epoch) {
            return 0;
        }
        let elements = record.elements_of(segment);
        let bytes = elements.len() * object.info().stride;
        let external = self.visitor.work.external;
        self.visitor.work.bytes += bytes;
        self.visitor.current = Some(object);
        // SAFETY: the range lies in the slice; its elements have not been written since the start,
        // or they would have been scanned.
        unsafe { object.scan(elements, &mut self.tracer, &mut self.visitor.work.external) };
        self.visitor.current = None;
        state.set_scanned(epoch);
        bytes + self.visitor.work.external - external
    }

    /// Before a write: scans an object of the snapshot that has not been scanned. Returns the bytes read.
    pub(crate) fn scan_before_write(&mut self, object: Object, epoch: Epoch) -> usize {
        if MarkByte::of(object).load().is_done_with(epoch) || self.was_interrupted(epoch) {
            return 0;
        }
        let (visitor, tracer, _) = self.visitor(epoch, Budget::UNBOUNDED);
        visitor.defers = false;
        visitor.visit(Edge::new(object, false), tracer)
    }

    /// Colours an object that the program got hold of through a weak pointer.
    pub(crate) fn reach(&mut self, object: Object) {
        self.tracer.edge(object, false);
    }

    /// Colours what the program got hold of through an ephemeron: all that `value` holds.
    pub(crate) fn reach_in<'gc, V: Trace<'gc>>(&mut self, value: &V, epoch: Epoch) {
        while self.scratch.edges.pop().is_some() || self.scratch.weak.pop().is_some() {}
        value.trace(Tracer::rebrand(&mut self.scratch));
        while let Some(edge) = self.scratch.edges.pop() {
            // A new object is none of the mark's business (R3).
            if MarkByte::of(edge.object()).load().is_of(epoch.other()) {
                self.tracer.add(edge);
            }
        }
        while let Some(edge) = self.scratch.weak.pop() {
            reach_weakly(edge, epoch);
        }
    }

    /// True if the guardians are being told what they have found.
    pub(crate) fn is_readying(&self) -> bool {
        self.readying
    }

    /// Nothing is left to mark: asks the guardians. First all registrations are listed whose object has
    /// not been reached and whose guardian has; then these objects are handed to the mark.
    pub(crate) fn ask_guardians(&mut self, epoch: Epoch, deadline: Option<std::time::Instant>) -> Asked {
        let is_late =
            |sheets: usize| sheets.is_multiple_of(16) && deadline.is_some_and(|end| std::time::Instant::now() >= end);
        let is_white = |object: Object| MarkByte::of(object).load().is_of(epoch.other());
        let mut sheets = 0;
        while !self.readying
            && let Some(edge) = self.tracer.guardians.pop()
        {
            if Sheet::at(edge.object()).list(is_white) && !self.listed.push(edge) {
                std::alloc::handle_alloc_error(EdgeStack::LAYOUT);
            }
            sheets += 1;
            if is_late(sheets) {
                return Asked::Late;
            }
        }
        if self.listed.is_empty() {
            self.readying = false;
            return Asked::Settled;
        }
        self.readying = true;
        while let Some(edge) = self.listed.pop() {
            let tracer = &mut self.tracer;
            self.visitor.work.found +=
                Sheet::at(edge.object()).make_listed_ready(is_white, |object| tracer.edge(object, false));
            sheets += 1;
            if !self.listed.is_empty() && is_late(sheets) {
                return Asked::Late;
            }
        }
        self.readying = false;
        Asked::Found
    }

    /// What guardians have still to be asked, for those who only look.
    pub(super) fn owes_guardians(&self) -> bool {
        !self.tracer.guardians.is_empty() || !self.listed.is_empty()
    }
}

/// Says of a white object that a weak pointer names it.
fn settle(object: Object) {
    let mark = MarkByte::of(object).load();
    if !mark.has(Mark::WEAK) {
        set_weak(object, mark);
    }
}

/// Says of a white object, whose mark byte this is, that a weak pointer names it.
fn set_weak(object: Object, mark: Mark) {
    MarkByte::of(object).store(mark.with(Mark::WEAK));
    // (In a chunk of pages nobody looks at what this sets.)
    Block::around(object.granule()).set_attention(true);
}

pub(super) fn reach_weakly(edge: Edge, epoch: Epoch) {
    let object = edge.object();
    if is_nothing(object) {
        return;
    }
    let byte = MarkByte::of(object);
    let mark = byte.load();
    if !mark.is_of(epoch.other()) {
        return;
    }
    if !mark.has(Mark::WEAK) {
        set_weak(object, mark);
    } else if object.info().is_tombstone() {
        byte.store(tombstone(epoch));
        if !is_large(object) {
            Block::around(object.granule()).count_live(epoch, 1);
        }
    }
}
