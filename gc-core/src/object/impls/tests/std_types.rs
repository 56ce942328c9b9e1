//! The standard library's types.

use core::cell::{Cell, LazyCell, OnceCell, RefCell};
use core::cmp::Reverse;
use core::marker::PhantomData;
use core::num::{NonZero, Saturating, Wrapping};
use core::ops::{Bound, ControlFlow};
use core::sync::atomic::{AtomicU64, AtomicUsize};
use core::task::Poll;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, RwLock};
use std::time::Instant;

use super::harness::{Objects, Ptr, Untouchable, WeakPtr};
use crate::{DynTrace, Relocator, Static, Trace, Tracer, gc_dyn};

#[test]
fn a_lone_pointer_is_visited_and_moves() {
    let heap = Objects::new();
    heap.all_move(heap.ptr());
}

#[test]
fn sequences_visit_every_element() {
    let heap = Objects::new();
    let three = || [heap.ptr(), heap.ptr(), heap.ptr()];
    heap.all_move(three());
    heap.all_move(Vec::from(three()));
    heap.all_move(LinkedList::from(three()));
    heap.all_move(Box::<[Ptr<'_>]>::from(three()));
    heap.all_move(vec![Vec::from(three()), vec![], Vec::from(three())]);
    let _: Vec<Ptr<'_>> = heap.all_move(vec![]);
    let _: [Ptr<'_>; 0] = heap.all_move([]);
}

#[test]
fn a_deque_that_wraps_around_visits_both_halves() {
    let heap = Objects::new();
    let mut deque = VecDeque::with_capacity(4);
    deque.extend([heap.ptr(), heap.ptr()]);
    deque.push_front(heap.ptr());
    assert!(!deque.as_slices().1.is_empty());
    heap.all_move(deque);
}

#[test]
fn tuples_visit_every_field() {
    let heap = Objects::new();
    let p = || heap.ptr();
    heap.all_move((p(),));
    heap.all_move((p(), 1_u8));
    heap.all_move((1_u8, p(), p()));
    heap.all_move((p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p(), p(), p(), p(), p()));
    heap.all_move((p(), p(), p(), p(), p(), p(), p(), p(), p(), p(), p(), p()));
    heap.leaf((1_u8, String::from("x"), Some(2.5_f64)));
}

#[test]
fn every_variant_visits_its_parts() {
    let heap = Objects::new();
    let p = || heap.ptr();
    heap.all_move(Some(p()));
    heap.all_move(None::<Ptr<'_>>);
    drop(heap.all_move(Ok::<_, String>(p())));
    drop(heap.all_move(Err::<String, _>(p())));
    drop(heap.all_move([Poll::Ready(p()), Poll::Pending]));
    drop(heap.all_move([ControlFlow::Continue(p()), ControlFlow::Break((p(), p()))]));
}

#[test]
fn ranges_visit_both_ends() {
    let heap = Objects::new();
    let p = || heap.ptr();
    heap.all_move([Bound::Included(p()), Bound::Excluded(p()), Bound::Unbounded]);
    heap.all_move(p()..p());
    heap.all_move(p()..);
    heap.all_move(..p());
    heap.all_move(..=p());
    heap.some_stay(2, p()..=p());
    heap.leaf(..);
    heap.leaf(1..=3);
    heap.leaf(1..3);
}

#[test]
fn wrappers_visit_their_value() {
    let heap = Objects::new();
    heap.all_move(Reverse(heap.ptr()));
    heap.all_move(Wrapping(heap.ptr()));
    heap.all_move(Saturating(heap.ptr()));
    heap.all_move(Box::new(heap.ptr()));
    heap.leaf(PhantomData::<Ptr<'_>>);
    heap.leaf(PhantomData::<[Ptr<'_>]>);
    heap.leaf(PhantomData::<str>);
}

#[test]
fn values_of_maps_move_and_keys_stay() {
    let heap = Objects::new();
    let p = || heap.ptr();
    heap.all_move(HashMap::from([("a", p()), ("b", p())]));
    heap.all_move(BTreeMap::from([(1, p()), (2, p())]));
    heap.some_stay(2, HashMap::from([(p(), 1), (p(), 2)]));
    heap.some_stay(3, BTreeMap::from([(p(), p()), (p(), p()), (p(), p())]));
    heap.some_stay(2, HashSet::from([p(), p()]));
    heap.some_stay(2, BTreeSet::from([p(), p()]));
    heap.some_stay(3, BinaryHeap::from([p(), p(), p()]));
    heap.some_stay(1, vec![HashMap::from([(p(), p())])]);
    heap.some_stay(1, (BinaryHeap::from([p()]), p()));
}

#[test]
fn weak_pointers_move_and_stay_like_others() {
    let heap = Objects::new();
    let (p, w) = (|| heap.ptr(), || WeakPtr(heap.ptr()));
    heap.all_move((w(), vec![w()], HashMap::from([(1, w())])));
    heap.some_stay(2, HashMap::from([(w(), p()), (w(), p())]));
    heap.some_stay(4, (BTreeSet::from([(p(), w()), (p(), w())]), w(), p()));
    // A map as a key: fixed within what is fixed.
    heap.some_stay(2, BTreeMap::from([(BTreeMap::from([(w(), p())]), p())]));
}

#[test]
fn a_map_finds_its_entries_after_a_move() {
    let heap = Objects::new();
    let keys: Vec<_> = (0..100).map(|_| heap.ptr()).collect();
    let again: Vec<_> = keys.iter().map(|key| heap.equal(key)).collect();
    let map: HashMap<_, _> = keys.into_iter().map(|key| (key, heap.ptr())).collect();
    let map = heap.some_stay(100, map);
    assert!(again.iter().all(|key| map.contains_key(key)));

    let keys: Vec<_> = (0..100).map(|_| heap.ptr()).collect();
    let again: Vec<_> = keys.iter().map(|key| heap.equal(key)).collect();
    let set = heap.some_stay(100, keys.into_iter().collect::<BTreeSet<_>>());
    assert!(again.iter().all(|key| set.contains(key)));
}

#[test]
fn what_has_no_pointers_is_not_looked_at() {
    let heap = Objects::new();
    let u = Untouchable;
    heap.leaf([u(1), u(2)]);
    heap.leaf(vec![u(1), u(2)]);
    heap.leaf(VecDeque::from([u(1)]));
    heap.leaf(LinkedList::from([u(1)]));
    heap.leaf(Box::new(u(1)));
    heap.leaf(Box::<[Untouchable]>::from([u(1)]));
    heap.leaf(Some(u(1)));
    drop(heap.leaf(Err::<u8, _>(u(1))));
    heap.leaf(u(1)..u(2));
    heap.leaf(HashMap::from([(u(1), u(1))]));
    heap.leaf(BTreeMap::from([(u(1), u(1))]));
    heap.leaf(HashSet::from([u(1)]));
    heap.leaf(BTreeSet::from([u(1)]));
    heap.leaf(BinaryHeap::from([u(1)]));
    // The values of a map whose keys alone hold pointers.
    heap.some_stay(1, HashMap::from([(heap.ptr(), vec![u(1)])]));
}

#[test]
fn leaves_are_leaves() {
    let heap = Objects::new();
    heap.leaf(());
    heap.leaf((1_u8, 2_i128, 'c', 1.5_f32, true));
    heap.leaf(NonZero::new(3_u32));
    heap.leaf((AtomicUsize::new(1), AtomicU64::new(2)));
    heap.leaf(Duration::from_secs(1));
    heap.leaf(Instant::now());
    heap.leaf(std::net::Ipv4Addr::LOCALHOST);
    heap.leaf(std::thread::current().id());
    heap.leaf(core::any::TypeId::of::<u8>());
    heap.leaf(core::cmp::Ordering::Less);
    heap.leaf(None::<core::convert::Infallible>);
    heap.leaf(String::from("x"));
    heap.leaf(Box::<str>::from("x"));
    heap.leaf(Box::<Path>::from(Path::new("x")));
    heap.leaf((CString::from(c"x"), OsString::from("x"), PathBuf::from("x")));
    heap.leaf(Cow::Borrowed("x"));
    heap.leaf(Cow::<'static, [u8]>::Owned(vec![1]));
    heap.leaf(Cow::Borrowed(Path::new("x")));
}

#[test]
fn what_is_shared_is_a_leaf() {
    let heap = Objects::new();
    heap.leaf("x");
    heap.leaf(&[1, 2, 3]);
    heap.leaf(Rc::<str>::from("x"));
    heap.leaf((Rc::downgrade(&Rc::new(1)), Arc::downgrade(&Arc::new(1))));
    heap.leaf(Rc::new(Cell::new(1)));
    heap.leaf(Arc::new(Mutex::new(vec![1])));
    heap.leaf(Rc::new(|| 1) as Rc<dyn Fn() -> i32>);
    heap.leaf((Mutex::new(1), RwLock::new(2), OnceLock::<u8>::new()));
    heap.leaf((Cell::new(Some(1)), RefCell::new(HashMap::from([("x", vec![1])])), OnceCell::<String>::new()));
    heap.leaf((LazyLock::<u8>::new(|| 1), LazyCell::<u8>::new(|| 1)));
    heap.leaf(Box::pin(1));
    heap.leaf(Static(std::sync::mpsc::channel::<u8>()));
}

#[test]
fn handles_and_errors_are_leaves() {
    let heap = Objects::new();
    let (sender, receiver) = std::sync::mpsc::channel::<u8>();
    heap.leaf((sender, receiver, std::io::stdout()));
    heap.leaf(Box::new(1) as Box<dyn core::any::Any>);
    drop(heap.leaf(["x".parse::<u8>(), "1".parse()]));
    drop(heap.leaf([Ok(1), Err("x".into())] as [Result<u8, Box<dyn core::error::Error + Send + Sync>>; 2]));
    assert_eq!(heap.leaf(std::io::BufReader::with_capacity(100, std::io::empty())).external_bytes(), 100);
}

#[test]
fn functions_may_name_the_brand() {
    fn one(_: u8) -> bool {
        true
    }
    fn same(ptr: Ptr<'_>) -> Ptr<'_> {
        ptr
    }
    // Its type is what is looked at; nobody calls it, and it would do nothing.
    unsafe extern "C" fn foreign(_: *const u8, _: usize) {}
    fn of_a_brand<'gc>(_: &'gc Objects, function: fn(Ptr<'gc>) -> Ptr<'gc>) -> impl Trace<'gc> {
        function
    }

    let heap = Objects::new();
    heap.leaf(one as fn(u8) -> bool);
    // `unsafe` is part of the type.
    heap.leaf(foreign as unsafe extern "C" fn(*const u8, usize));
    heap.leaf(Static(same as for<'a> fn(Ptr<'a>) -> Ptr<'a>));
    of_a_brand(&heap, same);
}

trait Shape<'gc>: DynTrace<'gc> {}
gc_dyn!(Shape<'gc>);
impl<'gc> Shape<'gc> for Ptr<'gc> {}
impl<'gc> Shape<'gc> for Vec<Ptr<'gc>> {}

#[test]
fn boxed_trait_objects_visit_their_value() {
    let heap = Objects::new();
    let shapes: Vec<Box<dyn Shape<'_> + '_>> = vec![Box::new(heap.ptr()), Box::new(vec![heap.ptr(), heap.ptr()])];
    heap.all_move(shapes);
}

/// A recursive type, as the derive would have it.
struct Tree<'gc> {
    value: Ptr<'gc>,
    trees: Vec<Tree<'gc>>,
    by_name: HashMap<String, Tree<'gc>>,
    next: Option<Box<Tree<'gc>>>,
}

// SAFETY: visits every field.
unsafe impl<'gc> Trace<'gc> for Tree<'gc> {
    const HAS_EXTERNAL: bool = Ptr::HAS_EXTERNAL
        || Vec::<Tree<'gc>>::HAS_EXTERNAL
        || HashMap::<String, Tree<'gc>>::HAS_EXTERNAL
        || Option::<Box<Tree<'gc>>>::HAS_EXTERNAL;
    fn external_bytes(&self) -> usize {
        self.trees.external_bytes() + self.by_name.external_bytes() + self.next.external_bytes()
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.value.trace(tracer);
        self.trees.trace(tracer);
        self.by_name.trace(tracer);
        self.next.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.value.relocate(relocator);
        self.trees.relocate(relocator);
        self.by_name.relocate(relocator);
        self.next.relocate(relocator);
    }
}
// SAFETY: the brand is the only lifetime.
unsafe impl crate::Rebrand for Tree<'_> {
    type At<'b> = Tree<'b>;
}

#[test]
fn recursive_types_are_visited_to_their_ends() {
    let heap = Objects::new();
    let leaf = || Tree { value: heap.ptr(), trees: vec![], by_name: HashMap::new(), next: None };
    let tree = Tree {
        value: heap.ptr(),
        trees: vec![leaf(), leaf()],
        by_name: HashMap::from([("a".into(), leaf()), ("b".into(), leaf())]),
        next: Some(Box::new(leaf())),
    };
    heap.all_move(tree);
}
