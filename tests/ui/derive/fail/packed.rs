use gc_core::{Gc, Trace};

#[derive(Trace)]
#[repr(C, packed(2))]
struct Entry<'gc> {
    tag: u8,
    name: Gc<'gc, str>,
}

fn main() {}
