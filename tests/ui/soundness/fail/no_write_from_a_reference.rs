//! Case 8: a `Write` cannot be made of a reference.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcCell, GcRefCell, Heap, Trace, Write};

#[derive(Trace)]
struct Node<'gc> {
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    list: GcRefCell<Vec<Gc<'gc, Node<'gc>>>>,
}

fn node<'gc>() -> Node<'gc> {
    Node { next: GcCell::new(None), list: GcRefCell::default() }
}

fn main() {
    let mut heap = Heap::<Node>::new(|_| node());
    heap.mutate(|mc, root| {
        Write::assume(&root.next).set(Some(root));
    });
}
