//! Looking at all objects, for checks, counts and pictures of the heap.
//!
//! Objects that have a colour can be walked, and no others: after a young collection these are all
//! that are alive, and those dead ones that have not been swept yet.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::address::Table;
use crate::memory::hole::ObjectWalk;
use crate::memory::{BlockState, Mark, MarkByte, Space};
use crate::object::Object;
use crate::object::trace::{EphemeronEdge, Tracer};

/// Visits every object that has a colour, tombstones and unswept dead ones included.
pub(crate) fn each_coloured(space: &Space, mut visit: impl FnMut(Object, Mark)) {
    for block in space.chunks().iter().flat_map(|chunk| chunk.blocks()) {
        if block.state() == BlockState::Free {
            continue;
        }
        for found in ObjectWalk::of(block).filter(|found| found.mark.is_coloured()) {
            // SAFETY: the byte of this granule has a colour, so a header lies in it (M1).
            visit(unsafe { Object::from_granule(block.granule(found.first)) }, found.mark);
        }
    }
    for record in space.large_objects() {
        // SAFETY: records in the list of all large objects are alive.
        let object = unsafe { record.as_ref() }.object();
        let mark = MarkByte::of(object).load();
        if mark.is_coloured() {
            visit(object, mark);
        }
    }
}

/// The pointers in an object, by a tracer of their own.
pub(crate) struct Fields {
    tracer: Tracer<'static>,
    pub(crate) strong: Vec<Object>,
    pub(crate) weak: Vec<Object>,
    /// What values of ephemerons hold. Their keys are among the weak pointers as well.
    pub(crate) ephemerons: Vec<EphemeronEdge>,
    /// Sheets of guardians, with registered objects among which may be ones that are in no other list.
    pub(crate) sheets: Vec<Object>,
    /// False once a `trace` has panicked: some pointers may be missing.
    pub(crate) complete: bool,
}

impl Fields {
    pub(crate) fn new() -> Self {
        Self {
            tracer: Tracer::new(),
            strong: Vec::new(),
            weak: Vec::new(),
            ephemerons: Vec::new(),
            sheets: Vec::new(),
            complete: true,
        }
    }

    /// Finds the pointers of `object`.
    ///
    /// # Safety
    ///
    /// The object is whole, its destructor has not begun to run, and nobody writes it: this is a
    /// safepoint.
    pub(crate) unsafe fn read(&mut self, object: Object) {
        // SAFETY: all elements are of a whole object; the rest is the caller's promise.
        unsafe { self.read_elements(object, 0, object.count()) }
    }

    /// Finds the pointers of the elements `from..to` of `object`.
    ///
    /// # Safety
    ///
    /// As for [`Fields::read`], and the range lies in the object.
    pub(crate) unsafe fn read_elements(&mut self, object: Object, from: usize, to: usize) {
        self.strong.clear();
        self.weak.clear();
        self.ephemerons.clear();
        self.sheets.clear();
        let (info, payload, tracer) = (object.info(), object.payload().as_ptr(), &mut self.tracer);
        // SAFETY: the object is whole and nobody writes it, by the caller's promise.
        let traced = catch_unwind(AssertUnwindSafe(|| unsafe { info.trace(payload, from, to, tracer) }));
        self.complete &= traced.is_ok();
        while let Some(edge) = self.tracer.edges.pop() {
            self.strong.push(edge.object());
        }
        while let Some(edge) = self.tracer.weak.pop() {
            self.weak.push(edge.object());
        }
        self.weak.extend(self.tracer.ephemerons.iter().map(|edge| edge.key));
        self.ephemerons.append(&mut self.tracer.ephemerons);
        while let Some(edge) = self.tracer.guardians.pop() {
            self.sheets.push(edge.object());
        }
    }
}

/// What ephemerons hold whose keys have not been reached, for those who look at all objects: `T` says where
/// a pointer was found.
pub(crate) struct Hanging<T>(Table<Object, Vec<(EphemeronEdge, T)>>);

impl<T> Hanging<T> {
    pub(crate) fn new() -> Self {
        Self(Table::default())
    }

    pub(crate) fn add(&mut self, edge: EphemeronEdge, from: T) {
        self.0.entry(edge.key).or_default().push((edge, from));
    }

    /// `key` has been reached: what hangs on it.
    pub(crate) fn take(&mut self, key: Object) -> Vec<(EphemeronEdge, T)> {
        self.0.remove(&key).unwrap_or_default()
    }
}
