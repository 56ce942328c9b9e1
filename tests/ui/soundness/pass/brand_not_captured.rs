//! Case 1: a `Gc` cannot be put into a variable outside of `mutate`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let mut out = None;
    heap.mutate(|mc, _| {
        out = Some(Root::new(mc, Gc::new(mc, 1)));
    });
}
