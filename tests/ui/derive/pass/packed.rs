use gc_core::{Gc, Trace};

#[derive(Trace)]
#[repr(C, align(16))]
struct Entry<'gc> {
    tag: u8,
    name: Gc<'gc, str>,
}

#[derive(Trace)]
#[trace(static)]
#[repr(C, packed(2))]
struct Header {
    tag: u8,
    size: u64,
}

fn main() {}
