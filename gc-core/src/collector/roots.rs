//! The root table: what the program keeps from one mutation to the next.
//!
//! A slab of counted slots, in pieces whose addresses never change, so that a `Root` is two words
//! and cloning one is an increment. The table outlives the heap if roots do: it goes with the last
//! of both.
//!
//! The table is all that may be touched while the collector runs user code: a destructor may drop
//! roots, of this heap or another.
//!
//! - **R1** A slot with a count above 0 holds an object, and the object is live.
//! - **R2** A slot that is dropped before the mark in progress has scanned it hands its object to
//!   the mark.
//! - **R3** The mark is never given a new object: a young collection may free one before it is looked
//!   at, and then not even its mark byte is there any more.

use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

use super::overflow;
use crate::memory::{Epoch, MarkByte};
use crate::object::Object;
use crate::object::trace::{Relocator, Tracer};
use crate::object::worklist::Stack;

const PIECE: usize = 256;

/// One root.
pub(crate) struct Slot {
    object: Cell<Option<Object>>,
    count: Cell<u32>,
    index: u32,
    next_free: Cell<Option<NonNull<Slot>>>,
    /// The object must not move.
    pinned: Cell<bool>,
    /// The next of the fresh slots, if this is one: the last one names itself.
    next_fresh: Cell<Option<NonNull<Slot>>>,
}

/// Slots that stay where they are: unlike a `Box`, a piece may be moved while there are pointers into
/// what it owns.
struct Piece(NonNull<[Slot]>);

impl Piece {
    fn new(slots: Box<[Slot]>) -> Self {
        Self(NonNull::from(Box::leak(slots)))
    }
}

impl core::ops::Deref for Piece {
    type Target = [Slot];
    fn deref(&self) -> &[Slot] {
        // SAFETY: the slots were leaked for this piece, and are only ever shared.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // SAFETY: the slots were leaked for this piece, and nobody uses them after the table.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The roots of a heap.
pub(crate) struct RootTable {
    pieces: RefCell<Vec<Piece>>,
    free: Cell<Option<NonNull<Slot>>>,
    /// Slots in use.
    used: Cell<usize>,
    /// Those of them whose object must not move.
    pinned: Cell<usize>,
    /// The heap has not been dropped.
    heap_lives: Cell<bool>,
    /// Slots that were filled since the last young collection: the first of their list, and how many.
    fresh: Cell<Option<NonNull<Slot>>>,
    fresh_count: Cell<usize>,
    /// While marking: slots from this index on have not been scanned. 0 otherwise means "none is
    /// owed": see `scanning`.
    scanned: Cell<usize>,
    scanning: Cell<bool>,
    /// What slots held that were dropped before they were scanned (R2).
    dropped: RefCell<Stack<Object>>,
    /// The epoch of that mark, and whether some of them found no place there and are grey now.
    epoch: Cell<Epoch>,
    greyed: Cell<bool>,
    /// Bytes outside the heap that live charges stand for.
    pub(crate) charged: Cell<usize>,
}

impl RootTable {
    /// A table for a new heap. It is freed by `heap_is_gone` and `release`, whichever comes last.
    pub(crate) fn leak() -> NonNull<Self> {
        let mut dropped = Stack::new();
        // As much as the system gives.
        dropped.allow(usize::MAX);
        NonNull::from(Box::leak(Box::new(Self {
            pieces: RefCell::new(Vec::new()),
            free: Cell::new(None),
            used: Cell::new(0),
            pinned: Cell::new(0),
            heap_lives: Cell::new(true),
            fresh: Cell::new(None),
            fresh_count: Cell::new(0),
            scanned: Cell::new(0),
            scanning: Cell::new(false),
            dropped: RefCell::new(dropped),
            epoch: Cell::new(Epoch::Odd),
            greyed: Cell::new(false),
            charged: Cell::new(0),
        })))
    }

    /// Puts `object` into a slot with count 1.
    pub(crate) fn insert(&self, object: Object) -> NonNull<Slot> {
        let slot = self.free.get().unwrap_or_else(|| self.grow());
        // SAFETY: slots live as long as the table.
        let place = unsafe { slot.as_ref() };
        self.free.set(place.next_free.take());
        place.object.set(Some(object));
        place.count.set(1);
        self.used.set(self.used.get() + 1);
        self.refresh(slot);
        slot
    }

    /// Puts `object` into a slot with count 1, and keeps it from moving.
    pub(crate) fn insert_pinned(&self, object: Object) -> NonNull<Slot> {
        let slot = self.insert(object);
        // SAFETY: slots live as long as the table.
        unsafe { slot.as_ref() }.pinned.set(true);
        self.pinned.set(self.pinned.get() + 1);
        slot
    }

    /// The slot has something that the last young collection has not seen. It is on the list once,
    /// however often it is filled, so that the list is never longer than the table.
    fn refresh(&self, slot: NonNull<Slot>) {
        // SAFETY: slots live as long as the table.
        let place = unsafe { slot.as_ref() };
        if place.next_fresh.get().is_none() {
            place.next_fresh.set(Some(self.fresh.get().unwrap_or(slot)));
            self.fresh.set(Some(slot));
            self.fresh_count.set(self.fresh_count.get() + 1);
        }
    }

    #[cold]
    fn grow(&self) -> NonNull<Slot> {
        let mut pieces = self.pieces.borrow_mut();
        let first = u32::try_from(pieces.len() * PIECE).expect("fewer than 2^32 roots");
        let slots = (first..first + PIECE as u32)
            .map(|index| Slot {
                object: Cell::new(None),
                count: Cell::new(0),
                index,
                next_free: Cell::new(None),
                pinned: Cell::new(false),
                next_fresh: Cell::new(None),
            })
            .collect();
        let piece = Piece::new(slots);
        for pair in piece.windows(2) {
            pair[0].next_free.set(Some(NonNull::from(&pair[1])));
        }
        let slot = NonNull::from(&piece[0]);
        pieces.push(piece);
        slot
    }

    /// Empties a slot whose count has reached 0, and frees the table if nobody needs it any more.
    ///
    /// # Safety
    ///
    /// `slot` is one of `table`'s, its count has just become 0, and the caller does not use either
    /// again.
    #[cold]
    pub(crate) unsafe fn release(table: NonNull<Self>, slot: NonNull<Slot>) {
        // SAFETY: a table lives until its last slot in use is released, which is not before now.
        let this = unsafe { table.as_ref() };
        // SAFETY: slots live as long as the table.
        let place = unsafe { slot.as_ref() };
        if let Some(object) = place.object.take() {
            this.hand_over(place, object);
        }
        if place.pinned.replace(false) {
            this.pinned.set(this.pinned.get() - 1);
        }
        place.next_free.set(this.free.get());
        this.free.set(Some(slot));
        this.used.set(this.used.get() - 1);
        // SAFETY: the caller gives its claim up.
        unsafe { Self::free_if_unneeded(table) };
    }

    /// The slot at `place` does not hold `object` any more: if the mark has yet to see it, the mark gets
    /// it (R2), unless it is new (R3).
    fn hand_over(&self, place: &Slot, object: Object) {
        let is_owed = self.scanning.get() && place.index as usize >= self.scanned.get() && is_old(object);
        if is_owed && !self.dropped.borrow_mut().push(object) {
            overflow::grey(object, self.epoch.get());
            self.greyed.set(true);
        }
    }

    /// Takes note that the heap has been dropped.
    ///
    /// # Safety
    ///
    /// Called once, by the heap that owns the table, which does not use it again.
    pub(crate) unsafe fn heap_is_gone(table: NonNull<Self>) {
        // SAFETY: the table lives at least as long as the heap.
        let this = unsafe { table.as_ref() };
        this.heap_lives.set(false);
        this.scanning.set(false);
        for piece in this.pieces.borrow().iter() {
            for slot in piece.iter() {
                slot.object.set(None);
            }
        }
        // SAFETY: the heap's claim ends here.
        unsafe { Self::free_if_unneeded(table) };
    }

    /// Takes note of a charge, which keeps the table like a slot in use does. Returns how much of it
    /// counts, and is to be taken back.
    pub(crate) fn charge(&self, bytes: usize) -> usize {
        let counted = super::countable(self.charged.get(), bytes);
        self.used.set(self.used.get() + 1);
        self.charged.set(self.charged.get() + counted);
        counted
    }

    /// Takes a charge back.
    ///
    /// # Safety
    ///
    /// `charge` counted this many bytes in `table`, which the caller does not use again.
    pub(crate) unsafe fn discharge(table: NonNull<Self>, counted: usize) {
        // SAFETY: a charge keeps the table.
        let this = unsafe { table.as_ref() };
        this.charged.set(this.charged.get() - counted);
        this.used.set(this.used.get() - 1);
        // SAFETY: the charge's claim ends here.
        unsafe { Self::free_if_unneeded(table) };
    }

    /// # Safety
    ///
    /// Whoever calls has given up its own claim to the table.
    unsafe fn free_if_unneeded(table: NonNull<Self>) {
        // SAFETY: the table is freed only here, and the caller had a claim until now.
        let this = unsafe { table.as_ref() };
        if this.used.get() == 0 && !this.heap_lives.get() {
            // SAFETY: neither the heap nor any root or charge is left to use it.
            drop(unsafe { Box::from_raw(table.as_ptr()) });
        }
    }

    /// Slots in use.
    pub(crate) fn used(&self) -> usize {
        self.used.get()
    }

    /// Visits what was rooted since the last young collection.
    pub(crate) fn trace_fresh(&self, tracer: &mut Tracer<'static>) {
        let mut next = self.fresh.get();
        while let Some(slot) = next {
            // SAFETY: slots live as long as the table.
            let place = unsafe { slot.as_ref() };
            if let Some(object) = place.object.get() {
                tracer.edge(object, false);
            }
            next = place.next_fresh.get().filter(|&after| after != slot);
        }
    }

    /// How many slots were filled since the last young collection.
    pub(crate) fn fresh(&self) -> usize {
        self.fresh_count.get()
    }

    /// A young collection has dealt with all fresh slots.
    pub(crate) fn forget_fresh(&self) {
        let mut next = self.fresh.take();
        while let Some(slot) = next {
            // SAFETY: slots live as long as the table.
            next = unsafe { slot.as_ref() }.next_fresh.take().filter(|&after| after != slot);
        }
        self.fresh_count.set(0);
    }

    /// A mark starts: all slots are owed to it.
    pub(crate) fn start_scan(&self, epoch: Epoch) {
        self.epoch.set(epoch);
        self.greyed.set(false);
        self.scanned.set(0);
        self.scanning.set(true);
        self.dropped.borrow_mut().clear();
    }

    /// Visits slots that the mark has not scanned, `limit` at most, and what was dropped. True when
    /// nothing is owed any more.
    pub(crate) fn scan(&self, limit: usize, tracer: &mut Tracer<'static>) -> bool {
        tracer.lost |= self.greyed.take();
        let mut dropped = self.dropped.borrow_mut();
        for _ in 0..limit {
            let Some(object) = dropped.pop() else { break };
            tracer.edge(object, false);
        }
        let owed = !dropped.is_empty();
        drop(dropped);
        if owed {
            return false;
        }
        if !self.scanning.get() {
            return true;
        }
        let pieces = self.pieces.borrow();
        let total = pieces.len() * PIECE;
        let from = self.scanned.get();
        let to = (from + limit).min(total);
        for index in from..to {
            if let Some(object) = pieces[index / PIECE][index % PIECE].object.get().filter(|&o| is_old(o)) {
                tracer.edge(object, false);
            }
        }
        self.scanned.set(to);
        if to == total {
            // Slots made from now on hold what the program could reach, which the mark will too.
            self.scanning.set(false);
        }
        to == total
    }

    /// True if the mark has yet to be told that there are grey objects.
    pub(crate) fn has_greyed(&self) -> bool {
        self.greyed.get()
    }

    /// True if the mark in progress has slots to scan.
    pub(crate) fn owes_scan(&self) -> bool {
        self.scanning.get() || !self.dropped.borrow().is_empty()
    }

    /// The mark is over, or abandoned.
    pub(crate) fn end_scan(&self) {
        self.scanning.set(false);
        self.greyed.set(false);
        self.dropped.borrow_mut().clear();
    }

    /// All objects that the mark in progress has yet to be given.
    pub(crate) fn each_owed(&self, mut visit: impl FnMut(Object)) {
        self.dropped.borrow().pieces().flatten().copied().for_each(&mut visit);
        if self.scanning.get() {
            let pieces = self.pieces.borrow();
            let owed = pieces.iter().flat_map(|piece| piece.iter()).skip(self.scanned.get());
            owed.filter_map(|slot| slot.object.get()).for_each(visit);
        }
    }

    /// All objects that must not move.
    pub(crate) fn each_pinned(&self, mut visit: impl FnMut(Object)) {
        if self.pinned.get() == 0 {
            return;
        }
        for slot in self.pieces.borrow().iter().flat_map(|piece| piece.iter()).filter(|slot| slot.pinned.get()) {
            slot.object.get().map(&mut visit);
        }
    }

    /// Replaces every object by what it has become.
    pub(crate) fn relocate(&self, relocator: &mut Relocator<'static>) {
        for slot in self.pieces.borrow().iter().flat_map(|piece| piece.iter()) {
            if let Some(object) = slot.object.get() {
                let mut payload = object.payload();
                relocator.update(&mut payload);
                // SAFETY: what the relocator gives is the object's payload, wherever it is now.
                slot.object.set(Some(unsafe { Object::from_payload(payload) }));
            }
        }
    }

    /// All rooted objects.
    pub(crate) fn each(&self, mut visit: impl FnMut(Object)) {
        for slot in self.pieces.borrow().iter().flat_map(|piece| piece.iter()) {
            if let Some(object) = slot.object.get() {
                visit(object);
            }
        }
    }
}

/// True if some collection has reached the object.
fn is_old(object: Object) -> bool {
    MarkByte::of(object).load().is_coloured()
}

impl Slot {
    /// What the slot holds: nothing once the heap is gone.
    #[inline]
    pub(crate) fn object(&self) -> Option<Object> {
        self.object.get()
    }

    /// Puts another object into a slot in use.
    pub(crate) fn replace(table: NonNull<RootTable>, slot: NonNull<Slot>, object: Object) {
        // SAFETY: whoever has a slot in use keeps the table, and that the slot.
        let (this, place) = unsafe { (table.as_ref(), slot.as_ref()) };
        if let Some(old) = place.object.replace(Some(object)) {
            this.hand_over(place, old);
        }
        this.refresh(slot);
    }

    /// One more `Root` names the slot.
    ///
    /// # Panics
    ///
    /// At `u32::MAX` of them.
    #[inline]
    pub(crate) fn retain(&self) {
        let count = self.count.get();
        assert!(count != u32::MAX, "too many clones of a Root: at most 2^32 - 1 can exist at a time");
        self.count.set(count + 1);
    }

    /// One fewer does. True if it was the last.
    #[inline]
    pub(crate) fn forget(&self) -> bool {
        let count = self.count.get() - 1;
        self.count.set(count);
        count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(count: u32) -> Slot {
        Slot {
            pinned: Cell::new(false),
            object: Cell::new(None),
            count: Cell::new(count),
            index: 0,
            next_free: Cell::new(None),
            next_fresh: Cell::new(None),
        }
    }

    #[test]
    fn the_count_of_a_root_s_clones_does_not_wrap() {
        let slot = slot(u32::MAX - 1);
        slot.retain();
        let full = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| slot.retain()));
        let full = *full.unwrap_err().downcast::<&str>().unwrap();
        assert!(full.starts_with("too many clones of a Root"), "{full}");
        assert_eq!(slot.count.get(), u32::MAX);
        assert!(!slot.forget());
        assert_eq!(slot.count.get(), u32::MAX - 1);
    }

    #[test]
    fn a_root_that_is_gone_is_told_once() {
        let slot = slot(2);
        assert!(!slot.forget());
        assert!(slot.forget());
    }
}
