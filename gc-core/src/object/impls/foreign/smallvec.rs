//! Vectors whose first elements lie in the object itself.
//!
//! Only those over an array are known here: `smallvec::Array` can be implemented for other types,
//! which would be parameters that nobody looks into.

use ::smallvec::SmallVec;

use crate::object::impls::*;

sequences! {
    [T, const N] SmallVec<[T; N]>, at SmallVec<[T::At<'b>; N]>,
        heap |vec| if vec.spilled() { vec.capacity() * size_of::<T>() } else { 0 };
}
