//! The objects: nodes with a text each, in a growing array that the root names.

use gc_core::{Config, Gc, GcCell, GcVec, Heap, Mutation, Trace};

use crate::programs::Job;

/// A node of 48 bytes, header included.
#[derive(Trace)]
pub(super) struct Node<'gc> {
    pub(super) number: u64,
    pub(super) text: Gc<'gc, str>,
    pub(super) next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
pub(super) struct World<'gc> {
    pub(super) nodes: GcCell<Gc<'gc, GcVec<'gc, Option<Gc<'gc, Node<'gc>>>>>>,
}

/// Bytes of a node with its text, and of its place in the array.
pub(super) const NODE: u64 = 88;

/// Nodes in one mutation.
pub(super) const BATCH: u64 = 1000;

/// A heap with `count` nodes, each of which names the one before it; but only those whose number `keep` says.
pub(super) fn grown(job: &Job, config: Config, count: u64, keep: impl Fn(u64) -> bool) -> Heap<World<'static>> {
    let mut heap = crate::heap::with_config::<World<'_>>(job, config, |mc| World {
        nodes: GcCell::new(Gc::new(mc, GcVec::new(mc))),
    });
    for first in (0..count).step_by(BATCH as usize) {
        heap.mutate(|mc, world| {
            let nodes = world.nodes.get();
            for number in (first..count.min(first + BATCH)).filter(|&number| keep(number)) {
                let last = nodes.iter().next_back().flatten();
                nodes.push(mc, Some(node(mc, number, last)));
            }
        });
    }
    heap
}

/// A node that is not in the array.
pub(super) fn node<'gc>(mc: &Mutation<'gc>, number: u64, next: Option<Gc<'gc, Node<'gc>>>) -> Gc<'gc, Node<'gc>> {
    let text = Gc::from_str(mc, &text(number));
    Gc::new(mc, Node { number, text, next: GcCell::new(next) })
}

/// The text of a node: a number of digits that varies, so that not all holes have one size.
fn text(number: u64) -> String {
    number.wrapping_mul(0x9e37_79b9).to_string()
}

/// Bytes of a node's text and of the node, in the order in which they are made: headers included, in whole granules of 16.
pub(super) fn sizes(number: u64) -> [usize; 2] {
    const WORD: usize = size_of::<usize>();
    let digits = number.wrapping_mul(0x9e37_79b9).checked_ilog10().map_or(1, |log| log as usize + 1);
    [2 * WORD + digits, WORD + size_of::<Node<'static>>()].map(|bytes| bytes.next_multiple_of(16))
}

/// What a node adds to the [`sum`].
pub(super) fn value(number: u64) -> u64 {
    number + text(number).len() as u64
}

/// Puts an array of the nodes that are to be kept in place of the one that there is.
pub(super) fn drop_others(heap: &mut Heap<World<'static>>, keep: impl Fn(u64) -> bool) {
    heap.mutate(|mc, world| {
        let kept = Gc::new(mc, GcVec::new(mc));
        for node in world.nodes.get().iter().flatten().filter(|node| keep(node.number)) {
            let last = kept.iter().next_back().flatten();
            node.write(mc, |n| &n.next).set(last);
            kept.push(mc, Some(node));
        }
        world.write(mc, |w| &w.nodes).set(kept);
    });
}

/// The sum over all nodes of their numbers and the lengths of their texts.
pub(super) fn sum(heap: &mut Heap<World<'static>>) -> u64 {
    heap.mutate(|_, world| {
        let nodes = world.nodes.get();
        let sums = nodes.iter().flatten().map(|node| node.number + node.text.len() as u64);
        sums.fold(0, u64::wrapping_add)
    })
}
