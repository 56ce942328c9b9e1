//! Our own pointers and cells, in and around the containers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::harness::Objects;
use crate::{Gc, GcAny, GcCell, GcOnceCell, GcRefCell, Weak};

#[test]
fn strong_weak_and_erased_pointers_move() {
    let heap = Objects::new();
    heap.all_move(heap.gc());
    heap.all_move(heap.gc().downgrade());
    heap.all_move(GcAny::from(heap.gc()));
    heap.all_move(vec![Some(heap.gc()), None, Some(heap.gc())]);
    heap.all_move([(heap.gc(), heap.gc().downgrade()), (heap.gc(), heap.gc().downgrade())]);
}

#[test]
fn what_lies_in_a_cell_moves() {
    let heap = Objects::new();
    heap.all_move(GcCell::new(Some(heap.gc())));
    heap.all_move(GcRefCell::new(vec![heap.gc(), heap.gc()]));
    heap.all_move(GcRefCell::new(HashMap::from([(1, GcCell::new(heap.gc()))])));
    let once = GcOnceCell::from(heap.gc());
    heap.all_move(vec![once, GcOnceCell::new()]);
    heap.some_stay(1, GcRefCell::new(HashMap::from([(heap.gc(), heap.gc())])));
}

#[test]
fn a_forgotten_guard_hides_nothing() {
    let heap = Objects::new();
    let cell = GcRefCell::new(vec![heap.gc(), heap.gc()]);
    // A reference that lasts as long as the cell: what `borrow_mut` through an owner would give.
    core::mem::forget(cell.borrow());
    heap.all_move(cell);
}

#[test]
fn pointers_as_keys_stay() {
    let heap = Objects::new();
    let name = heap.gc();
    let map = heap.some_stay(3, BTreeMap::from([(name, 1), (heap.gc(), 2), (heap.gc(), 3)]));
    assert_eq!(map.get(&name), Some(&1));
    heap.some_stay(2, HashSet::from([heap.gc(), heap.gc()]));
}

// One word each, and no more for being optional.
const _: () = {
    assert!(size_of::<Option<Gc<'static, [u8]>>>() == size_of::<usize>());
    assert!(size_of::<Option<Weak<'static, str>>>() == size_of::<usize>());
};
