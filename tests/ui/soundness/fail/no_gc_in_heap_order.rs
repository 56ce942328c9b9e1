//! Case 10: an object that compares, such as a comparator, is traced like any other value.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use gc_core::{Gc, GcCell, Trace};

/// Its order looks into the heap, which it has no business to know of.
struct ByKey<'gc>(Gc<'gc, u32>);
impl PartialEq for ByKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}
impl Eq for ByKey<'_> {}
impl PartialOrd for ByKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ByKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[derive(Trace)]
struct Queue<'gc> {
    entries: BinaryHeap<ByKey<'gc>>,
}

fn main() {}
