//! Case 10: an associated type that may be a `Gc` must say how it is traced.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::marker::PhantomData;

use gc_core::{Gc, Mutation, Trace};

trait Kind {
    type Value;
}

#[derive(Trace)]
struct Holder<K: Kind> {
    #[trace(skip)]
    value: K::Value,
}

struct Numbers<'gc>(PhantomData<&'gc ()>);
impl<'gc> Kind for Numbers<'gc> {
    type Value = Gc<'gc, u32>;
}

fn hold<'gc>(mc: &Mutation<'gc>, value: Gc<'gc, u32>) {
    Gc::new(mc, Holder::<Numbers<'gc>> { value });
}

fn main() {}
