//! Case 37: a type with two brands has no `Branded`, whatever it is used for.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Branded, Gc, RebrandPtr, Weak};

fn branded<'gc, T: ?Sized + Branded<'gc>>() {}

fn both<'a, 'b>() {
    branded::<'a, (Gc<'a, u32>, Gc<'b, u32>)>();
}

fn a_static_member<'a>() {
    branded::<'a, Gc<'a, Gc<'static, u32>>>();
}

fn main() {}
