//! A mutation for each batch. The table of nodes is one object that is never written to again.

use gc_core::stats::Pauses;
use gc_core::{Gc, GcCell, Heap, Trace};

use super::{BATCH, Change, Graph, SLOTS, Step, nodes, read};
use crate::heap::{follow, take_pauses_since};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node<'gc> {
    number: u64,
    edges: [GcCell<Option<Gc<'gc, Edge<'gc>>>>; SLOTS],
}

#[derive(Trace)]
struct Edge<'gc> {
    target: Gc<'gc, Node<'gc>>,
    weight: u64,
}

#[derive(Trace)]
struct Table<'gc> {
    nodes: Gc<'gc, [Gc<'gc, Node<'gc>>]>,
}

struct Nodes {
    heap: Heap<Table<'static>>,
    /// What came before the steps.
    before: Pauses,
}

impl Graph for Nodes {
    fn settle(&mut self) {
        self.heap.collect();
        self.before = self.heap.pauses();
    }

    fn take(&mut self, steps: &[Step; BATCH], recorder: &mut Recorder) -> u64 {
        let sum = self.heap.mutate(|mc, table| {
            let mut sum = 0u64;
            for step in steps {
                let edge = match step.change {
                    Change::New { target, weight } => Some(Gc::new(mc, Edge { target: table.nodes[target], weight })),
                    Change::Copy { node, slot } => table.nodes[node].edges[slot].get(),
                };
                let node = table.nodes[step.node];
                let old = node.write(mc, |n| &n.edges[step.slot]).replace(edge);
                sum = sum.wrapping_add(old.map_or(0, |old| read(old.weight, old.target.number)));
            }
            sum
        });
        follow(&self.heap, recorder);
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = nodes(job) as u64;
    let heap = crate::heap::new::<Table<'_>>(job, |mc| {
        let edges = || std::array::from_fn(|_| GcCell::new(None));
        let node = |number| Gc::new(mc, Node { number, edges: edges() });
        Table { nodes: Gc::from_iter(mc, (0..len).map(node)) }
    });
    let mut nodes = Nodes { heap, before: Pauses::new(0) };
    let checksum = super::run(job, recorder, &mut nodes);
    take_pauses_since(&nodes.before, &nodes.heap, recorder);
    checksum
}
