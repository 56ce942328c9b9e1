//! The twin of the file of this name in `fail`.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{Heap, GcVec};

fn send<T: Send>() {}

fn main() {
    send::<Vec<u32>>();
    let mut heap = Heap::<GcVec<u32>>::new(|mc| GcVec::new(mc));
    let copy = heap.mutate(|_, vec| vec.to_vec());
    std::thread::spawn(move || copy.len()).join().unwrap();
}
