use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    #[trace(skip)]
    next: Option<Gc<'gc, Node<'gc>>>,
    #[trace(skip)]
    inner: Option<Box<Self>>,
}

fn main() {}
