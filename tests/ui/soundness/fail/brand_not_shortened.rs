//! Case 3: `Gc` is invariant in its brand.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcAny, GcCell, Weak};

fn gc<'a, 'gc: 'a>(gc: Gc<'gc, i32>) -> Gc<'a, i32> {
    gc
}
fn weak<'a, 'gc: 'a>(weak: Weak<'gc, i32>) -> Weak<'a, i32> {
    weak
}
fn any<'a, 'gc: 'a>(any: GcAny<'gc>) -> GcAny<'a> {
    any
}
fn cell<'a, 'gc: 'a>(cell: &'a GcCell<Gc<'gc, i32>>) -> &'a GcCell<Gc<'a, i32>> {
    cell
}

fn main() {

}
