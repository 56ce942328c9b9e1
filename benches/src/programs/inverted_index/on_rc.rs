//! Reference counts. Words, postings and documents point to each other in circles; removing a
//! document takes its postings out of their words' lists, which cuts the circles.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{BATCH, CHAINS, Found, Index, chain, hash, words};
use crate::measure::Recorder;
use crate::programs::Job;

type Link<T> = RefCell<Option<Rc<T>>>;

struct Word {
    text: Box<str>,
    hash: u64,
    postings: Link<Posting>,
    next: Link<Word>,
}

struct Posting {
    word: Rc<Word>,
    document: Rc<Document>,
    count: Cell<u32>,
    next_of_word: Link<Posting>,
    next_of_document: Option<Rc<Posting>>,
}

#[derive(Default)]
struct Document {
    postings: Link<Posting>,
    /// The last query that found it.
    query: Cell<u64>,
}

struct Counted {
    chains: Vec<Link<Word>>,
    documents: Vec<Option<Rc<Document>>>,
}

/// The elements of a list, from `first` on. Each is held while it is looked at.
fn list<T>(first: &Link<T>, next: fn(&T) -> &Link<T>) -> impl Iterator<Item = Rc<T>> {
    let first = first.borrow().clone();
    std::iter::successors(first, move |element| next(element).borrow().clone())
}

/// Takes `element` out of the list that begins at `first`.
fn unlink<T>(first: &Link<T>, element: &Rc<T>, next: fn(&T) -> &Link<T>) {
    let is_it = |link: &Link<T>| link.borrow().as_ref().is_some_and(|e| Rc::ptr_eq(e, element));
    let after = || next(element).borrow_mut().take();
    if is_it(first) {
        *first.borrow_mut() = after();
    } else if let Some(before) = list(first, next).find(|other| is_it(next(other))) {
        *next(&before).borrow_mut() = after();
    }
}

impl Counted {
    fn word(&self, text: &str) -> Option<Rc<Word>> {
        let hash = hash(text);
        list(&self.chains[chain(hash)], |w| &w.next).find(|w| w.hash == hash && *w.text == *text)
    }

    fn word_or_new(&self, text: &str) -> Rc<Word> {
        self.word(text).unwrap_or_else(|| {
            let hash = hash(text);
            let mut first = self.chains[chain(hash)].borrow_mut();
            let next = RefCell::new(first.take());
            let word = Rc::new(Word { text: text.into(), hash, postings: RefCell::default(), next });
            *first = Some(word.clone());
            word
        })
    }

    fn count(&self, document: &Rc<Document>, text: &str) {
        let word = self.word_or_new(text);
        let mut first = word.postings.borrow_mut();
        match &*first {
            Some(first) if Rc::ptr_eq(&first.document, document) => {
                first.count.set(first.count.get() + 1);
            }
            _ => {
                let posting = Rc::new(Posting {
                    word: word.clone(),
                    document: document.clone(),
                    count: Cell::new(1),
                    next_of_word: RefCell::new(first.take()),
                    next_of_document: document.postings.take(),
                });
                *document.postings.borrow_mut() = Some(posting.clone());
                *first = Some(posting);
            }
        }
    }

    fn unlink(&self, posting: &Rc<Posting>) {
        let word = &posting.word;
        unlink(&word.postings, posting, |p| &p.next_of_word);
        if word.postings.borrow().is_none() {
            unlink(&self.chains[chain(word.hash)], word, |w| &w.next);
        }
    }

    fn postings(&self, word: &str) -> impl Iterator<Item = Rc<Posting>> {
        let first = self.word(word).and_then(|word| word.postings.borrow().clone());
        std::iter::successors(first, |posting| posting.next_of_word.borrow().clone())
    }
}

impl Index for Counted {
    fn add(&mut self, number: usize, text: &str, recorder: &mut Recorder) {
        let document = Rc::new(Document::default());
        let mut words = words(text);
        let mut added = BATCH;
        while added == BATCH {
            let piece = words.by_ref().take(BATCH);
            added = piece.map(|word| self.count(&document, word)).count();
            recorder.worked(added as u64);
        }
        self.documents[number] = Some(document);
    }

    fn remove(&mut self, number: usize, recorder: &mut Recorder) {
        let mut next = self.documents[number].take().and_then(|d| d.postings.take());
        while let Some(posting) = next {
            self.unlink(&posting);
            recorder.worked(1);
            next = posting.next_of_document.clone();
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
        self.chains.iter().map(|first| list(first, |w| &w.next).count() as u64).sum()
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let chains = (0..CHAINS).map(|_| RefCell::default()).collect();
    super::run(job, recorder, |documents| Counted { chains, documents: vec![None; documents] }).1
}
