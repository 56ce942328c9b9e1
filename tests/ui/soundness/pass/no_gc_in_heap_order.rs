//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::collections::BinaryHeap;

use gc_core::{Gc, Trace};

#[derive(Trace, PartialEq, Eq, PartialOrd, Ord)]
struct ByKey<'gc>(Gc<'gc, u32>);

#[derive(Trace)]
struct Queue<'gc> {
    entries: BinaryHeap<ByKey<'gc>>,
}

fn main() {}
