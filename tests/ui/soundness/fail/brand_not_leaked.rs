//! Case 3: a leaked `Gc` is not `'static`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let leaked: &'static Gc<'_, i32> = Box::leak(Box::new(Gc::new(mc, 1)));
    });
}
