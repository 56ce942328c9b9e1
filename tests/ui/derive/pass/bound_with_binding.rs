use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Machine<'gc, I> {
    input: I,
    last: Option<Gc<'gc, str>>,
}

impl<'gc, I: Iterator<Item = Gc<'gc, str>>> Machine<'gc, I> {
    fn step(&mut self) {
        self.last = self.input.next();
    }
}

#[derive(Trace)]
struct Callback<'gc, F: Fn(Gc<'gc, str>) -> Gc<'gc, str>> {
    function: F,
    argument: Gc<'gc, str>,
}

fn main() {}
