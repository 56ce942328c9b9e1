//! A mutation and a safepoint for each batch. The table of nodes is one object that is never written
//! to again, so that it is traced once a cycle.

use gc_arena::barrier::field;
use gc_arena::{Arena, Collect, Gc, Rootable, lock::Lock};

use super::{BATCH, Change, Graph, SLOTS, Step, nodes, read};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    number: u64,
    edges: [Lock<Option<Gc<'gc, Edge<'gc>>>>; SLOTS],
}

#[derive(Collect)]
#[collect(no_drop)]
struct Edge<'gc> {
    target: Gc<'gc, Node<'gc>>,
    weight: u64,
}

#[derive(Collect)]
#[collect(no_drop)]
struct Table<'gc> {
    nodes: Gc<'gc, Vec<Gc<'gc, Node<'gc>>>>,
}

type Nodes = Arena<Rootable![Table<'_>]>;

impl Graph for Nodes {
    fn settle(&mut self) {
        self.finish_cycle();
    }

    fn take(&mut self, steps: &[Step; BATCH], recorder: &mut Recorder) -> u64 {
        let sum = self.mutate(|mc, table| {
            let mut sum = 0u64;
            for step in steps {
                let edge = match step.change {
                    Change::New { target, weight } => Some(Gc::new(mc, Edge { target: table.nodes[target], weight })),
                    Change::Copy { node, slot } => table.nodes[node].edges[slot].get(),
                };
                let edges = field!(Gc::write(mc, table.nodes[step.node]), Node, edges);
                let old = edges[step.slot].unlock().replace(edge);
                sum = sum.wrapping_add(old.map_or(0, |old| read(old.weight, old.target.number)));
            }
            sum
        });
        safepoint(self, recorder);
        sum
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = nodes(job) as u64;
    let nodes = Nodes::new(|mc| {
        let node = |number| Gc::new(mc, Node { number, edges: Default::default() });
        Table { nodes: Gc::new(mc, (0..len).map(node).collect()) }
    });
    super::run(job, recorder, &mut paced(job, nodes))
}
