//! Case 35: `Heap` and `Root` are invariant in the family.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Heap, Root, Static};

type General = Static<for<'a> fn(&'a u8)>;
type Special = Static<fn(&'static u8)>;

fn root(root: Root<General>) -> Root<Special> {
    root
}
fn heap(heap: Heap<General>) -> Heap<Special> {
    heap
}
fn back(heap: Heap<Special>) -> Heap<General> {
    heap
}

fn main() {

}
