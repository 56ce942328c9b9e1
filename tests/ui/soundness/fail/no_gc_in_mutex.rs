//! Case 9: what is shared, or written without the barrier, holds no `Gc`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcCell, Trace};

#[derive(Trace)]
struct Shared<'gc> {
    shared: std::sync::Mutex<Option<Gc<'gc, i32>>>,
}

fn main() {

}
