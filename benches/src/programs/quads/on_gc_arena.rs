//! Children are locks; a subtree is hung in through the write barrier. A mutation for each piece, and a
//! safepoint after it.

use gc_arena::barrier::field;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable, lock::Lock};

use super::{PIECE, Path, Quads, numbered, turn};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

#[derive(Collect)]
#[collect(no_drop)]
struct Node<'gc> {
    number: u64,
    children: [Lock<Option<Gc<'gc, Node<'gc>>>>; 4],
}

fn build<'gc>(mc: &Mutation<'gc>, depth: u32, piece: u64, place: &mut u64) -> Gc<'gc, Node<'gc>> {
    let number = numbered(piece, *place);
    *place += 1;
    let children = std::array::from_fn(|_| Lock::new((depth > 0).then(|| build(mc, depth - 1, piece, place))));
    Gc::new(mc, Node { number, children })
}

fn sum(node: Gc<'_, Node<'_>>) -> u64 {
    super::sum(node.number, node.children.iter().filter_map(Lock::get).map(sum))
}

struct Tree(Arena<Rootable![Option<Gc<'_, Node<'_>>>]>);

impl Quads for Tree {
    fn plant(&mut self, depth: u32) {
        self.0.mutate_root(|mc, root| *root = Some(build(mc, depth, 0, &mut 0)));
    }

    fn replace(&mut self, mut path: Path, levels: u32, piece: u64, recorder: &mut Recorder) -> u64 {
        let old = self.0.mutate(|mc, root| {
            let mut parent = root.expect("the tree stands");
            for _ in 1..levels {
                parent = parent.children[turn(&mut path)].get().expect("the tree is full");
            }
            let new = build(mc, PIECE, piece, &mut 0);
            let children = field!(Gc::write(mc, parent), Node, children);
            let old = children[turn(&mut path)].unlock().replace(Some(new));
            old.map_or(0, |old| old.number)
        });
        safepoint(&mut self.0, recorder);
        old
    }

    fn sum(&mut self) -> u64 {
        self.0.mutate(|_, root| root.map_or(0, sum))
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Tree(paced(job, Arena::new(|_| None))))
}
