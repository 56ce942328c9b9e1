//! Case 37: an object made as `dyn Eat<'static>` is not one of `dyn Eat<'gc>`: it would be fed the `Gc`s of every
//! later mutation, at `'static`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{DynTrace, Gc, Heap, Root, Trace, gc_dyn};

trait Eat<'gc>: DynTrace<'gc> {
    fn eat(&self, gc: Gc<'gc, i32>);
}
gc_dyn!(Eat<'gc>);

#[derive(Trace)]
struct Glutton;
impl<'gc> Eat<'gc> for Glutton {
    fn eat(&self, _: Gc<'gc, i32>) {}
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let glutton: Gc<'_, dyn Eat<'_>> = Gc::new_dyn(mc, Glutton);
        let root: Root<dyn Eat<'static>> = Root::new(mc, glutton);
    });
}
