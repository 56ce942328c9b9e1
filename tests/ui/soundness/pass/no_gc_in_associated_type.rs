//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Mutation, Trace};

trait Kind {
    type Value;
}

#[derive(Trace)]
struct Holder<K: Kind> {
    #[trace(skip)]
    value: K::Value,
}

struct Numbers;
impl Kind for Numbers {
    type Value = u32;
}

fn hold<'gc>(mc: &Mutation<'gc>, value: u32) {
    Gc::new(mc, Holder::<Numbers> { value });
}

fn main() {}
