use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static = true)]
struct Point {
    x: f64,
}

#[derive(Trace)]
#[trace(brand, crate = "gc_core")]
struct Node<'gc> {
    name: Gc<'gc, str>,
    #[trace(skip = yes)]
    skipped: u8,
    #[trace(skip this)]
    also: u8,
    #[trace("skip")]
    more: u8,
}

#[derive(Trace)]
#[trace(brand = gc)]
struct Other<'gc> {
    name: Gc<'gc, str>,
}

fn main() {}
