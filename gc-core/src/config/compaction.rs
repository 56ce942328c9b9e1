//! Whether objects move.

#![forbid(unsafe_code)]

/// Whether and when a heap moves objects, to put memory together that has fallen apart into holes.
///
/// An object never moves during a mutation, nor while it is [pinned](crate::Pinned). The program notices
/// only if it keeps addresses ([`Gc::as_ptr`](crate::Gc::as_ptr)) from one mutation to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Compaction {
    /// Objects stay where they were made: addresses last as long as objects.
    Never,
    /// Objects move when [`Heap::compact`](crate::Heap::compact) is called.
    #[default]
    OnRequest,
    /// They also move by themselves, a few blocks at a time within the pause target, when a collection has
    /// found that more than this share of the memory in use lies in holes.
    Automatic {
        /// The share, from 0 to 1. A quarter is a good start.
        above: f64,
    },
}
