//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{GcMap, GcVec, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let vec = heap.mutate(|mc, _| GcVec::<u32>::new(mc).as_gc().root(mc));
    heap.collect();
    heap.mutate(|mc, _| GcVec::from(vec.get(mc)).push(mc, 7));
}
