//! Case 10: a hasher holds no `Gc`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

struct Key<'gc>(Gc<'gc, i32>);

#[derive(Trace)]
struct Map<'gc> {
    map: std::collections::HashMap<u8, Gc<'gc, i32>, Key<'gc>>,
}

fn main() {

}
