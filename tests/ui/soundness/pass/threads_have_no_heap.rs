//! Case 7: heaps, roots and pointers stay on their thread.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    std::thread::spawn(|| {
        let mut heap = Heap::<()>::new(|_| ());
        let root = heap.mutate(|mc, _| Root::new(mc, Gc::new(mc, 1)));
        heap.collect();
    });
}
