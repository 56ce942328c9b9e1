use gc_core::{Gc, Trace};

#[gc_tests_macros::add_field]
#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
}

fn main() {
    let _ = |node: &Node<'_>| (node.name.len(), *node.added);
}
