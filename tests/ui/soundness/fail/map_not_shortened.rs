//! Case 3: a `GcMap` is invariant in its brand.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcMap, GcSet};

fn shorten<'long: 'short, 'short>(map: GcMap<'long, u32, u32>) -> GcMap<'short, u32, u32> {
    map
}

fn shorten_set<'long: 'short, 'short>(set: GcSet<'long, u32>) -> GcSet<'short, u32> {
    set
}

fn main() {}
