//! No collector, and nothing is ever freed.

use std::cell::Cell;

use bumpalo::Bump;

use super::{PIECE, Path, Quads, numbered, turn};
use crate::measure::Recorder;
use crate::programs::Job;

struct Node<'a> {
    number: u64,
    children: [Cell<Option<&'a Node<'a>>>; 4],
}

fn build<'a>(bump: &'a Bump, depth: u32, piece: u64, place: &mut u64) -> &'a Node<'a> {
    let number = numbered(piece, *place);
    *place += 1;
    let children = std::array::from_fn(|_| Cell::new((depth > 0).then(|| build(bump, depth - 1, piece, place))));
    bump.alloc(Node { number, children })
}

fn sum(node: &Node<'_>) -> u64 {
    super::sum(node.number, node.children.iter().filter_map(Cell::get).map(sum))
}

struct Tree<'a> {
    bump: &'a Bump,
    root: Option<&'a Node<'a>>,
}

impl Quads for Tree<'_> {
    fn plant(&mut self, depth: u32) {
        self.root = Some(build(self.bump, depth, 0, &mut 0));
    }

    fn replace(&mut self, mut path: Path, levels: u32, piece: u64, _: &mut Recorder) -> u64 {
        let mut parent = self.root.expect("the tree stands");
        for _ in 1..levels {
            parent = parent.children[turn(&mut path)].get().expect("the tree is full");
        }
        let new = build(self.bump, PIECE, piece, &mut 0);
        parent.children[turn(&mut path)].replace(Some(new)).map_or(0, |old| old.number)
    }

    fn sum(&mut self) -> u64 {
        self.root.map_or(0, sum)
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    super::run(job, recorder, &mut Tree { bump: &Bump::new(), root: None })
}
