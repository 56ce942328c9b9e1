use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{Entry, GcMap};
use crate::collections::redirect::redirect;
use crate::collections::set::GcSet;
use crate::{Config, Gc, GcCell, GcVec, Heap, Rebrand, Relocator, Stress, Trace, Tracer};

type Fixed = BuildHasherDefault<DefaultHasher>;
type Words = GcMap<'static, Gc<'static, str>, Gc<'static, u64>, Fixed>;

fn always_marking() -> Config {
    let stress = Stress { young: true, old_every: NonZeroU32::new(1), yields: true, poison: true, moves: true };
    Config::default().manual().stress(stress)
}

/// The message of the panic in `f`.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    payload.downcast_ref::<String>().cloned().or(payload.downcast_ref::<&str>().map(|s| s.to_string())).unwrap()
}

#[test]
fn a_map_is_what_a_hash_map_is_while_it_is_marked() {
    let mut heap = Heap::<Words>::with_config(always_marking(), |mc| GcMap::with_hasher(mc, Fixed::default()));
    let mut model = HashMap::<String, u64>::new();
    let mut random = 88172645463325252u64;
    let mut below = move |bound: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) % bound
    };
    for round in 0..6000 {
        let key = below(700).to_string();
        let n = below(1 << 30);
        heap.mutate(|mc, map| match below(12) {
            0..=5 => {
                let old = map.insert(mc, Gc::from_str(mc, &key), Gc::new(mc, n));
                assert_eq!(old.map(|n| *n), model.insert(key, n));
            }
            6..=8 => assert_eq!(map.remove(mc, key.as_str()).map(|n| *n), model.remove(&key)),
            9 => {
                if let Some(mut value) = map.get_mut(mc, key.as_str()) {
                    *value = Gc::new(mc, n);
                    model.insert(key, n);
                }
            }
            10 => {
                *map.entry(mc, Gc::from_str(mc, &key)).or_insert_with(|| Gc::new(mc, 0)) = Gc::new(mc, n);
                model.insert(key, n);
            }
            _ if round % 50 == 0 => {
                map.retain(mc, |_, n| **n % 2 == 0);
                model.retain(|_, n| *n % 2 == 0);
            }
            _ => assert_eq!(map.get(key.as_str()).map(|n| *n), model.get(&key).copied()),
        });
        match below(12) {
            0 => drop(heap.step(Duration::ZERO)),
            1 => drop(heap.step(Duration::from_secs(1))),
            2 if round % 8 == 0 => heap.collect(),
            3..=7 => heap.mutate(|mc, _| mc.state().mark_a_little()),
            _ => {}
        }
        if round % 100 == 0 {
            heap.mutate(|_, map| {
                assert_eq!(map.len(), model.len());
                assert!(map.iter().all(|(key, n)| model.get(&*key) == Some(&*n)));
                assert!(model.keys().all(|key| map.contains_key(key.as_str())));
            });
        }
    }
}

#[test]
fn an_entry_is_there_or_not() {
    let mut heap = Heap::<GcMap<'static, u32, Gc<'static, str>>>::new(|mc| GcMap::with_capacity(mc, 10));
    heap.mutate(|mc, map| {
        let text = |s: &str| Gc::from_str(mc, s);
        assert!(matches!(map.entry(mc, 1), Entry::Vacant(entry) if *entry.key() == 1));
        assert_eq!(&**map.entry(mc, 1).or_insert(text("one")), "one");
        assert_eq!(&**map.entry(mc, 1).or_insert(text("other")), "one");
        assert_eq!(&**map.entry(mc, 1).and_modify(|v| *v = text("uno")).or_insert(text("x")), "uno");
        let Entry::Occupied(mut entry) = map.entry(mc, 1) else { panic!("it is there") };
        assert_eq!((&*entry.insert(text("eins")), &**entry.get(), *entry.key()), ("uno", "eins", 1));
        assert_eq!(&*entry.remove(), "eins");
        assert!(map.is_empty() && map.capacity() >= 10);
        assert_eq!(&*map.get_or_insert_with(mc, 5, || text("five")), "five");
        assert_eq!(&*map.get_or_insert_with(mc, 5, || unreachable!()), "five");
        let other = GcMap::from_iter(mc, [(5, text("five"))]);
        assert!(*map.as_ref() == other && !(*map.as_ref()).ptr_eq(other));
        other.insert(mc, 6, text("six"));
        assert!(*map.as_ref() != other && other.keys().map(|k| k as u64).sum::<u64>() == 11);
        assert_eq!(format!("{:?}", GcMap::<u8, u8>::from_iter(mc, [(1, 2)]).borrow()), "{1: 2}");
        other.for_each_mut(mc, |key, value| *value = text(&key.to_string()));
        assert_eq!(other.get_key_value(&6).map(|(k, v)| (k, v.to_string())), Some((6, "6".to_string())));
        other.clear(mc);
        other.shrink_to_fit(mc);
        assert_eq!((other.len(), other.capacity(), other.values().count()), (0, 0, 0));
    });
}

#[test]
fn values_need_not_be_copy() {
    let mut heap = Heap::<GcMap<'static, String, Vec<u8>>>::new(|mc| GcMap::new(mc));
    heap.mutate(|mc, map| {
        for n in 0..100u8 {
            map.entry(mc, format!("{}", n % 10)).or_default().push(n);
        }
        assert_eq!(map.get_ref("3").unwrap().len(), 10);
        assert_eq!(map.borrow().values().map(Vec::len).sum::<usize>(), 100);
        assert_eq!(map.remove(mc, "3"), Some(vec![3, 13, 23, 33, 43, 53, 63, 73, 83, 93]));
    });
    heap.collect();
    heap.mutate(|_, map| assert_eq!(map.len(), 9));
}

/// A key whose `Hash` and `Eq` read the map that it is in.
#[derive(Clone, Copy)]
struct Meddler<'gc> {
    map: GcMap<'gc, Meddler<'gc>, u32, Fixed>,
    id: u32,
}
// SAFETY: visits the map.
unsafe impl<'gc> Trace<'gc> for Meddler<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.map.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.map.relocate(relocator);
    }
}
// SAFETY: the brand is that of the map.
unsafe impl Rebrand for Meddler<'_> {
    type At<'b> = Meddler<'b>;
}
impl Hash for Meddler<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.len().hash(&mut DefaultHasher::new());
        (self.id % 2).hash(state);
    }
}
impl PartialEq for Meddler<'_> {
    fn eq(&self, other: &Self) -> bool {
        assert!(self.map.iter().all(|(key, _)| key.id < 100));
        self.id == other.id
    }
}
impl Eq for Meddler<'_> {}

#[test]
fn a_key_may_read_its_map_when_it_is_hashed_or_compared() {
    let mut heap = Heap::<GcMap<'static, Meddler<'static>, u32, Fixed>>::new(|mc| GcMap::from_iter(mc, []));
    heap.mutate(|mc, root| {
        let map = *root.as_ref();
        for id in 0..50 {
            assert_eq!(map.insert(mc, Meddler { map, id }, id), None);
        }
        assert_eq!(map.get(&Meddler { map, id: 7 }), Some(7));
        *map.entry(mc, Meddler { map, id: 7 }).or_insert(0) += 1;
        assert_eq!(map.remove(mc, &Meddler { map, id: 7 }), Some(8));
        // The growth of the table calls neither, or it would panic here.
        let _value = map.entry(mc, Meddler { map, id: 7 }).or_insert(0);
    });
    heap.collect();
    heap.mutate(|_, map| assert_eq!(map.len(), 50));
}

#[test]
fn a_map_that_is_in_use_cannot_be_written() {
    let mut heap = Heap::<GcMap<'static, u32, u32>>::new(|mc| GcMap::from_iter(mc, [(1, 1), (2, 2)]));
    heap.mutate(|mc, map| {
        let mut entries = map.iter();
        assert_eq!(entries.len(), 2);
        let message = panic_of(|| assert_eq!(map.insert(mc, 3, 3), None));
        assert!(message.contains("written while it is in use"), "{message}");
        assert!(entries.next().is_some() && map.get(&1) == Some(1));
        drop(entries);

        let message = panic_of(|| map.retain(mc, |_, _| map.contains_key(&1)));
        assert!(message.contains("read while it is being written"), "{message}");
        assert!(panic_of(|| map.for_each_mut(mc, |_, _| map.clear(mc))).contains("written"));
        assert!(panic_of(|| drop(map.entry(mc, 9).or_insert_with(|| map.len() as u32))).contains("read while"));
        assert_eq!((map.len(), map.insert(mc, 3, 3)), (2, None));

        // These may.
        assert_eq!(map.get_or_insert_with(mc, 4, || map.insert(mc, 5, 55).map_or(44, |n| n)), 44);
        map.extend(mc, (10..20).inspect(|_| map.retain(mc, |n, _| *n != 10)).map(|n| (n, n)));
        assert_eq!((map.get(&5), map.get(&10), map.get(&19)), (Some(55), None, Some(19)));
    });
}

#[test]
fn a_forgotten_guard_stops_writes_and_not_the_collector() {
    let mut heap = Heap::<GcVec<'static, Words>>::new(|mc| {
        GcVec::from_iter(mc, (0..4).map(|_| GcMap::from_iter(mc, [(Gc::from_str(mc, "kept"), Gc::new(mc, 5))])))
    });
    heap.mutate(|mc, maps| {
        let map = |n| maps.get(n).unwrap();
        std::mem::forget(map(0).borrow());
        std::mem::forget(map(1).iter());
        std::mem::forget(map(2).get_mut(mc, "kept"));
        std::mem::forget(map(3).entry(mc, Gc::from_str(mc, "new")));
    });
    for _ in 0..3 {
        heap.collect_young();
        heap.collect();
    }
    heap.mutate(|mc, maps| {
        for map in maps.iter() {
            assert!(panic_of(|| map.clear(mc)).contains("written while it is in use"));
        }
        assert_eq!(maps.get(0).unwrap().get("kept").map(|n| *n), Some(5));
        assert_eq!(maps.get(1).unwrap().get("kept").map(|n| *n), Some(5));
        assert_eq!(format!("{:?}", maps.get(2).unwrap()).split_once(',').unwrap().1, " borrowed for writing)");
    });
}

#[test]
fn a_table_counts_for_the_heap_and_its_limit() {
    let config = Config::default().heap_limit(8 << 20);
    let mut heap = Heap::<GcMap<'static, u64, [u64; 6]>>::with_config(config, |mc| GcMap::new(mc));
    heap.mutate(|mc, map| {
        let error = (0..u64::MAX).find_map(|n| map.try_insert(mc, n, [n; 6]).err()).expect("the heap is limited");
        assert!(map.len() > 20_000, "{}", map.len());
        assert_eq!(error.into_inner().0, map.len() as u64);
        assert!(map.try_reserve(mc, usize::MAX / 128).is_err() && map.try_reserve(mc, usize::MAX).is_err());
        assert_eq!(map.get(&7), Some([7; 6]));
    });
    heap.collect();
    let external = heap.stats().external_bytes;
    heap.mutate(|mc, map| {
        let entry = size_of::<(u64, u64, [u64; 6])>();
        assert!((map.capacity() * entry..map.capacity() * entry * 2).contains(&external), "{external}");
        map.clear(mc);
        map.shrink_to_fit(mc);
    });
    heap.collect();
    assert_eq!(heap.stats().external_bytes, 0);
    // Removed entries are cleaned up, not charged for.
    heap.mutate(|mc, map| {
        for n in 0..1_000_000 {
            map.insert(mc, n, [n; 6]);
            map.remove(mc, &n);
        }
        assert!(map.capacity() < 100);
    });
}

#[test]
fn keys_and_values_move() {
    /// Hashing it more than once is a mistake.
    struct Once(Cell<bool>);
    // SAFETY: the type holds no pointers.
    unsafe impl<'gc> Trace<'gc> for Once {
        const NEEDS_TRACE: bool = false;
        fn trace(&self, _: &mut Tracer<'gc>) {}
        fn relocate(&mut self, _: &mut Relocator<'gc>) {}
    }
    impl Hash for Once {
        fn hash<H: Hasher>(&self, state: &mut H) {
            assert!(!self.0.replace(true));
            0.hash(state);
        }
    }
    impl PartialEq for Once {
        fn eq(&self, other: &Self) -> bool {
            core::ptr::eq(self, other)
        }
    }
    impl Eq for Once {}

    let mut heap = Heap::<()>::new(|_| ());
    heap.mutate(|mc, _| {
        let (a, b) = (Gc::new(mc, Once(Cell::new(false))), Gc::new(mc, Once(Cell::new(false))));
        let map = GcMap::<_, _>::new(mc);
        map.insert(mc, a, a);
        assert_eq!(redirect(a, b, &[map.object()]), 2);
        let (key, value) = map.iter().next().unwrap();
        assert!(key.ptr_eq(b) && value.ptr_eq(b));
        for _ in 0..100 {
            map.insert(mc, Gc::new(mc, Once(Cell::new(false))), b);
        }
        assert!(map.keys().any(|key| key.ptr_eq(b)));

        let set = GcSet::<_>::from_iter(mc, [Gc::new(mc, 1), Gc::new(mc, 2)]);
        let (one, other) = (set.get(&1).unwrap(), Gc::new(mc, 1));
        let holder = Gc::new(mc, GcCell::new(set));
        assert_eq!(redirect(one, other, &[set.object()]), 1);
        assert!(holder.get().get(&1).unwrap().ptr_eq(other));
    });
}

#[test]
fn a_set_interns() {
    let mut heap = Heap::<GcSet<'static, Gc<'static, str>>>::new(|mc| GcSet::with_capacity(mc, 4));
    heap.mutate(|mc, set| {
        for n in 0..1000 {
            let word = (n % 100).to_string();
            let interned = set.get_or_insert_with(mc, word.as_str(), || Gc::from_str(mc, &word));
            assert!(set.get(word.as_str()).unwrap().ptr_eq(interned));
        }
        let other = GcSet::from_iter(mc, set.iter());
        assert!(set.len() == 100 && *set.as_ref() == other);
        assert!(other.remove(mc, "5") && !other.remove(mc, "5") && other.take(mc, "6").is_some());
        other.retain(mc, |word| word.len() > 1);
        assert!(other.len() == 90 && *set.as_ref() != other && other.try_insert(mc, Gc::from_str(mc, "5")).unwrap());
        // One that inserts the same itself.
        let made = set.get_or_insert_with(mc, "new", || {
            set.insert(mc, Gc::from_str(mc, "new"));
            Gc::from_str(mc, "new")
        });
        assert!(made.ptr_eq(set.get("new").unwrap()));
        assert_eq!(format!("{:?}", GcSet::<u8>::from_iter(mc, [1]).borrow()), "{1}");
    });
    heap.collect();
    heap.mutate(|_, set| assert!(set.len() == 101 && set.contains("42") && !set.contains("142")));
}
