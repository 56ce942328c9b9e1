use gc_core::{Gc, Static, Trace};

struct Foreign;

#[derive(Trace)]
struct Own;

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    foreign: Vec<Static<Foreign>>,
    own: Own,
}

fn main() {}
