use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use super::{Chunk, GcVec};
use crate::collections::redirect::redirect;
use crate::stats::Event;
use crate::{Config, Gc, Heap, Stress, Trace, Tracer};

mod shapes;

/// Elements of `N` words, all of which point to the same number.
type Words<'gc, const N: usize> = [Gc<'gc, u64>; N];
type Numbers<const N: usize> = GcVec<'static, Words<'static, N>>;

/// A heap that collects when told to, and the numbers that its vector should hold.
struct Pair<const N: usize> {
    heap: Heap<Numbers<N>>,
    model: Vec<u64>,
    marking: Rc<Cell<bool>>,
}

impl<const N: usize> Pair<N> {
    const LEN: usize = Chunk::<'static, Words<'static, N>>::LEN;

    fn new(stress: Stress) -> Self {
        let mut heap = Heap::with_config(Config::default().manual().stress(stress), |mc| GcVec::new(mc));
        let marking = Rc::new(Cell::new(false));
        let flag = marking.clone();
        heap.set_listener(Some(Box::new(move |event: &Event<'_>| match event {
            Event::OldStarted { .. } => flag.set(true),
            Event::MarkFinished { .. } | Event::Abandoned => flag.set(false),
            _ => {}
        })));
        Self { heap, model: Vec::new(), marking }
    }

    /// With poison, and an old cycle whenever none is under way.
    fn always_marking() -> Self {
        Self::new(Stress { young: true, old_every: NonZeroU32::new(1), yields: true, poison: true, moves: true })
    }

    fn of_len(mut self, len: usize) -> Self {
        self.model.extend(0..len as u64);
        self.heap.mutate(|mc, vec| vec.extend(mc, (0..len as u64).map(|n| [Gc::new(mc, n); N])));
        self
    }

    /// Starts a mark.
    fn start_marking(&mut self) {
        self.heap.collect();
        for _ in 0..8 {
            if self.marking.get() {
                return;
            }
            self.heap.step(Duration::ZERO);
        }
        assert!(!self.starts_marks());
    }

    /// False if the environment has said so.
    fn starts_marks(&self) -> bool {
        self.heap.config().stress.old_every.is_some()
    }

    fn finish_marking(&mut self) {
        for _ in 0..1000 {
            if !self.marking.get() {
                return;
            }
            self.heap.step(Duration::from_secs(1));
        }
        panic!("the mark does not end");
    }

    fn mark_a_little(&mut self) {
        self.heap.mutate(|mc, _| mc.state().mark_a_little());
    }

    fn check(&mut self) {
        let model = &self.model;
        self.heap.mutate(|_, vec| {
            assert_eq!(vec.len(), model.len());
            for (index, expected) in model.iter().enumerate() {
                assert!(vec.get(index).is_some_and(|words| words.iter().all(|word| **word == *expected)), "at {index}");
            }
            assert!(vec.get(model.len()).is_none());
        });
    }

    /// Does the same to both.
    fn apply(&mut self, operation: Operation) {
        let model = &mut self.model;
        self.heap.mutate(|mc, vec| {
            let fresh = |n: u64| [Gc::new(mc, n); N];
            match operation {
                Operation::Push(n) => {
                    vec.push(mc, fresh(n));
                    model.push(n);
                }
                Operation::Pop => assert_eq!(vec.pop(mc).map(|words| *words[0]), model.pop()),
                Operation::Set(index, n) => {
                    if let Some(slot) = model.get_mut(index) {
                        *slot = n;
                        vec.set(mc, index, fresh(n));
                    }
                }
                Operation::Truncate(len) => {
                    vec.truncate(mc, len);
                    model.truncate(len);
                }
                Operation::Clear => {
                    vec.clear(mc);
                    model.clear();
                }
                Operation::Extend(count) => {
                    let values: Vec<_> = (0..count as u64).map(fresh).collect();
                    vec.extend_from_slice(mc, &values);
                    model.extend(0..count as u64);
                }
                Operation::Insert(index, n) => {
                    let index = index.min(model.len());
                    vec.insert(mc, index, fresh(n));
                    model.insert(index, n);
                }
                Operation::Remove(index) => {
                    if index < model.len() {
                        assert_eq!(*vec.remove(mc, index)[0], model.remove(index));
                    }
                }
                Operation::SwapRemove(index) => {
                    if index < model.len() {
                        assert_eq!(*vec.swap_remove(mc, index)[0], model.swap_remove(index));
                    }
                }
                Operation::Resize(len, n) => {
                    vec.resize(mc, len, fresh(n));
                    model.resize(len, n);
                }
                Operation::Fill(n) => {
                    vec.fill(mc, fresh(n));
                    model.fill(n);
                }
                Operation::Retain => {
                    vec.retain(mc, |words| *words[0] % 3 != 0);
                    model.retain(|n| n % 3 != 0);
                }
                Operation::Reverse => {
                    vec.reverse(mc);
                    model.reverse();
                }
                Operation::Sort => {
                    vec.sort_by(mc, |a, b| a[0].cmp(&b[0]));
                    model.sort();
                }
                Operation::Shrink => vec.shrink_to_fit(mc),
            }
        });
    }
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Push(u64),
    Pop,
    Set(usize, u64),
    Truncate(usize),
    Clear,
    Extend(usize),
    Insert(usize, u64),
    Remove(usize),
    SwapRemove(usize),
    Resize(usize, u64),
    Fill(u64),
    Retain,
    Reverse,
    Sort,
    Shrink,
}

/// Each way to change a vector, once at each boundary, after a mark has started and before it has
/// reached all chunks.
fn change_at_boundaries<const N: usize>() {
    let chunk = Pair::<N>::LEN;
    let mut lengths = vec![1, 2];
    for boundary in [chunk, 2 * chunk, 7 * chunk, 8 * chunk, 9 * chunk] {
        lengths.extend([boundary - 1, boundary, boundary + 1]);
    }
    for len in lengths {
        let last = len - 1;
        for operations in [
            [Operation::Set(last, 7000), Operation::Set(0, 7001)],
            [Operation::Pop, Operation::Push(7002)],
            [Operation::Pop, Operation::Pop],
            [Operation::Push(7003), Operation::Push(7004)],
            [Operation::Clear, Operation::Push(7005)],
            [Operation::Truncate(last), Operation::Extend(chunk + 1)],
            [Operation::Truncate(chunk), Operation::Push(7006)],
            [Operation::Remove(0), Operation::Insert(0, 7007)],
            [Operation::Extend(3 * chunk), Operation::Clear],
            [Operation::Shrink, Operation::Push(7008)],
        ] {
            for slices in 0..3 {
                let mut pair = Pair::<N>::always_marking().of_len(len);
                pair.start_marking();
                (0..slices).for_each(|_| pair.mark_a_little());
                for operation in operations {
                    pair.apply(operation);
                    pair.mark_a_little();
                    pair.heap.step(Duration::ZERO);
                    pair.check();
                }
                pair.finish_marking();
                pair.check();
                pair.heap.collect();
                pair.check();
            }
        }
    }
}

#[test]
fn a_vector_of_8_byte_elements_can_be_changed_while_it_is_marked() {
    change_at_boundaries::<1>();
}

#[test]
fn a_vector_of_16_byte_elements_can_be_changed_while_it_is_marked() {
    change_at_boundaries::<2>();
}

#[test]
fn a_vector_of_24_byte_elements_can_be_changed_while_it_is_marked() {
    change_at_boundaries::<3>();
}

#[test]
fn a_vector_of_40_byte_elements_can_be_changed_while_it_is_marked() {
    change_at_boundaries::<5>();
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % bound.max(1)
    }

    fn operation(&mut self, len: usize, chunk: usize) -> Operation {
        let n = self.below(1 << 20) as u64;
        match self.below(64) {
            0 => Operation::Clear,
            1 => Operation::Truncate(self.below(len + 1)),
            2 | 3 => Operation::Extend(self.below(4 * chunk)),
            4..=6 => Operation::Insert(self.below(len + 1), n),
            7..=9 => Operation::Remove(self.below(len)),
            10..=12 => Operation::SwapRemove(self.below(len)),
            13 => Operation::Resize(self.below(len + chunk), n),
            14 => Operation::Fill(n),
            15 => Operation::Retain,
            16 => Operation::Reverse,
            17 => Operation::Sort,
            18 => Operation::Shrink,
            19..=29 => Operation::Pop,
            30..=44 => Operation::Set(self.below(len), n),
            _ => Operation::Push(n),
        }
    }
}

fn change_at_random<const N: usize>(seed: u64) {
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut pair = Pair::<N>::always_marking();
    let mut changed_while_marking = 0;
    for round in 0..2500 {
        let operation = random.operation(pair.model.len(), Pair::<N>::LEN);
        changed_while_marking += u32::from(pair.marking.get());
        pair.apply(operation);
        match random.below(16) {
            0 => drop(pair.heap.step(Duration::ZERO)),
            1 => drop(pair.heap.step(Duration::from_secs(1))),
            2 => pair.start_marking(),
            3..=9 => pair.mark_a_little(),
            _ => {}
        }
        if round % 16 == 0 {
            pair.check();
        }
    }
    assert!(changed_while_marking > 500 || !pair.starts_marks(), "{changed_while_marking}");
    pair.check();
    pair.heap.collect();
    pair.check();
}

#[test]
fn a_vector_is_what_a_vec_is() {
    for seed in 1..=4 {
        change_at_random::<1>(seed);
        change_at_random::<2>(seed * 1000);
        change_at_random::<3>(seed * 1_000_003);
        change_at_random::<5>(seed * 77_777);
    }
}

#[test]
fn a_vector_grows_from_level_to_level_and_back() {
    // 40-byte elements: 16 a chunk, 8,192 a page.
    let mut pair = Pair::<5>::new(Stress::none()).of_len(3 * 512 * 16 + 5);
    pair.heap.collect();
    pair.check();
    for len in [2 * 512 * 16 + 1, 2 * 512 * 16, 512 * 16 + 1, 512 * 16, 512 * 16 - 1, 100, 17, 16, 1, 0] {
        pair.apply(Operation::Truncate(len));
        pair.check();
        pair.apply(Operation::Extend(70));
        pair.heap.collect();
        pair.check();
        pair.apply(Operation::Truncate(len));
    }
    // A list of pages that has to grow.
    pair.apply(Operation::Extend(10 * 512 * 16));
    pair.heap.collect();
    pair.check();
}

#[test]
fn what_is_popped_is_garbage() {
    struct Counted(Rc<Cell<u32>>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    // SAFETY: the type is `'static` and holds no pointers.
    unsafe impl<'gc> Trace<'gc> for Counted {
        fn trace(&self, _: &mut Tracer<'gc>) {}
        fn relocate(&mut self, _: &mut crate::Relocator<'gc>) {}
    }
    // SAFETY: the type has no brand.
    unsafe impl crate::Rebrand for Counted {
        type At<'b> = Counted;
    }

    let dropped = Rc::new(Cell::new(0));
    let mut heap = Heap::<GcVec<'static, Gc<'static, Counted>>>::new(|mc| GcVec::new(mc));
    heap.mutate(|mc, vec| vec.extend(mc, (0..1000).map(|_| Gc::new(mc, Counted(dropped.clone())))));
    heap.collect();
    heap.mutate(|mc, vec| (0..300).for_each(|_| assert!(vec.pop(mc).is_some())));
    heap.collect();
    assert_eq!(dropped.get(), 300);
    heap.mutate(|mc, vec| vec.truncate(mc, 100));
    heap.collect();
    assert_eq!(dropped.get(), 900);
    heap.mutate(|mc, vec| vec.clear(mc));
    heap.collect();
    assert_eq!(dropped.get(), 1000);
}
