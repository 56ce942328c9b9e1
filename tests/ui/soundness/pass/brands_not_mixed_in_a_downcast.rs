//! Case 37: a type with two brands is not taken for one with one. Written to as the latter, it would give
//! away the insides of a `Node<'gc>` at `'static`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcAny, GcCell, Heap, Trace, Weak};

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let cell: Gc<'_, GcCell<Weak<'_, Node<'_>>>> = Gc::new(mc, GcCell::new(Weak::new()));
        GcAny::new(cell).downcast::<GcCell<Weak<'_, Node<'_>>>>();
    });
}
