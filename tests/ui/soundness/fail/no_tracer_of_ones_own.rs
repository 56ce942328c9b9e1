//! Case 17: `trace` cannot be called from outside, for want of a `Tracer`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Trace, Tracer};

fn main() {
    let mut tracer = Tracer::new();
    1_u8.trace(&mut tracer);
}
