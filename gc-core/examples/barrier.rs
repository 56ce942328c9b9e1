//! What a write costs: `ci/code.sh` looks at the machine code of these functions.
//!
//! A direct field needs no check at run time that it lies in its owner, and no call but the one of the
//! barrier's slow path.

#![forbid(unsafe_code)]

use gc_core::{Gc, GcCell, Heap, Mutation, Trace};

#[derive(Trace)]
struct Node<'gc> {
    value: u64,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    pair: (u32, GcCell<Option<Gc<'gc, Node<'gc>>>>),
}

/// One test of a bit, one store.
#[inline(never)]
fn write_a_field<'gc>(mc: &Mutation<'gc>, node: Gc<'gc, Node<'gc>>, next: Option<Gc<'gc, Node<'gc>>>) {
    node.write(mc, |n| &n.next).set(next);
}

/// A field of a field is no different.
#[inline(never)]
fn write_a_nested_field<'gc>(mc: &Mutation<'gc>, node: Gc<'gc, Node<'gc>>, next: Option<Gc<'gc, Node<'gc>>>) {
    node.write(mc, |n| &n.pair.1).set(next);
}

/// Two loads.
#[inline(never)]
fn read_a_field<'gc>(node: Gc<'gc, Node<'gc>>) -> u64 {
    node.next.get().map_or(0, |next| next.value)
}

fn main() {
    fn node<'gc>(value: u64) -> Node<'gc> {
        Node { value, next: GcCell::new(None), pair: (0, GcCell::new(None)) }
    }
    let mut heap = Heap::<Node>::new(|_| node(1));
    heap.mutate(|mc, root| {
        let next = Gc::new(mc, node(2));
        write_a_field(mc, root, Some(next));
        write_a_nested_field(mc, root, Some(next));
        println!("{}", read_a_field(root));
        assert_eq!(read_a_field(root), 2);
    });
}
