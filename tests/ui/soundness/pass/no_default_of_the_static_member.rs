//! Case 34: a heap is not made by the `Default` of the `'static` member of its root's family.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Trace};

#[derive(Trace, Default)]
struct Odd<'gc>(Option<Gc<'gc, i32>>);

fn main() {
    let heap: Heap<Odd<'static>> = Heap::default();
}
