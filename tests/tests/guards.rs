//! Case 8: what is reached through guards, callbacks and the standard library's own views of a collection is written
//! behind the barrier, and no way leads around it.

#![forbid(unsafe_code)]

use std::cell::RefMut;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gc_core::{Config, Gc, GcCell, GcOnceCell, GcRefCell, Heap, Stress, Trace};

type Link<'gc> = GcCell<Option<Gc<'gc, u64>>>;

#[derive(Trace)]
struct Owner<'gc> {
    pair: GcRefCell<(Vec<Gc<'gc, u64>>, Option<Gc<'gc, u64>>)>,
    list: GcRefCell<Vec<Gc<'gc, u64>>>,
    queue: GcRefCell<VecDeque<Gc<'gc, u64>>>,
    hash: GcRefCell<HashMap<u64, Gc<'gc, u64>>>,
    tree: GcRefCell<BTreeMap<u64, Gc<'gc, u64>>>,
}

/// Every write is checked against a copy of the heap, and a mark is under way at nearly all times.
fn checked() -> Config {
    Config::default().stress(Stress::all()).verify(true)
}

#[test]
fn what_is_written_through_guards_and_callbacks_lives() {
    let mut heap = Heap::<Owner>::with_config(checked(), |_| Owner {
        pair: GcRefCell::default(),
        list: GcRefCell::default(),
        queue: GcRefCell::default(),
        hash: GcRefCell::default(),
        tree: GcRefCell::default(),
    });
    for round in 0..24_u64 {
        heap.mutate(|mc, root| {
            let new = |n| Gc::new(mc, n);
            let pair = root.write(mc, |o| &o.pair).borrow_mut();
            let (mut left, mut right) = RefMut::map_split(pair, |(left, right)| (left, right));
            left.push(new(round));
            *right = Some(new(round));
            drop((left, right));
            RefMut::map(root.write(mc, |o| &o.pair).borrow_mut(), |pair| &mut pair.0).push(new(round));

            let mut list = root.write(mc, |o| &o.list).borrow_mut();
            list.extend([new(round), new(round + 7), new(round + 3)]);
            // Allocates while the collection is borrowed and out of order.
            list.sort_by_key(|gc| std::cmp::Reverse(*new(**gc)));
            list.retain(|gc| *new(**gc) % 5 != 0);
            let half = list.len() / 2;
            let drained: Vec<_> = list.drain(half..).map(|gc| new(*gc)).collect();
            list.splice(0..0, drained);
            list.dedup_by_key(|gc| **gc);
            drop(list);

            let mut queue = root.write(mc, |o| &o.queue).borrow_mut();
            queue.push_front(new(round));
            let by = queue.len() / 3;
            queue.rotate_left(by);
            queue.make_contiguous().iter_mut().for_each(|gc| *gc = new(**gc));
            drop(queue);

            let mut hash = root.write(mc, |o| &o.hash).borrow_mut();
            hash.entry(round % 5).and_modify(|gc| *gc = new(**gc + 5)).or_insert_with(|| new(round));
            hash.values_mut().for_each(|gc| *gc = new(**gc));
            drop(hash);
            let mut tree = root.write(mc, |o| &o.tree).borrow_mut();
            *tree.entry(round % 7).or_insert_with(|| new(0)) = new(round);
            tree.retain(|_, gc| **gc + 9 > round);
        });
        heap.mutate(|_, root| {
            let pair = root.pair.borrow();
            assert!(pair.0.iter().enumerate().all(|(at, gc)| **gc == at as u64 / 2));
            assert_eq!(pair.1.as_deref(), Some(&round));
            assert!(root.list.borrow().iter().all(|gc| **gc <= round + 7 && **gc % 5 != 0));
            assert!(root.queue.borrow().iter().all(|gc| **gc <= round));
            assert!(root.hash.borrow().iter().all(|(key, gc)| **gc % 5 == *key));
            assert!(root.tree.borrow().iter().all(|(key, gc)| **gc % 7 == *key));
        });
    }
}

/// Has two cells, and a `Deref` that leads to one that lies in a box.
#[derive(Trace)]
struct Elsewhere<'gc> {
    own: Link<'gc>,
    boxed: Box<Link<'gc>>,
}

impl<'gc> Deref for Elsewhere<'gc> {
    type Target = Link<'gc>;
    fn deref(&self) -> &Link<'gc> {
        &self.boxed
    }
}

#[test]
fn a_deref_of_the_programs_own_leads_no_write_out_of_its_owner() {
    let mut heap =
        Heap::<Elsewhere>::with_config(checked(), |_| Elsewhere { own: Link::default(), boxed: Box::default() });
    heap.mutate(|mc, root| {
        let refused = catch_unwind(AssertUnwindSafe(|| {
            root.write(mc, |o| -> &Link<'_> { o }).set(Some(Gc::new(mc, 1)));
        }));
        assert!(refused.is_err());
        // Nor does one behind a trait object.
        let hidden: &dyn Deref<Target = Link<'_>> = root.as_ref();
        assert!(catch_unwind(AssertUnwindSafe(|| root.write_at(mc, &**hidden))).is_err());
        assert!(root.boxed.get().is_none());
        root.write(mc, |o| &o.own).set(Some(Gc::new(mc, 2)));
    });
    heap.collect();
    heap.mutate(|_, root| assert_eq!(root.own.get().as_deref(), Some(&2)));
}

#[derive(Trace)]
struct Knot<'gc> {
    me: GcOnceCell<Gc<'gc, Knot<'gc>>>,
    weight: Gc<'gc, u64>,
}

/// Case 26: there is no `new_cyclic`. A cycle is closed when its objects are whole.
#[test]
fn an_object_cannot_be_reached_before_it_is_whole() {
    let mut heap = Heap::<GcRefCell<Vec<Gc<Knot>>>>::with_config(checked(), |_| GcRefCell::default());
    for round in 0..10 {
        heap.mutate(|mc, root| {
            let knot = Gc::new(mc, Knot { me: GcOnceCell::new(), weight: Gc::new(mc, round) });
            assert!(knot.me.get().is_none());
            assert!(knot.write(mc, |k| &k.me).set(knot).is_ok());
            assert!(knot.write(mc, |k| &k.me).set(knot).is_err());
            // A maker that panics half-way leaves nothing that could be found.
            let half = catch_unwind(AssertUnwindSafe(|| {
                Gc::new(
                    mc,
                    Knot { me: GcOnceCell::new(), weight: if round < 99 { panic!("half-way") } else { knot.weight } },
                )
            }));
            assert!(half.is_err());
            root.borrow_mut(mc).push(knot);
        });
        heap.collect();
        heap.mutate(|_, root| {
            for (at, knot) in root.borrow().iter().enumerate() {
                assert!(knot.me.get().is_some_and(|me| me.ptr_eq(*knot)) && *knot.weight == at as u64);
            }
        });
        assert_eq!(heap.census().get(std::any::type_name::<Knot>()).map_or(0, |knots| knots.count), round + 1);
    }
}
