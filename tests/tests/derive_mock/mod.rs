//! A pointer to stand in for `Gc`.
use gc_core::__private::Pointee;
use gc_core::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use std::cell::Cell;
use std::marker::PhantomData;

/// One word, invariant in `'gc`.
pub struct Gc<'gc, T: ?Sized + Pointee + 'gc>(PhantomData<(Cell<&'gc ()>, *const T)>);
impl<'gc, T: ?Sized + Pointee + 'gc> Clone for Gc<'gc, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<'gc, T: ?Sized + Pointee + 'gc> Copy for Gc<'gc, T> {}
impl<'gc, T: ?Sized + Pointee + 'gc> Gc<'gc, T> {
    pub fn dangling() -> Self {
        Self(PhantomData)
    }
}
unsafe impl<'gc, T: ?Sized + Pointee + 'gc> Trace<'gc> for Gc<'gc, T> {
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
unsafe impl<'gc, T: ?Sized + RebrandPtr + 'gc> Rebrand for Gc<'gc, T> {
    type At<'b> = Gc<'b, T::Of<'b>>;
}
pub struct GcCell<T>(T);
impl<T> GcCell<T> {
    pub fn new(t: T) -> Self {
        Self(t)
    }
}
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for GcCell<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const PINS: bool = T::PINS;
    const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
unsafe impl<T: Rebrand> Rebrand for GcCell<T> {
    type At<'b> = GcCell<T::At<'b>>;
}

pub struct Text<'a>(pub &'a str);
unsafe impl<'gc> Trace<'gc> for Text<'static> {
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
