//! Case 10: a hasher holds no `Gc`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Map<'gc> {
    map: std::collections::HashMap<u8, Gc<'gc, i32>>,
}

fn main() {

}
