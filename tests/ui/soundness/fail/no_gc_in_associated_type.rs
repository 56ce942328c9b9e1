//! Case 10: an associated type that may be a `Gc` must say how it is traced.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

trait Kind {
    type Value;
}

#[derive(Trace)]
struct Holder<K: Kind> {
    #[trace(skip)]
    value: K::Value,
}

fn main() {}
