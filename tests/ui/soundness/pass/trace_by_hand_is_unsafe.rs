//! Case 17: implementing `Trace` by hand is `unsafe`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Trace, Tracer, Relocator};

#[derive(Trace)]
struct Hand;

fn main() {

}
