//! The remembered set.

use crate::object::Object;
use crate::object::worklist::{Edge, EdgeStack, Stack};

/// Old objects that were written since the last young collection.
pub(crate) struct Remembered {
    /// Those that are logged as a whole.
    pub(crate) objects: EdgeStack,
    /// Segments of large slices.
    pub(crate) segments: Stack<(Object, u32)>,
    /// Something is logged for which there was no place: whatever is logged is in the set.
    pub(crate) lost: bool,
}

impl Remembered {
    pub(crate) const fn new() -> Self {
        Self { objects: EdgeStack::new(), segments: Stack::new(), lost: false }
    }

    /// Adds an object, which the caller logs.
    pub(in super::super) fn insert(&mut self, object: Object) {
        self.lost |= !self.objects.push(Edge::new(object, false));
    }

    /// Adds a segment of a large slice, likewise.
    pub(in super::super) fn insert_segment(&mut self, object: Object, segment: usize) {
        self.lost |= !self.segments.push((object, segment as u32));
    }

    /// How many bytes the set may grow by.
    pub(in super::super) fn allow(&mut self, more: usize) {
        self.objects.allow(more / 2);
        self.segments.allow(more / 2);
    }

    /// Bytes that count against the heap limit.
    pub(in super::super) fn counted_bytes(&self) -> usize {
        self.objects.counted_bytes() + self.segments.counted_bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len() + self.segments.len()
    }

    /// All entries have been dealt with.
    pub(super) fn forget(&mut self) {
        self.objects.clear();
        self.segments.clear();
        self.lost = false;
    }
}
