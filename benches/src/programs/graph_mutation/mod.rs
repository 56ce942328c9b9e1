//! A graph of a million nodes whose edges are rewritten at random, through the write barrier.
//!
//! Each node has four slots for edges; an edge is an object too, with a target and a weight. Half of
//! the steps make a new edge and store it over an old one, which dies unless another slot has it as
//! well; the other half copy an edge from one node to another. So there are always old objects that
//! point to new ones, anywhere in memory. One operation is one step.
//!
//! On `Rc`, an edge's target is a `Weak`, as it must be where there are cycles. bumpalo never frees.

#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_dumpster;
#[cfg(feature = "peers")]
mod on_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_rc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static GRAPH_MUTATION: Program = Program {
    name: "graph-mutation",
    about: "a million nodes, whose edges are rewritten at random 3 million (full: 20 million) times",
    operation: "edge rewritten",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", on_boa_gc::run).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc", on_gc::run).on_request(),
        #[cfg(feature = "peers")]
        Contender::on_malloc("dumpster", on_dumpster::run).on_request(),
        Contender::on_malloc("Rc", on_rc::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    serves_requests: true,
    ..Program::PLAIN
};

/// Steps in one mutation: a request.
const BATCH: usize = 64;

/// Slots for edges in a node.
const SLOTS: usize = 4;

/// What one step does.
#[derive(Clone, Copy)]
struct Step {
    /// The slot that is written.
    node: usize,
    slot: usize,
    change: Change,
}

#[derive(Clone, Copy)]
enum Change {
    /// A new edge to that node.
    New { target: usize, weight: u64 },
    /// The edge in that slot, if there is one.
    Copy { node: usize, slot: usize },
}

/// What is read off an edge.
fn read(weight: u64, target: u64) -> u64 {
    weight.wrapping_mul(31).wrapping_add(target)
}

fn nodes(job: &Job) -> usize {
    job.size.pick(1_000, 1_000_000, 1_000_000)
}

fn random_step(random: &mut Random, nodes: usize) -> Step {
    let bits = random.next() as usize;
    let (node, other) = (random.below(nodes), random.below(nodes));
    let change = match bits & 1 {
        0 => Change::New { target: other, weight: bits as u64 >> 32 },
        _ => Change::Copy { node: other, slot: bits >> 3 & 3 },
    };
    Step { node, slot: bits >> 1 & 3, change }
}

/// What a collector has to offer, once it has made the nodes.
trait Graph {
    /// Collects fully, if there is a collector, so that the nodes are old when the steps begin.
    fn settle(&mut self) {}
    /// Takes the steps, and returns the sum of what was [`read`] off the edges that were in the
    /// written slots before.
    fn take(&mut self, steps: &[Step; BATCH], recorder: &mut Recorder) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, graph: &mut impl Graph) -> u64 {
    let batches: usize = job.size.pick(5_000, 3_000_000, 20_000_000) / BATCH;
    let nodes = nodes(job);
    let mut random = Random::seeded(23);
    let mut checksum = Checksum::new();
    graph.settle();
    recorder.timed(|recorder| {
        for _ in 0..batches {
            let steps = std::array::from_fn(|_| random_step(&mut random, nodes));
            checksum.add(recorder.request(|recorder| graph.take(&steps, recorder)));
        }
    });
    recorder.operations((batches * BATCH) as u64);
    checksum.value()
}
