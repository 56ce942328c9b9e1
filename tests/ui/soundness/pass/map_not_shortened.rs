//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcMap, GcSet};

fn same<'gc>(map: GcMap<'gc, u32, u32>) -> GcMap<'gc, u32, u32> {
    map
}

fn main() {}
