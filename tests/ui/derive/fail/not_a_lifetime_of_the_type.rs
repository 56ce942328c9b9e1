use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(brand = 'gc)]
struct Point {
    x: f64,
}

#[derive(Trace)]
#[trace(brand = 'gc)]
struct Node<'a> {
    name: Gc<'a, str>,
}

#[derive(Trace)]
#[trace(brand = 'static)]
struct Token<'text, 'gc> {
    text: &'text str,
    value: Gc<'gc, str>,
}

fn main() {}
