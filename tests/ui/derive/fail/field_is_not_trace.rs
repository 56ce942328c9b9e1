use gc_core::{Gc, Trace};

struct Foreign;

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    foreign: Vec<Foreign>,
}

fn main() {}
