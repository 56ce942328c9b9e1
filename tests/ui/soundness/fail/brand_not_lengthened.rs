//! Case 3: nor can the brand be made longer.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc};

fn gc<'a, 'gc: 'a>(gc: Gc<'a, i32>) -> Gc<'gc, i32> {
    gc
}
fn mutation<'a, 'gc: 'a>(mc: &'a gc_core::Mutation<'a>) -> &'a gc_core::Mutation<'gc> {
    mc
}

fn main() {

}
