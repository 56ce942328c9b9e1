//! Case 7: heaps, roots and pointers stay on their thread.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let root = heap.mutate(|mc, _| Root::new(mc, Gc::new(mc, 1)));
    std::thread::spawn(move || drop(root));
    std::thread::spawn(move || heap.collect());
}
