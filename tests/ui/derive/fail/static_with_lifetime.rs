use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Node<'gc> {
    name: Gc<'gc, str>,
}

#[derive(Trace)]
#[trace(static, brand = 'gc)]
struct Other<'gc> {
    name: Gc<'gc, str>,
}

fn main() {}
