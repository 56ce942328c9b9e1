//! What the program keeps of a heap between mutations.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::collector::roots::{RootTable, Slot};
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::{Branded, RebrandPtr};

/// Keeps an object alive from one mutation to another, until it is dropped.
///
/// `F` names the object's family: `Root<Node<'static>>` keeps a `Gc<'gc, Node<'gc>>`. A root is
/// `'static`, so it can be stored anywhere on the heap's thread. It may outlive its heap, and is of
/// no use then.
///
/// Making one takes a slot in the heap's table; cloning and dropping are a few nanoseconds each.
pub struct Root<F: ?Sized + RebrandPtr + 'static> {
    table: NonNull<RootTable>,
    slot: NonNull<Slot>,
    /// Invariant in the family.
    family: PhantomData<fn(*const F) -> *const F>,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl<F: ?Sized + RebrandPtr + 'static> Root<F> {
    /// Keeps `gc` alive.
    pub fn new<'gc, T: ?Sized + RebrandPtr<Of<'static> = F> + Branded<'gc> + 'gc>(
        mc: &Mutation<'gc>,
        gc: Gc<'gc, T>,
    ) -> Self {
        Self::insert(mc, gc)
    }

    /// Keeps `gc` alive: as [`Root::new`], where the family is known and not the member.
    pub fn of<'gc>(mc: &Mutation<'gc>, gc: Gc<'gc, F::Of<'gc>>) -> Self {
        Self::insert(mc, gc)
    }

    fn insert<'gc, T: ?Sized + crate::object::Pointee + 'gc>(mc: &Mutation<'gc>, gc: Gc<'gc, T>) -> Self {
        let slot = mc.state().roots().insert(gc.object());
        Self { table: mc.state().root_table(), slot, family: PhantomData, thread: PhantomData }
    }

    /// The object.
    ///
    /// # Panics
    ///
    /// If the root belongs to another heap than `mc`.
    #[inline]
    #[track_caller]
    pub fn get<'gc>(&self, mc: &Mutation<'gc>) -> Gc<'gc, F::Of<'gc>> {
        match self.try_get(mc) {
            Some(gc) => gc,
            None => wrong_heap(),
        }
    }

    /// The object, unless the root belongs to another heap than `mc`.
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

    /// Keeps another object alive from now on, in place of this one. Clones of the root see it too.
    ///
    /// # Panics
    ///
    /// If the root belongs to another heap than `mc`.
    #[track_caller]
    pub fn set<'gc>(&self, mc: &Mutation<'gc>, gc: Gc<'gc, F::Of<'gc>>) {
        if self.table != mc.state().root_table() {
            wrong_heap();
        }
        Slot::replace(self.table, self.slot, gc.object());
    }

    /// True if both keep the same slot: one is a clone of the other.
    pub fn same_slot(&self, other: &Self) -> bool {
        self.slot == other.slot
    }

    #[inline]
    fn slot(&self) -> &Slot {
        // SAFETY: this root counts in the slot, so slot and table are there.
        unsafe { self.slot.as_ref() }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn wrong_heap() -> ! {
    panic!("this Root belongs to another heap: use it with the heap that it was made in (`try_get` tells)")
}

impl<F: ?Sized + RebrandPtr + 'static> Clone for Root<F> {
    /// # Panics
    ///
    /// If there are 2³² − 1 clones already.
    #[inline]
    fn clone(&self) -> Self {
        self.slot().retain();
        Self { table: self.table, slot: self.slot, family: PhantomData, thread: PhantomData }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> Drop for Root<F> {
    #[inline]
    fn drop(&mut self) {
        if self.slot().forget() {
            // SAFETY: the slot's count has just become 0, and this root ends here.
            unsafe { RootTable::release(self.table, self.slot) };
        }
    }
}

impl<F: ?Sized + RebrandPtr + 'static> fmt::Debug for Root<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root<{}>", core::any::type_name::<F>())
    }
}

impl<'gc, T: ?Sized + Branded<'gc> + 'gc> Gc<'gc, T> {
    /// Keeps the object alive between mutations: short for [`Root::new`].
    pub fn root(self, mc: &Mutation<'gc>) -> Root<T::Of<'static>>
    where
        T::Of<'static>: RebrandPtr,
    {
        Root::insert(mc, self)
    }
}
