//! Case 3: a leaked `Gc` is not `'static`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let leaked: &Gc<'_, i32> = Box::leak(Box::new(Gc::new(mc, 1)));
    });
}
