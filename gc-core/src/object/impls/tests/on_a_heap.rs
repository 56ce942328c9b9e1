//! Containers as the roots of real heaps: what they hold survives every collection, whole.

use core::cell::Cell;
use core::ops::ControlFlow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hash::RandomState;
use std::rc::Rc;

use crate::{Gc, GcRefCell, Heap, Mutation, Rebrand, Static};

type Number<'gc> = Gc<'gc, u64>;

/// Makes numbers from 0 on, on a heap.
struct Numbers<'gc>(&'gc Mutation<'gc>, Cell<u64>);

impl<'gc> Numbers<'gc> {
    fn next(&self) -> Number<'gc> {
        let number = self.1.get();
        self.1.set(number + 1);
        Gc::new(self.0, number)
    }
}

/// Makes a heap whose root is what `build` builds, collects, reuses the memory of all that is dead,
/// and looks whether `read` still gives the numbers that were put in.
fn survives<R: Rebrand + 'static>(
    build: impl for<'gc> FnOnce(&Numbers<'gc>) -> R::At<'gc>,
    read: impl for<'gc> Fn(&R::At<'gc>) -> Vec<u64>,
) {
    let count = Cell::new(0);
    let mut heap = Heap::<R>::new(|mc| {
        let numbers = Numbers(mc, Cell::new(0));
        let root = build(&numbers);
        count.set(numbers.1.get());
        root
    });
    let expected: Vec<u64> = (0..count.get()).collect();
    assert!(expected.len() > 1);
    for round in 0..3 {
        heap.mutate(|mc, _| (0..10_000).for_each(|_| _ = Gc::new(mc, u64::MAX)));
        if round == 0 {
            heap.collect_young()
        } else {
            heap.collect()
        }
        let mut found = heap.mutate(|_, root| read(&root));
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

fn numbers<'a, 'gc: 'a>(all: impl IntoIterator<Item = &'a Number<'gc>>) -> Vec<u64> {
    all.into_iter().map(|number| **number).collect()
}

type N = Number<'static>;

#[test]
fn sequences_survive() {
    survives::<Vec<N>>(|n| vec![n.next(), n.next(), n.next()], |all| numbers(all));
    survives::<VecDeque<N>>(|n| VecDeque::from([n.next(), n.next()]), |all| numbers(all));
    survives::<LinkedList<N>>(|n| LinkedList::from([n.next(), n.next()]), |all| numbers(all));
    survives::<Box<[N]>>(|n| Box::from([n.next(), n.next()]), |all| numbers(all));
    survives::<[N; 2]>(|n| [n.next(), n.next()], |all| numbers(all));
    survives::<GcRefCell<Vec<N>>>(|n| GcRefCell::new(vec![n.next(), n.next()]), |all| numbers(&*all.borrow()));
}

#[test]
fn parts_survive() {
    survives::<(N, u8, N)>(|n| (n.next(), 0, n.next()), |all| numbers([&all.0, &all.2]));
    survives::<Option<(N, N)>>(
        |n| Some((n.next(), n.next())),
        |all| all.iter().flat_map(|all| [*all.0, *all.1]).collect(),
    );
    survives::<[Result<N, N>; 2]>(
        |n| [Ok(n.next()), Err(n.next())],
        |all| numbers(all.iter().map(|one| one.as_ref().unwrap_or_else(|error| error))),
    );
    survives::<core::ops::RangeInclusive<N>>(|n| n.next()..=n.next(), |all| numbers([all.start(), all.end()]));
    survives::<(ControlFlow<N>, N)>(
        |n| (ControlFlow::Break(n.next()), n.next()),
        |all| numbers(all.0.break_value().as_ref().into_iter().chain([&all.1])),
    );
}

#[test]
fn keys_and_values_survive() {
    survives::<HashMap<N, N>>(|n| HashMap::from([(n.next(), n.next())]), |all| numbers(all.keys().chain(all.values())));
    survives::<BTreeMap<N, N>>(
        |n| (0..100).map(|_| (n.next(), n.next())).collect(),
        |all| numbers(all.keys().chain(all.values())),
    );
    survives::<HashSet<N>>(|n| (0..100).map(|_| n.next()).collect(), |all| numbers(all));
    survives::<BTreeSet<N>>(|n| (0..100).map(|_| n.next()).collect(), |all| numbers(all));
    survives::<BinaryHeap<N>>(|n| (0..100).map(|_| n.next()).collect(), |all| numbers(all));
}

#[test]
fn other_crates_containers_survive() {
    #[cfg(feature = "arrayvec")]
    survives::<arrayvec::ArrayVec<N, 4>>(|n| [n.next(), n.next()].into_iter().collect(), |all| numbers(all));
    #[cfg(feature = "smallvec")]
    survives::<smallvec::SmallVec<[N; 2]>>(|n| (0..3).map(|_| n.next()).collect(), |all| numbers(all));
    #[cfg(feature = "either")]
    survives::<[either::Either<N, N>; 2]>(
        |n| [either::Either::Left(n.next()), either::Either::Right(n.next())],
        |all| numbers(all.iter().map(|one| one.as_ref().into_inner())),
    );
    #[cfg(feature = "hashbrown")]
    survives::<hashbrown::HashMap<N, N, RandomState>>(
        |n| [(n.next(), n.next())].into_iter().collect(),
        |all| numbers(all.keys().chain(all.values())),
    );
    #[cfg(feature = "indexmap")]
    survives::<indexmap::IndexMap<N, N, RandomState>>(
        |n| [(n.next(), n.next())].into_iter().collect(),
        |all| numbers(all.keys().chain(all.values())),
    );
    #[cfg(feature = "slotmap")]
    survives::<slotmap::SlotMap<slotmap::DefaultKey, N>>(
        |n| {
            let mut map = slotmap::SlotMap::new();
            map.insert(n.next());
            map.insert(n.next());
            map
        },
        |all| numbers(all.values()),
    );
    survives::<HashMap<u8, N, RandomState>>(
        |n| HashMap::from_iter([(0, n.next()), (1, n.next())]),
        |all| numbers(all.values()),
    );
}

#[test]
fn a_static_value_is_dropped_once_when_its_object_dies() {
    let witness = Rc::new(());
    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| _ = Gc::new(mc, (Static(witness.clone()), Rc::clone(&witness))));
    // Under stress the object is gone already.
    assert!(Rc::strong_count(&witness) == 3 || heap.config().stress.is_on());
    heap.collect();
    assert_eq!(Rc::strong_count(&witness), 1);
}
