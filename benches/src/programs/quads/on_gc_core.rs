//! Children are cells; a subtree is hung in through the write barrier. A mutation for each piece.

use gc_core::{Gc, GcCell, Heap, Mutation, Trace};

use super::{PIECE, Path, Quads, numbered, turn};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Trace)]
struct Node<'gc> {
    number: u64,
    children: [GcCell<Option<Gc<'gc, Node<'gc>>>>; 4],
}

fn build<'gc>(mc: &'gc Mutation<'gc>, depth: u32, piece: u64, place: &mut u64) -> Gc<'gc, Node<'gc>> {
    let number = numbered(piece, *place);
    *place += 1;
    let children = std::array::from_fn(|_| GcCell::new((depth > 0).then(|| build(mc, depth - 1, piece, place))));
    Gc::new(mc, Node { number, children })
}

fn sum(node: Gc<'_, Node<'_>>) -> u64 {
    super::sum(node.number, node.children.iter().filter_map(GcCell::get).map(sum))
}

struct Tree(Heap<GcCell<Option<Gc<'static, Node<'static>>>>>);

impl Quads for Tree {
    fn plant(&mut self, depth: u32) {
        self.0.mutate(|mc, root| root.set(mc, Some(build(mc, depth, 0, &mut 0))));
    }

    fn replace(&mut self, mut path: Path, levels: u32, piece: u64, recorder: &mut Recorder) -> u64 {
        let old = self.0.mutate(|mc, root| {
            let mut parent = root.get().expect("the tree stands");
            for _ in 1..levels {
                parent = parent.children[turn(&mut path)].get().expect("the tree is full");
            }
            let new = build(mc, PIECE, piece, &mut 0);
            let old = parent.write(mc, |n| &n.children[turn(&mut path)]).replace(Some(new));
            old.map_or(0, |old| old.number)
        });
        follow(&self.0, recorder);
        old
    }

    fn sum(&mut self) -> u64 {
        self.0.mutate(|_, root| root.get().map_or(0, sum))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut tree = Tree(crate::heap::new(job, |_| GcCell::new(None)));
    let checksum = super::run(job, recorder, &mut tree);
    take_pauses(&tree.0, recorder);
    checksum
}
