//! Case 34: a heap is not made by the `Default` of the `'static` member of its root's family.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Trace};

#[derive(Trace)]
struct Odd<'gc>(Option<Gc<'gc, i32>>);
impl Default for Odd<'static> {
    fn default() -> Self {
        Odd(None)
    }
}

fn main() {
    let heap: Heap<Odd<'static>> = Heap::default();
}
