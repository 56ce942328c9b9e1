//! Case 1: a `Gc` cannot be put into a thread-local.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

thread_local! {
    static SLOT: std::cell::RefCell<Option<Gc<'static, i32>>> = const { std::cell::RefCell::new(None) };
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| SLOT.set(Some(Gc::new(mc, 1))));
}
