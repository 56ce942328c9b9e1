//! Vectors and strings of a fixed capacity.

use ::arrayvec::{ArrayString, ArrayVec};

use crate::object::impls::*;

sequences! {
    [T, const N] ArrayVec<T, N>, at ArrayVec<T::At<'b>, N>, inline |_vec| 0;
}

// SAFETY: a string holds no pointers.
unsafe impl<'gc, const N: usize> Trace<'gc> for ArrayString<N> {
    nothing_to_visit!();
}
// SAFETY: a string has no brand.
unsafe impl<const N: usize> Rebrand for ArrayString<N> {
    type At<'b> = ArrayString<N>;
}
impl<const N: usize> Plain for ArrayString<N> {}
