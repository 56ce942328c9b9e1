//! The collector: whatever the program does, in whatever phase, what it can reach is there.

#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use gc_core::stats::Event;
use gc_core::{Config, Gc, GcCell, GcRefCell, Heap, Mutation, OutOfMemory, Root, Static, Stress, Trace, Weak};

#[derive(Trace)]
struct Node<'gc> {
    number: u64,
    next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    text: String,
}

fn node<'gc>(mc: &Mutation<'gc>, number: u64, next: Option<Gc<'gc, Node<'gc>>>) -> Gc<'gc, Node<'gc>> {
    Gc::new(mc, Node { number, next: GcCell::new(next), text: number.to_string() })
}

#[derive(Trace)]
struct World<'gc> {
    lists: Vec<GcCell<Option<Gc<'gc, Node<'gc>>>>>,
    weak: GcRefCell<Vec<Weak<'gc, Node<'gc>>>>,
    large: GcCell<Option<Gc<'gc, [GcCell<Option<Gc<'gc, Node<'gc>>>>]>>>,
}

fn world<'gc>() -> World<'gc> {
    World { lists: (0..8).map(|_| GcCell::default()).collect(), weak: GcRefCell::default(), large: GcCell::default() }
}

fn check<'gc>(mut list: Option<Gc<'gc, Node<'gc>>>) -> usize {
    let mut count = 0;
    let mut last = u64::MAX;
    while let Some(node) = list {
        assert!(node.number < last && node.text == node.number.to_string());
        last = node.number;
        list = node.next.get();
        count += 1;
    }
    count
}

/// Case 28: every operation in every phase. Each safepoint does one phase, and a young collection first.
#[test]
fn every_operation_works_in_every_phase() {
    let mut stress = Stress::all();
    for (every, young, yields) in [(1, true, true), (2, false, true), (3, true, false), (7, false, false)] {
        stress.old_every = std::num::NonZeroU32::new(every);
        stress.young = young;
        stress.yields = yields;
        let config = Config::default().stress(stress).nursery(16 << 10, 64 << 10);
        let mut heap = Heap::<World>::with_config(config, |_| world());
        let mut roots: Vec<Root<Node<'static>>> = Vec::new();
        let mut random = 12345_u64;
        let mut expected = [0_usize; 8];
        for round in 0..1500_u64 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let dice = random >> 33;
            heap.mutate(|mc, root| {
                let which = (dice % 8) as usize;
                let list = &root.lists[which];
                match dice / 8 % 9 {
                    0 | 1 => {
                        let new = node(mc, round, list.get());
                        root.write(mc, |w| &w.lists).slice().at(which).set(Some(new));
                        expected[which] += 1;
                    }
                    2 => {
                        root.write(mc, |w| &w.lists).slice().at(which).set(None);
                        expected[which] = 0;
                    }
                    3 => {
                        if let Some(node) = list.get() {
                            root.write(mc, |w| &w.weak).borrow_mut().push(node.downgrade());
                        }
                    }
                    4 => root
                        .write(mc, |w| &w.weak)
                        .borrow_mut()
                        .retain(|weak| weak.upgrade(mc).inspect(|n| assert!(check(Some(*n)) > 0)).is_some()),
                    5 => {
                        if let Some(node) = list.get() {
                            roots.push(node.root(mc));
                        }
                    }
                    6 => {
                        if !roots.is_empty() {
                            roots.swap_remove((dice / 80) as usize % roots.len());
                        }
                        if let (Some(kept), Some(node)) = (roots.first(), list.get()) {
                            kept.set(mc, node);
                        }
                    }
                    7 => {
                        let large = Gc::from_fn(mc, 1500 + (dice / 80) as usize % 1000, |_| GcCell::new(list.get()));
                        root.write(mc, |w| &w.large).set(Some(large));
                    }
                    _ => {
                        if let Some(large) = root.large.get() {
                            let place = (dice / 80) as usize % large.len();
                            large.write(mc, |large| large).at(place).set(Some(node(mc, round, None)));
                        }
                    }
                }
                for n in 0..50 {
                    node(mc, n, None);
                }
            });
            if round % 10 == 0 {
                heap.mutate(|mc, root| {
                    for (list, expected) in root.lists.iter().zip(expected) {
                        assert_eq!(check(list.get()), expected);
                    }
                    roots.iter().for_each(|kept| assert!(check(Some(kept.get(mc))) > 0));
                    root.large.get().iter().flat_map(|large| large.iter()).for_each(|cell| {
                        check(cell.get());
                    });
                });
            }
            if round % 400 == 399 {
                heap.collect();
            }
        }
        assert!(heap.stats().old_collections > 3);
    }
}

/// Case 27.
#[test]
fn what_panics_in_a_mutation_leaves_the_heap_usable() {
    struct Rude;
    impl PartialEq for Rude {
        fn eq(&self, _: &Self) -> bool {
            panic!("eq")
        }
    }
    impl PartialOrd for Rude {
        fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
            panic!("cmp")
        }
    }
    impl std::hash::Hash for Rude {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {
            panic!("hash")
        }
    }
    impl Default for Rude {
        fn default() -> Self {
            panic!("default")
        }
    }
    impl std::fmt::Display for Rude {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("fmt")
        }
    }
    let mut heap = Heap::<World>::with_config(Config::default().stress(Stress::all()), |_| world());
    for round in 0..9 {
        let result = catch_unwind(AssertUnwindSafe(|| {
            heap.mutate(|mc, root| {
                let list = node(mc, round, root.lists[0].get());
                root.write(mc, |w| &w.lists).slice().at(0).set(Some(list));
                let rude = Gc::new(mc, Static(Rude));
                match round {
                    0 => assert!(rude == rude),
                    1 => assert!(rude < rude),
                    2 => std::hash::Hash::hash(&rude, &mut std::hash::DefaultHasher::new()),
                    3 => drop(Gc::new(mc, <Static<Rude>>::default())),
                    4 => drop(rude.to_string()),
                    5 => drop(Gc::from_fn(mc, 5, |n| if n == 3 { panic!("element") } else { n })),
                    6 => drop(Gc::new(mc, GcCell::new(Some(1))).write(mc, |c| c).update(|_| panic!("update"))),
                    7 => drop(root.write(mc, |_| -> &GcCell<u8> { panic!("field") })),
                    _ => panic!("closure"),
                }
            });
        }));
        assert!(result.is_err());
        heap.mutate(|_, root| assert_eq!(check(root.lists[0].get()) as u64, round + 1));
        heap.collect();
    }
}

/// Case 27.
#[test]
fn a_listener_may_panic_and_drop_roots() {
    let mut heap = Heap::<World>::with_config(Config::default().stress(Stress::all()), |_| world());
    let roots: Rc<RefCell<Vec<Root<Node<'static>>>>> = Rc::default();
    let events = Rc::new(Cell::new(0_u32));
    let (theirs, counted) = (roots.clone(), events.clone());
    heap.set_listener(Some(Box::new(move |event| {
        counted.set(counted.get() + 1);
        theirs.borrow_mut().pop();
        assert!(
            !(counted.get().is_multiple_of(5) || matches!(event, Event::LimitReached { .. })),
            "the listener panics"
        );
    })));
    let mut panics = 0;
    for round in 0..300 {
        panics += u32::from(
            catch_unwind(AssertUnwindSafe(|| {
                heap.mutate(|mc, root| {
                    for n in 0..10 {
                        roots.borrow_mut().push(node(mc, n, None).root(mc));
                    }
                    let list = node(mc, round, root.lists[0].get());
                    root.write(mc, |w| &w.lists).slice().at(0).set(Some(list));
                    Gc::new(mc, [0_u64; 4000]);
                });
            }))
            .is_err(),
        );
        heap.mutate_quietly(|root| assert_eq!(check(root.lists[0].get()) as u64, round + 1));
    }
    assert!(panics > 10 && events.get() > 500);
    heap.set_listener(None);
    heap.collect();
    let kept = roots.borrow().len();
    heap.mutate(|mc, _| roots.borrow().iter().for_each(|root| assert!(root.get(mc).number < 10)));
    assert!(kept < 3000);
}

trait Quietly {
    fn mutate_quietly(&mut self, look: impl for<'gc> Fn(Gc<'gc, World<'gc>>));
}
impl Quietly for Heap<World<'static>> {
    /// A panic of the listener at the safepoint is not what the caller asks about.
    fn mutate_quietly(&mut self, look: impl for<'gc> Fn(Gc<'gc, World<'gc>>)) {
        let seen = Cell::new(false);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.mutate(|_, root| {
                look(root);
                seen.set(true);
            });
        }));
        assert!(seen.get());
    }
}

/// Case 31.
#[test]
fn a_full_heap_gives_the_value_back_and_goes_on() {
    for limit in [64 << 10, 1 << 20, 64 << 20] {
        for large in [false, true] {
            let config = Config::default().heap_limit(limit);
            let mut heap =
                Heap::<GcRefCell<Vec<Gc<'static, Node<'static>>>>>::with_config(config, |_| GcRefCell::default());
            let mut counts = Vec::new();
            for _ in 0..3 {
                let count = heap.mutate(|mc, root| {
                    let mut kept = Vec::new();
                    let error = loop {
                        if large
                            && kept.len() % 50 == 0
                            && Gc::try_from_slice(mc, &[1_u64; 2000]).is_err()
                            && limit > 64 << 10
                        {
                            break Gc::try_from_slice(mc, &[1_u64; 2000]).unwrap_err();
                        }
                        let number = kept.len() as u64;
                        match Gc::try_new(mc, Node { number, next: GcCell::default(), text: String::new() }) {
                            Ok(node) => kept.push(node),
                            Err(error) => {
                                let (node, reason) = error.into_parts();
                                assert_eq!(node.number, number);
                                break reason;
                            }
                        }
                    };
                    let OutOfMemory::HeapLimit { limit: told, .. } = error else { panic!("{error}") };
                    assert_eq!(told, limit);
                    assert!(mc.should_yield());
                    let count = kept.len();
                    *root.borrow_mut(mc) = kept;
                    count
                });
                heap.mutate(|mc, root| {
                    assert!(root.borrow().iter().enumerate().all(|(n, node)| node.number == n as u64));
                    assert!(Gc::try_from_slice(mc, &vec![0_u8; limit]).is_err());
                    root.borrow_mut(mc).clear();
                });
                heap.collect();
                counts.push(count);
            }
            assert!(counts[0] > 100 || large, "{counts:?}");
            assert!(counts[2] * 3 >= counts[0] * 2, "less and less fits: {counts:?} of {limit}");
        }
    }
}

/// Case 31: a program that keeps little runs below its limit for ever, without being told.
#[test]
fn a_small_program_lives_below_a_small_limit() {
    let config = Config::default().heap_limit(1 << 20);
    let mut heap = Heap::<World>::with_config(config, |_| world());
    for round in 0..20_000 {
        heap.mutate(|mc, root| {
            for n in 0..20 {
                let list = if n == 0 && round % 100 != 0 { root.lists[0].get() } else { None };
                if n == 0 {
                    let list = node(mc, round, list);
                    root.write(mc, |w| &w.lists).slice().at(0).set(Some(list));
                } else {
                    node(mc, n, None);
                }
            }
        });
    }
    assert!(heap.stats().reserved_bytes <= 16 << 20);
}

/// Case 31: what objects own outside counts.
#[test]
fn the_limit_includes_what_lies_outside() {
    let mut heap = Heap::<()>::with_config(Config::default().heap_limit(1 << 20), |_| ());
    heap.mutate(|mc, _| {
        let error = Gc::try_new(mc, vec![0_u8; 2 << 20]).unwrap_err();
        assert_eq!(error.into_inner().len(), 2 << 20);
        let charge = mc.external(2 << 20);
        assert!(Gc::try_new(mc, vec![0_u8; 10]).is_err());
        drop(charge);
        assert!(Gc::try_new(mc, vec![0_u8; 10]).is_ok());
    });
    for _ in 0..100 {
        heap.mutate(|mc, _| {
            Gc::new(mc, vec![0_u8; 300 << 10]);
        });
    }
}

/// Case 32.
#[test]
fn an_integer_that_looks_like_a_pointer_keeps_nothing_alive() {
    #[derive(Trace)]
    struct Numbers<'gc> {
        addresses: GcRefCell<Vec<usize>>,
        weak: GcRefCell<Vec<Weak<'gc, Node<'gc>>>>,
    }
    let mut heap = Heap::<Numbers>::new(|_| Numbers { addresses: GcRefCell::default(), weak: GcRefCell::default() });
    let addresses = heap.mutate(|mc, root| {
        for n in 0..1000 {
            let node = node(mc, n, None);
            root.write(mc, |r| &r.addresses).borrow_mut().push(node.as_ptr().addr());
            root.write(mc, |r| &r.weak).borrow_mut().push(node.downgrade());
        }
        root.addresses.borrow().clone()
    });
    heap.collect();
    heap.mutate(|mc, root| {
        assert_eq!(*root.addresses.borrow(), addresses);
        assert!(root.weak.borrow().iter().all(|weak| weak.upgrade(mc).is_none()));
    });
}

/// Extremes of every number that a program may choose.
#[test]
fn extreme_configurations_collect_as_well() {
    let configs = [
        Config::default().nursery(1, 1),
        Config::default().nursery(usize::MAX, usize::MAX),
        Config::default().headroom(0).pauses_kept(0),
        Config::default().headroom(usize::MAX).retain_free(usize::MAX),
        Config::default().pause_target(Duration::from_nanos(1)),
        Config::default().pause_target(Duration::MAX),
        Config::default().heap_limit(usize::MAX),
        Config::default().retain_free(0).prepare_memory(false).huge_pages(false),
        Config::default().mark_while_allocating(false).headroom(1),
    ];
    for config in configs {
        let shown = format!("{config:?}");
        let mut heap = Heap::<World>::with_config(config, |_| world());
        for round in 0..100 {
            heap.mutate(|mc, root| {
                for n in 0..1000 {
                    node(mc, n, None);
                }
                let list = node(mc, round, root.lists[0].get());
                root.write(mc, |w| &w.lists).slice().at(0).set(Some(list));
            });
            heap.step(Duration::from_micros(if round % 2 == 0 { 0 } else { 100 }));
        }
        heap.collect();
        heap.mutate(|_, root| assert_eq!(check(root.lists[0].get()), 100, "{shown}"));
    }
    let mut none = Config::default().heap_limit(0);
    none = none.manual();
    assert!(catch_unwind(|| Heap::<()>::with_config(none, |_| ())).is_err(), "no root fits into nothing");
}
