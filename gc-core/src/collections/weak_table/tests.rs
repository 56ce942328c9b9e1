//! What dead entries, and impossible requests, must not do.

use crate::collections::redirect::redirect;
use crate::memory::{Mark, MarkByte};
use crate::{EphemeronMap, Gc, Heap};

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
