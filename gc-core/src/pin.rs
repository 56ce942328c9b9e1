//! Objects whose address must not change.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::collector::roots::{RootTable, Slot};
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::{Branded, RebrandPtr};

/// Keeps an object alive and in its place, from one mutation to another, until it is dropped.
///
/// What foreign code gets while the heap may compact: its [`address`](Pinned::address) is good until
/// the pin and all its clones are dropped. It costs what a [`Root`](crate::Root) does; a compaction cannot free
/// the block that a pinned object lies in.
///
/// ```
/// use gc_core::{Gc, GcCell, Heap, Pinned};
///
/// let mut heap = Heap::<()>::new(|_| ());
/// let pinned: Pinned<GcCell<u64>> = heap.mutate(|mc, _| Gc::new(mc, GcCell::new(7_u64)).pin(mc));
/// let address = pinned.address();
/// heap.compact();
/// heap.mutate(|mc, _| assert_eq!(pinned.get(mc).as_ptr().cast(), address.as_ptr()));
/// ```
pub struct Pinned<F: ?Sized + RebrandPtr + 'static> {
    table: NonNull<RootTable>,
    slot: NonNull<Slot>,
    /// Where the payload lies, as long as the heap lives.
    address: NonNull<u8>,
    /// Invariant in the family.
    family: PhantomData<fn(*const F) -> *const F>,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl<'gc, T: ?Sized + Branded<'gc> + 'gc> Gc<'gc, T> {
    /// Keeps the object alive and in its place, between mutations too, as long as the guard exists.
    pub fn pin(self, mc: &Mutation<'gc>) -> Pinned<T::Of<'static>>
    where
        T::Of<'static>: RebrandPtr,
    {
        let object = self.object();
        let (table, slot) = (mc.state().root_table(), mc.state().roots().insert_pinned(object));
        Pinned { table, slot, address: object.payload(), family: PhantomData, thread: PhantomData }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> Pinned<F> {
    /// The object.
    ///
    /// # Panics
    ///
    /// If the pin belongs to another heap than `mc`.
    #[inline]
    #[track_caller]
    pub fn get<'gc>(&self, mc: &Mutation<'gc>) -> Gc<'gc, F::Of<'gc>> {
        match self.try_get(mc) {
            Some(gc) => gc,
            None => panic!("this Pinned belongs to another heap: use it with the heap that it was made in"),
        }
    }

    /// The object, unless the pin belongs to another heap than `mc`.
    #[inline]
    pub fn try_get<'gc>(&self, mc: &Mutation<'gc>) -> Option<Gc<'gc, F::Of<'gc>>> {
        if self.table != mc.state().root_table() {
            return None;
        }
        let object = self.slot().object()?;
        // SAFETY: the slot is of this heap's table, and was filled with a member of the family `F`;
        // what a slot holds is live (R1).
        Some(unsafe { Gc::from_payload(object.payload()) })
    }

    /// Where the object's value lies: the first element of a slice, the first byte of a string. It may be
    /// read as long as the pin and the heap exist, by those who keep to the rules of `unsafe` code.
    #[must_use]
    pub fn address(&self) -> NonNull<u8> {
        self.address
    }

    fn slot(&self) -> &Slot {
        // SAFETY: this pin counts in the slot, so slot and table are there.
        unsafe { self.slot.as_ref() }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> Clone for Pinned<F> {
    /// # Panics
    ///
    /// If there are 2³² − 1 clones already.
    fn clone(&self) -> Self {
        self.slot().retain();
        Self { table: self.table, slot: self.slot, address: self.address, family: PhantomData, thread: PhantomData }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> Drop for Pinned<F> {
    fn drop(&mut self) {
        if self.slot().forget() {
            // SAFETY: the slot's count has just become 0, and this pin ends here.
            unsafe { RootTable::release(self.table, self.slot) };
        }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> fmt::Debug for Pinned<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned<{}> at {:p}", core::any::type_name::<F>(), self.address)
    }
}
