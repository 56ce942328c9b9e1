//! Life and death: what is reachable lives, what is not is destroyed once, and nothing is conjured.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use gc_core::{Config, Gc, GcCell, GcOnceCell, GcRefCell, Heap, Static, Stress, Trace, Weak};

fn stressed() -> Config {
    Config::default().stress(Stress::all())
}

struct OnDrop(Box<dyn FnMut()>);
impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}
fn on_drop(work: impl FnMut() + 'static) -> Static<OnDrop> {
    Static(OnDrop(Box::new(work)))
}

#[derive(Trace)]
enum Never {}

/// Case 18.
#[test]
fn nothing_is_conjured_of_a_type_without_values() {
    let failed = Heap::<Never>::try_new(|_| Err("no root"));
    assert_eq!(failed.err(), Some("no root"));
    assert!(catch_unwind(|| Heap::<Never>::new(|_| panic!("no root"))).is_err());
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        assert!(Weak::<'_, Never>::new().upgrade(mc).is_none());
        let none: Gc<'_, [Never]> = Gc::from_vec(mc, Vec::new());
        assert_eq!(none.len(), 0);
        let cell = Gc::new(mc, GcOnceCell::<Never>::new());
        assert!(cell.get().is_none());
        assert!(gc_core::GcAny::from(none).downcast::<Never>().is_none());
    });
    heap.collect();
}

thread_local! {
    static GUARDS: Cell<i32> = const { Cell::new(0) };
}
#[derive(Trace)]
#[trace(static)]
struct Guard;
impl Guard {
    fn new() -> Self {
        GUARDS.set(GUARDS.get() + 1);
        Self
    }
}
impl Drop for Guard {
    fn drop(&mut self) {
        GUARDS.set(GUARDS.get() - 1);
    }
}

/// Case 18.
#[test]
fn a_value_without_size_is_dropped_once() {
    for config in [Config::default(), stressed()] {
        let mut heap = Heap::<GcRefCell<Vec<Gc<'static, Guard>>>>::with_config(config, |_| GcRefCell::default());
        heap.mutate(|mc, root| {
            for n in 0..1000 {
                let guard = Gc::new(mc, Guard::new());
                if n % 2 == 0 {
                    root.borrow_mut(mc).push(guard);
                }
                Gc::from_iter(mc, (0..3).map(|_| Guard::new()));
            }
        });
        assert!(GUARDS.get() >= 500);
        heap.collect();
        assert_eq!(GUARDS.get(), 500);
        heap.mutate(|mc, root| root.borrow_mut(mc).truncate(7));
        heap.collect();
        assert_eq!(GUARDS.get(), 7);
        drop(heap);
        assert_eq!(GUARDS.get(), 0);
    }
}

#[derive(Trace)]
struct Selfish<'gc> {
    me: GcCell<Option<Weak<'gc, Selfish<'gc>>>>,
    value: u64,
    padding: [u64; 3],
}

#[derive(Trace)]
struct Watch<'gc> {
    strong: GcRefCell<Vec<Gc<'gc, Selfish<'gc>>>>,
    weak: GcRefCell<Vec<Weak<'gc, Selfish<'gc>>>>,
}

/// Case 19: in every phase, with the slot reused, and to itself.
#[test]
fn a_weak_pointer_ends_with_its_target() {
    let mut stress = Stress::all();
    stress.old_every = std::num::NonZeroU32::new(1);
    for config in [Config::default().nursery(4096, 4096), stressed(), Config::default().stress(stress)] {
        let mut heap =
            Heap::<Watch>::with_config(config, |_| Watch { strong: Default::default(), weak: Default::default() });
        for round in 0..200_u64 {
            heap.mutate(|mc, root| {
                for n in 0..20 {
                    let new =
                        Gc::new(mc, Selfish { me: GcCell::default(), value: round * 20 + n, padding: [round; 3] });
                    new.write(mc, |s| &s.me).set(Some(new.downgrade()));
                    root.write(mc, |r| &r.strong).borrow_mut().push(new);
                    root.write(mc, |r| &r.weak).borrow_mut().push(new.downgrade());
                }
                let mut strong = root.write(mc, |r| &r.strong).borrow_mut();
                strong.retain(|s| s.value % 16 != round % 16);
                // What is upgraded lives on, even if the mark had given it up.
                let mut weak = root.write(mc, |r| &r.weak).borrow_mut();
                weak.retain(|weak| {
                    let Some(target) = weak.upgrade(mc) else { return false };
                    assert!(target.value < (round + 1) * 20 && target.padding == [target.value / 20; 3]);
                    assert!(Gc::ptr_eq(target.me.get().unwrap().upgrade(mc).unwrap(), target));
                    if target.value % 31 == 0 && !strong.iter().any(|s| Gc::ptr_eq(*s, target)) {
                        strong.push(target);
                    }
                    true
                });
                assert!(strong.iter().all(|s| weak.iter().any(|w| w.upgrade(mc).is_some_and(|t| Gc::ptr_eq(t, *s)))));
            });
        }
        heap.mutate(|mc, root| root.write(mc, |r| &r.strong).borrow_mut().clear());
        heap.collect();
        heap.mutate(|mc, root| assert!(root.weak.borrow().iter().all(|weak| weak.upgrade(mc).is_none())));
    }
}

/// Case 19: the root's maker panics, with a weak pointer to what it has made.
#[test]
fn a_constructor_that_panics_leaves_nothing_behind() {
    let dropped = Rc::new(Cell::new(0));
    let kept = RefCell::new(Vec::new());
    let result = catch_unwind(AssertUnwindSafe(|| {
        Heap::<()>::new(|mc| {
            let dropped = dropped.clone();
            let object = Gc::new(mc, on_drop(move || dropped.set(dropped.get() + 1)));
            let weak = Gc::new(mc, object.downgrade());
            kept.borrow_mut().push(weak.root(mc));
            assert!(weak.upgrade(mc).is_none(), "the constructor fails");
        })
    }));
    assert!(result.is_err());
    assert_eq!(dropped.get(), 1);
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| assert!(kept.borrow()[0].try_get(mc).is_none()));
}

fn panics<T>(work: impl FnOnce() -> T) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(work)).err()?;
    Some(
        payload
            .downcast_ref::<&str>()
            .copied()
            .map(str::to_owned)
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default(),
    )
}

/// Case 22.
#[test]
fn a_destructor_that_panics_stops_no_other() {
    let dropped = Rc::new(Cell::new(0));
    let mut heap = Heap::<()>::with_config(Config::default().manual(), |_| ());
    let fill = |heap: &mut Heap<()>| {
        heap.mutate(|mc, _| {
            for n in 0..5000 {
                let dropped = dropped.clone();
                Gc::new(
                    mc,
                    on_drop(move || {
                        dropped.set(dropped.get() + 1);
                        assert!(n % 1000 != 0, "destructor {n}");
                    }),
                );
            }
        });
    };
    fill(&mut heap);
    let first = panics(|| heap.collect()).expect("the first panic goes on");
    assert!(first.starts_with("destructor "), "{first}");
    while panics(|| heap.collect()).is_some() {}
    assert_eq!(dropped.get(), 5000);
    // The heap works as before. In teardown all run as well, and one panic goes on.
    fill(&mut heap);
    assert!(panics(|| drop(heap)).expect("the first panic goes on").starts_with("destructor "));
    assert_eq!(dropped.get(), 10_000);
}

/// Case 22: at the safepoints, young and old.
#[test]
fn destructors_that_panic_at_safepoints_leave_the_heap_usable() {
    let dropped = Rc::new(Cell::new(0_u32));
    let mut heap =
        Heap::<GcRefCell<Vec<Gc<'static, Static<OnDrop>>>>>::with_config(stressed(), |_| GcRefCell::default());
    let mut made = 0;
    for round in 0..200_u32 {
        panics(|| {
            heap.mutate(|mc, root| {
                for n in 0..20_u32 {
                    made += 1;
                    let dropped = dropped.clone();
                    let object = Gc::new(
                        mc,
                        on_drop(move || {
                            dropped.set(dropped.get() + 1);
                            assert!(n % 7 != 0, "a destructor panics");
                        }),
                    );
                    root.borrow_mut(mc).push(object);
                }
                if round % 5 == 0 {
                    root.borrow_mut(mc).clear();
                }
            });
        });
    }
    panics(|| drop(heap));
    assert_eq!(dropped.get(), made);
}

/// Case 22: of this heap, of another, and another heap itself.
#[test]
fn a_destructor_may_drop_roots_and_heaps() {
    let dropped = Rc::new(Cell::new(0));
    let count = |dropped: &Rc<Cell<u32>>| {
        let dropped = dropped.clone();
        on_drop(move || dropped.set(dropped.get() + 1))
    };
    let mut heap = Heap::<()>::with_config(stressed(), |_| ());
    let mut other = Heap::<()>::new(|_| ());
    let inner = Heap::<Static<OnDrop>>::new(|_| count(&dropped));
    let theirs = other.mutate(|mc, _| Gc::new(mc, count(&dropped)).root(mc));
    heap.mutate(|mc, _| {
        // A chain: each object holds the root of the next, which falls when it does.
        let mut rest: Option<Box<dyn std::any::Any>> = None;
        for _ in 0..10 {
            rest = Some(Box::new(Gc::new(mc, Static((rest, count(&dropped)))).root(mc)));
        }
        Gc::new(mc, Static((rest, theirs, inner)));
    });
    for _ in 0..20 {
        heap.collect();
    }
    other.collect();
    assert_eq!(dropped.get(), 12);
}

/// Case 22.
#[test]
fn destructors_do_not_get_at_their_heap() {
    thread_local! {
        static HEAP: RefCell<Option<Heap<()>>> = const { RefCell::new(None) };
        static REFUSED: Cell<u32> = const { Cell::new(0) };
    }
    HEAP.set(Some(Heap::new(|_| ())));
    let knock = || {
        on_drop(|| {
            if HEAP.with(|heap| heap.try_borrow_mut().is_err() || heap.borrow().is_none()) {
                REFUSED.set(REFUSED.get() + 1);
            }
        })
    };
    HEAP.with_borrow_mut(|heap| {
        let heap = heap.as_mut().unwrap();
        heap.mutate(|mc, _| {
            Gc::new(mc, knock());
        });
        heap.collect();
    });
    assert_eq!(REFUSED.get(), 1);
    HEAP.with_borrow_mut(|heap| {
        heap.as_mut().unwrap().mutate(|mc, _| {
            Gc::new(mc, knock());
        })
    });
    drop(HEAP.take());
    assert_eq!(REFUSED.get(), 2);
}

/// Case 22.
#[test]
fn a_slice_of_a_million_strings_is_dropped() {
    for len in [0, 1, 100, 1_000_000] {
        let shared: Rc<str> = "x".into();
        let mut heap = Heap::<GcCell<Option<Gc<'static, [Rc<str>]>>>>::new(|_| GcCell::new(None));
        heap.mutate(|mc, root| root.set(mc, Some(Gc::from_fn(mc, len, |_| shared.clone()))));
        heap.collect();
        assert_eq!(Rc::strong_count(&shared), len + 1);
        heap.mutate(|mc, root| root.set(mc, None));
        heap.collect();
        assert_eq!(Rc::strong_count(&shared), 1);
        let mut heap = Heap::<()>::new(|_| ());
        heap.mutate(|mc, _| {
            Gc::from_fn(mc, len, |n| n.to_string());
        });
        while heap.step(Duration::from_micros(1)) && len > 0 && heap.stats().destructors_run == 0 {
            heap.mutate(|mc, _| {
                Gc::from_fn(mc, 10_000, |_| 1_u64);
            });
        }
    }
}

#[derive(Trace)]
struct Link<'gc> {
    next: Option<Gc<'gc, Link<'gc>>>,
}
#[derive(Trace)]
struct Tree<'gc> {
    left: Option<Gc<'gc, Tree<'gc>>>,
    right: Option<Gc<'gc, Tree<'gc>>>,
    name: Box<u32>,
}

fn in_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(work).unwrap();
    thread.join().unwrap();
}

const MANY: u32 = if cfg!(debug_assertions) { 1_000_000 } else { 10_000_000 };

/// Case 23: two lists whose links lie side by side; when one has gone the other one is moved together.
#[test]
fn a_long_list_lives_and_moves_and_dies_in_a_small_stack() {
    type List<'gc> = Option<Gc<'gc, Link<'gc>>>;
    fn len(list: List<'_>) -> u32 {
        let (mut count, mut next) = (0, list);
        while let Some(link) = next {
            (count, next) = (count + 1, link.next);
        }
        count
    }
    in_a_small_stack(|| {
        let mut heap = Heap::<GcCell<[List<'static>; 2]>>::new(|_| GcCell::new([None; 2]));
        for _ in 0..100 {
            heap.mutate(|mc, root| {
                let mut lists = root.get();
                for _ in 0..MANY / 100 {
                    lists = lists.map(|next| Some(Gc::new(mc, Link { next })));
                }
                root.set(mc, lists);
            });
        }
        heap.collect();
        heap.mutate(|mc, root| {
            assert_eq!(root.get().map(len), [MANY; 2]);
            root.set(mc, [root.get()[0], None]);
        });
        let compacted = heap.compact();
        assert!(compacted.moved_objects > u64::from(MANY) / 4, "{compacted:?}");
        heap.mutate(|mc, root| {
            assert_eq!(len(root.get()[0]), MANY);
            root.set(mc, [None; 2]);
        });
        heap.collect();
        assert!(heap.stats().live_bytes < 1000);
    });
}

/// Case 23: deep on both sides, and with destructors; dropped with the heap.
#[test]
fn a_deep_tree_lives_and_dies_in_a_small_stack() {
    in_a_small_stack(|| {
        let mut heap = Heap::<GcCell<Option<Gc<'static, Tree<'static>>>>>::new(|_| GcCell::new(None));
        heap.mutate(|mc, root| {
            let mut tree = None;
            for n in 0..MANY / 2 {
                let leaf = Some(Gc::new(mc, Tree { left: None, right: None, name: Box::new(n) }));
                let (left, right) = if n % 3 == 0 { (tree, leaf) } else { (leaf, tree) };
                tree = Some(Gc::new(mc, Tree { left, right, name: Box::new(n) }));
            }
            root.set(mc, tree);
        });
        heap.collect();
        heap.mutate(|_, root| assert_eq!(*root.get().unwrap().name, MANY / 2 - 1));
        drop(heap);
    });
}
