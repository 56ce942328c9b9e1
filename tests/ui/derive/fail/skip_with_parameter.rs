use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Slot<T> {
    #[trace(skip)]
    value: Option<T>,
}

#[derive(Trace)]
struct Node<'gc> {
    name: Slot<Gc<'gc, str>>,
}

fn main() {}
