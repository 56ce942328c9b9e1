//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::marker::PhantomData;

use gc_core::{Gc, Trace};

#[derive(Trace)]
struct Tagged<T> {
    tag: PhantomData<T>,
    value: T,
}

#[derive(Trace)]
struct Holder<'gc> {
    tagged: Tagged<Gc<'gc, u32>>,
}

fn main() {}
