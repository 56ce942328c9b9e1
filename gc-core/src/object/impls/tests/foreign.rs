//! The types of other crates.
#![cfg_attr(not(feature = "foreign"), allow(unused_imports))]

use super::harness::{Objects, Ptr, Untouchable};
use crate::Trace;

#[cfg(feature = "arrayvec")]
#[test]
fn arrayvec_visits_every_element() {
    use arrayvec::{ArrayString, ArrayVec};

    let heap = Objects::new();
    heap.all_move(ArrayVec::<_, 4>::from_iter([heap.ptr(), heap.ptr()]));
    heap.leaf(ArrayVec::from([Untouchable(1)]));
    heap.leaf(ArrayString::<8>::from("x").unwrap());
    assert_eq!(ArrayVec::from([vec![0_u8; 10]]).external_bytes(), 10);
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_that_are_shared_are_not_counted() {
    use bytes::{Bytes, BytesMut};

    let heap = Objects::new();
    assert_eq!(heap.leaf(Bytes::from(vec![0; 100])).external_bytes(), 0);
    assert_eq!(heap.leaf(BytesMut::with_capacity(100)).external_bytes(), 100);
}

#[cfg(feature = "chrono")]
#[test]
fn dates_are_leaves() {
    use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc, Weekday};

    let heap = Objects::new();
    heap.leaf((NaiveDate::MIN, TimeDelta::zero(), Weekday::Mon, Utc));
    heap.leaf(DateTime::UNIX_EPOCH);
    heap.leaf(DateTime::UNIX_EPOCH.with_timezone(&FixedOffset::east_opt(3600).unwrap()));
}

#[cfg(feature = "either")]
#[test]
fn either_side_is_visited() {
    use either::Either;

    let heap = Objects::new();
    heap.all_move(Either::<_, u8>::Left(heap.ptr()));
    heap.all_move(Either::<u8, _>::Right(heap.ptr()));
}

#[cfg(feature = "hashbrown")]
mod hash_tables {
    use core::hash::BuildHasher;
    use std::hash::RandomState;

    use ::hashbrown::{HashMap, HashSet, HashTable};

    use super::*;
    use crate::object::impls::keyed::table_bytes;

    #[test]
    fn keys_stay_and_values_move() {
        let heap = Objects::new();
        let p = || heap.ptr();
        let mut map = HashMap::with_hasher(RandomState::new());
        map.extend([(p(), p()), (p(), p())]);
        heap.some_stay(2, map);
        let mut map = HashMap::with_hasher(RandomState::new());
        map.extend([("a", p()), ("b", p())]);
        heap.all_move(map);
        let mut set = HashSet::with_hasher(RandomState::new());
        set.extend([p(), p()]);
        heap.some_stay(2, set);
        let mut set = HashSet::with_hasher(RandomState::new());
        set.insert(Untouchable(1));
        heap.leaf(set);
    }

    #[test]
    fn elements_of_a_table_move_and_are_found() {
        let heap = Objects::new();
        let state = RandomState::new();
        let keys: Vec<_> = (0..100).map(|_| heap.ptr()).collect();
        let again: Vec<_> = keys.iter().map(|key| heap.equal(key)).collect();
        let mut table = HashTable::new();
        for key in keys {
            table.insert_unique(state.hash_one(&key), (key, heap.ptr()), |entry| state.hash_one(&entry.0));
        }
        let table = heap.all_move(table);
        assert!(again.iter().all(|key| table.find(state.hash_one(key), |entry| entry.0 == *key).is_some()));
    }

    #[test]
    fn the_size_of_a_table_is_close() {
        for len in [1, 3, 7, 14, 100, 1000] {
            let map: HashMap<u64, u64, RandomState> = (0..len).map(|i| (i, i)).collect();
            let (exact, ours) = (map.allocation_size(), table_bytes::<(u64, u64)>(map.capacity()));
            assert!(ours <= exact * 2 && exact <= ours * 2, "{len} entries: {ours} for {exact}");
        }
    }
}

#[cfg(feature = "indexmap")]
#[test]
fn indexmap_keeps_keys_and_moves_values() {
    use std::hash::RandomState;

    use indexmap::{IndexMap, IndexSet};

    let heap = Objects::new();
    let p = || heap.ptr();
    heap.some_stay(2, IndexMap::<_, _, RandomState>::from_iter([(p(), p()), (p(), p())]));
    heap.all_move(IndexMap::<_, _, RandomState>::from_iter([("a", p()), ("b", p())]));
    heap.some_stay(2, IndexSet::<_, RandomState>::from_iter([p(), p()]));
    let map = heap.leaf(IndexMap::<_, _, RandomState>::from_iter([(1_u64, Untouchable(1))]));
    assert!(map.external_bytes() >= 24);
}

#[cfg(feature = "num-bigint")]
#[test]
fn a_big_number_counts_its_digits() {
    use num_bigint::{BigInt, BigUint};

    let heap = Objects::new();
    assert_eq!(heap.leaf(BigUint::from(0_u8)).external_bytes(), 0);
    assert_eq!(heap.leaf(BigUint::from(1_u8)).external_bytes(), 8);
    assert_eq!(heap.leaf(BigInt::from(-1) << 640_u32).external_bytes(), 88);
}

#[cfg(feature = "ordered-float")]
#[test]
fn ordered_floats_are_leaves() {
    use ordered_float::{NotNan, OrderedFloat};

    let heap = Objects::new();
    heap.leaf((OrderedFloat(1.5_f32), NotNan::new(1.5_f64).unwrap()));
}

#[cfg(feature = "serde_json")]
#[test]
fn a_document_counts_what_its_nodes_own() {
    use serde_json::{Map, Value, json};

    let heap = Objects::new();
    assert_eq!(heap.leaf(Value::Null).external_bytes(), 0);
    let text = Value::String("x".repeat(100));
    let own = text.external_bytes();
    assert!(own >= 100);
    let list = heap.leaf(Value::Array(vec![text.clone(), json!(1)]));
    assert!(list.external_bytes() >= own + 2 * size_of::<Value>());
    let map = heap.leaf(Map::from_iter([("key".to_string(), text)]));
    assert!(map.external_bytes() >= own + 3 + size_of::<(String, Value)>());
}

#[cfg(feature = "slotmap")]
#[test]
fn slotmaps_visit_every_value() {
    use slotmap::{DefaultKey, DenseSlotMap, SecondaryMap, SlotMap, SparseSecondaryMap};

    let heap = Objects::new();
    let mut map = SlotMap::new();
    let keys = [map.insert(heap.ptr()), map.insert(heap.ptr()), map.insert(heap.ptr())];
    drop(map.remove(keys[1]));
    // The object whose slot is empty again is not visited.
    heap.forget(1);
    let map = heap.all_move(map);
    assert!(map.contains_key(keys[2]) && map.external_bytes() >= 3 * size_of::<Ptr<'_>>());

    let mut map = DenseSlotMap::new();
    map.insert(heap.ptr());
    map.insert(heap.ptr());
    heap.all_move(map);
    heap.all_move(SecondaryMap::from_iter([(keys[0], heap.ptr()), (keys[2], heap.ptr())]));
    heap.all_move(SparseSecondaryMap::<_, _>::from_iter([(keys[0], heap.ptr()), (keys[2], heap.ptr())]));
    let mut map = SlotMap::<DefaultKey, _>::new();
    let key = map.insert(Untouchable(1));
    heap.leaf(map);
    heap.leaf(key);
}

#[cfg(feature = "smallvec")]
#[test]
fn smallvec_visits_elements_inside_and_outside() {
    use smallvec::SmallVec;

    let heap = Objects::new();
    let inside = heap.all_move(SmallVec::<[_; 2]>::from_iter([heap.ptr(), heap.ptr()]));
    assert_eq!(inside.external_bytes(), 0);
    let outside = heap.all_move(SmallVec::<[_; 2]>::from_iter([heap.ptr(), heap.ptr(), heap.ptr()]));
    assert!(outside.spilled() && outside.external_bytes() >= 3 * size_of::<Ptr<'_>>());
    heap.leaf(SmallVec::<[_; 2]>::from_iter([Untouchable(1)]));
}

#[cfg(feature = "url")]
#[test]
fn a_url_counts_its_text() {
    use url::{Host, Url};

    let heap = Objects::new();
    let url = heap.leaf(Url::parse("https://example.com/").unwrap());
    assert_eq!(url.external_bytes(), 20);
    heap.leaf(Host::Domain(String::from("example.com")));
}

#[cfg(feature = "uuid")]
#[test]
fn uuids_are_leaves() {
    let heap = Objects::new();
    heap.leaf(uuid::Uuid::nil());
}
