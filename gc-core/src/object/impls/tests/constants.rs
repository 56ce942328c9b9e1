//! The constants of `Trace`, where a wrong one would be unsound or slow.

use core::cell::{Cell, RefCell};
use core::marker::PhantomData;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use super::harness::Ptr;
use crate::{Static, Trace};

/// Asserts, when compiled, `needs_trace`, `has_external` and `pins` of each type.
macro_rules! constants {
    ($($ty:ty: $needs_trace:literal $has_external:literal $pins:literal;)+) => { $(
        const _: () = {
            assert!(<$ty as Trace<'static>>::NEEDS_TRACE == $needs_trace, concat!("NEEDS_TRACE of ", stringify!($ty)));
            assert!(<$ty as Trace<'static>>::HAS_EXTERNAL == $has_external, concat!("HAS_EXTERNAL of ", stringify!($ty)));
            assert!(<$ty as Trace<'static>>::PINS == $pins, concat!("PINS of ", stringify!($ty)));
        };
    )+ };
}

type P = Ptr<'static>;

constants! {
    u8: false false false;
    P: true false false;
    PhantomData<P>: false false false;

    // What holds a pointer in any of its parts needs to be traced.
    (u8, P): true false false;
    (P, String): true true false;
    Option<P>: true false false;
    Result<u8, P>: true false false;
    [P; 0]: true false false;
    [P]: true false false;
    [u8]: false false false;

    // What allocates says so, whatever its elements are, and does not ask what they pin (I5).
    Vec<u8>: false true false;
    Vec<P>: true true true;
    Box<u8>: false true false;
    Box<str>: false true false;
    Box<[P]>: true true true;
    Option<Box<P>>: true true true;

    // Keys pin.
    HashMap<u8, u8>: false true false;
    HashMap<P, u8>: true true true;
    HashMap<u8, HashMap<P, u8>>: true true true;
    HashMap<HashMap<u8, P>, u8>: true true true;
    BTreeMap<P, P>: true true true;
    HashSet<P>: true true true;
    HashSet<u8>: false true false;
    BTreeSet<P>: true true true;
    BinaryHeap<P>: true true true;
    BinaryHeap<u64>: false true false;
    core::ops::RangeInclusive<P>: true false true;
    core::ops::Range<P>: true false false;
    Option<(HashSet<P>, u8)>: true true true;
    [HashSet<P>; 2]: true true true;

    // Memory with other owners, or that can be written at any time, is never looked into.
    Rc<Vec<u8>>: false false false;
    Arc<str>: false false false;
    Cell<u8>: false false false;
    RefCell<Vec<u8>>: false false false;
    Mutex<String>: false false false;
    &'static [String]: false false false;
    Static<Vec<u8>>: false false false;
}
