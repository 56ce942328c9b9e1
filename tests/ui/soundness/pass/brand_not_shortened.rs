//! Case 3: `Gc` is invariant in its brand.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcAny, GcCell, Weak};

fn gc<'a, 'gc: 'a>(gc: Gc<'gc, i32>) -> &'a i32 {
    gc.as_ref()
}
fn pointee<'a, 'gc, T: 'gc>(gc: Gc<'gc, &'static T>) -> Gc<'gc, &'gc T> {
    gc
}

fn main() {

}
