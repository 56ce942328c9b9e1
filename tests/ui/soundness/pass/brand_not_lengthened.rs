//! Case 3: nor can the brand be made longer.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc};

fn gc<'a, 'gc: 'a>(gc: Gc<'gc, i32>) -> Gc<'gc, i32> {
    gc
}

fn main() {

}
