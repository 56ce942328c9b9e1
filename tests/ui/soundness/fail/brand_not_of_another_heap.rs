//! Case 2: a `Gc` of one heap cannot be stored in another.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, GcCell, Heap};

type Slot = GcCell<Option<Gc<'static, i32>>>;

fn main() {
    let mut a = Heap::<Slot>::new(|_| GcCell::new(None));
    let mut b = Heap::<Slot>::new(|_| GcCell::new(None));
    a.mutate(|ma, ra| b.mutate(|mb, _| ra.set(ma, Some(Gc::new(mb, 1)))));
}
