//! Symbols: a hundred thousand different strings (full: a million), each interned twice, in random order.
//!
//! All symbols live at first, and the heap is collected in full: "collection ns/entry" is what that costs a symbol. Then
//! every other one is let go. A collector without such a table gets a hash table from the hash of the content to a weak
//! pointer, as one would write it. One operation is one string interned; the collections are in the time as well.

#[cfg(feature = "peers")]
mod on_boa_gc;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;

use super::ephemerons::COLLECT_FIGURE;
use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static INTERNER: Program = Program {
    name: "interner",
    about: "100,000 (full: 1 million) symbols interned twice, collected, and half of them dropped",
    operation: "string interned",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("boa_gc", on_boa_gc::run),
    ],
    by_default: false,
    ..Program::PLAIN
};

/// Strings in one mutation, and in one sample.
const BATCH: usize = 500;

/// How often the heap is collected while all symbols live.
const COLLECTIONS: usize = 3;

fn symbols(job: &Job) -> usize {
    job.size.pick(1_000, 100_000, 1_000_000)
}

/// The text of a symbol.
fn text(number: usize) -> String {
    format!("symbol-{number}")
}

/// The hash of a text, for those who have to look after their table themselves. Another text with the same hash goes to
/// the next one that is free.
#[cfg(feature = "peers")]
fn hash_of(text: &str) -> u64 {
    use std::hash::BuildHasher;
    std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(text)
}

/// A hasher for what is a hash already.
#[cfg(feature = "peers")]
#[derive(Clone, Default)]
struct AsItIs(u64);

#[cfg(feature = "peers")]
impl std::hash::Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are hashed");
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(feature = "peers")]
type HashMap<V> = std::collections::HashMap<u64, V, std::hash::BuildHasherDefault<AsItIs>>;

/// What a collector has to offer: a table of symbols, and places that keep some of them alive; all empty at first.
trait Symbols {
    /// Interns the symbols with these numbers, and keeps each in the place of its number. Returns how many were there
    /// already, in their places.
    fn intern(&mut self, numbers: &[usize], recorder: &mut Recorder) -> usize;
    /// Empties the places of odd numbers.
    fn drop_odd(&mut self);
    /// Collects fully.
    fn collect(&mut self, recorder: &mut Recorder);
    /// The sum of the lengths of the symbols in the places.
    fn sum(&mut self) -> u64;
}

fn run(job: &Job, recorder: &mut Recorder, symbols: &mut impl Symbols) -> u64 {
    let len = self::symbols(job);
    let mut random = Random::seeded(17);
    let mut order: Vec<usize> = (0..2).flat_map(|_| random.permutation(len)).map(|number| number as usize).collect();
    order.push(0);
    let mut checksum = Checksum::new();
    let mut times = Vec::new();
    recorder.timed(|recorder| {
        let mut known = 0;
        for batch in order.chunks(BATCH) {
            known += symbols.intern(batch, recorder);
            recorder.lap();
        }
        checksum.add(known as u64);
        symbols.collect(recorder);
        for _ in 0..COLLECTIONS {
            let start = std::time::Instant::now();
            symbols.collect(recorder);
            times.push(start.elapsed().as_nanos() as f64);
        }
        checksum.add(symbols.sum());
        symbols.drop_odd();
        symbols.collect(recorder);
        recorder.resume();
        let known: usize = order.chunks(BATCH).map(|batch| symbols.intern(batch, recorder)).sum();
        recorder.lap();
        checksum.add(known as u64);
    });
    if let Some(time) = gc_report::statistics::median(&times) {
        recorder.figure(COLLECT_FIGURE, time / len as f64);
    }
    recorder.operations(2 * order.len() as u64);
    checksum.add(symbols.sum());
    checksum.value()
}
