//! Young collections: what survives of the objects made since the last one.
//!
//! Survivors keep their place and get a colour, which is what makes them old ("sticky" mark bits:
//! Demers et al., POPL 1990). The roots are the fresh slots of the root table and the remembered
//! set: the old objects that were written. The cost is that of the survivors and the remembered
//! set; dead objects cost nothing, unless they have destructors or weak pointers.
//!
//! - **Y1** An object is armed (`LOGGED` clear) from its promotion until it is written, and in the
//!   remembered set while it is not. (After a panic it may be armed and in the set.)
//! - **Y2** Nothing is freed, and no block is filed, before the trace is complete: after a panic in
//!   a `trace` the next collection takes up the same worklist, remembered set and fresh roots.

mod promote;
mod remembered;

use core::ptr::NonNull;

use super::ephemerons::{Waiting, look_again, which_are_reached};
use super::guardians::Sheet;
use super::overflow::{self, note_new_weakly};
use super::roots::RootTable;
use super::sweep::Dead;
use super::walk::each_coloured;
use super::weakness::{entomb_large, entomb_small, found, is_large};
use super::worklist::{Prefetched, Visit, drain, take_late};
use crate::memory::geometry::BLOCK;
use crate::memory::hole::ObjectWalk;
use crate::memory::prefetch::prefetch;
use crate::memory::{Block, BlockState, Epoch, LargeLayout, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::header::{LOGGED, WORD};
use crate::object::places::Places;
use crate::object::trace::Tracer;
use crate::object::worklist::{Edge, Stack};

use promote::Promote;

pub(crate) use remembered::Remembered;

/// From an object's payload to where its line has ended, if the header is not at the end of one.
const NEXT_LINE: usize = 40;

/// What a young collection did.
///
/// (Bytes and objects do not lie side by side, as in [`MarkWork`](super::mark::MarkWork).)
#[derive(Clone, Copy, Default, Debug)]
#[repr(C)]
pub(crate) struct YoungWork {
    pub(crate) survived_bytes: usize,
    pub(crate) survived_external: usize,
    pub(crate) survived_objects: usize,
    pub(crate) remembered_edges: usize,
    /// As in [`MarkWork`](super::mark::MarkWork).
    pub(crate) ephemerons: usize,
    pub(crate) waited: usize,
    pub(crate) found: usize,
}

impl YoungWork {
    const NONE: Self = Self {
        survived_bytes: 0,
        survived_objects: 0,
        survived_external: 0,
        remembered_edges: 0,
        ephemerons: 0,
        waited: 0,
        found: 0,
    };
}

/// The colours of the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epochs {
    pub(crate) current: Epoch,
    /// That of dead objects, if a sweep that frees them is under way.
    pub(crate) dead: Option<Epoch>,
    /// How many young collections have been completed.
    pub(crate) young: u32,
}

/// The state of young collections: empty between them, unless one panicked.
pub(crate) struct Young {
    pub(super) tracer: Tracer<'static>,
    queue: Prefetched,
    /// Where new objects can lie: the blocks that a cursor has been in, and large objects.
    places: Places,
    /// Uncoloured objects that a weak pointer reached.
    weakly: Stack<Object>,
    /// Values of ephemerons whose keys are new and have not been reached.
    pub(super) waiting: Waiting,
    /// Large slices that are visited a segment at a time, and the next element.
    arrays: Stack<(Object, usize)>,
    /// Some objects that were promoted found no place on the stacks, and are owed a visit.
    owing: bool,
    /// The object whose `trace` runs: still here afterwards if it panicked.
    current: Option<Object>,
    pub(super) large: Vec<NonNull<LargeObject>>,
    unfinished: bool,
    work: YoungWork,
}

impl Young {
    pub(crate) const fn new() -> Self {
        Self {
            tracer: Tracer::new(),
            queue: Prefetched::new(),
            places: Places::new(BLOCK.trailing_zeros()),
            weakly: Stack::new(),
            waiting: Waiting::new(None),
            arrays: Stack::new(),
            owing: false,
            current: None,
            large: Vec::new(),
            unfinished: false,
            work: YoungWork::NONE,
        }
    }

    /// True if a collection panicked and has not been completed since.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// How many bytes the stacks may grow by.
    pub(super) fn allow(&mut self, more: usize) {
        self.tracer.edges.allow(more / 2);
        self.tracer.weak.allow(more / 8);
        self.tracer.allow_recording(more / 8);
        self.weakly.allow(more / 16);
        self.arrays.allow(more / 16);
        self.tracer.allow_late(more / 8);
    }

    /// Bytes of the stacks that count against the heap limit.
    pub(super) fn counted_bytes(&self) -> usize {
        self.tracer.edges.counted_bytes()
            + self.tracer.weak.counted_bytes()
            + self.tracer.recorded_bytes()
            + self.weakly.counted_bytes()
            + self.arrays.counted_bytes()
            + self.tracer.late_bytes()
            + self.tracer.guardians.counted_bytes()
            + self.waiting.counted_bytes()
    }

    /// Colours everything that is new and reachable.
    ///
    /// The cursors have been retired. A `trace` that panics leaves the collection unfinished.
    pub(crate) fn trace(
        &mut self,
        space: &mut Space,
        roots: &RootTable,
        remembered: &Remembered,
        epochs: Epochs,
        ahead: bool,
    ) {
        self.unfinished = true;
        self.tracer.young = Some(epochs.young);
        self.tracer.overflow = overflow::of_young(epochs.current);
        self.tracer.late.get_or_insert_default();
        self.tracer.which_are_reached = Some(which_are_reached(epochs.current));
        self.large.append(&mut space.take_young_large());
        let blocks = space.current().iter().map(|block| block.start());
        // SAFETY: records in the list of new large objects are alive.
        let large = self.large.iter().map(|record| unsafe { record.as_ref() }.object().granule());
        self.places.set(blocks.chain(large));
        if let Some(interrupted) = self.current.take() {
            self.retrace(interrupted);
        }
        roots.trace_fresh(&mut self.tracer);
        self.trace_remembered(remembered, epochs, ahead);
        if remembered.lost {
            self.trace_logged(space, epochs, ahead);
        }
        self.drain(epochs, ahead);
        loop {
            while self.tracer.lost || self.owing {
                self.pay(space, epochs, ahead);
            }
            if !self.visit_some_late(epochs) && !self.look_again(epochs, ahead) && !self.ask_guardians() {
                break;
            }
            self.drain(epochs, ahead);
        }
    }

    /// Looks again at some of what waits. False if nothing can come of it.
    fn look_again(&mut self, epochs: Epochs, ahead: bool) -> bool {
        let (mut promote, rest) = self.promote(epochs);
        look_again(&mut promote, rest.0, rest.1, ahead)
    }

    /// Visits some of what is visited late. False if there is none.
    fn visit_some_late(&mut self, epochs: Epochs) -> bool {
        const SOME: usize = 64;
        let mut any = false;
        for _ in 0..SOME {
            let Some(edge) = take_late(&mut self.tracer) else { break };
            any = true;
            let object = edge.object();
            if edge.is_leaf() {
                // One that has been written. (Listed twice it is armed by now.)
                if object.header().has(LOGGED) {
                    object.header().clear(LOGGED);
                    self.retrace(object);
                }
            } else if self.places.may_have(object) && !MarkByte::of(object).load().is_coloured() {
                let (mut promote, rest) = self.promote(epochs);
                promote.defers = false;
                promote.visit(edge, rest.0);
            }
            let (mut promote, rest) = self.promote(epochs);
            promote.resolve(rest.0);
        }
        any
    }

    /// Everything that is reachable has a colour: asks the guardians that have been written or made since
    /// the last collection. True if they have found objects, which are to be traced.
    fn ask_guardians(&mut self) -> bool {
        let is_new = |object: Object| {
            let mark = MarkByte::of(object).load();
            !mark.is_coloured() && !mark.has(Mark::DEAD)
        };
        let mut listed = Vec::new();
        while let Some(edge) = self.tracer.guardians.pop() {
            let sheet = Sheet::at(edge.object());
            let found = sheet.find(is_new);
            if found != 0 {
                listed.push((sheet, found));
            }
        }
        for &(sheet, found) in &listed {
            let tracer = &mut self.tracer;
            // One that finds no place on the stack has its colour at once: it is in another list too, perhaps.
            self.work.found += sheet.make_ready(found, |object| tracer.edge(object, false));
        }
        !listed.is_empty()
    }

    /// Visits once more the fields of an object whose `trace` panicked.
    fn retrace(&mut self, object: Object) {
        self.current = Some(object);
        // SAFETY: the object is whole, and at a safepoint nobody writes it.
        unsafe { object.scan_again(0..object.count(), &mut self.tracer) };
        self.current = None;
    }

    fn trace_remembered(&mut self, remembered: &Remembered, epochs: Epochs, ahead: bool) {
        for piece in remembered.objects.pieces() {
            for (index, edge) in piece.iter().enumerate() {
                if let Some(later) = piece.get(index + 8) {
                    // SAFETY: a header precedes every payload.
                    prefetch(unsafe { later.object().payload().sub(WORD) });
                    // Three in eight objects of 48 bytes reach into the next line (graph mutation as a whole: −3 %).
                    prefetch(later.object().payload().map_addr(|addr| addr.saturating_add(NEXT_LINE)));
                }
                // Old pages wait for the same reason as new ones. They are logged until then, and told by a bit.
                if edge.object().info().is_late()
                    && let Some(late) = &mut self.tracer.late
                    && late.push(Edge::new(edge.object(), true))
                {
                    continue;
                }
                let before = self.tracer.edges.len();
                // Armed here and not at the end, since its line is at hand. If the collection panics
                // the object stays in the set, and a write puts it there twice.
                edge.object().header().clear(LOGGED);
                self.retrace(edge.object());
                self.work.remembered_edges += self.tracer.edges.len() - before;
                // In batches: the stack stays short, and the prefetched lines are still there.
                if self.tracer.edges.len() >= 256 || !self.tracer.ephemerons.is_empty() {
                    self.drain(epochs, ahead);
                }
            }
        }
        for &(object, segment) in remembered.segments.pieces().flatten() {
            self.trace_segment(object, segment as usize);
            if self.tracer.edges.len() >= 256 || !self.tracer.ephemerons.is_empty() {
                self.drain(epochs, ahead);
            }
        }
    }

    /// Visits a segment that has been written, and arms it.
    fn trace_segment(&mut self, object: Object, segment: usize) {
        let record = LargeObject::of(object);
        record.segments()[segment].arm();
        let elements = record.elements_of(segment);
        self.current = Some(object);
        // SAFETY: the range lies in the slice, which nobody writes at a safepoint.
        unsafe { object.scan_again(elements, &mut self.tracer) };
        self.current = None;
    }

    /// Visits all that has been written, listed or not: an old object is logged exactly then (Y1).
    #[cold]
    fn trace_logged(&mut self, space: &Space, epochs: Epochs, ahead: bool) {
        each_coloured(space, |object, _| {
            let (info, header) = (object.info(), object.header());
            if info.is_unwatched() {
                return;
            }
            if is_large(object) && LargeLayout::is_segmented(info) {
                for segment in 0..LargeObject::of(object).segments().len() {
                    if LargeObject::of(object).segments()[segment].is_logged() {
                        self.trace_segment(object, segment);
                    }
                }
            } else if header.has(LOGGED) {
                header.clear(LOGGED);
                self.retrace(object);
            }
            self.drain(epochs, ahead);
        });
    }

    /// Finds the objects that are owed a visit, all of which are new, and pays.
    #[cold]
    fn pay(&mut self, space: &Space, epochs: Epochs, ahead: bool) {
        // Until the search is complete, even if it panics.
        self.owing = true;
        self.tracer.lost = false;
        for &block in space.current() {
            for found in ObjectWalk::of(block).filter(|found| found.mark.is_owed()) {
                // SAFETY: the byte of this granule has a colour, so a header lies in it (M1).
                let object = unsafe { Object::from_granule(block.granule(found.first)) };
                self.settle_debt(object, epochs, ahead);
            }
        }
        for index in 0..self.large.len() {
            // SAFETY: records in the list of new large objects are alive.
            let object = unsafe { self.large[index].as_ref() }.object();
            if MarkByte::of(object).load().is_owed() {
                self.settle_debt(object, epochs, ahead);
            }
        }
        self.owing = false;
    }

    fn settle_debt(&mut self, object: Object, epochs: Epochs, ahead: bool) {
        let (mut promote, rest) = self.promote(epochs);
        let tracer = rest.0;
        promote.visit(Edge::new(object, false), tracer);
        self.drain(epochs, ahead);
    }

    fn drain(&mut self, epochs: Epochs, ahead: bool) {
        loop {
            let (mut promote, rest) = self.promote(epochs);
            drain(&mut promote, rest.0, rest.1, ahead);
            while let Some(edge) = self.tracer.weak.pop() {
                if self.places.may_have(edge.object()) && note_new_weakly(edge.object()) {
                    self.tracer.lost_weak |= !self.weakly.push(edge.object());
                }
            }
            let Some((object, from)) = self.arrays.pop() else { return };
            let record = LargeObject::of(object);
            let (segment, together) = (from / record.segment_elements(), record.segments_together());
            record.fetch(segment + together, together);
            let to = ((segment + together) * record.segment_elements()).min(object.count());
            if to < object.count() {
                self.arrays.put_back((object, to));
            }
            self.current = Some(object);
            // SAFETY: the range lies in the slice, which nobody writes at a safepoint.
            unsafe { object.scan(from..to, &mut self.tracer, &mut self.work.survived_external) };
            self.current = None;
        }
    }

    fn promote(&mut self, epochs: Epochs) -> (Promote<'_>, (&mut Tracer<'static>, &mut Prefetched)) {
        let promote = Promote {
            epoch: epochs.current,
            dead: epochs.dead,
            places: &self.places,
            arrays: &mut self.arrays,
            defers: true,
            waiting: &mut self.waiting,
            weakly: &mut self.weakly,
            current: &mut self.current,
            work: &mut self.work,
        };
        (promote, (&mut self.tracer, &mut self.queue))
    }

    /// Everything reachable has a colour: settles what has none, files the blocks, and forgets what was
    /// written. What has destructors to run goes to `dead`.
    pub(crate) fn settle(
        &mut self,
        space: &mut Space,
        roots: &RootTable,
        remembered: &mut Remembered,
        epoch: Epoch,
        dead: &mut Dead,
    ) -> YoungWork {
        debug_assert!(self.tracer.edges.is_empty() && self.queue.is_empty() && self.arrays.is_empty());
        debug_assert!(!self.owing && !self.tracer.lost);
        debug_assert!(self.tracer.ephemerons.is_empty() && self.tracer.guardians.is_empty());
        // Their keys are dead.
        self.waiting.clear();
        remembered.forget();
        roots.forget_fresh();
        while let Some(object) = self.weakly.pop() {
            settle_weakly_reached(object, space, epoch);
        }
        if core::mem::take(&mut self.tracer.lost_weak) {
            self.settle_unlisted(space, epoch);
        }
        for record in self.large.drain(..) {
            // SAFETY: records in the list of new large objects are alive.
            let object = unsafe { record.as_ref() }.object();
            let mark = MarkByte::of(object).load();
            if mark.is_coloured() {
                continue;
            }
            if mark.has(Mark::DROP) {
                MarkByte::of(object).set(Mark::DEAD);
                dead.large.push(record);
            } else {
                // SAFETY: the object is dead, has no destructor, and no weak pointer reached it, or
                // it would be a tombstone by now, which has a colour.
                unsafe { space.free_large(record) };
            }
        }
        for block in space.take_current() {
            if block.needs_attention() {
                block.set_state(BlockState::Condemned);
                dead.enqueue(block);
            } else {
                space.file(block, epoch);
            }
        }
        self.unfinished = false;
        core::mem::take(&mut self.work)
    }
}

impl Young {
    /// Settles new objects that a weak pointer reached and that are on no list.
    #[cold]
    fn settle_unlisted(&mut self, space: &mut Space, epoch: Epoch) {
        let is_left = |mark: Mark| mark.has(Mark::WEAK) && !mark.is_coloured() && !mark.has(Mark::DEAD);
        for index in 0..space.current().len() {
            let block = space.current()[index];
            for found in ObjectWalk::of(block).filter(|found| is_left(found.mark)) {
                // SAFETY: a walk finds headers of whole objects.
                settle_weakly_reached(unsafe { Object::from_granule(block.granule(found.first)) }, space, epoch);
            }
        }
        for index in 0..self.large.len() {
            // SAFETY: records in the list of new large objects are alive.
            let object = unsafe { self.large[index].as_ref() }.object();
            if is_left(MarkByte::of(object).load()) {
                settle_weakly_reached(object, space, epoch);
            }
        }
    }
}

/// Settles an object that a weak pointer reached: if nothing else did, it is dead.
fn settle_weakly_reached(object: Object, space: &mut Space, epoch: Epoch) {
    let byte = MarkByte::of(object);
    let mark = byte.load();
    if mark.is_coloured() {
        return;
    }
    if is_large(object) {
        if !mark.has(Mark::DROP) {
            entomb_large(space, LargeObject::of(object), epoch);
        }
        return;
    }
    let block = Block::around(object.granule());
    let found = found(object, block);
    if mark.has(Mark::DROP) {
        byte.set(Mark::DEAD);
        block.marks()[found.last].set(Mark::END);
        block.set_dead(block.dead() + 1);
    } else {
        entomb_small(block, found, epoch);
    }
}
