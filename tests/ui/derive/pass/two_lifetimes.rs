use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(brand = 'gc)]
struct Token<'text, 'gc> {
    text: &'text str,
    value: Gc<'gc, str>,
}

fn main() {}
