//! Case 5: nothing that collects can be called while a `Gc` is usable.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let gc = Gc::new(mc, 1);
        assert_eq!(*gc, 1);
    });
    std::mem::replace(&mut heap, Heap::<()>::new(|_| ()));
}
