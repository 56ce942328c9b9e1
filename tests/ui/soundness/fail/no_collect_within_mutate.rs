//! Case 5: nothing that collects can be called while a `Gc` is usable.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let gc = Gc::new(mc, 1);
        heap.collect();
        assert_eq!(*gc, 1);
    });
}
