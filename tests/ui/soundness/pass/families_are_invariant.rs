//! Case 35: `Heap` and `Root` are invariant in the family.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Heap, Root, Static};

type General = Static<for<'a> fn(&'a u8)>;

fn root(root: Root<General>) -> Root<Static<for<'b> fn(&'b u8)>> {
    root
}

fn main() {

}
