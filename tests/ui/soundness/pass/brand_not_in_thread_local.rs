//! Case 1: a `Gc` cannot be put into a thread-local.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

thread_local! {
    static SLOT: std::cell::RefCell<Option<Root<i32>>> = const { std::cell::RefCell::new(None) };
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| SLOT.set(Some(Root::new(mc, Gc::new(mc, 1)))));
}
