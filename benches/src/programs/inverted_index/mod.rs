//! A program on real input: an inverted index over the text files of a folder, which are added,
//! changed and removed, while queries ask in how many documents a word is, how often it is there,
//! and how many documents have two words.
//!
//! Words, postings and documents are objects. The dictionary is a hash table of a fixed number of
//! chains of words; each word has a list of postings, one for each document that has it; each
//! document has a list of its own postings, by which it is taken out again. A word without postings
//! leaves the dictionary. It is the same structure on every collector, so that what differs is the
//! collector. On `Rc` the cycles (word, posting, document) are cut by hand when a document is removed;
//! on bumpalo nothing is ever freed.
//!
//! Every answer is compared with a count over the texts themselves, made beforehand. One operation
//! is one word of text that was added.

mod corpus;
#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_rc;
mod script;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use script::{Event, Script};

pub(crate) static INVERTED_INDEX: Program = Program {
    name: "inverted-index",
    about: "the text files of a folder (--input) indexed, changed, removed, and searched",
    operation: "word added",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_rc::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    serves_requests: true,
    ..Program::PLAIN
};

/// Chains of the dictionary; a power of two.
const CHAINS: usize = 1 << 14;

/// How many words one mutation adds, or postings it removes.
const BATCH: usize = 256;

/// In how many documents a word is, and how often in all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Found {
    documents: u64,
    occurrences: u64,
}

/// The words of a text: what is between all that is neither a letter, nor a digit, nor `_`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// FNV-1a.
#[inline]
fn hash(word: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    word.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The chain that words of that hash are in.
#[inline]
fn chain(hash: u64) -> usize {
    (hash ^ hash >> 32) as usize & (CHAINS - 1)
}

/// What a collector has to offer.
trait Index {
    /// Adds a document under a number that is free.
    fn add(&mut self, document: usize, text: &str, recorder: &mut Recorder);
    /// Removes the document of that number.
    fn remove(&mut self, document: usize, recorder: &mut Recorder);
    /// Looks a word up.
    fn find(&mut self, word: &str) -> Found;
    /// How many documents have both words. `query` is another number each time, and not 0.
    fn find_both(&mut self, words: [&str; 2], query: u64) -> u64;
    /// How many words the dictionary has.
    fn len(&mut self) -> u64;
}

fn run<I: Index>(job: &Job, recorder: &mut Recorder, new: impl FnOnce(usize) -> I) -> (I, u64) {
    let script = Script::new(job);
    let mut index = new(script.documents);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for (number, event) in script.events.iter().enumerate() {
            recorder.request(|recorder| match event {
                Event::Add { document, text } => index.add(*document, text, recorder),
                Event::Remove { document } => index.remove(*document, recorder),
                Event::Find { word, expected } => {
                    let found = index.find(word);
                    assert_eq!(found, *expected, "{word:?}: the index and the count differ");
                    checksum.add(found.occurrences);
                }
                Event::FindBoth { words: [a, b], expected } => {
                    let found = index.find_both([a, b], number as u64 + 1);
                    assert_eq!(found, *expected, "{a:?}, {b:?}: the index and the count differ");
                    checksum.add(found);
                }
            });
        }
    });
    recorder.operations(script.words_added);
    checksum.add(index.len());
    assert_eq!(index.len(), script.words_at_end, "the dictionary has words that no text has");
    (index, checksum.value())
}
