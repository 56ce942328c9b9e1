//! Case 7: collections stay on the thread of their heap.
//!
//! The twin in `pass` shows what can be done instead.

#![forbid(unsafe_code)]
#![allow(unused)]

use gc_core::{GcMap, GcSet, GcVec};

fn send<T: Send>() {}
fn share<T: Sync>() {}

fn main() {
    send::<GcVec<'static, u32>>();
    share::<GcVec<'static, u32>>();
    send::<GcMap<'static, u32, u32>>();
    share::<GcSet<'static, u32>>();
}
