//! Ephemerons by the million: what an entry costs a full collection.
//!
//! Four graphs. In the *chain* the key of each entry can be reached only from the value of the one before it: who looks
//! at all entries again for each key that turns up needs quadratic time, but for one direction in which all turn up in
//! one pass. So there is one *back* as well, where each leads to the entry that was made before it. In the *web* a value leads to the keys of two
//! other entries, chosen at random, and to a third one that has been reached already, or will be. In the *weak map* all
//! keys are alive for other reasons, as when a program attaches something to its objects.
//!
//! The time is that of whole collections, in which everything lives. gc-arena has no ephemerons: its weak map is a hash
//! table of weak keys beside values that it keeps alive, which is the same for as long as no value leads to a key.

#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static CHAIN: Program = Program {
    name: "ephemeron-chain",
    about: "full collections of 100,000 (full: 1 million) ephemerons, each key reached from the value before it",
    operation: "entry collected",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, chain)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, chain)).on_request(),
    ],
    by_default: false,
    ..Program::PLAIN
};

pub(crate) static CHAIN_BACK: Program = Program {
    name: "ephemeron-chain-back",
    about: "the same, where each value leads to the key that was made before its own",
    operation: "entry collected",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, chain_back)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, chain_back)).on_request(),
    ],
    by_default: false,
    ..Program::PLAIN
};

pub(crate) static WEB: Program = Program {
    name: "ephemeron-web",
    about: "the same with values that lead to three keys at random",
    operation: "entry collected",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, web)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, web)).on_request(),
    ],
    by_default: false,
    ..Program::PLAIN
};

pub(crate) static WEAK_MAP: Program = Program {
    name: "weak-map",
    about: "full collections of a map of 100,000 (full: 1 million) weak keys, all alive",
    operation: "entry collected",
    contenders: &[
        Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(job, recorder, attached)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", |job, recorder| on_gc_arena::run(job, recorder, attached)),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", |job, recorder| on_boa_gc::run(job, recorder, attached)),
    ],
    ..Program::PLAIN
};

/// How often the heap is collected in one process.
const COLLECTIONS: usize = 3;

/// What the figure is called that goals are stated for.
pub(crate) const COLLECT_FIGURE: &str = "collection ns/entry";

/// Where the values lead: by the number of their entry, those of the entries whose keys they name.
struct Graph {
    values: Vec<[Option<usize>; 3]>,
    /// The entries whose keys are alive for other reasons.
    held: Vec<usize>,
}

fn chain(len: usize) -> Graph {
    let next = |entry: usize| [Some(entry + 1).filter(|&next| next < len), None, None];
    Graph { values: (0..len).map(next).collect(), held: vec![0] }
}

fn chain_back(len: usize) -> Graph {
    let next = |entry: usize| [entry.checked_sub(1), None, None];
    Graph { values: (0..len).map(next).collect(), held: vec![len - 1] }
}

/// A tree in random order, so that each key is reached, and one edge more for each entry.
fn web(len: usize) -> Graph {
    let mut random = Random::seeded(13);
    let order = random.permutation(len);
    let mut values = vec![[None; 3]; len];
    for (place, &entry) in order.iter().enumerate() {
        let child = |place: usize| order.get(place).map(|&entry| entry as usize);
        values[entry as usize] = [child(2 * place + 1), child(2 * place + 2), Some(random.below(len))];
    }
    Graph { values, held: vec![order[0] as usize] }
}

fn attached(len: usize) -> Graph {
    Graph { values: vec![[None; 3]; len], held: (0..len).collect() }
}

fn graph(job: &Job, shape: fn(usize) -> Graph) -> Graph {
    shape(job.size.pick(1_000, 100_000, 1_000_000))
}

/// What a collector has to offer, once it has built the graph.
trait Heap {
    /// Collects everything there is to collect.
    fn collect(&mut self);
    /// Follows the first two edges of each entry from the keys that are held, through the map. The sum of the numbers
    /// of the entries, and of those that the third edges lead to.
    fn sum(&mut self) -> u64;
}

fn run(graph: &Graph, recorder: &mut Recorder, heap: &mut impl Heap) -> u64 {
    // The first one may have left-overs of building to do.
    heap.collect();
    let times: Vec<f64> = recorder.timed(|recorder| {
        let collect = |_| {
            let start = std::time::Instant::now();
            recorder.pause(|| heap.collect());
            start.elapsed().as_nanos() as f64
        };
        (0..COLLECTIONS).map(collect).collect()
    });
    if let Some(time) = gc_report::statistics::median(&times) {
        recorder.figure(COLLECT_FIGURE, time / graph.values.len() as f64);
    }
    recorder.operations((COLLECTIONS * graph.values.len()) as u64);
    let mut checksum = Checksum::new();
    checksum.add(heap.sum());
    checksum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_reached_once_over_the_first_two_edges() {
        for shape in [chain, chain_back, web, attached] {
            let graph = shape(1000);
            let mut reached = vec![0; 1000];
            graph.held.iter().for_each(|&entry| reached[entry] += 1);
            graph.values.iter().flat_map(|value| value[..2].iter().flatten()).for_each(|&entry| reached[entry] += 1);
            assert!(reached.iter().all(|&times| times == 1));
        }
    }
}
