//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Failure<'gc>(Gc<'gc, u32>);

#[derive(Trace)]
struct Outcome<'gc> {
    outcome: Result<Gc<'gc, u32>, Failure<'gc>>,
}

fn main() {}
