//! What the checks of `collector/verify` look at: the lists that blocks and large objects are on.

#![forbid(unsafe_code)]

use core::ptr::NonNull;

use super::{Block, LargeObject, Space};

impl Space {
    /// Blocks that hold nothing.
    pub(crate) fn free_list(&self) -> &[Block] {
        &self.free
    }

    /// Swept blocks with holes.
    pub(crate) fn hole_list(&self) -> &[Block] {
        &self.with_holes
    }

    /// Blocks with holes that were found before the mark in progress started.
    pub(crate) fn snapshot_hole_list(&self) -> &[Block] {
        &self.snapshot_holes
    }

    /// Large objects made since the last young collection began.
    pub(crate) fn young_large_list(&self) -> &[NonNull<LargeObject>] {
        self.large.young()
    }
}
