//! Case 8: neither an entry, nor `retain`, nor a sort gets at what a cell holds without its owner.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use std::collections::HashMap;

use gc_core::{Gc, GcRefCell, Heap, Trace};

#[derive(Trace)]
struct Owner<'gc> {
    list: GcRefCell<Vec<Gc<'gc, u32>>>,
    map: GcRefCell<HashMap<u32, Gc<'gc, u32>>>,
}

fn main() {
    let mut heap = Heap::<Owner>::new(|_| Owner { list: GcRefCell::default(), map: GcRefCell::default() });
    heap.mutate(|mc, owner| {
        owner.list.borrow().sort();
        owner.list.borrow().drain(..);
        owner.map.borrow().entry(1).or_insert(Gc::new(mc, 1));
    });
}
