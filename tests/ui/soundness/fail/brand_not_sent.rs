//! Case 1: a `Gc` cannot leave through a channel.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Gc, Heap, Root};

fn main() {
    let mut heap = Heap::<()>::new(|_| ());
    let (sender, _receiver) = std::sync::mpsc::channel();
    heap.mutate(|mc, _| sender.send(Gc::new(mc, 1)).unwrap());
}
