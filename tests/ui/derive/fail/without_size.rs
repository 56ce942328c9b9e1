use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Row<'gc> {
    name: Gc<'gc, str>,
    cells: [Gc<'gc, str>],
}

#[derive(Trace)]
struct Action(dyn Fn());

fn main() {}
