//! Case 1: a `Gc` cannot be put into a variable outside of `mutate`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let mut out = None;
    heap.mutate(|mc, _| {
        out = Some(Gc::new(mc, 1));
    });
}
