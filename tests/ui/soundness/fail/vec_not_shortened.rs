//! Case 3: a `GcVec` is invariant in its brand and its elements.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::GcVec;

fn shorten<'long: 'short, 'short>(vec: GcVec<'long, u32>) -> GcVec<'short, u32> {
    vec
}

fn main() {}
