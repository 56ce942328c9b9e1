//! Case 10: a parameter that is only named is no place for a `Gc` that is not traced.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::marker::PhantomData;

use gc_core::{Gc, Trace};

#[derive(Trace)]
#[trace(static)]
struct Tagged<T: 'static> {
    tag: PhantomData<T>,
    hidden: fn() -> Option<T>,
}

#[derive(Trace)]
struct Holder<'gc> {
    tagged: Tagged<Gc<'gc, u32>>,
}

fn main() {}
