//! Containers that give `&mut` to every element: slices, arrays, boxes, `Vec` and its kin.
//!
//! Each counts what it owns by capacity. Elements that own memory themselves are asked one by one, so
//! for them `external_bytes` costs what a `trace` of the container would.

use std::collections::{LinkedList, VecDeque};

use super::*;

// SAFETY: `iter` and `iter_mut` go over all elements.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for [T] {
    visit_elements!(inline | _slice | 0);
}
impl<T: Plain> Plain for [T] {}

sequences! {
    [T, const N] [T; N], at [T::At<'b>; N], inline |_array| 0;
    [T] Vec<T>, at Vec<T::At<'b>>, heap |vec| vec.capacity() * size_of::<T>();
    [T] VecDeque<T>, at VecDeque<T::At<'b>>, heap |deque| deque.capacity() * size_of::<T>();
    // A node is the element and two pointers.
    [T] LinkedList<T>, at LinkedList<T::At<'b>>, heap |list| list.len() * (size_of::<T>() + 2 * size_of::<usize>());
}

// SAFETY: the value is all that a box holds.
unsafe impl<'gc, T: ?Sized + Trace<'gc>> Trace<'gc> for Box<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = true;
    const PINS: bool = T::NEEDS_TRACE;
    #[inline]
    fn external_bytes(&self) -> usize {
        size_of_val(&**self) + if T::HAS_EXTERNAL { (**self).external_bytes() } else { 0 }
    }
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if T::NEEDS_TRACE {
            (**self).trace(tracer);
        }
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        if T::NEEDS_TRACE {
            (**self).relocate(relocator);
        }
    }
}
// SAFETY: the brand of a box is that of its value.
unsafe impl<T: ?Sized + RebrandPtr> Rebrand for Box<T> {
    type At<'b> = Box<T::Of<'b>>;
}
impl<T: ?Sized + Plain> Plain for Box<T> {}
