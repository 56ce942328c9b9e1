use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Row<'gc> {
    name: Gc<'gc, str>,
    cells: Box<[Gc<'gc, str>]>,
    more: Gc<'gc, [Gc<'gc, str>]>,
}

#[derive(Trace)]
struct Action(#[trace(skip)] Box<dyn Fn()>);

fn main() {}
