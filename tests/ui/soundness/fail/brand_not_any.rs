//! Case 1: a `Gc` is no `Any`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let any: Box<dyn std::any::Any> = Box::new(Gc::new(mc, 1));
    });
}
