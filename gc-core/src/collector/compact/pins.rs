//! What must not move: objects that the program has pinned, and the pointees of pointers that cannot be
//! updated.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::super::walk::each_coloured;
use super::super::weakness::{is_large, is_nothing};
use super::super::{Collector, HeapState};
use crate::memory::geometry::BLOCK;
use crate::memory::{Epoch, Mark, MarkByte};
use crate::object::Object;
use crate::object::places::Places;
use crate::object::trace::Tracer;

/// Objects that stay where they are: their state is "being scanned" until they are released.
pub(in super::super) struct Pins(Vec<Object>);

impl Pins {
    pub(in super::super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The blocks that they lie in.
    pub(in super::super) fn blocks(&self) -> Places {
        let mut blocks = Places::new(BLOCK.trailing_zeros());
        blocks.set(self.0.iter().map(|object| object.granule()));
        blocks
    }

    fn add(&mut self, object: Object, epoch: Epoch) {
        // Large objects stay in any case, and what a weak pointer names may be none at all.
        if is_nothing(object) || is_large(object) {
            return;
        }
        let byte = MarkByte::of(object);
        let mark = byte.load();
        if mark.is_of(epoch) && !mark.is_being_scanned() {
            byte.store(Mark::being_scanned(epoch).with(flags(mark)));
            self.0.push(object);
        }
    }

    /// Objects may move again.
    pub(in super::super) fn release(&self, epoch: Epoch) {
        for &object in &self.0 {
            let byte = MarkByte::of(object);
            byte.store(Mark::scanned(epoch).with(flags(byte.load())));
        }
    }
}

/// What a mark says beside colour and state. (A tombstone can be named by a pointer that stays as it is, and is told by `WEAK`: W2.)
fn flags(mark: Mark) -> Mark {
    mark.only(Mark::END.with(Mark::DROP).with(Mark::WEAK))
}

impl Collector {
    /// Pins what the program has pinned.
    pub(in super::super) fn pin_roots(&self, state: &HeapState) -> Pins {
        let mut pins = Pins(Vec::new());
        state.roots().each_pinned(|object| pins.add(object, state.epoch.get()));
        pins
    }

    /// Pins what must stay: what the program has pinned, and what pointers name that cannot be updated.
    ///
    /// # Panics
    ///
    /// If a `trace` does: then nothing is pinned.
    pub(in super::super) fn pin(&self, state: &HeapState) -> Pins {
        let epoch = state.epoch.get();
        let mut pins = self.pin_roots(state);
        // Everything that lives has been traced since it was last written.
        if !self.marker.tracer.has_fixed && !self.young.tracer.has_fixed {
            return pins;
        }
        let mut tracer = Tracer::new();
        tracer.fixed = Some(Box::default());
        let traced = catch_unwind(AssertUnwindSafe(|| {
            each_coloured(&self.space, |object, _| {
                if object.info().pins() {
                    // SAFETY: the object has a colour, so it is whole, and has no destructor pending;
                    // at a safepoint nobody writes it.
                    unsafe { object.info().trace(object.payload().as_ptr(), 0, object.count(), &mut tracer) };
                    tracer.clear();
                }
            });
        }));
        if let Some(fixed) = &mut tracer.fixed {
            while let Some(edge) = fixed.edges.pop().or_else(|| fixed.weak.pop()) {
                pins.add(edge.object(), epoch);
            }
        }
        if let Err(panic) = traced {
            pins.release(epoch);
            resume_unwind(panic);
        }
        pins
    }
}
