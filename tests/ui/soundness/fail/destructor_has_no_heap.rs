//! Case 22: a destructor cannot allocate: what has one is `'static`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Mutation, Static};

struct Loud<'gc>(&'gc Mutation<'gc>);
impl Drop for Loud<'_> {
    fn drop(&mut self) {
        Gc::new(self.0, 1);
    }
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| drop(Gc::new(mc, Static(Loud(mc)))));
}
