use gc_core::{Gc, Trace};

#[derive(Trace)]
#[gc_tests_macros::add_field]
struct Node<'gc> {
    name: Gc<'gc, str>,
}

fn main() {}
