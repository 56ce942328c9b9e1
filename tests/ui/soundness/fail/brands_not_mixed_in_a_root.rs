//! Case 37: an object made as `dyn Eat<'static>` is not one of `dyn Eat<'gc>`: it would be fed the `Gc`s of every
//! later mutation, at `'static`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{DynTrace, Gc, Heap, Root, Trace, gc_dyn};

trait Eat<'gc>: DynTrace<'gc> {
    fn eat(&self, gc: Gc<'gc, i32>);
}
gc_dyn!(Eat<'gc>);

#[derive(Trace)]
struct Glutton;
impl Eat<'static> for Glutton {
    fn eat(&self, _: Gc<'static, i32>) {}
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let glutton: Gc<'_, dyn Eat<'static>> = Gc::new_dyn(mc, Glutton);
        let root: Root<dyn Eat<'static>> = Root::new(mc, glutton);
    });
}
