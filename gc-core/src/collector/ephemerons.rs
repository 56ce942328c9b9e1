//! Ephemerons: values that live as long as their keys do.
//!
//! A collection that finds an ephemeron looks at its key. If the key is alive, what the value holds is
//! visited at once. If it is dead, nothing is. If it has not been reached yet the value *waits*: what it
//! holds goes on a list.
//!
//! When nothing else is left to visit the list is gone through again, in *passes*, each in the direction opposite to the one
//! before, as long as the passes find keys that have been reached since (Hayes, *Ephemerons: a new finalization mechanism*,
//! OOPSLA 1997). That is fast: keys and values lie on the list in about the order of their addresses, and a chain that lies in
//! either direction is done in two passes. But alone it would be quadratic. So values are looked at so many times, on average,
//! and are then filed in an index by key (`index.rs`): whoever gives such a key its colour takes from there what waits. Hence the time is
//! linear in every chain and web.
//!
//! What waits is what values held when they were scanned, not where: the program may overwrite a value
//! that waits, since it was scanned before the write. What waits when the collection is over belongs to
//! dead keys.
//!
//! The weak pointers to those must lead to tombstones from then on, which `WEAK` in their mark bytes sees to. Most keys that values wait
//! for are reached in the end, and a block with a byte that had `WEAK` is walked by the sweep; so a mark sets it late, in a last pass,
//! in which nothing is reached: that pass *settles* what waits. (Set as soon as a value waits it took
//! 77 instructions more for each entry of a chain, of 730.)
//!
//! - **Q1** No visitor looks at what the value of a dead key holds: it may be gone. Dead are tombstones,
//!   `DEAD` objects, and the other epoch's while sweeping.
//! - **Q2** A key in an index has no colour of the collection in progress, and has `WEAK`; or it has got its
//!   colour for want of a place on a stack (`overflow.rs`), and is yet to be visited. A key on a list need not have `WEAK`, and may also
//!   have been visited since the last pass has looked at it; then there will be another one. When a mark ends all that waits has been
//!   settled.
//! - **Q3** A value that waits has been found in a live table, and names objects that the collection in
//!   progress does not free before it is over.

mod index;

use super::weakness::is_nothing;
use super::worklist::{Patience, Prefetched, Visit, drain_with};
use crate::memory::prefetch::prefetch;
use crate::memory::{Epoch, MarkByte};
use crate::object::Object;
use crate::object::header::WORD;
use crate::object::trace::{EphemeronEdge, Tracer};
use crate::object::worklist::{Edge, Stack};

use index::Index;

/// How often a value is looked at, on average, before it goes into the index. (A million entries, least of three runs: the index alone takes
/// 60–72 ns an entry of a chain and 173 of a web; 8 looks 50–51 and 100, but 132 in the median; 16 looks 48–52 and 97; 32 looks 46–47 and 99.)
const LOOKS: usize = 16;
/// Values between the prefetch for one and the look at it.
const AHEAD: usize = 16;
/// How many of the keys looked at last must have been reached for the next values to be fetched before their keys are known to be.
const LUCKY: u8 = 4;
/// How often in a row what has been woken may be visited at once, and not lead to the next key.
const PATIENCE: u8 = 8;
/// As few are visited without fetching ahead: they have been fetched.
const FEW: usize = 8;
/// As many woken values are visited together.
const MANY: usize = 64;
/// Values that are looked at between two looks at the clock.
const SOME: usize = 256;
/// From a payload to where its line has ended, if the header is not at the end of one.
const FAR: usize = 40;

/// What waits for keys to be reached.
pub(crate) struct Waiting {
    /// What the pass has still to look at, and what it has looked at, or has come since it began.
    ahead: Stack<EphemeronEdge>,
    behind: Stack<EphemeronEdge>,
    /// How many objects the collection had reached when the pass began.
    reached: usize,
    /// How many looks are left, and how many each value brings.
    looks: usize,
    looks_each: usize,
    /// They do not suffice: the pass puts into the index what still waits.
    is_last: bool,
    /// Sets `WEAK` of a key that has not been reached, if that is done late.
    settle: Option<fn(Object)>,
    /// The pass settles what still waits.
    settles: bool,
    /// All that waits on the lists has been settled; something has come since the pass began.
    settled: bool,
    added: bool,
    /// Of the last few keys that were looked at, about as many had been reached.
    luck: u8,
    /// Grows when what was visited at once has led to the next key, and shrinks when it has not.
    gain: u8,
    index: Index,
}

/// Puts what waited for `key` on the list that it belongs on: unless it leads to the key itself, which is being
/// coloured already, and must not be a second time if there is no place on the list.
pub(crate) fn wake(value: Edge, key: Object, tracer: &mut Tracer<'static>) {
    if value.object() == key {
        return;
    }
    if value.is_weak() { tracer.add_weak(value.as_strong()) } else { tracer.add(value) }
}

/// What tells which keys have been reached, a bit each, from their mark bytes alone: those that have the colour of the collection in
/// progress, and neither are tombstones nor await their destructors. (Asked at once for the keys of a page: a weak map's live entry
/// 20.5 → 19.1 ns.)
pub(crate) fn which_are_reached(epoch: Epoch) -> fn(&[Object]) -> u32 {
    #[inline(always)]
    fn which(keys: &[Object], epoch: Epoch) -> u32 {
        debug_assert!(keys.len() <= u32::BITS as usize);
        let is_just = |key: Object| !is_nothing(key) && MarkByte::of(key).load().is_just(epoch);
        keys.iter().rev().fold(0, |reached, &key| reached << 1 | u32::from(is_just(key)))
    }
    match epoch {
        Epoch::Odd => |keys| which(keys, Epoch::Odd),
        Epoch::Even => |keys| which(keys, Epoch::Even),
    }
}

impl Waiting {
    /// Nothing waits yet. `settle` sets `WEAK` of a key that has not been reached, unless that is done before a value waits for it.
    pub(crate) const fn new(settle: Option<fn(Object)>) -> Self {
        Self {
            ahead: Stack::new(),
            behind: Stack::new(),
            reached: 0,
            looks: 0,
            looks_each: LOOKS,
            is_last: false,
            settle,
            settles: false,
            settled: false,
            added: false,
            luck: 0,
            gain: 0,
            index: Index::new(),
        }
    }

    /// So many looks for each value, on average: under stress one, so that the index has something to do.
    pub(crate) fn look(&mut self, times: usize) {
        self.looks_each = times;
    }

    /// From now on the lists may be refused memory, if a test wants it so.
    #[cfg(test)]
    pub(crate) fn may_be_refused(&mut self) {
        self.ahead.allow(usize::MAX);
        self.behind.allow(usize::MAX);
    }

    /// How many pointers wait.
    pub(crate) fn len(&self) -> usize {
        self.ahead.len() + self.behind.len() + self.index.len()
    }

    /// True if nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.ahead.is_empty() && self.behind.is_empty() && self.index.is_empty()
    }

    /// True if nothing waits in the index.
    #[inline]
    pub(crate) fn has_no_index(&self) -> bool {
        self.index.is_empty()
    }

    /// True if each key that has not been reached has `WEAK`: a mark may end then.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled || self.ahead.is_empty() && self.behind.is_empty()
    }

    /// Bytes that count against the heap limit, which is never a reason to refuse anything: a value that does not wait
    /// lives, and a limit would then decide what is garbage.
    pub(crate) fn counted_bytes(&self) -> usize {
        self.ahead.counted_bytes() + self.behind.counted_bytes() + self.index.counted_bytes()
    }

    /// `value` waits for `key`. False if there is no room in the index.
    pub(crate) fn add(&mut self, key: Object, value: Edge) -> bool {
        self.looks += self.looks_each;
        (self.settled, self.added) = (false, true);
        self.behind.push(EphemeronEdge { key, value }) || self.file(EphemeronEdge { key, value })
    }

    /// Puts a value into the index. False if there is no room.
    #[cold]
    fn file(&mut self, edge: EphemeronEdge) -> bool {
        if let Some(settle) = self.settle {
            settle(edge.key);
        }
        self.index.add(edge.key, edge.value)
    }

    /// Takes from the index what waits there for `key`.
    pub(crate) fn take(&mut self, key: Object, wake: impl FnMut(Edge)) {
        self.index.take(key, wake);
    }

    /// Forgets everything, and gives the memory back.
    pub(crate) fn clear(&mut self) {
        *self = Self { looks_each: self.looks_each, ..Self::new(self.settle) };
    }

    /// All that waits: for which key, and if it does so on a list.
    pub(crate) fn each(&self, mut visit: impl FnMut(Object, bool, Edge)) {
        let listed = self.ahead.pieces().chain(self.behind.pieces()).flatten();
        listed.for_each(|edge| visit(edge.key, true, edge.value));
        self.index.each(|key, value| visit(key, false, value));
    }

    /// Takes the next value off the list, whose key is white or is not. Returns it if it waits no longer.
    #[inline(always)]
    fn look_at_next(&mut self, white: bool) -> Option<EphemeronEdge> {
        let edge = self.ahead.pop()?;
        self.looks = self.looks.saturating_sub(1);
        if !white {
            self.luck = (self.luck + 1).min(2 * LUCKY);
            return Some(edge);
        }
        self.luck = self.luck.saturating_sub(1);
        if self.settles
            && let Some(settle) = self.settle
        {
            settle(edge.key);
        }
        let waits = !self.is_last && self.behind.push(edge) || self.file(edge);
        (!waits).then_some(edge)
    }

    /// What had been woken was visited, and has led to the key at hand, or has not.
    #[inline(always)]
    fn note_gain(&mut self, gained: bool) {
        self.gain = if gained { (self.gain + 2).min(PATIENCE) } else { self.gain.saturating_sub(1) };
    }

    /// Passes values whose keys are `white`, at most so many: nothing is done for them but to look again later. Returns how many. (In a loop
    /// of its own: a web of a million 111 → 94 ns an entry, a chain 54 → 50.)
    #[inline(always)]
    fn pass(&mut self, white: Option<Epoch>, most: usize) -> usize {
        if self.is_last {
            return 0;
        }
        let is_white = |edge: EphemeronEdge, later: Option<EphemeronEdge>| {
            if let Some(later) = later {
                MarkByte::fetch(later.key);
            }
            MarkByte::of(edge.key).load().colour_is(white)
        };
        let passed = match self.settle.filter(|_| self.settles) {
            None => self.ahead.move_to(&mut self.behind, most, AHEAD, is_white),
            Some(settle) => self.ahead.move_to(&mut self.behind, most, AHEAD, |edge, later| {
                let white = is_white(edge, later);
                if white {
                    settle(edge.key);
                }
                white
            }),
        };
        self.looks = self.looks.saturating_sub(passed);
        self.luck = self.luck.saturating_sub(passed.min(u8::MAX.into()) as u8);
        passed
    }

    /// Begins a pass, when the last one has ended, unless nothing can come of it, since no object has been reached since that began. One
    /// that settles what waits, if that has not been done.
    fn begin_pass(&mut self, reached: usize) -> bool {
        if core::mem::take(&mut self.settles) {
            self.settled = !self.added;
        }
        let is_in_vain = self.reached == reached;
        if self.behind.is_empty() || is_in_vain && (self.settled || self.settle.is_none()) {
            return false;
        }
        core::mem::swap(&mut self.ahead, &mut self.behind);
        (self.settles, self.added, self.reached) = (is_in_vain, false, reached);
        // (What is settled will hardly be reached any more, and stays on the list.)
        self.is_last = !self.settles && self.looks < self.ahead.len();
        (self.luck, self.gain) = (0, PATIENCE);
        true
    }

    /// Fetches what a look at a value will need that comes later.
    #[inline(always)]
    fn fetch_ahead(&self) {
        let Some(later) = self.ahead.below_top(AHEAD) else { return };
        MarkByte::fetch(later.key);
        if self.luck > LUCKY {
            let object = later.value.object();
            MarkByte::fetch(object);
            prefetch(object.payload().map_addr(|addr| addr.saturating_add(FAR)));
            // SAFETY: a header precedes every payload, and what waits names objects that are still there (Q3).
            prefetch(unsafe { object.payload().sub(WORD) });
        }
    }
}

/// Wakes what the pass has just passed, as far back as the keys have been reached since. False if there was not enough time.
#[inline(always)]
fn wake_passed<V: Visit>(
    visitor: &mut V,
    tracer: &mut Tracer<'static>,
    queue: &mut Prefetched,
    ahead: bool,
    patience: &mut Patience,
) -> bool {
    let mut woken = 0_usize;
    while let Some(passed) = visitor.waiting().behind.top().filter(|passed| !visitor.is_white(passed.key)) {
        visitor.waiting().behind.pop();
        visitor.waiting().note_gain(true);
        wake(passed.value, passed.key, tracer);
        woken += 1;
        let drained = drain_with(visitor, tracer, queue, ahead && tracer.edges.len() > FEW, patience);
        if !drained || patience.is_over() || woken.is_multiple_of(SOME) && visitor.is_spent() {
            return false;
        }
    }
    true
}

/// Goes on with the pass over what waits, or begins another. False if nothing can come of it.
///
/// A `trace` may panic here, and the collection may be resumed: so a value stays on a list until it is woken.
pub(crate) fn look_again<V: Visit>(
    visitor: &mut V,
    tracer: &mut Tracer<'static>,
    queue: &mut Prefetched,
    ahead: bool,
) -> bool {
    let reached = visitor.reached();
    if visitor.waiting().ahead.is_empty() && !visitor.waiting().begin_pass(reached) {
        return false;
    }
    // One for all that is visited here: a drain for each of many values would never look at the clock.
    let mut patience = Patience::FULL;
    // (Something may have been visited since the last call.)
    if !wake_passed(visitor, tracer, queue, ahead, &mut patience) {
        return true;
    }
    let mut left = SOME;
    while left > 0 {
        // What has been woken may lead to the next key, or to those just passed, as in a chain. Or else much is visited faster together.
        let white = visitor.white();
        let waiting = visitor.waiting();
        let woken = tracer.edges.len();
        let is_worth_it = woken >= MANY || woken > 0 && waiting.gain > 0;
        if !is_worth_it {
            left -= waiting.pass(white, left);
        }
        waiting.fetch_ahead();
        let Some(key) = waiting.ahead.top().map(|edge| edge.key) else { break };
        if is_worth_it && visitor.is_white(key) {
            let drained = drain_with(visitor, tracer, queue, ahead && tracer.edges.len() > FEW, &mut patience);
            if !drained || patience.is_over() || !wake_passed(visitor, tracer, queue, ahead, &mut patience) {
                break;
            }
            let gains = !visitor.is_white(key);
            visitor.waiting().note_gain(gains);
        }
        let white = visitor.is_white(key);
        if let Some(edge) = visitor.waiting().look_at_next(white) {
            wake(edge.value, key, tracer);
        }
        left = left.saturating_sub(1);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::weakness::nothing;
    use super::*;

    thread_local! {
        static SETTLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    /// What has been settled since the last call, by address.
    fn settled() -> Vec<usize> {
        let mut settled = SETTLED.take();
        settled.sort_unstable();
        settled
    }

    /// Goes through the pass, in which nothing is reached.
    fn pass(waiting: &mut Waiting) {
        while !waiting.ahead.is_empty() {
            assert!(waiting.look_at_next(true).is_none());
        }
    }

    #[test]
    fn all_that_waits_is_settled_before_a_mark_may_end() {
        let mut waiting = Waiting::new(Some(|key| SETTLED.with_borrow_mut(|keys| keys.push(key.addr()))));
        let keys: Vec<Object> = (1..4)
            .filter_map(|n| core::ptr::NonNull::new(core::ptr::without_provenance_mut((1 << 40) + 16 * n + 8)))
            // SAFETY: the objects are used as names only.
            .map(|payload| unsafe { Object::from_payload(payload) })
            .collect();
        let addresses: Vec<usize> = keys.iter().map(|key| key.addr()).collect();
        let value = Edge::new(nothing(), false);
        assert!(waiting.is_settled() && waiting.add(keys[0], value) && !waiting.is_settled());
        // Something has been reached, so this one may wake values, and settles nothing.
        assert!(waiting.begin_pass(1));
        pass(&mut waiting);
        assert!(settled().is_empty());
        // What comes meanwhile has to be settled by another one.
        assert!(waiting.begin_pass(1) && waiting.add(keys[1], value));
        pass(&mut waiting);
        assert_eq!(settled(), addresses[..1]);
        assert!(waiting.begin_pass(1) && !waiting.is_settled());
        pass(&mut waiting);
        assert_eq!(settled(), addresses[..2]);
        assert!(!waiting.begin_pass(1) && waiting.is_settled());
        // More has been reached: those have been settled, and need not be again.
        assert!(waiting.begin_pass(2));
        pass(&mut waiting);
        assert!(!waiting.begin_pass(2) && waiting.is_settled() && settled().is_empty());
        // What goes into the index is settled then.
        waiting.looks_each = 0;
        waiting.looks = 0;
        assert!(waiting.add(keys[2], value) && waiting.begin_pass(3));
        pass(&mut waiting);
        assert_eq!((settled(), waiting.is_settled()), (addresses.clone(), true));
        waiting.clear();
        assert!(waiting.settle.is_some(), "it is a mark's");
    }

    #[test]
    fn nothing_is_settled_late_where_that_has_been_done() {
        let mut waiting = Waiting::new(None);
        assert!(waiting.add(nothing(), Edge::new(nothing(), false)) && waiting.begin_pass(1));
        pass(&mut waiting);
        assert!(!waiting.begin_pass(1));
    }
}
