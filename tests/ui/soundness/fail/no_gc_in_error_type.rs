//! Case 10: the type of an error in a field is traced, or refused.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

struct Failure<'gc>(Gc<'gc, u32>);

#[derive(Trace)]
struct Outcome<'gc> {
    outcome: Result<Gc<'gc, u32>, Failure<'gc>>,
}

fn main() {}
