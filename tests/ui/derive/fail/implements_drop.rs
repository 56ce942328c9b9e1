use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Loud<'gc, T> {
    name: Gc<'gc, str>,
    value: T,
}

impl<'gc, T> Drop for Loud<'gc, T> {
    fn drop(&mut self) {}
}

fn main() {}
