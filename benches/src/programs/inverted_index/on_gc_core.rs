//! A mutation for each piece of a document.

use std::cell::Cell;

use gc_core::{Gc, GcCell, Heap, Mutation, Trace};

use super::{BATCH, CHAINS, Found, Index, chain, hash, words};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

type Link<'gc, T> = GcCell<Option<Gc<'gc, T>>>;

#[derive(Trace)]
struct Word<'gc> {
    text: Gc<'gc, str>,
    hash: u64,
    postings: Link<'gc, Posting<'gc>>,
    next: Link<'gc, Word<'gc>>,
}

#[derive(Trace)]
struct Posting<'gc> {
    word: Gc<'gc, Word<'gc>>,
    document: Gc<'gc, Document<'gc>>,
    count: Cell<u32>,
    next_of_word: Link<'gc, Posting<'gc>>,
    next_of_document: Option<Gc<'gc, Posting<'gc>>>,
}

#[derive(Trace)]
struct Document<'gc> {
    postings: Link<'gc, Posting<'gc>>,
    /// The last query that found it.
    query: Cell<u64>,
}

#[derive(Trace)]
struct Root<'gc> {
    chains: Gc<'gc, [Link<'gc, Word<'gc>>]>,
    documents: Gc<'gc, [Link<'gc, Document<'gc>>]>,
    /// What is left of a document that is being removed.
    removing: Link<'gc, Posting<'gc>>,
}

impl<'gc> Root<'gc> {
    fn word(&self, text: &str) -> Option<Gc<'gc, Word<'gc>>> {
        let hash = hash(text);
        let mut words = std::iter::successors(self.chains[chain(hash)].get(), |w| w.next.get());
        words.find(|w| w.hash == hash && *w.text == *text)
    }

    fn word_or_new(&self, mc: &Mutation<'gc>, text: &str) -> Gc<'gc, Word<'gc>> {
        self.word(text).unwrap_or_else(|| {
            let hash = hash(text);
            let next = GcCell::new(self.chains[chain(hash)].get());
            let text = Gc::from_str(mc, text);
            let word = Gc::new(mc, Word { text, hash, postings: GcCell::new(None), next });
            self.chains.write(mc, |chains| &chains[chain(hash)]).set(Some(word));
            word
        })
    }

    fn count(&self, mc: &Mutation<'gc>, document: Gc<'gc, Document<'gc>>, text: &str) {
        let word = self.word_or_new(mc, text);
        match word.postings.get() {
            Some(first) if Gc::ptr_eq(first.document, document) => {
                first.count.set(first.count.get() + 1);
            }
            first => {
                let posting = Posting {
                    word,
                    document,
                    count: Cell::new(1),
                    next_of_word: GcCell::new(first),
                    next_of_document: document.postings.get(),
                };
                let posting = Gc::new(mc, posting);
                word.write(mc, |w| &w.postings).set(Some(posting));
                document.write(mc, |d| &d.postings).set(Some(posting));
            }
        }
    }

    fn unlink(&self, mc: &Mutation<'gc>, posting: Gc<'gc, Posting<'gc>>) {
        let word = posting.word;
        let after = posting.next_of_word.get();
        let mut others = std::iter::successors(word.postings.get(), |p| p.next_of_word.get());
        let is_before = |p: &Gc<'gc, Posting<'gc>>| p.next_of_word.get().is_some_and(|next| Gc::ptr_eq(next, posting));
        if word.postings.get().is_some_and(|first| Gc::ptr_eq(first, posting)) {
            word.write(mc, |w| &w.postings).set(after);
            if after.is_none() {
                self.forget(mc, word);
            }
        } else if let Some(before) = others.find(is_before) {
            before.write(mc, |p| &p.next_of_word).set(after);
        }
    }

    fn forget(&self, mc: &Mutation<'gc>, word: Gc<'gc, Word<'gc>>) {
        let first = &self.chains[chain(word.hash)];
        let mut others = std::iter::successors(first.get(), |w| w.next.get());
        let is_it = |link: &Link<'gc, Word<'gc>>| link.get().is_some_and(|w| Gc::ptr_eq(w, word));
        if is_it(first) {
            self.chains.write(mc, |chains| &chains[chain(word.hash)]).set(word.next.get());
        } else if let Some(before) = others.find(|w| is_it(&w.next)) {
            before.write(mc, |w| &w.next).set(word.next.get());
        }
    }

    fn postings(&self, word: &str) -> impl Iterator<Item = Gc<'gc, Posting<'gc>>> {
        let first = self.word(word).and_then(|word| word.postings.get());
        std::iter::successors(first, |posting| posting.next_of_word.get())
    }
}

fn chain_len<'gc>(first: &Link<'gc, Word<'gc>>) -> u64 {
    std::iter::successors(first.get(), |w| w.next.get()).count() as u64
}

struct Indexed(Heap<Root<'static>>);

impl Index for Indexed {
    fn add(&mut self, number: usize, text: &str, recorder: &mut Recorder) {
        self.0.mutate(|mc, root| {
            let document = Document { postings: GcCell::new(None), query: Cell::new(0) };
            let document = Gc::new(mc, document);
            root.documents.write(mc, |documents| &documents[number]).set(Some(document));
        });
        let mut words = words(text);
        let mut added = BATCH;
        while added == BATCH {
            added = self.0.mutate(|mc, root| {
                let document = root.documents[number].get().expect("it was stored there");
                let piece = words.by_ref().take(BATCH);
                piece.map(|word| root.count(mc, document, word)).count()
            });
            follow(&self.0, recorder);
            recorder.worked(added as u64);
        }
    }

    fn remove(&mut self, number: usize, recorder: &mut Recorder) {
        self.0.mutate(|mc, root| {
            let slot = root.documents.write(mc, |documents| &documents[number]);
            let document = slot.replace(None);
            let first = document.and_then(|document| document.postings.get());
            root.write(mc, |r| &r.removing).set(first);
        });
        let mut removed = BATCH;
        while removed == BATCH {
            removed = self.0.mutate(|mc, root| {
                for removed in 0..BATCH {
                    let Some(posting) = root.removing.get() else {
                        return removed;
                    };
                    root.unlink(mc, posting);
                    root.write(mc, |r| &r.removing).set(posting.next_of_document);
                }
                BATCH
            });
            recorder.worked(removed as u64);
        }
    }

    fn find(&mut self, word: &str) -> Found {
        self.0.mutate(|_, root| {
            let mut found = Found::default();
            for posting in root.postings(word) {
                found.documents += 1;
                found.occurrences += u64::from(posting.count.get());
            }
            found
        })
    }

    fn find_both(&mut self, [a, b]: [&str; 2], query: u64) -> u64 {
        self.0.mutate(|_, root| {
            root.postings(a).for_each(|posting| posting.document.query.set(query));
            let found = root.postings(b).filter(|p| p.document.query.get() == query);
            found.count() as u64
        })
    }

    fn len(&mut self) -> u64 {
        self.0.mutate(|_, root| root.chains.iter().map(chain_len).sum())
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let new = |documents: usize| {
        Indexed(crate::heap::new::<Root<'_>>(job, |mc| Root {
            chains: Gc::from_iter(mc, (0..CHAINS).map(|_| GcCell::new(None))),
            documents: Gc::from_iter(mc, (0..documents).map(|_| GcCell::new(None))),
            removing: GcCell::new(None),
        }))
    };
    let (index, checksum) = super::run(job, recorder, new);
    take_pauses(&index.0, recorder);
    checksum
}
