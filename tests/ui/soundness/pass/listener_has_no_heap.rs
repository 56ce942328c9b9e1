//! Case 5: a listener cannot hold what belongs to a mutation.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.set_listener(Some(Box::new(|event| println!("{event:?}"))));
}
