use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Wrapper<T>(T);

fn can_be_held<'gc>(_: &impl Trace<'gc>) {}

fn hold<'gc>(value: Wrapper<Gc<'gc, str>>) {
    can_be_held(&value);
}

fn main() {}
