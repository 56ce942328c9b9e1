//! A list of ten million links, collected in full, and then dropped as a whole.
//!
//! Marking a list is the case that no prefetching and no second thread can help: each link tells where the next one is.
//! (Here they lie in order, as a list does that was built at once.) And it finds out who calls himself for each link: a
//! collector, or a drop, that recurses overflows the stack, and its row is a crash. `Rc` and `Box` are taken apart
//! link by link, as one has to know. Each link has a second pointer that points nowhere: with one pointer alone, the compiler
//! makes a loop of a recursive trace.
//!
//! One operation is one link, built, marked twice and dropped.

#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_malloc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};

pub(crate) static LIST: Program = Program {
    name: "long-list",
    about: "a list of 1 million (full: 10 million) links, built, collected twice, and dropped",
    operation: "link",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", on_boa_gc::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc", on_gc::run),
        Contender::on_malloc("Rc", on_malloc::run_rc),
        Contender::on_malloc("Box", on_malloc::run_box),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    ..Program::PLAIN
};

/// Links in one mutation, and in one sample.
const BATCH: u64 = 500;

/// How often the whole list is collected.
const COLLECTIONS: u64 = 2;

/// What a collector has to offer: a list, empty at first.
trait List {
    /// Puts the links from `first` on in front of the list, a batch of them.
    fn extend(&mut self, first: u64, recorder: &mut Recorder);
    /// Collects fully, if there is a collector.
    fn collect(&mut self, _: &mut Recorder) {}
    /// The sum of the numbers, weighted by their places.
    fn sum(&mut self) -> u64;
    /// Lets go of the list, and collects it.
    fn drop_all(&mut self, recorder: &mut Recorder);
}

fn fold(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, |sum, number| sum.wrapping_mul(3).wrapping_add(number))
}

fn run(job: &Job, recorder: &mut Recorder, list: &mut impl List) -> u64 {
    let links: u64 = job.size.pick(5_000, 1_000_000, 10_000_000);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for first in (0..links).step_by(BATCH as usize) {
            list.extend(first, recorder);
            recorder.lap();
        }
        for _ in 0..COLLECTIONS {
            list.collect(recorder);
        }
        checksum.add(list.sum());
        list.drop_all(recorder);
        recorder.resume();
        recorder.lap();
    });
    recorder.operations(links);
    checksum.add(list.sum());
    checksum.value()
}
