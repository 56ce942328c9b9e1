//! The twin of the file of this name in `fail`.

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
        owner.write(mc, |o| &o.list).borrow_mut().retain(|_| false);
        owner.write(mc, |o| &o.list).borrow_mut().sort();
        owner.write(mc, |o| &o.list).borrow_mut().drain(..);
        owner.write(mc, |o| &o.map).borrow_mut().entry(1).or_insert(Gc::new(mc, 1));
    });
}
