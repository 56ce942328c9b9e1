//! Case 1: a `Gc` cannot be the payload of a panic.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| std::panic::panic_any(Gc::new(mc, 1)));
}
