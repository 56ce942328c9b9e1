//! Places in an object that can be written, behind the write barrier.
//!
//! A `Gc` gives shared references only, so what changes lies in a cell. These three differ from
//! those of `core::cell` in one point: they are written through a [`Write`], which is proof that the
//! barrier has run on the object that holds them.
//!
//! `trace` reads a cell's contents without looking at a borrow flag. It may: at a safepoint every
//! guard's lifetime has ended, and while the program runs the collector reads only objects that have
//! not been written since the mark started. So a guard that was forgotten makes its cell unusable,
//! and nothing else.

use core::cell::{BorrowError, BorrowMutError, Cell, OnceCell, Ref, RefCell, RefMut};
use core::fmt;

use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};
use crate::object::type_info::Unguarded;
use crate::write::Write;

/// A place for a `Copy` value, such as an `Option<Gc<T>>`.
#[derive(Default)]
#[repr(transparent)]
pub struct GcCell<T>(Cell<T>);

impl<T> GcCell<T> {
    /// A place that holds `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// The value.
    #[inline(always)]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        self.0.get()
    }

    /// The place itself, for tests that write without the barrier.
    #[cfg(test)]
    pub(crate) fn as_cell(&self) -> &Cell<T> {
        &self.0
    }

    /// The value, out of a place that is not on the heap yet.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }

    /// Access to the value of a place that is not on the heap yet.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T> Write<GcCell<T>> {
    /// Replaces the value.
    #[inline(always)]
    pub fn set(&self, value: T) {
        self.get_ref().0.set(value);
    }

    /// Replaces the value, and returns the old one.
    #[inline]
    pub fn replace(&self, value: T) -> T {
        self.get_ref().0.replace(value)
    }

    /// Takes the value, and leaves the default.
    #[inline]
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.get_ref().0.take()
    }

    /// Replaces the value by what `change` makes of it, which is returned.
    #[inline]
    pub fn update(&self, change: impl FnOnce(T) -> T) -> T
    where
        T: Copy,
    {
        let value = change(self.get_ref().0.get());
        self.get_ref().0.set(value);
        value
    }
}

impl<'gc, T: 'gc> Gc<'gc, GcCell<T>> {
    /// Replaces the value: short for `write(mc, |c| c).set(value)`.
    #[inline(always)]
    pub fn set(self, mc: &Mutation<'gc>, value: T) {
        self.write(mc, |cell| cell).set(value);
    }
}

impl<T: Copy> Clone for GcCell<T> {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}
impl<T> From<T> for GcCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
impl<T: Copy + fmt::Debug> fmt::Debug for GcCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GcCell").field(&self.get()).finish()
    }
}
impl<T: Copy + PartialEq> PartialEq for GcCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}
impl<T: Copy + Eq> Eq for GcCell<T> {}

/// A place for any value, borrowed at run time like a `RefCell`.
#[derive(Default)]
#[repr(transparent)]
pub struct GcRefCell<T: ?Sized>(RefCell<T>);

impl<T> GcRefCell<T> {
    /// A place that holds `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// The value, out of a place that is not on the heap yet.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> GcRefCell<T> {
    /// Borrows the value for reading.
    ///
    /// # Panics
    ///
    /// If it is borrowed for writing.
    #[inline]
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// Borrows the value for reading.
    ///
    /// # Errors
    ///
    /// If it is borrowed for writing.
    #[inline]
    pub fn try_borrow(&self) -> Result<Ref<'_, T>, BorrowError> {
        self.0.try_borrow()
    }

    /// Access to the value of a place that is not on the heap yet.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T: ?Sized> Write<GcRefCell<T>> {
    /// Borrows the value for writing.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[inline]
    #[track_caller]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        self.get_ref().0.borrow_mut()
    }

    /// Borrows the value for writing.
    ///
    /// # Errors
    ///
    /// If it is borrowed.
    #[inline]
    pub fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {
        self.get_ref().0.try_borrow_mut()
    }
}

impl<T> Write<GcRefCell<T>> {
    /// Replaces the value, and returns the old one.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        self.get_ref().0.replace(value)
    }

    /// Takes the value, and leaves the default.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.get_ref().0.take()
    }
}

impl<'gc, T: 'gc> Gc<'gc, GcRefCell<T>> {
    /// Borrows the value for writing: short for `write(mc, |c| c).borrow_mut()`.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[inline]
    #[track_caller]
    pub fn borrow_mut(self, mc: &Mutation<'gc>) -> RefMut<'gc, T> {
        self.write(mc, |cell| cell).borrow_mut()
    }

    /// Borrows the value for writing.
    ///
    /// # Errors
    ///
    /// If it is borrowed.
    #[inline]
    pub fn try_borrow_mut(self, mc: &Mutation<'gc>) -> Result<RefMut<'gc, T>, BorrowMutError> {
        self.write(mc, |cell| cell).try_borrow_mut()
    }
}

impl<T> From<T> for GcRefCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}
impl<T: Clone> Clone for GcRefCell<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self::new(self.borrow().clone())
    }
}
impl<T: ?Sized + fmt::Debug> fmt::Debug for GcRefCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_borrow() {
            Ok(value) => f.debug_tuple("GcRefCell").field(&&*value).finish(),
            Err(_) => f.debug_tuple("GcRefCell").field(&format_args!("<borrowed for writing>")).finish(),
        }
    }
}
impl<T: ?Sized + PartialEq> PartialEq for GcRefCell<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        *self.borrow() == *other.borrow()
    }
}
impl<T: ?Sized + Eq> Eq for GcRefCell<T> {}

/// A place that is written once.
#[repr(transparent)]
pub struct GcOnceCell<T>(OnceCell<T>);

impl<T> GcOnceCell<T> {
    /// An empty place.
    #[inline]
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// The value, if there is one.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    /// The value, out of a place that is not on the heap yet.
    pub fn into_inner(self) -> Option<T> {
        self.0.into_inner()
    }

    /// Access to the value of a place that is not on the heap yet.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.0.get_mut()
    }
}

impl<T> Write<GcOnceCell<T>> {
    /// Writes the value, if there is none.
    ///
    /// # Errors
    ///
    /// If there is one: gives `value` back.
    pub fn set(&self, value: T) -> Result<(), T> {
        self.get_ref().0.set(value)
    }

    /// The value; if there is none, the one that `make` makes.
    ///
    /// # Panics
    ///
    /// If `make` writes the same cell.
    #[track_caller]
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.get_ref().0.get_or_init(make)
    }
}

impl<T> Default for GcOnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}
impl<T> From<T> for GcOnceCell<T> {
    fn from(value: T) -> Self {
        Self(OnceCell::from(value))
    }
}
impl<T: Clone> Clone for GcOnceCell<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
impl<T: fmt::Debug> fmt::Debug for GcOnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GcOnceCell").field(&self.get()).finish()
    }
}
impl<T: PartialEq> PartialEq for GcOnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}
impl<T: Eq> Eq for GcOnceCell<T> {}

/// Implements `Trace` and `Rebrand` for a cell: how the collector reads the contents, how anybody may
/// (`external_bytes` is a safe method, so a program can call it while it writes), and how they are moved.
macro_rules! trace_cell {
    ($cell:ident, |$shared:ident| $read:expr, $tame:expr, |$exclusive:ident| $write:expr) => {
        // SAFETY: visits the contents. They are not written while this runs: see the file's essay.
        unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for $cell<T> {
            const NEEDS_TRACE: bool = T::NEEDS_TRACE;
            const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
            const PINS: bool = T::PINS;
            fn external_bytes(&self) -> usize {
                let $shared = self;
                let contents: Option<&T> = $tame;
                contents.map_or(0, T::external_bytes)
            }
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                let $shared = self;
                let contents: Option<&T> = $read;
                if let Some(contents) = contents {
                    contents.trace(tracer);
                }
            }
            #[inline]
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                let $exclusive = self;
                let contents: Option<&mut T> = $write;
                if let Some(contents) = contents {
                    contents.relocate(relocator);
                }
            }
        }
        // SAFETY: the brand of a cell is that of its contents.
        unsafe impl<T: Rebrand> Rebrand for $cell<T> {
            type At<'b> = $cell<T::At<'b>>;
        }
    };
}

trace_cell!(
    GcCell,
    // SAFETY: the collector reads a cell only while nobody writes it, as the essay says.
    |cell| Some(unsafe { &*cell.0.as_ptr() }),
    // SAFETY: nobody has a reference into a `GcCell`, and none writes it while `external_bytes` runs.
    Some(unsafe { &*cell.0.as_ptr() }),
    |cell| Some(cell.get_mut())
);
trace_cell!(
    GcRefCell,
    // SAFETY: as for a `GcCell`; the borrow flag may be that of a guard that was forgotten.
    |cell| Some(unsafe { &*cell.0.as_ptr() }),
    if Unguarded::is_on() {
        // SAFETY: the collector asks, and reads a cell only while nobody writes it, as the essay says.
        Some(unsafe { &*cell.0.as_ptr() })
    } else {
        // SAFETY: the program asks, on the thread that borrows. A cell that is borrowed for writing gives
        // nothing, and none is borrowed so while `external_bytes` runs.
        unsafe { cell.0.try_borrow_unguarded() }.ok()
    },
    |cell| Some(cell.get_mut())
);
trace_cell!(GcOnceCell, |cell| cell.get(), cell.get(), |cell| cell.get_mut());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Heap};

    type Text = GcRefCell<Vec<u8>>;

    #[test]
    fn what_a_cell_owns_is_counted_without_its_flag() {
        let mut heap = Heap::<Text>::with_config(Config::default().manual(), |_| GcRefCell::new(vec![0; 5000]));
        heap.mutate(|mc, text| {
            let guard = text.borrow_mut(mc);
            assert_eq!(text.external_bytes(), 0, "the program does not look into what it is writing");
            core::mem::forget(guard);
        });
        heap.collect();
        assert_eq!(heap.stats().external_bytes, 5000);
    }
}
