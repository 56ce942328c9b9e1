//! Quads: a full tree in which every node has four children and a number, rebuilt piece by piece.
//!
//! Each step goes down from the root along a random path, and puts a fresh subtree where another one was, which
//! dies as a whole: old nodes come to point to new ones, and garbage lies among what lives. After the quadtrees of
//! Lisp's and ML's collector benchmarks. One operation is one node.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_malloc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static QUADS: Program = Program {
    name: "quads",
    about: "a full 4-ary tree of depth 8 (full: 10), rebuilt subtree by subtree",
    operation: "node built",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_malloc::run_rc),
        Contender::on_malloc("Box", on_malloc::run_box),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    over_heap_size: true,
    by_default: false,
    ..Program::PLAIN
};

/// Depth of the subtrees that are replaced: 341 nodes.
const PIECE: u32 = 4;

/// How many nodes a full tree has.
const fn nodes(depth: u32) -> u64 {
    ((1 << (2 * (depth + 1))) - 1) / 3
}

/// Which child is taken at each level, two bits a level, the first one lowest.
type Path = u64;

/// The child to take next.
#[inline]
fn turn(path: &mut Path) -> usize {
    let child = *path & 3;
    *path >>= 2;
    child as usize
}

/// The number of a node: that of its piece, and its place there.
#[inline]
fn numbered(piece: u64, place: u64) -> u64 {
    piece.wrapping_mul(1021).wrapping_add(place)
}

/// What a collector has to offer.
trait Quads {
    /// Builds the whole tree, of piece number 0.
    fn plant(&mut self, depth: u32);
    /// Replaces the subtree `levels` below the root, along `path`, by piece `piece`, of depth [`PIECE`]. Returns the
    /// number of the node that was its root.
    fn replace(&mut self, path: Path, levels: u32, piece: u64, recorder: &mut Recorder) -> u64;
    /// The sum over all nodes' numbers, each child's weighted by where it hangs.
    fn sum(&mut self) -> u64;
}

/// How the sums of four children and a number make that of their parent.
#[inline]
fn sum(number: u64, children: impl Iterator<Item = u64>) -> u64 {
    children.fold(number, |sum, child| sum.wrapping_mul(5).wrapping_add(child))
}

fn run(job: &Job, recorder: &mut Recorder, quads: &mut impl Quads) -> u64 {
    let depth: u32 = job.size.pick(5, 8, 10);
    let pieces: u64 = job.size.pick(50, 20_000, 200_000);
    let levels = depth - PIECE;
    let mut random = Random::seeded(31);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        quads.plant(depth);
        recorder.resume();
        for piece in 1..=pieces {
            checksum.add(quads.replace(random.next(), levels, piece, recorder));
            recorder.lap();
        }
    });
    recorder.operations(nodes(depth) + pieces * nodes(PIECE));
    checksum.add(quads.sum());
    checksum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tree_has_as_many_nodes_as_it_says() {
        assert_eq!([nodes(0), nodes(1), nodes(PIECE)], [1, 5, 341]);
    }
}
