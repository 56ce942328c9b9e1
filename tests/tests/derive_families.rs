//! What `derive(Trace)` makes of lifetimes and parameters: `At<'b>` replaces the brand everywhere, and
//! nothing else, whatever bounds the type was written with.
//!
//! A type that is derived here and not asked for its family shows that the derive compiles.

#![forbid(unsafe_code)]
#![allow(dead_code)]
#![allow(clippy::extra_unused_lifetimes)] // Clippy does not see the calls with explicit arguments.

use std::cell::Cell;
use std::fmt::Debug;
use std::thread::ThreadId;

use gc_core::__private::Pointee;
use gc_core::{Gc, GcCell, Rebrand, Trace};

/// Compiles if `F` with the brand `'b` is `T`.
fn family<'b, F: Rebrand<At<'b> = T>, T: Trace<'b>>() {}

#[derive(Trace, Clone, PartialEq)]
struct Unit;

#[derive(Trace)]
struct Leaf<'gc> {
    name: Gc<'gc, str>,
}

#[derive(Trace)]
struct Node<'a> {
    leaf: Leaf<'a>,
    next: GcCell<Option<Gc<'a, Node<'a>>>>,
    same: GcCell<Option<Gc<'a, Self>>>,
    boxed: Option<Box<Self>>,
}

#[test]
fn the_brand_is_replaced() {
    fn check<'x, 'b>() {
        family::<'b, Unit, Unit>();
        family::<'b, Leaf<'x>, Leaf<'b>>();
        family::<'b, Node<'x>, Node<'b>>();
    }
    check();
}

#[derive(Trace)]
struct Pair<'gc, T> {
    own: T,
    shared: Gc<'gc, T>,
}

#[derive(Trace)]
struct Many<T, U = T, const N: usize = 2>(Vec<T>, Option<[U; N]>);

#[derive(Trace)]
enum Tree<'gc, K> {
    Empty,
    Leaf(K, Gc<'gc, str>),
    Inner { keys: [K; 3], children: Vec<Tree<'gc, K>>, parent: Option<Gc<'gc, Self>> },
}

#[derive(Trace)]
enum Never {}

#[derive(Trace)]
enum Uninhabited<'gc, T> {
    A(T, Gc<'gc, T>, Never),
    B(Never),
}

/// What a `Gc` can point to, without a size.
#[derive(Trace)]
struct Pointing<'gc, T: ?Sized + Pointee>(Gc<'gc, T>, Option<Box<Pointing<'gc, u8>>>);

#[test]
fn parameters_are_rebranded() {
    fn check<'x, 'b>() {
        family::<'b, Pair<'x, Leaf<'x>>, Pair<'b, Leaf<'b>>>();
        family::<'b, Many<Leaf<'x>, u8, 7>, Many<Leaf<'b>, u8, 7>>();
        family::<'b, Many<Many<Leaf<'x>>>, Many<Many<Leaf<'b>>>>();
        family::<'b, Tree<'x, Unit>, Tree<'b, Unit>>();
        family::<'b, Uninhabited<'x, Leaf<'x>>, Uninhabited<'b, Leaf<'b>>>();
        family::<'b, Pointing<'x, Leaf<'x>>, Pointing<'b, Leaf<'b>>>();
        family::<'b, Pointing<'x, [Leaf<'x>]>, Pointing<'b, [Leaf<'b>]>>();
        family::<'b, Pointing<'x, str>, Pointing<'b, str>>();
    }
    check();
}

#[derive(Trace)]
struct Bounded<'gc, T: Trace<'gc> + Clone + PartialEq<T>>
where
    T: Into<Option<T>>,
    Option<T>: Clone,
{
    own: T,
    shared: Gc<'gc, T>,
}

impl From<Unit> for u8 {
    fn from(_: Unit) -> Self {
        0
    }
}

#[derive(Trace)]
struct Related<T, U>(T, Vec<U>)
where
    U: Debug,
    T: Into<U> + PartialEq,
    [T; 3]: Sized;

#[derive(Trace)]
struct Calling<'gc, F, G: for<'a> Fn(&'a u8) -> &'a u8>
where
    F: Fn(Gc<'gc, str>) -> Gc<'gc, str> + Copy,
{
    of_pointers: F,
    of_references: G,
    last: Gc<'gc, str>,
    #[trace(skip)]
    stored: for<'a> fn(&'a u8, &dyn Fn(&'a u8)) -> &'a u8,
}

#[derive(Trace)]
struct ByReference<'gc, T>(Gc<'gc, T>)
where
    for<'a> &'a T: IntoIterator;

#[test]
fn bounds_are_carried_over() {
    fn check<'x, 'b>() {
        family::<'b, Bounded<'x, Unit>, Bounded<'b, Unit>>();
        family::<'b, Related<Unit, u8>, Related<Unit, u8>>();
        family::<'b, ByReference<'x, Vec<Leaf<'x>>>, ByReference<'b, Vec<Leaf<'b>>>>();
    }
    check();
}

trait Language {
    type Value;
    type Name<'a, T>;
}
impl Language for Unit {
    type Value = u8;
    type Name<'a, T> = Option<u8>;
}

#[derive(Trace)]
struct Frame<'gc, L: Language> {
    values: Vec<L::Value>,
    name: <L as Language>::Name<'gc, u8>,
    same: L::Name<'gc, L>,
    up: Option<Gc<'gc, Self>>,
    inner: Option<Box<Frame<'gc, L>>>,
}

#[derive(Trace)]
struct Peeked<I: Iterator<Item = u8> + Clone>
where
    I::Item: Debug,
{
    iter: I,
    next: Option<I::Item>,
}

#[derive(Trace)]
struct Flattened<I: IntoIterator>(
    <I as IntoIterator>::IntoIter,
    Option<<<I as IntoIterator>::IntoIter as Iterator>::Item>,
);

#[test]
fn associated_types_are_those_of_the_rebranded_parameter() {
    fn check<'x, 'b>() {
        family::<'b, Frame<'x, Unit>, Frame<'b, Unit>>();
    }
    check();
}

#[derive(Trace)]
#[trace(brand = 'gc)]
struct Token<'text, 'gc, 'more: 'text>
where
    'text: 'gc,
{
    text: &'text str,
    more: &'more [u8],
    value: Gc<'gc, str>,
    next: Option<Box<Token<'text, 'gc, 'more>>>,
}

#[test]
fn other_lifetimes_are_static() {
    fn check<'x, 'b>() {
        family::<'b, Token<'static, 'x, 'static>, Token<'static, 'b, 'static>>();
    }
    check();
}

#[derive(Trace)]
struct State<'gc, S, T: 'static, U> {
    #[trace(skip)]
    only_skipped: Option<(S, Cell<u8>)>,
    bounded: T,
    value: Gc<'gc, U>,
}

#[derive(Trace)]
#[trace(static)]
struct Foreign<T>(T);

#[test]
fn what_must_be_static_stays_what_it_is() {
    fn check<'x, 'b>() {
        family::<'b, State<'x, ThreadId, u8, Leaf<'x>>, State<'b, ThreadId, u8, Leaf<'b>>>();
        family::<'b, Foreign<ThreadId>, Foreign<ThreadId>>();
    }
    check();
}

#[derive(Trace)]
struct Even<'gc, T> {
    next: Option<Box<Odd<'gc, T>>>,
    value: T,
}

#[derive(Trace)]
struct Odd<'gc, T> {
    all: Vec<Even<'gc, T>>,
    shared: Gc<'gc, Odd<'gc, T>>,
}

#[test]
fn types_that_contain_each_other_are_families() {
    fn check<'x, 'b>() {
        family::<'b, Even<'x, Leaf<'x>>, Even<'b, Leaf<'b>>>();
        family::<'b, Odd<'x, Leaf<'x>>, Odd<'b, Leaf<'b>>>();
    }
    check();
}
