use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Point {
    x: f64,
}

#[derive(Trace)]
#[trace(brand = 'gc, crate = gc_core)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    #[trace(skip)]
    skipped: u8,
}

fn main() {}
