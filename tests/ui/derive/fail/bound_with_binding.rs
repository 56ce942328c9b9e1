use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Machine<'gc, I: Iterator<Item = Gc<'gc, str>>> {
    input: I,
    last: Option<Gc<'gc, str>>,
}

fn main() {}
