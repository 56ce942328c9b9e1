//! Case 1: a `Gc` cannot leave as an error.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let heap = Heap::<()>::try_new(|mc| Err(*Gc::new(mc, 1)));
}
