//! Case 3: a `GcVec` is invariant in its elements.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::GcVec;

fn shorten<'gc, 'a>(vec: GcVec<'gc, &'static str>) -> GcVec<'gc, &'a str> {
    vec
}

fn main() {}
