//! Case 1: a `Gc` cannot be returned from `mutate`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let root = heap.mutate(|mc, _| Gc::new(mc, 1).root(mc));
}
