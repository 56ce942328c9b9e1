//! What a move is set beside: copies that know beforehand what is to be copied, and leave nothing to be updated.

use std::hint::black_box;
use std::time::Instant;

use super::nodes;
use crate::machine;

/// Nanoseconds for copying so many bytes from one place to another.
pub(super) fn at_once(bytes: usize) -> f64 {
    let from = vec![1_u8; bytes];
    let mut to = vec![0_u8; bytes];
    least(|| {
        to.copy_from_slice(black_box(&from));
        black_box(&to);
    })
}

/// Nanoseconds an object for copying the nodes, and their texts, whose numbers `keep` says, one by one in the order of their
/// addresses, from where they lay among `count` of them to one place after the other.
///
/// Their addresses and sizes are in a list. The memory that they lie in is backed by huge pages, where there are such, as that of
/// the heap is.
pub(super) fn one_by_one(count: u64, keep: impl Fn(u64) -> bool) -> f64 {
    let mut places: Vec<(usize, usize)> = Vec::new();
    let (mut end, mut copied) = (0, 0);
    for number in 0..count {
        for size in nodes::sizes(number) {
            if keep(number) {
                places.push((end, size));
                copied += size;
            }
            end += size;
        }
    }
    let memory = |bytes: usize| {
        let mut memory = Vec::with_capacity(bytes);
        machine::prefer_huge_pages(memory.spare_capacity_mut());
        memory.resize(bytes, 1_u8);
        memory
    };
    let (from, mut to) = (memory(end), memory(copied));
    let all = least(|| {
        let mut next = 0;
        for &(at, size) in black_box(&places) {
            to[next..next + size].copy_from_slice(&from[at..at + size]);
            next += size;
        }
        black_box(&to);
    });
    all / places.len().max(1) as f64
}

/// Nanoseconds: the least of some times. The first may touch memory that is new.
fn least(mut copy: impl FnMut()) -> f64 {
    let times = (0..5).map(|_| {
        let start = Instant::now();
        copy();
        start.elapsed().as_nanos() as f64
    });
    times.fold(f64::INFINITY, f64::min).max(1.0)
}
