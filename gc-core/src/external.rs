//! Charges for memory outside the heap.

use core::fmt;
use core::ptr::NonNull;

use crate::collector::HeapState;
use crate::collector::roots::RootTable;
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};

/// Bytes outside the heap that count for its pacing and its limit, until this is dropped.
///
/// Made by [`Mutation::external`](crate::Mutation::external). It may outlive the heap.
pub struct ExternalCharge {
    table: NonNull<RootTable>,
    bytes: usize,
    /// As many of them as the table can count.
    counted: usize,
}

impl ExternalCharge {
    pub(crate) fn new(state: &HeapState, bytes: usize) -> Self {
        let counted = state.roots().charge(bytes);
        state.notice_charge(counted);
        Self { table: state.root_table(), bytes, counted }
    }

    /// How many bytes are charged. (What a heap counts ends at a sixteenth of the numbers of `usize`.)
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for ExternalCharge {
    fn drop(&mut self) {
        // SAFETY: `new` charged them to this table.
        unsafe { RootTable::discharge(self.table, self.counted) };
    }
}

impl fmt::Debug for ExternalCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalCharge").field("bytes", &self.bytes).finish()
    }
}

// SAFETY: a charge holds no `Gc`. (It is counted by the heap already.)
unsafe impl<'gc> Trace<'gc> for ExternalCharge {
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
// SAFETY: a charge has no brand.
unsafe impl Rebrand for ExternalCharge {
    type At<'b> = ExternalCharge;
}
