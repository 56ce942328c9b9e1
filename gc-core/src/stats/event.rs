//! What a heap tells its listener.

#![forbid(unsafe_code)]

use super::compaction::Compacted;
use super::pauses::Pause;
use crate::error::OutOfMemory;

/// Something that happened in the heap. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A young collection begins.
    YoungStarted {
        /// Allocated in the heap since the last one.
        nursery_bytes: usize,
        /// Objects in the remembered set.
        remembered_entries: usize,
    },
    /// A young collection has ended.
    YoungFinished {
        /// What survived, and is old from now on.
        promoted_bytes: usize,
        /// How long it took, in nanoseconds.
        duration_ns: u64,
    },
    /// An old collection begins to mark.
    OldStarted {
        /// Bytes in use that are not known to be dead, external ones included.
        used_bytes: usize,
    },
    /// An old collection has marked all that is alive; sweeping begins.
    MarkFinished {
        /// Objects found alive.
        marked_objects: u64,
        /// Their bytes.
        marked_bytes: usize,
    },
    /// An old collection has swept all blocks.
    SweepFinished {
        /// What it freed, in the heap.
        freed_bytes: usize,
    },
    /// An old collection was given up, because a `trace` panicked. Nothing was freed.
    Abandoned,
    /// The heap got memory from the system.
    ChunkMapped {
        /// How much.
        bytes: usize,
        /// What the heap holds now.
        reserved_bytes: usize,
    },
    /// The heap gave memory back to the system.
    ChunkReleased {
        /// How much.
        bytes: usize,
        /// What the heap holds now.
        reserved_bytes: usize,
    },
    /// Objects were moved.
    Compacted {
        /// Why, and what was gained.
        compacted: &'a Compacted,
    },
    /// An allocation failed.
    LimitReached {
        /// Why.
        reason: &'a OutOfMemory,
    },
    /// A pause has ended.
    Paused {
        /// When, how long, and what for.
        pause: &'a Pause,
    },
}

/// What hears about events: a closure that the heap calls on the thread that owns it.
///
/// It cannot reach the heap. What it does is part of the pause.
pub type Listener = Box<dyn FnMut(&Event<'_>)>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn a_listener_sees_events_that_borrow() {
        let seen = Rc::new(Cell::new(0));
        let counter = Rc::clone(&seen);
        let mut listener: Listener = Box::new(move |event| {
            if let Event::LimitReached { reason: OutOfMemory::HeapLimit { requested, .. } } = event {
                counter.set(counter.get() + requested);
            }
        });
        let reason = OutOfMemory::HeapLimit { requested: 3, limit: 2, in_use: 1 };
        listener(&Event::LimitReached { reason: &reason });
        listener(&Event::Abandoned);
        assert_eq!(seen.get(), 3);
    }
}
