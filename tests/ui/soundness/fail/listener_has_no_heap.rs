//! Case 5: a listener cannot hold what belongs to a mutation.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let mut other = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        other.set_listener(Some(Box::new(move |_| drop(Gc::new(mc, 1)))));
    });
}
