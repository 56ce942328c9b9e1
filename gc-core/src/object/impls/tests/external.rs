//! Memory outside the heap: counted by capacity, and only where nobody else can write it.

use core::cell::RefCell;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Mutex;

use crate::{Static, Trace};

fn bytes<'gc>(value: &(impl Trace<'gc> + ?Sized)) -> usize {
    value.external_bytes()
}

#[test]
fn buffers_count_their_capacity() {
    assert_eq!(bytes(&Vec::<u64>::with_capacity(100)), 800);
    assert_eq!(bytes(&VecDeque::<u64>::with_capacity(100)), 800);
    assert_eq!(bytes(&BinaryHeap::<u64>::with_capacity(100)), 800);
    assert_eq!(bytes(&String::with_capacity(100)), 100);
    assert_eq!(bytes(&std::path::PathBuf::with_capacity(100)), 100);
    assert_eq!(bytes(&Box::<[u8]>::from([0; 100])), 100);
    assert_eq!(bytes(&Box::<str>::from("hello")), 5);
    assert_eq!(bytes(&Cow::Borrowed("hello")), 0);
    assert_eq!(bytes(&Cow::<'static, str>::Owned("hello".into())), 5);
    assert_eq!(bytes(&Vec::<()>::with_capacity(100)), 0);
}

#[test]
fn what_elements_own_counts_too() {
    let hundred = || Vec::<u8>::with_capacity(100);
    let header = size_of::<Vec<u8>>();
    assert_eq!(bytes(&vec![hundred(), hundred()]), 2 * header + 200);
    assert_eq!(bytes(&[hundred(), hundred()]), 200);
    assert_eq!(bytes(&(hundred(), 1, Some(hundred()))), 200);
    assert_eq!(bytes(&Box::new(hundred())), header + 100);
    assert_eq!(bytes(&Ok::<_, u8>(hundred())), 100);
    assert_eq!(bytes(&(hundred()..hundred())), 200);
    assert!(bytes(&HashMap::from([(hundred(), hundred())])) > 2 * header + 200);
    assert!(bytes(&BTreeMap::from([(1, hundred())])) > header + 100);
    assert!(bytes(&LinkedList::from([hundred()])) > header + 100);
}

#[test]
fn maps_count_roughly_what_they_allocate() {
    let between = |own: usize, low: usize, high: usize| assert!((low..high).contains(&own), "{own}: {low}..{high}");
    assert_eq!(bytes(&HashMap::<u64, u64>::new()), 0);
    assert_eq!(bytes(&BTreeMap::<u64, u64>::new()), 0);
    // A table of 1,000 entries has 2,048 buckets of 17 bytes.
    between(bytes(&(0..1000).map(|i| (i, i)).collect::<HashMap<u64, u64>>()), 34_000, 35_500);
    between(bytes(&(0..1000).collect::<HashSet<u64>>()), 18_000, 19_000);
    // A B-tree of them has between 91 and 200 nodes, 192 bytes a leaf and 288 the others.
    between(bytes(&(0..1000).map(|i| (i, i)).collect::<BTreeMap<u64, u64>>()), 18_000, 40_000);
    between(bytes(&(0..1000).collect::<BTreeSet<u64>>()), 9_000, 25_000);
}

#[test]
fn what_others_can_write_or_own_is_not_counted() {
    let buffer = || vec![0_u8; 100];
    assert_eq!(bytes(&RefCell::new(buffer())), 0);
    assert_eq!(bytes(&Mutex::new(buffer())), 0);
    assert_eq!(bytes(&Rc::new(buffer())), 0);
    assert_eq!(bytes(&Static(buffer())), 0);
    assert_eq!(bytes(&vec![Rc::new(buffer())]), 4 * size_of::<Rc<Vec<u8>>>().div_ceil(4));
}

#[test]
fn a_cell_that_is_borrowed_is_left_alone() {
    let cell = RefCell::new(vec![0_u8; 100]);
    let _borrow = cell.borrow_mut();
    assert_eq!(bytes(&cell), 0);
}
