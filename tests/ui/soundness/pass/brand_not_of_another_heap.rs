//! Case 2: a `Gc` of one heap cannot be stored in another.
//!
//! This is how it can be done.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcCell, Heap};

type Slot = GcCell<Option<Gc<'static, i32>>>;

fn main() {
    let mut a = Heap::<Slot>::new(|_| GcCell::new(None));
    let mut b = Heap::<Slot>::new(|_| GcCell::new(None));
    a.mutate(|ma, ra| b.mutate(|_, rb| ra.set(ma, Some(Gc::new(ma, rb.get().map_or(1, |gc| *gc))))));
}
