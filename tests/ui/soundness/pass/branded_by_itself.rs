//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Branded, Gc, RebrandPtr, Weak};

fn branded<'gc, T: ?Sized + Branded<'gc>>() {}

fn all<'a>() {
    branded::<'a, (Gc<'a, u32>, Gc<'a, Weak<'a, str>>)>();
    branded::<'a, [Gc<'a, u32>]>();
    branded::<'a, str>();
}

fn main() {}
