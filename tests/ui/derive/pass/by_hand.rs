use gc_core::{Relocator, Trace, Tracer};

struct Point;

// SAFETY: holds no `Gc`.
unsafe impl<'gc> Trace<'gc> for Point {
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}

fn main() {}
