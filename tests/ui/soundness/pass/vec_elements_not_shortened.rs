//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::GcVec;

fn same<'gc>(vec: GcVec<'gc, &'static str>) -> GcVec<'gc, &'static str> {
    vec
}

fn main() {}
