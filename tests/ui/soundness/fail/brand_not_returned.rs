//! Case 1: a `Gc` cannot be returned from `mutate`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let gc = heap.mutate(|mc, _| Gc::new(mc, 1));
}
