//! Case 17: implementing `Trace` by hand is `unsafe`.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Trace, Tracer, Relocator};

struct Hand;
impl<'gc> Trace<'gc> for Hand {
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}

fn main() {

}
