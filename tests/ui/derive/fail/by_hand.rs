use gc_core::{Relocator, Trace, Tracer};

struct Point;

impl<'gc> Trace<'gc> for Point {
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}

fn main() {
    let mut tracer = Tracer::new();
    Trace::trace(&Point, &mut tracer);
}
