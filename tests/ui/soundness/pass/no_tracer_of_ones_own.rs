//! Case 17: `trace` cannot be called from outside, for want of a `Tracer`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Trace, Tracer};

fn main() {
    assert_eq!(Trace::external_bytes(&String::with_capacity(7)), 7);
}
