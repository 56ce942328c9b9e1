//! Case 1: a `Gc` cannot be the payload of a panic.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| heap.mutate(|mc, _| std::panic::panic_any(*Gc::new(mc, 1)))));
}
