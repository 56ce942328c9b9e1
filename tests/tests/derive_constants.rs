//! The constants of derived types: right for the marker, and not cyclic for types that contain
//! themselves.

#![forbid(unsafe_code)]
#![allow(dead_code)]

use std::collections::HashMap;
use std::marker::PhantomData;

use gc_core::{Gc, GcCell, GcRefCell, Trace};

/// Checks `NEEDS_TRACE`, `HAS_EXTERNAL` and `PINS` of a type.
macro_rules! constants {
    ($ty:ty: $needs_trace:literal, $has_external:literal, $pins:literal) => {
        const {
            assert!(<$ty as Trace<'_>>::NEEDS_TRACE == $needs_trace, concat!("NEEDS_TRACE of ", stringify!($ty)));
            assert!(<$ty as Trace<'_>>::HAS_EXTERNAL == $has_external, concat!("HAS_EXTERNAL of ", stringify!($ty)));
            assert!(<$ty as Trace<'_>>::PINS == $pins, concat!("PINS of ", stringify!($ty)));
        }
    };
}

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
enum Value<'gc> {
    Nil,
    Number(f64),
    Pair(Gc<'gc, Cons<'gc>>),
}

#[derive(Trace)]
struct Cons<'gc> {
    head: GcCell<Value<'gc>>,
    tail: GcCell<Value<'gc>>,
}

#[test]
fn a_plain_object_owns_nothing_outside_the_heap_and_can_move() {
    constants!(Node<'static>: true, false, false);
    constants!(Value<'static>: true, false, false);
    constants!(Cons<'static>: true, false, false);
}

#[derive(Trace)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Trace)]
struct Matrix<const N: usize> {
    rows: [[f64; N]; N],
    #[trace(skip)]
    lent: Option<std::thread::ThreadId>,
}

#[derive(Trace)]
enum Nothing {}

#[test]
fn a_type_without_brand_and_parameters_needs_no_tracing() {
    constants!(Point: false, false, false);
    constants!(Matrix<3>: false, false, false);
    constants!(Nothing: false, false, false);
}

#[derive(Trace)]
struct Named<T> {
    name: String,
    value: T,
}

#[derive(Trace)]
struct Both<A, B>(A, B);

#[test]
fn a_type_with_parameters_goes_by_them() {
    constants!(Named<u8>: false, true, false);
    constants!(Named<Node<'static>>: true, true, false);
    constants!(Both<u8, u8>: false, false, false);
    constants!(Both<u8, Node<'static>>: true, false, false);
    constants!(Both<Both<String, u8>, u8>: false, true, false);
}

#[derive(Trace)]
struct List<T> {
    first: T,
    rest: Option<Box<List<T>>>,
}

#[derive(Trace)]
struct Even {
    next: Option<Box<Odd>>,
}
#[derive(Trace)]
struct Odd {
    next: Option<Box<Even>>,
}

#[derive(Trace)]
enum Expression<'gc> {
    Name(Gc<'gc, str>),
    Block(Vec<Statement<'gc>>),
}
#[derive(Trace)]
struct Statement<'gc> {
    expression: Expression<'gc>,
    same: Option<Box<Self>>,
}

#[test]
fn types_that_contain_themselves_compile() {
    constants!(List<u8>: false, true, false);
    constants!(List<Node<'static>>: true, true, true);
    constants!(Even: false, true, false);
    constants!(Odd: false, true, false);
    constants!(Expression<'static>: true, true, true);
    constants!(Statement<'static>: true, true, true);
}

#[derive(Trace)]
struct Keyed<'gc> {
    ids: HashMap<u64, u64>,
    symbols: HashMap<Gc<'gc, str>, u64>,
}

#[derive(Trace)]
struct InPlace<'gc> {
    range: std::ops::RangeInclusive<Gc<'gc, Leaf>>,
    _brand: PhantomData<Gc<'gc, ()>>,
}

#[derive(Trace, PartialEq, PartialOrd)]
struct Leaf;

#[derive(Trace)]
struct Scripted<'gc> {
    slots: GcRefCell<Vec<GcCell<Value<'gc>>>>,
    keyed: Option<Box<Keyed<'gc>>>,
}

#[test]
fn keys_pin_and_memory_outside_the_heap_counts() {
    constants!(Keyed<'static>: true, true, true);
    constants!(Scripted<'static>: true, true, true);
    constants!(InPlace<'static>: true, false, true);
    constants!(Leaf: false, false, false);
}

trait Language {
    type Value;
}
#[derive(Trace)]
struct Numbers;
impl Language for Numbers {
    type Value = u8;
}

#[derive(Trace)]
struct Register<L: Language>(L::Value);
#[derive(Trace)]
struct Qualified<L: Language>(Option<<L as Language>::Value>);

macro_rules! optional {
    ($ty:ty) => { Option<$ty> };
}
#[derive(Trace)]
struct ByMacro<T>(optional!(T));

#[test]
fn what_a_field_hides_needs_tracing() {
    constants!(Register<Numbers>: true, false, false);
    constants!(Qualified<Numbers>: true, false, false);
    constants!(ByMacro<u8>: true, false, false);
}
