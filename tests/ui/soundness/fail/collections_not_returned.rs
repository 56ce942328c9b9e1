//! Case 1: a collection cannot leave `mutate`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{GcMap, GcVec, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let vec = heap.mutate(|mc, _| GcVec::<u32>::new(mc));
    let map = heap.mutate(|mc, _| GcMap::<u32, u32>::new(mc));
}
