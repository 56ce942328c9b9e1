//! Full collections of a heap in which everything lives: what marking costs an object.
//!
//! The graph is a binary tree in which every object also carries a number. In "allocation order" a
//! parent is followed in memory by its left subtree, then by its right one, so that marking runs
//! through memory almost from end to end. "Shuffled" is the same tree with the objects in a random
//! order, so that nearly each edge misses the caches. Either way an object is reached by one edge.
//!
//! The time is that of whole collections, with the sweep that belongs to them; "mark ns/object" is
//! marking alone. The column "by hand" is a marker for just this graph, with a stack and nothing
//! else: what a program without a collector's generality does. See also the program `memory`: the
//! bound for the shuffled graph is one independent load an object, and for allocation order the
//! object's 24 bytes ÷ the bandwidth.

#[cfg(feature = "peers")]
mod by_hand;
#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_dumpster;
#[cfg(feature = "peers")]
mod on_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use super::{Bound, Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static IN_ORDER: Program = Program {
    name: "full-mark-in-order",
    about: "full collections of 1 million (full: 10 million) live objects in allocation order",
    operation: "object marked and swept",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, in_order)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", |job, recorder| on_gc_arena::run(job, recorder, in_order)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, in_order)).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc", |job, recorder| on_gc::run(job, recorder, in_order)).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("dumpster", |job, recorder| on_dumpster::run(job, recorder, in_order)).on_request(),
        #[cfg(feature = "peers")]
        Contender::own_memory("by hand", |job, recorder| by_hand::run(job, recorder, in_order)),
    ],
    by_default: false,
    bound: Some(Bound::Sequential { bytes: OBJECT_BYTES }),
    ..Program::PLAIN
};

pub(crate) static SHUFFLED: Program = Program {
    name: "full-mark-shuffled",
    about: "the same with the objects in a random order",
    operation: "object marked and swept",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, shuffled)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", |job, recorder| on_gc_arena::run(job, recorder, shuffled)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, shuffled)).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc", |job, recorder| on_gc::run(job, recorder, shuffled)).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("dumpster", |job, recorder| on_dumpster::run(job, recorder, shuffled)).on_request(),
        #[cfg(feature = "peers")]
        Contender::own_memory("by hand", |job, recorder| by_hand::run(job, recorder, shuffled)),
    ],
    bound: Some(Bound::RandomEdge),
    ..Program::PLAIN
};

/// Bytes of an object, without what a collector adds.
const OBJECT_BYTES: f64 = 24.0;

/// How often the heap is collected in one process.
const COLLECTIONS: u64 = 3;

/// What the figure of marking alone is called.
pub(crate) const MARK_FIGURE: &str = "mark ns/object";

/// Which object, by the order of allocation, has which place in the tree.
type Order = fn(usize) -> Vec<u32>;

fn in_order(len: usize) -> Vec<u32> {
    (0..len as u32).collect()
}

fn shuffled(len: usize) -> Vec<u32> {
    Random::seeded(11).permutation(len)
}

fn objects(job: &Job) -> usize {
    job.size.pick(2_000, 1_000_000, 10_000_000)
}

/// Objects, by the order of allocation, and their two children.
struct Edges {
    order: Vec<u32>,
    /// Place and size of the subtrees whose edges have not been told.
    waiting: Vec<(usize, usize)>,
}

impl Edges {
    fn new(order: Vec<u32>) -> Self {
        let waiting = vec![(0, order.len())];
        Self { order, waiting }
    }

    fn root(&self) -> usize {
        self.order[0] as usize
    }
}

impl Iterator for Edges {
    type Item = (usize, [Option<usize>; 2]);

    /// The left subtree of a place comes right after it, the right one after that.
    fn next(&mut self) -> Option<Self::Item> {
        let (place, size) = self.waiting.pop()?;
        let left = (size - 1) / 2;
        let subtrees = [(place + 1 + left, size - 1 - left), (place + 1, left)];
        self.waiting.extend(subtrees.into_iter().filter(|&(_, size)| size > 0));
        let child = |(place, size): (usize, usize)| (size > 0).then(|| self.order[place] as usize);
        Some((self.order[place] as usize, [child(subtrees[1]), child(subtrees[0])]))
    }
}

/// What a collector has to offer, once it has built the tree.
trait Heap {
    /// Collects everything there is to collect, and returns how long marking took, if it knows.
    fn collect(&mut self, recorder: &mut Recorder) -> Option<std::time::Duration>;
    /// The sum of the numbers of all objects, over the edges.
    fn sum(&mut self) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, heap: &mut impl Heap) -> u64 {
    // The first one may have left-overs of building to do.
    heap.collect(&mut Recorder::new());
    let marking: Option<Vec<f64>> =
        recorder.timed(|recorder| (0..COLLECTIONS).map(|_| Some(heap.collect(recorder)?.as_nanos() as f64)).collect());
    if let Some(mark) = marking.and_then(|all| gc_report::statistics::median(&all)) {
        recorder.figure(MARK_FIGURE, mark / objects(job) as f64);
    }
    recorder.operations(COLLECTIONS * objects(job) as u64);
    let mut checksum = Checksum::new();
    checksum.add(heap.sum());
    checksum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_but_the_root_has_one_parent() {
        for len in [1, 2, 3, 10, 1000] {
            let edges = Edges::new(shuffled(len));
            let root = edges.root();
            let (mut parents, mut told) = (vec![0; len], vec![0; len]);
            for (object, children) in edges {
                told[object] += 1;
                children.into_iter().flatten().for_each(|child| parents[child] += 1);
            }
            assert!(told.iter().all(|&n| n == 1));
            assert_eq!(parents.iter().sum::<usize>(), len - 1);
            assert_eq!(parents[root], 0);
        }
    }
}
