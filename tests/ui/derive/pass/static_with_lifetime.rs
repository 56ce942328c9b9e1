use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
}

#[derive(Trace)]
#[trace(static)]
struct Other {
    name: &'static str,
}

fn main() {}
