//! What dead entries, and impossible requests, must not do.

use crate::collections::redirect::redirect;
use crate::memory::{Mark, MarkByte};
use crate::{EphemeronMap, Gc, Heap};

use super::{FULL, bucket_of, in_order};

/// Z3: its destructor has yet to run, so that it is no tombstone, and what its value named may be anything by now.
#[test]
fn the_value_of_a_dead_key_is_not_taken_for_a_pointer() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let map = EphemeronMap::new(mc);
        let (key, from, to) = (Gc::new(mc, 1), Gc::new(mc, 2), Gc::new(mc, 3));
        map.insert(mc, key, from);
        let page = map.table().buckets.get(0).flatten().map(|page| page.object());
        let byte = MarkByte::of(key.object());
        byte.set(Mark::DEAD);
        assert_eq!(redirect(from, to, page.as_slice()), 0);
        byte.clear(Mark::DEAD);
        assert_eq!(redirect(from, to, page.as_slice()), 1);
        assert_eq!(map.get(mc, key).as_deref(), Some(&3));
    });
}

#[test]
#[should_panic(expected = "are more than the address space holds")]
fn room_for_more_entries_than_there_can_be_is_refused_at_once() {
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        EphemeronMap::<u32, u64>::with_capacity(mc, usize::MAX / 16);
    });
}

/// How many entries share a bucket with an entry, on average, itself included.
fn crowd(identities: impl Iterator<Item = u64> + Clone) -> f64 {
    let count = identities.clone().count();
    let mut loads = vec![0_u64; count.div_ceil(FULL)];
    let buckets = loads.len();
    identities.for_each(|identity| loads[bucket_of(in_order(identity), buckets)] += 1);
    loads.iter().map(|load| load * load).sum::<u64>() as f64 / count as f64
}

/// With hashes that spread it would be `FULL + 1`.
#[test]
fn keys_at_equal_distances_do_not_crowd_together() {
    let powers = (4..25).map(|power| 1 << power);
    let distances = powers.flat_map(|power| [1, 3, 5, 7, 11, 15, 17].map(|times| power * times));
    for (distance, count) in distances.flat_map(|distance| [300_u64, 3_000, 30_000].map(|count| (distance, count))) {
        let crowd = crowd((0..count).map(|i| 0x7f12_3440_8000 + i * distance));
        assert!(crowd < 2.5 * FULL as f64, "{count} keys {distance} bytes apart: {crowd}");
    }
}

#[test]
fn keys_that_lie_side_by_side_are_in_one_bucket_or_in_the_next() {
    for identity in (0..100_000).map(|i| 0x7f12_3440_8000 + i * 16) {
        let (this, next) = (in_order(identity), in_order(identity + 256));
        assert!(this < next && next <= this + 2, "{identity:#x}");
    }
}
