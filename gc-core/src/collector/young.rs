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

use core::ptr::NonNull;

use super::add_bytes;
use super::ephemerons::{Waiting, wake};
use super::guardians::Sheet;
use super::roots::RootTable;
use super::sweep::Dead;
use super::weakness::{entomb_large, entomb_small, found, is_large, is_nothing};
use super::worklist::{Prefetched, Visit, drain};
use crate::memory::geometry::GRANULE;
use crate::memory::prefetch::prefetch;
use crate::memory::{Block, BlockState, Epoch, LargeLayout, LargeObject, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::header::{LOGGED, WORD};
use crate::object::trace::{EphemeronEdge, Tracer};
use crate::object::worklist::{Edge, EdgeStack};

/// Old objects that were written since the last young collection.
pub(crate) struct Remembered {
    /// Those that are logged as a whole.
    pub(crate) objects: EdgeStack,
    /// Segments of large slices.
    pub(crate) segments: Vec<(Object, u32)>,
}

impl Remembered {
    pub(crate) const fn new() -> Self {
        Self { objects: EdgeStack::new(), segments: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len() + self.segments.len()
    }

    /// All entries have been dealt with.
    fn forget(&mut self) {
        self.objects.clear();
        self.segments.clear();
    }
}

/// What a young collection did.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct YoungWork {
    pub(crate) survived_bytes: usize,
    pub(crate) survived_objects: usize,
    pub(crate) survived_external: usize,
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

/// The state of young collections: empty between them, unless one panicked.
pub(crate) struct Young {
    tracer: Tracer<'static>,
    queue: Prefetched,
    /// Uncoloured objects that a weak pointer reached.
    weakly: Vec<Object>,
    /// Values of ephemerons whose keys are new and have not been reached.
    pub(super) waiting: Waiting,
    /// Large slices that are visited a segment at a time, and the next element.
    arrays: Vec<(Object, usize)>,
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
            weakly: Vec::new(),
            waiting: Waiting::new(),
            arrays: Vec::new(),
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
        self.large.append(&mut space.take_young_large());
        if let Some(interrupted) = self.current.take() {
            self.retrace(interrupted);
        }
        roots.trace_fresh(&mut self.tracer);
        self.trace_remembered(remembered, epochs, ahead);
        self.drain(epochs, ahead);
        while self.ask_guardians() {
            self.drain(epochs, ahead);
        }
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
            if sheet.list(is_new) {
                listed.push(sheet);
            }
        }
        for sheet in &listed {
            let tracer = &mut self.tracer;
            self.work.found += sheet.make_ready(is_new, |object| tracer.edge(object, false));
        }
        !listed.is_empty()
    }

    /// Visits once more the fields of an object whose `trace` panicked.
    fn retrace(&mut self, object: Object) {
        self.current = Some(object);
        // SAFETY: the object is whole, and at a safepoint nobody writes it.
        unsafe { object.info().trace(object.payload().as_ptr(), 0, object.count(), &mut self.tracer) };
        self.current = None;
    }

    fn trace_remembered(&mut self, remembered: &Remembered, epochs: Epochs, ahead: bool) {
        for piece in remembered.objects.pieces() {
            for (index, edge) in piece.iter().enumerate() {
                if let Some(later) = piece.get(index + 8) {
                    // SAFETY: a header precedes every payload.
                    prefetch(unsafe { later.object().payload().sub(WORD) });
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
        for &(object, segment) in &remembered.segments {
            let record = LargeObject::of(object);
            record.segments()[segment as usize].arm();
            let elements = record.elements_of(segment as usize);
            self.current = Some(object);
            // SAFETY: the range lies in the slice, which nobody writes at a safepoint.
            unsafe { object.info().trace(object.payload().as_ptr(), elements.start, elements.end, &mut self.tracer) };
            self.current = None;
            if self.tracer.edges.len() >= 256 || !self.tracer.ephemerons.is_empty() {
                self.drain(epochs, ahead);
            }
        }
    }

    fn drain(&mut self, epochs: Epochs, ahead: bool) {
        loop {
            let mut promote = Promote {
                epoch: epochs.current,
                dead: epochs.dead,
                arrays: &mut self.arrays,
                waiting: &mut self.waiting,
                weakly: &mut self.weakly,
                current: &mut self.current,
                work: &mut self.work,
            };
            drain(&mut promote, &mut self.tracer, &mut self.queue, ahead);
            while let Some(edge) = self.tracer.weak.pop() {
                reach_weakly(edge, &mut self.weakly);
            }
            let Some((object, from)) = self.arrays.pop() else { return };
            let record = LargeObject::of(object);
            let to = (from + record.segment_elements()).min(object.count());
            if to < object.count() {
                self.arrays.push((object, to));
            }
            self.current = Some(object);
            // SAFETY: the range lies in the slice, which nobody writes at a safepoint.
            unsafe { object.info().trace(object.payload().as_ptr(), from, to, &mut self.tracer) };
            self.current = None;
        }
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
        debug_assert!(self.tracer.ephemerons.is_empty() && self.tracer.guardians.is_empty());
        // Their keys are dead.
        self.waiting.clear();
        remembered.forget();
        roots.forget_fresh();
        for object in self.weakly.drain(..) {
            settle_weakly_reached(object, space, epoch);
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

fn reach_weakly(edge: Edge, weakly: &mut Vec<Object>) {
    let object = edge.object();
    if is_nothing(object) {
        return;
    }
    let byte = MarkByte::of(object);
    let mark = byte.load();
    // A dead object of colour 0 has been settled already.
    if !mark.is_coloured() && !mark.has(Mark::WEAK) && !mark.has(Mark::DEAD) {
        byte.set(Mark::WEAK);
        weakly.push(object);
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

/// The colours of the moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epochs {
    pub(crate) current: Epoch,
    /// That of dead objects, if a sweep that frees them is under way.
    pub(crate) dead: Option<Epoch>,
    /// How many young collections have been completed.
    pub(crate) young: u32,
}

/// The visitor of young collections.
struct Promote<'a> {
    epoch: Epoch,
    dead: Option<Epoch>,
    arrays: &'a mut Vec<(Object, usize)>,
    waiting: &'a mut Waiting,
    weakly: &'a mut Vec<Object>,
    current: &'a mut Option<Object>,
    work: &'a mut YoungWork,
}

impl Visit for Promote<'_> {
    #[inline(always)]
    fn visit(&mut self, edge: Edge, tracer: &mut Tracer<'static>) {
        let object = edge.object();
        let byte = MarkByte::of(object);
        let mark = byte.load();
        if mark.is_coloured() {
            return;
        }
        if mark.has(Mark::WEAK) && !self.waiting.is_empty() {
            self.waiting.take(object, |value| wake(value, tracer));
        }
        let header = object.header();
        let info = header.info();
        let coloured = Mark::scanned(self.epoch).with(mark.only(Mark::DROP));
        self.work.survived_objects += 1;
        if is_large(object) {
            byte.store(coloured.with(Mark::END));
            self.promote_large(object, tracer);
            return;
        }
        let granules = object.granules();
        let block = Block::around(object.granule());
        if granules == 1 {
            byte.store(coloured.with(Mark::END));
        } else {
            byte.store(coloured);
            block.marks()[block.granule_index(object.granule()) + granules - 1].store(Mark::END);
        }
        block.count_live(self.epoch, granules);
        self.work.survived_bytes += granules * GRANULE;
        if info.is_unwatched() {
            return;
        }
        header.clear(LOGGED);
        let payload = object.payload().as_ptr();
        *self.current = Some(object);
        // SAFETY: the object is whole, and at a safepoint nobody writes it.
        unsafe {
            if info.has_external() {
                self.work.survived_external =
                    add_bytes(self.work.survived_external, info.external_bytes(payload, 0, object.count()));
            }
            info.trace(payload, 0, object.count(), tracer);
        }
        *self.current = None;
    }

    #[cold]
    #[inline(never)]
    fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize {
        let mut found = core::mem::take(&mut tracer.ephemerons);
        let count = found.len();
        self.work.ephemerons += count;
        for EphemeronEdge { key, value } in found.drain(..) {
            if is_nothing(key) || key.info().is_tombstone() {
                continue;
            }
            let mark = MarkByte::of(key).load();
            if mark.has(Mark::DEAD) || self.dead.is_some_and(|dead| mark.is_of(dead)) {
                continue;
            }
            if !mark.is_coloured() {
                reach_weakly(Edge::new(key, false), self.weakly);
                if self.waiting.add(key, value) {
                    self.work.waited += 1;
                    continue;
                }
            }
            wake(value, tracer);
        }
        tracer.ephemerons = found;
        count
    }
}

impl Promote<'_> {
    #[cold]
    fn promote_large(&mut self, object: Object, tracer: &mut Tracer<'static>) {
        let info = object.info();
        let record = LargeObject::of(object);
        self.work.survived_bytes += record.reserved_bytes();
        if info.is_unwatched() {
            return;
        }
        let payload = object.payload().as_ptr();
        if LargeLayout::is_segmented(info) {
            for segment in record.segments() {
                segment.set_scanned(self.epoch);
                segment.arm();
            }
            if object.count() > 0 {
                self.arrays.push((object, 0));
            }
        } else {
            object.header().clear(LOGGED);
            *self.current = Some(object);
            // SAFETY: the object is whole, and at a safepoint nobody writes it.
            unsafe { info.trace(payload, 0, object.count(), tracer) };
            *self.current = None;
        }
        if info.has_external() {
            // SAFETY: likewise.
            let bytes = unsafe { info.external_bytes(payload, 0, object.count()) };
            self.work.survived_external = add_bytes(self.work.survived_external, bytes);
        }
    }
}
