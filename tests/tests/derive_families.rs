//! What `derive(Trace)` makes of generics: `At<'b>` replaces the brand everywhere, and nothing else.

#![allow(dead_code)]
#[path = "derive_mock/mod.rs"]
mod derive_mock;
use derive_mock::{Gc, GcCell};
use std::fmt::Debug;

use gc_core::{Rebrand, RebrandPtr, Trace};

/// Compiles if `F` with the brand `'b` is `T`.
fn family<'b, F: Rebrand<At<'b> = T>, T: Trace<'b>>() {}

#[derive(Trace)]
struct Leaf<'gc> {
    name: Gc<'gc, str>,
}

#[derive(Trace)]
struct Node<'gc> {
    name: Gc<'gc, str>,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    me: GcCell<Option<Gc<'gc, Self>>>,
}

#[derive(Trace)]
struct Pair<'gc, T> {
    a: T,
    b: Gc<'gc, T>,
}

#[derive(Trace)]
struct Bounded<'gc, T: Trace<'gc> + Clone + 'gc>
where
    T: PartialEq<T> + Into<Option<T>>,
{
    a: T,
    b: Gc<'gc, T>,
}

#[derive(Trace)]
struct NoBrand<T> {
    items: Vec<T>,
}

#[derive(Trace)]
struct Any<'gc, T: ?Sized>(Option<Gc<'gc, T>>)
where
    T: gc_core::__private::Pointee;

#[derive(Trace)]
enum Tree<'gc, K = u8, const N: usize = 4>
where
    K: Ord,
{
    Empty,
    Leaf(K, Gc<'gc, str>),
    Inner { keys: [K; N], children: Vec<Tree<'gc, K, N>>, parent: Option<Gc<'gc, Self>> },
}

trait Language {
    type Value;
    type Name: Clone;
}

#[derive(Trace)]
struct Frame<'gc, L: Language> {
    values: Vec<L::Value>,
    name: <L as Language>::Name,
    up: Option<Gc<'gc, Self>>,
    also: Option<Box<Frame<'gc, L>>>,
}

#[derive(Trace)]
struct Iter<I: Iterator + Clone>
where
    I::Item: Debug,
{
    iter: I,
    peeked: Option<I::Item>,
}

#[derive(Trace)]
#[trace(brand = 'gc)]
struct Borrowing<'text: 'gc, 'gc> {
    text: derive_mock::Text<'text>,
    other: Option<Box<Borrowing<'text, 'gc>>>,
    value: Gc<'gc, str>,
}

#[derive(Trace)]
struct Stays<'gc, T: 'static, U> {
    value: T,
    #[trace(skip)]
    skipped: Option<(T, std::cell::Cell<u8>)>,
    only: Gc<'gc, U>,
}

#[derive(Trace)]
struct OnlySkipped<S> {
    #[trace(skip)]
    state: S,
}
#[derive(Trace)]
struct Hrtb<'gc, F: for<'a> Fn(&'a u8) -> &'a u8> {
    f: F,
    #[trace(skip)]
    g: for<'a, 'b> fn(&'a u8, &'b dyn for<'c> Fn(&'c u8)) -> &'b u8,
    x: Gc<'gc, u8>,
}
#[derive(Trace)]
enum Never {}
#[derive(Trace)]
enum NeverGen<'gc, T> {
    A(T, Gc<'gc, T>, Never),
    B(Never),
}
#[derive(Trace)]
struct Unit;
#[derive(Trace)]
struct Tup();
#[derive(Trace)]
struct Brace {}
#[derive(Trace)]
struct A {
    b: Option<Box<B>>,
}
#[derive(Trace)]
struct B {
    a: Option<Box<A>>,
}
#[derive(Trace)]
struct Ag<'gc, T> {
    b: Option<Box<Bg<'gc, T>>>,
    t: T,
}
#[derive(Trace)]
struct Bg<'gc, T> {
    b: Vec<Ag<'gc, T>>,
    x: Gc<'gc, Bg<'gc, T>>,
}

#[derive(PartialEq, Clone, Trace)]
struct X;
impl From<X> for Option<u8> {
    fn from(_: X) -> Self {
        None
    }
}

fn test<'x, 'b>() {
    family::<'b, Leaf<'x>, Leaf<'b>>();
    family::<'b, Node<'x>, Node<'b>>();
    family::<'b, Pair<'x, Leaf<'x>>, Pair<'b, Leaf<'b>>>();
    family::<'b, Bounded<'x, X>, Bounded<'b, X>>();
    family::<'b, NoBrand<Node<'x>>, NoBrand<Node<'b>>>();
    family::<'b, Any<'x, [Leaf<'x>]>, Any<'b, [Leaf<'b>]>>();
    family::<'b, Any<'x, str>, Any<'b, str>>();
    family::<'b, Tree<'x, u8, 3>, Tree<'b, u8, 3>>();
    family::<'b, Borrowing<'static, 'x>, Borrowing<'static, 'b>>();
    family::<'b, Stays<'x, u8, Node<'x>>, Stays<'b, u8, Node<'b>>>();
    family::<'b, OnlySkipped<std::thread::ThreadId>, OnlySkipped<std::thread::ThreadId>>();
    family::<'b, NeverGen<'x, Node<'x>>, NeverGen<'b, Node<'b>>>();
    family::<'b, Ag<'x, Node<'x>>, Ag<'b, Node<'b>>>();
    assert!(!Ag::<u8>::HAS_EXTERNAL);
}
