//! No collector, and nothing is ever freed.

use std::cell::Cell;

use bumpalo::Bump;

use super::{BATCH, CHAINS, Found, Index, chain, hash, words};
use crate::measure::Recorder;
use crate::programs::Job;

struct Word<'a> {
    text: &'a str,
    hash: u64,
    postings: Cell<Option<&'a Posting<'a>>>,
    next: Cell<Option<&'a Word<'a>>>,
}

struct Posting<'a> {
    word: &'a Word<'a>,
    document: &'a Document<'a>,
    count: Cell<u32>,
    next_of_word: Cell<Option<&'a Posting<'a>>>,
    next_of_document: Option<&'a Posting<'a>>,
}

#[derive(Default)]
struct Document<'a> {
    postings: Cell<Option<&'a Posting<'a>>>,
    /// The last query that found it.
    query: Cell<u64>,
}

struct Region<'a> {
    bump: &'a Bump,
    chains: Vec<Cell<Option<&'a Word<'a>>>>,
    documents: Vec<Option<&'a Document<'a>>>,
}

impl<'a> Region<'a> {
    fn word(&self, text: &str) -> Option<&'a Word<'a>> {
        let hash = hash(text);
        let mut words = std::iter::successors(self.chains[chain(hash)].get(), |w| w.next.get());
        words.find(|w| w.hash == hash && w.text == text)
    }

    fn word_or_new(&self, text: &str) -> &'a Word<'a> {
        self.word(text).unwrap_or_else(|| {
            let hash = hash(text);
            let first = &self.chains[chain(hash)];
            let word = self.bump.alloc(Word {
                text: self.bump.alloc_str(text),
                hash,
                postings: Cell::new(None),
                next: Cell::new(first.get()),
            });
            first.set(Some(word));
            word
        })
    }

    fn count(&self, document: &'a Document<'a>, text: &str) {
        let word = self.word_or_new(text);
        match word.postings.get() {
            Some(first) if std::ptr::eq(first.document, document) => {
                first.count.set(first.count.get() + 1);
            }
            first => {
                let posting = self.bump.alloc(Posting {
                    word,
                    document,
                    count: Cell::new(1),
                    next_of_word: Cell::new(first),
                    next_of_document: document.postings.get(),
                });
                word.postings.set(Some(posting));
                document.postings.set(Some(posting));
            }
        }
    }

    fn unlink(&self, posting: &'a Posting<'a>) {
        let mut link = &posting.word.postings;
        while let Some(other) = link.get() {
            if std::ptr::eq(other, posting) {
                link.set(posting.next_of_word.get());
                break;
            }
            link = &other.next_of_word;
        }
        if posting.word.postings.get().is_none() {
            self.forget(posting.word);
        }
    }

    fn forget(&self, word: &'a Word<'a>) {
        let mut link = &self.chains[chain(word.hash)];
        while let Some(other) = link.get() {
            if std::ptr::eq(other, word) {
                link.set(word.next.get());
                break;
            }
            link = &other.next;
        }
    }

    fn postings(&self, word: &str) -> impl Iterator<Item = &'a Posting<'a>> {
        let first = self.word(word).and_then(|word| word.postings.get());
        std::iter::successors(first, |posting| posting.next_of_word.get())
    }
}

impl Index for Region<'_> {
    fn add(&mut self, number: usize, text: &str, recorder: &mut Recorder) {
        let document = &*self.bump.alloc(Document::default());
        self.documents[number] = Some(document);
        let mut words = words(text);
        let mut added = BATCH;
        while added == BATCH {
            let piece = words.by_ref().take(BATCH);
            added = piece.map(|word| self.count(document, word)).count();
            recorder.worked(added as u64);
        }
    }

    fn remove(&mut self, number: usize, recorder: &mut Recorder) {
        let first = self.documents[number].take().and_then(|d| d.postings.get());
        for posting in std::iter::successors(first, |p| p.next_of_document) {
            self.unlink(posting);
            recorder.worked(1);
        }
    }

    fn find(&mut self, word: &str) -> Found {
        let mut found = Found::default();
        for posting in self.postings(word) {
            found.documents += 1;
            found.occurrences += u64::from(posting.count.get());
        }
        found
    }

    fn find_both(&mut self, [a, b]: [&str; 2], query: u64) -> u64 {
        self.postings(a).for_each(|posting| posting.document.query.set(query));
        self.postings(b).filter(|posting| posting.document.query.get() == query).count() as u64
    }

    fn len(&mut self) -> u64 {
        let chain = |first: &Cell<_>| std::iter::successors(first.get(), |w: &&Word<'_>| w.next.get());
        self.chains.iter().map(|first| chain(first).count() as u64).sum()
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let chains = (0..CHAINS).map(|_| Cell::new(None)).collect();
    super::run(job, recorder, |documents| Region { bump: &bump, chains, documents: vec![None; documents] }).1
}
