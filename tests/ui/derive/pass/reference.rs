use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    next: Option<Gc<'gc, Node<'gc>>>,
}

#[derive(Trace)]
enum Word {
    Borrowed(&'static str),
}

fn main() {}
