//! Checks of every invariant, on demand: `Config::verify`, `GC_VERIFY=1`, `Heap::verify`.
//!
//! A check walks the whole heap and changes nothing. It runs at safepoints only, before their work
//! and after every phase of it, in whatever state the phase has left the heap. What it finds wrong it
//! reports by a panic that names the invariant, the object, its mark byte, and the path of pointers
//! that leads to it.
//!
//! Each invariant is stated in the file that keeps it: M in `mark_byte.rs`, B in `block.rs`, L in
//! `large.rs`, H in `header.rs`, Y in `young.rs`, K in `mark.rs`, W in `weakness.rs`, R in `roots.rs`, Q in
//! `ephemerons.rs`, U in `guardians.rs`.
//! Those that no single file keeps are stated here:
//!
//! - **G1** A strong pointer in a reachable object names the header of a whole object of this heap,
//!   which is not `DEAD` and no tombstone.
//! - **G2** While marking, every reachable object of the other epoch can be reached from what the mark
//!   still has to look at through objects of the other epoch (so the snapshot will be found).
//! - **G3** While sweeping what was not marked, no reachable object has the other epoch's colour.
//! - **G4** A reachable object without a colour lies in a block that a cursor has been in since the
//!   last young collection, on memory of its own, or is a large object made since.
//! - **G5** An old object whose pointers have changed since the last young collection is logged: no
//!   write missed the barrier. (`shadow.rs`)
//!
//! | file | checks |
//! |---|---|
//! | `marks.rs` | M1–M3, H3, K2, W2, B1–B4: blocks and their mark bytes |
//! | `lists.rs` | the block lists, Y1, L1, L3: which list has what |
//! | `reach.rs` | G1–G4, W1, R1, R3, Q2, Q3, U1, U2: the graph, ephemerons and guardians |
//! | `referrers.rs` | A4: who points into blocks that are to be emptied |
//! | `shadow.rs` | G5 |

mod lists;
mod marks;
mod reach;
mod referrers;
mod shadow;
#[cfg(test)]
mod tests;

use core::fmt;

use super::{Collector, HeapState, Stage};
use crate::memory::{Epoch, Mark, MarkByte};
use crate::object::Object;

pub(super) use shadow::Shadow;

impl Collector {
    /// Checks everything before a safepoint's work, if the configuration says so.
    #[inline]
    pub(super) fn verify_before(&mut self, state: &HeapState) {
        if self.config.verify {
            self.verify(state, "the program's turn");
        }
    }

    /// Checks before a young collection that no write has missed the barrier.
    #[inline]
    pub(super) fn verify_before_young(&mut self, state: &HeapState) {
        if self.config.verify {
            let view = View { collector: self, state, moment: "the program's turn" };
            view.check_shadow(&self.shadow);
            // What is promoted from here on may lie where something else lay.
            self.shadow.clear();
        }
    }

    /// Checks everything after a young collection, and takes note of what old objects hold.
    #[inline]
    pub(super) fn verify_after_young(&mut self, state: &HeapState) {
        if self.config.verify {
            self.verify(state, "a young collection");
            self.shadow.record(&self.space);
        }
    }

    /// Checks everything after objects have moved, and takes note of what they hold where they are now.
    #[inline]
    pub(super) fn verify_after_moving(&mut self, state: &HeapState) {
        if self.config.verify {
            self.shadow.clear();
            self.verify(state, "a compaction");
            self.shadow.record(&self.space);
        }
    }

    /// Checks everything after another phase, if the configuration says so.
    #[inline]
    pub(super) fn verify_after(&mut self, state: &HeapState, moment: &'static str) {
        if self.config.verify {
            self.verify(state, moment);
        }
    }

    /// Checks everything now, which is a safepoint.
    #[cold]
    #[inline(never)]
    pub(crate) fn verify(&mut self, state: &HeapState, moment: &'static str) {
        self.take_written(state);
        let view = View { collector: self, state, moment };
        let mut map = view.check_blocks();
        view.check_lists();
        view.check_logged();
        view.check_large();
        view.check_graph(&mut map);
        view.check_referrers();
        view.check_shadow(&self.shadow);
    }
}

/// What a check looks at.
#[derive(Clone, Copy)]
struct View<'a> {
    collector: &'a Collector,
    state: &'a HeapState,
    /// What has just happened.
    moment: &'static str,
}

impl View<'_> {
    fn epoch(self) -> Epoch {
        self.state.epoch.get()
    }

    fn stage(self) -> Stage {
        self.state.stage.get()
    }

    /// Reports a broken invariant.
    #[cold]
    #[track_caller]
    fn fail(self, invariant: &str, what: impl fmt::Display) -> ! {
        panic!(
            "verification after {}: {invariant} does not hold: {what}\n  stage: {:?}, epoch: {:?}",
            self.moment,
            self.stage(),
            self.epoch()
        )
    }

    /// Reports an invariant that an object breaks. Its header must be one.
    #[cold]
    #[track_caller]
    fn fail_at(self, invariant: &str, object: Object, what: impl fmt::Display) -> ! {
        self.fail(invariant, format_args!("{what}\n  object: {}", self.describe(object)))
    }

    fn describe(self, object: Object) -> String {
        let name = object.info().describe().name;
        let mark = Decoded(MarkByte::of(object).load(), self.epoch());
        format!("{name} at {:p}, mark byte: {mark}", object.payload())
    }
}

/// A mark byte in words.
struct Decoded(Mark, Epoch);

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(mark, epoch) = *self;
        let flags = [(Mark::END, " END"), (Mark::DROP, " DROP"), (Mark::WEAK, " WEAK"), (Mark::DEAD, " DEAD")];
        let state = mark.without(Mark::END.with(Mark::DROP).with(Mark::WEAK).with(Mark::DEAD));
        f.write_str(match state {
            _ if state.is_clear() => "no colour",
            _ if state == Mark::scanned(epoch) => "this epoch, scanned",
            _ if state == Mark::grey(epoch) => "this epoch, grey",
            _ if state == Mark::being_scanned(epoch) => "this epoch, being scanned",
            _ if state.is_of(epoch.other()) => "other epoch",
            _ => "no valid colour and state",
        })?;
        flags.into_iter().filter(|&(flag, _)| mark.has(flag)).try_for_each(|(_, name)| f.write_str(name))?;
        write!(f, " ({mark:?})")
    }
}
