use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Loud(u8);

impl Drop for Loud {
    fn drop(&mut self) {}
}

#[derive(Trace)]
struct Node<'gc, T> {
    name: Gc<'gc, str>,
    value: T,
    loud: Loud,
}

fn main() {}
