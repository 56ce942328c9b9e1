//! Case 1: a `Gc` cannot leave as an error.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap};

fn main() {
    let heap = Heap::<()>::try_new(|mc| Err(Gc::new(mc, 1)));
}
