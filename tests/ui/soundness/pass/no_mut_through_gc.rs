//! Case 8: a `Gc` gives no `&mut`.
//!
//! This is how it can be done.

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
        let other = Gc::new(mc, node());
        let next = root.next.get();
        root.write(mc, |n| &n.next).set(other.next.get());
        other.write(mc, |n| &n.next).set(next);
    });
}
