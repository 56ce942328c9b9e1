//! Types made of a few named parts: options, results, ranges, wrappers.

use core::cmp::Reverse;
use core::marker::PhantomData;
use core::num::{Saturating, Wrapping};
use core::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};
use core::task::Poll;

use super::*;

parts! {
    Option<T> { Some(value) => [value], None => [] }
    Result<T, E> { Ok(value) => [value], Err(error) => [error] }
    Poll<T> { Poll::Ready(value) => [value], Poll::Pending => [] }
    ControlFlow<B, C> { ControlFlow::Continue(value) => [value], ControlFlow::Break(value) => [value] }
    Bound<T> { Bound::Included(value) => [value], Bound::Excluded(value) => [value], Bound::Unbounded => [] }

    Range<T> { Range { start, end } => [start, end] }
    RangeFrom<T> { RangeFrom { start } => [start] }
    RangeTo<T> { RangeTo { end } => [end] }
    RangeToInclusive<T> { RangeToInclusive { end } => [end] }

    Reverse<T> { Reverse(value) => [value] }
    Wrapping<T> { Wrapping(value) => [value] }
    Saturating<T> { Saturating(value) => [value] }
}

// SAFETY: the two ends are all that the range holds. There is no `&mut` to them, hence `fixed`.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for RangeInclusive<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
    const PINS: bool = T::NEEDS_TRACE;
    #[inline]
    fn external_bytes(&self) -> usize {
        self.start().external_bytes() + self.end().external_bytes()
    }
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if T::NEEDS_TRACE {
            tracer.fixed(|tracer| {
                self.start().trace(tracer);
                self.end().trace(tracer);
            });
        }
    }
    #[inline]
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
// SAFETY: the brand is that of the ends.
unsafe impl<T: Rebrand> Rebrand for RangeInclusive<T> {
    type At<'b> = RangeInclusive<T::At<'b>>;
}
impl<T: Plain> Plain for RangeInclusive<T> {}

// SAFETY: there is no value in it.
unsafe impl<'gc, T: ?Sized + 'gc> Trace<'gc> for PhantomData<T> {
    nothing_to_visit!();
}
// SAFETY: the brand is that of the type that it names.
unsafe impl<T: ?Sized + RebrandPtr> Rebrand for PhantomData<T> {
    type At<'b> = PhantomData<T::Of<'b>>;
}
impl<T: ?Sized + 'static> Plain for PhantomData<T> {}
