//! What happens to the index, and what it must answer, worked out beforehand without an index.
//!
//! First every file is added. Then, pass by pass, a third of the files are replaced by another edition
//! of themselves (a seventh of the lines gone, a line added), and some are removed and come back in
//! the next pass. Each pass ends with queries, for words that are there and for one that is not. There
//! are as many passes as make the size that was asked for, so that a small folder is gone over often.
#![forbid(unsafe_code)]

use std::collections::{HashMap, HashSet};

use super::{Found, corpus, words};
use crate::programs::Job;
use crate::random::Random;

pub(super) enum Event {
    Add { document: usize, text: String },
    Remove { document: usize },
    Find { word: String, expected: Found },
    FindBoth { words: [String; 2], expected: u64 },
}

pub(super) struct Script {
    /// Documents have numbers below this.
    pub(super) documents: usize,
    pub(super) events: Vec<Event>,
    /// Words in all texts that are added.
    pub(super) words_added: u64,
    /// Different words in the texts that are there at the end.
    pub(super) words_at_end: u64,
}

/// Queries of each kind at the end of a pass.
const QUERIES: usize = 16;

/// A text that is in the index, and how often each of its words is there.
struct Present {
    text: String,
    counts: HashMap<String, u64>,
}

impl Present {
    fn new(text: String) -> Self {
        let mut counts = HashMap::new();
        for word in words(&text) {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(counts.insert(word.to_owned(), 1)),
            }
        }
        Self { text, counts }
    }
}

impl Script {
    pub(super) fn new(job: &Job) -> Self {
        let mut files = corpus::read(&job.input);
        files.truncate(job.size.pick(12, usize::MAX, usize::MAX));
        Self::over(&files, job.size.pick(20_000, 750_000, 30_000_000))
    }

    /// A script that adds about `words_wanted` words, and goes three times over the files at least.
    fn over(files: &[String], words_wanted: u64) -> Self {
        let mut script = Self { documents: files.len(), events: Vec::new(), words_added: 0, words_at_end: 0 };
        let mut present: Vec<Option<Present>> = files.iter().map(|_| None).collect();
        let mut random = Random::seeded(5);
        for (document, text) in files.iter().enumerate() {
            script.add(document, text.clone(), &mut present);
        }
        let mut pass = 1;
        while pass <= 3 || (script.words_added < words_wanted && pass < 1_000) {
            for document in 0..files.len() {
                let changes = (document + pass).is_multiple_of(3);
                let leaves = (document + pass).is_multiple_of(7);
                let was_there = present[document].is_some();
                if was_there && (changes || leaves) {
                    script.events.push(Event::Remove { document });
                    present[document] = None;
                }
                if !leaves && (changes || !was_there) {
                    script.add(document, edition(&files[document], pass), &mut present);
                }
            }
            script.ask(&present, &mut random);
            pass += 1;
        }
        let all: HashSet<&String> = present.iter().flatten().flat_map(|p| p.counts.keys()).collect();
        script.words_at_end = all.len() as u64;
        script
    }

    fn add(&mut self, document: usize, text: String, present: &mut [Option<Present>]) {
        let added = Present::new(text.clone());
        self.words_added += added.counts.values().sum::<u64>();
        present[document] = Some(added);
        self.events.push(Event::Add { document, text });
    }

    /// Queries, with the answers counted in the texts.
    fn ask(&mut self, present: &[Option<Present>], random: &mut Random) {
        let mut asked: Vec<String> = (0..2 * QUERIES).filter_map(|_| some_word(present, random)).collect();
        asked.push("a_word_that_no_text_has_but_this_".repeat(2));
        for pair in asked.windows(2).step_by(2) {
            let both = |p: &&Present| pair.iter().all(|word| p.counts.contains_key(word));
            let expected = present.iter().flatten().filter(both).count() as u64;
            self.events.push(Event::FindBoth { words: [pair[0].clone(), pair[1].clone()], expected });
        }
        for word in asked {
            let mut expected = Found::default();
            for count in present.iter().flatten().filter_map(|p| p.counts.get(&word)) {
                expected.documents += 1;
                expected.occurrences += count;
            }
            self.events.push(Event::Find { word, expected });
        }
    }
}

/// A word from a random place of a random text.
fn some_word(present: &[Option<Present>], random: &mut Random) -> Option<String> {
    let text = &present[random.below(present.len())].as_ref()?.text;
    let mut place = random.below(text.len().max(1));
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    words(&text[place..]).nth(1).map(str::to_owned)
}

/// Another edition of a text: every seventh line is gone, and a line is new.
fn edition(text: &str, number: usize) -> String {
    let lines = text.lines().enumerate().filter(|(i, _)| !(i + number).is_multiple_of(7));
    let mut edition: Vec<&str> = lines.map(|(_, line)| line).collect();
    let new = format!("edition {number} edition_{number}");
    edition.insert(edition.len() / 2, &new);
    edition.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_added_when_absent_and_removed_when_present() {
        let files: Vec<String> = (0..30).map(|n| format!("one two\nthree file{n}")).collect();
        let script = Script::over(&files, 5_000);
        let mut present = vec![false; files.len()];
        for event in &script.events {
            match event {
                Event::Add { document, .. } => {
                    assert!(!std::mem::replace(&mut present[*document], true))
                }
                Event::Remove { document } => assert!(std::mem::take(&mut present[*document])),
                Event::Find { .. } | Event::FindBoth { .. } => {}
            }
        }
        assert!(script.words_added >= 5_000);
    }

    #[test]
    fn words_are_letters_digits_and_underscores() {
        let all: Vec<&str> = words("fn a_b(&self) -> Größe2 {}").collect();
        assert_eq!(all, ["fn", "a_b", "self", "Größe2"]);
    }

    #[test]
    fn an_edition_differs_from_its_text_and_from_the_next() {
        let text = "a\nb\nc\nd\ne\nf\ng\nh\n";
        assert_ne!(edition(text, 1), text);
        assert_ne!(edition(text, 1), edition(text, 2));
        assert!(edition(text, 3).contains("edition_3"));
    }
}
