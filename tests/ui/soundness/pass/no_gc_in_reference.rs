//! Case 9: what is shared, or written without the barrier, holds no `Gc`.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcCell, Trace};

#[derive(Trace)]
struct Shared<'gc> {
    own: GcCell<Option<Gc<'gc, i32>>>,
    shared: &'static GcCell<Option<i32>>,
}

fn main() {

}
