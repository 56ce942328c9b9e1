//! Case 1: a `Gc` is no `Any`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let any: Box<dyn std::any::Any> = Box::new(Root::new(mc, Gc::new(mc, 1)));
    });
}
