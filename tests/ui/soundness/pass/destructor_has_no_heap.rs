//! Case 22: a destructor cannot allocate: what has one is `'static`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Mutation, Static};

struct Loud(i32);
impl Drop for Loud {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| drop(Gc::new(mc, Static(Loud(1)))));
}
