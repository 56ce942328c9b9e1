use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Node<'gc> {
    name: &'gc str,
    next: Option<Gc<'gc, Node<'gc>>>,
}

#[derive(Trace)]
enum Word<'a> {
    Borrowed(&'a str),
}

fn main() {}
