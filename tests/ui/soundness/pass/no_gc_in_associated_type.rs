//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Trace};

trait Kind {
    type Value: 'static;
}

#[derive(Trace)]
struct Holder<K: Kind + 'static> {
    #[trace(skip)]
    value: K::Value,
    #[trace(skip)]
    kind: std::marker::PhantomData<K>,
}

fn main() {}
