//! Random programs, phase by phase: everything that can come between two steps of a cycle does.
//!
//! The heap checks itself after every phase; what is checked here is that a weak pointer gives its target
//! as long as a root holds it, that tables with weak keys and guardians have what they should have
//! (`faint.rs`), and that in the end nothing is left that cannot be reached. Each failure
//! names its seed: `GC_SEED=17 cargo test random_programs` runs that one alone, `GC_SEEDS=1000` more than usual.

use std::num::NonZeroU32;
use std::panic::catch_unwind;
use std::time::Duration;

use super::super::drive::{Mortal, Node, checked, destroyed};
use super::faint::Expected;
use crate::collector::Stage;
use crate::memory::geometry::BLOCK;
use crate::object::worklist::refusal;
use crate::{Gc, GcCell, Heap, Mutation, Rebrand, Root, Stress};

/// xorshift64*: Vigna, *An experimental exploration of Marsaglia's xorshift generators*, 2016.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

struct Program {
    heap: Heap<Node<'static>>,
    roots: Vec<Root<Node<'static>>>,
    random: Random,
    next_id: u32,
    mortals: u32,
    expected: Expected,
}

pub(super) type Stack<'gc> = Vec<Gc<'gc, Node<'gc>>>;

impl Program {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut config = checked().mark_while_allocating(random.one_in(2));
        // Some heaps do their own work as well, at the end of each mutation.
        config.manual = !random.one_in(3);
        if random.one_in(2) {
            config = config.heap_limit((4 + random.below(8)) * BLOCK);
        }
        let stress = Stress {
            young: random.one_in(2),
            old_every: NonZeroU32::new(random.below(4) as u32),
            yields: random.one_in(2),
            poison: true,
            moves: random.one_in(3),
        };
        let heap = Heap::with_config(config.stress(stress), |_| Node::value(0));
        Self { heap, roots: Vec::new(), random, next_id: 1, mortals: 0, expected: Expected::default() }
    }

    fn run(mut self, rounds: usize) {
        destroyed();
        // Some have stacks that refuse what is pushed, now and then or nearly always.
        let one_in = if self.random.one_in(2) { 0 } else { 1 + self.random.below(20) as u32 };
        refusal::start(one_in);
        for _ in 0..rounds {
            self.mutate();
            self.safepoint();
        }
        self.roots.clear();
        self.heap.collect();
        self.heap.collect();
        let (live, census) = (self.heap.stats().live_bytes as u64, self.heap.census());
        assert_eq!(live, census.bytes(), "live bytes by count, and\n{census}");
        refusal::start(0);
        drop(self.heap);
        assert_eq!(destroyed(), Vec::from_iter(0..self.mortals), "each destructor ran once");
    }

    fn mutate(&mut self) {
        let Self { heap, roots, random, next_id, mortals, expected } = self;
        heap.mutate(|mc, root| {
            let mut stack: Stack<'_> = vec![root];
            for _ in 0..random.below(30) {
                if random.one_in(4) {
                    expected.operate(mc, &mut stack, random);
                } else {
                    operate(mc, root, &mut stack, roots, random, next_id, mortals);
                }
                if stack.len() > 12 {
                    stack.drain(..4);
                }
            }
        });
    }

    fn safepoint(&mut self) {
        let Self { heap, random, next_id, .. } = self;
        if !self.roots.is_empty() && random.one_in(3) {
            let index = random.below(self.roots.len());
            self.roots.swap_remove(index);
        }
        let work = random.below(24);
        let small = random.one_in(2);
        if !random.one_in(8) {
            return phase(heap, work, small);
        }
        // A `trace` panics, perhaps.
        let id = if random.one_in(8) { 0 } else { next_id.saturating_sub(1 + random.below(30) as u32) };
        heap.with_fault(id, |heap| phase(heap, work, small));
    }
}

/// Does something that can be done in the heap's stage.
pub(super) fn phase<R: Rebrand + 'static>(heap: &mut Heap<R>, work: usize, small: bool) {
    let interrupted = heap.drive(|collector, _, _| collector.marker.is_interrupted());
    match (work, heap.stage()) {
        (0..4, _) => heap.young(),
        (4..7, Stage::Idle) => heap.start_mark(),
        (4..10, Stage::Marking) if interrupted => heap.abandon_mark(),
        (4..8, Stage::Marking) => drop(heap.mark_some()),
        (8, Stage::Marking) if small => heap.mark_or_ask(),
        (8..10, Stage::Marking) => heap.finish_mark(),
        (10, Stage::Marking) if small => heap.abandon_mark(),
        (4..8, Stage::Sweeping(_)) => {
            heap.sweep_block();
            heap.sweep_large();
        }
        (8..10, Stage::Sweeping(_)) if small => heap.sweep_all(),
        (11, _) => heap.destroy_all(),
        (12..14, _) => heap.destroy_block(),
        (14, _) if small => heap.collect(),
        (15, _) => drop(heap.step(Duration::ZERO)),
        (16..18, _) => heap.want_compaction(),
        (18..22, _) => heap.evacuate_block(),
        (22, _) => heap.move_all(),
        (23, _) if small => drop(heap.compact()),
        _ => {}
    }
}

fn operate<'gc>(
    mc: &Mutation<'gc>,
    root: Gc<'gc, Node<'gc>>,
    stack: &mut Stack<'gc>,
    roots: &mut Vec<Root<Node<'static>>>,
    random: &mut Random,
    next_id: &mut u32,
    mortals: &mut u32,
) {
    let from = stack[random.below(stack.len())];
    let to = stack[random.below(stack.len())];
    match random.below(24) {
        0..4 => {
            let Ok(node) = Gc::try_new(mc, Node::value(*next_id)) else { return };
            *next_id += 1;
            from.write(mc, |n| &n.next).set(Some(node));
            node.write(mc, |n| &n.other).set(Some(to));
            stack.push(node);
        }
        4 => {
            for _ in 0..random.below(1500) {
                let Ok(node) = Gc::try_new(mc, Node::value(*next_id)) else { return };
                *next_id += 1;
                node.write(mc, |n| &n.next).set(from.next.get());
                if !random.one_in(3) {
                    from.write(mc, |n| &n.next).set(Some(node));
                }
            }
        }
        5 => {
            let count = if random.one_in(8) { 1200 } else { random.below(3) };
            for _ in 0..count {
                let Ok(mortal) = Gc::try_new(mc, Mortal::value(*mortals, None)) else { return take_back(mortals) };
                *mortals += 1;
                mortal.write(mc, |m| &m.node).set(Some(to));
                from.write(mc, |n| &n.mortal).set(Some(mortal));
                if random.one_in(2) {
                    to.write(mc, |n| &n.weak_mortal).set(mortal.downgrade());
                }
            }
        }
        6 if random.one_in(2) => {
            let slots = (0..300 + random.below(3000)).map(|i| GcCell::new((i % 100 == 0).then_some(to))).collect();
            if let Ok(array) = Gc::try_from_vec(mc, slots) {
                from.write(mc, |n| &n.array).set(Some(array));
            }
        }
        7..9 => {
            if let Some(array) = from.array.get() {
                let index = random.below(array.len());
                let taken = array.write(mc, |a| &a[index]).replace(Some(to));
                stack.extend(taken);
            }
        }
        9..12 => from.write(mc, |n| &n.weak).set(to.downgrade()),
        12..14 => {
            if let Some(target) = from.weak.get().upgrade(mc) {
                root.write(mc, |n| &n.other).set(Some(target));
                stack.push(target);
            }
            if let Some(mortal) = from.weak_mortal.get().upgrade(mc) {
                to.write(mc, |n| &n.mortal).set(Some(mortal));
                stack.extend(mortal.node.get());
            }
        }
        14..16 => stack.extend(from.next.get()),
        16 => stack.extend(from.write(mc, |n| &n.next).take()),
        17 => stack.extend(from.write(mc, |n| &n.other).replace(Some(to))),
        18 => from.write(mc, |n| &n.next).set(Some(to)),
        19 => {
            from.write(mc, |n| &n.mortal).set(None);
            to.write(mc, |n| &n.array).set(from.array.get());
        }
        20 => drop(to.write(mc, |n| &n.array).take()),
        21 => roots.push(from.root(mc)),
        22 => {
            if let Some(held) = roots.last() {
                stack.push(held.get(mc));
                if random.one_in(2) {
                    held.set(mc, from);
                }
            }
        }
        _ => {
            let weak = from.downgrade();
            assert!(weak.upgrade(mc).is_some_and(|node| node.ptr_eq(from)), "what is held can be upgraded");
            stack.push(root);
        }
    }
}

/// The value that came back has been dropped, under the number that it had.
fn take_back(mortals: &mut u32) {
    *mortals += 1;
}

#[test]
fn random_programs_break_no_invariant() {
    let number = |name| std::env::var(name).ok().map(|n| n.parse::<u64>().expect("a number"));
    let seeds = match number("GC_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GC_SEEDS").unwrap_or(40),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(|| Program::new(seed).run(120)) {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
