use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Slot<T> {
    #[trace(skip)]
    value: Option<T>,
}

fn can_be_held<'gc>(_: &impl Trace<'gc>) {}

fn hold<'gc>(value: Slot<Gc<'gc, str>>) {
    can_be_held(&value);
}

fn main() {}
