//! Nodes in `Rc`s and in boxes. A subtree dies by a walk through it, which is the pause.

use std::cell::RefCell;
use std::rc::Rc;

use super::{PIECE, Path, Quads, numbered, turn};
use crate::measure::Recorder;
use crate::programs::Job;

macro_rules! tree_of {
    ($pointer:ident) => {{
        #[derive(Default)]
        struct Node {
            number: u64,
            children: [RefCell<Option<$pointer<Node>>>; 4],
        }

        fn build(depth: u32, piece: u64, place: &mut u64) -> $pointer<Node> {
            let number = numbered(piece, *place);
            *place += 1;
            let children = std::array::from_fn(|_| RefCell::new((depth > 0).then(|| build(depth - 1, piece, place))));
            $pointer::new(Node { number, children })
        }

        fn sum(node: &Node) -> u64 {
            super::sum(node.number, node.children.iter().filter_map(|child| child.borrow().as_deref().map(sum)))
        }

        /// Takes the piece that is `levels` below a node, and puts `new` there.
        fn hang(node: &Node, mut path: Path, levels: u32, new: $pointer<Node>) -> Option<$pointer<Node>> {
            let child = &node.children[turn(&mut path)];
            match levels {
                1 => child.replace(Some(new)),
                _ => hang(child.borrow().as_deref().expect("the tree is full"), path, levels - 1, new),
            }
        }

        #[derive(Default)]
        struct Tree(Option<$pointer<Node>>);

        impl Quads for Tree {
            fn plant(&mut self, depth: u32) {
                self.0 = Some(build(depth, 0, &mut 0));
            }

            fn replace(&mut self, path: Path, levels: u32, piece: u64, recorder: &mut Recorder) -> u64 {
                let root = self.0.as_deref().expect("the tree stands");
                let old = hang(root, path, levels, build(PIECE, piece, &mut 0));
                let number = old.as_ref().map_or(0, |old| old.number);
                recorder.pause(|| drop(old));
                number
            }

            fn sum(&mut self) -> u64 {
                self.0.as_deref().map_or(0, sum)
            }
        }

        |job: &Job, recorder: &mut Recorder| super::run(job, recorder, &mut Tree::default())
    }};
}

pub(super) fn run_rc(job: &Job, recorder: &mut Recorder) -> u64 {
    tree_of!(Rc)(job, recorder)
}

pub(super) fn run_box(job: &Job, recorder: &mut Recorder) -> u64 {
    tree_of!(Box)(job, recorder)
}
