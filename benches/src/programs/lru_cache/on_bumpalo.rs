//! No collector, and nothing is ever freed.

use std::cell::Cell;

use bumpalo::Bump;

use super::{Cache, End, Link, Store, Value, value};
use crate::measure::Recorder;
use crate::programs::Job;

type Slot<'a> = Cell<Option<&'a Entry<'a>>>;

struct Entry<'a> {
    key: u64,
    value: &'a Value,
    links: [Slot<'a>; 3],
}

struct Region<'a> {
    bump: &'a Bump,
    chains: Vec<Slot<'a>>,
    ends: [Slot<'a>; 2],
}

impl<'a> Store for Region<'a> {
    type Entry = &'a Entry<'a>;

    fn make(&self, key: u64) -> &'a Entry<'a> {
        let value = self.bump.alloc(value(key));
        self.bump.alloc(Entry { key, value, links: Default::default() })
    }

    fn chain(&self, chain: usize) -> Option<&'a Entry<'a>> {
        self.chains[chain].get()
    }

    fn set_chain(&self, chain: usize, entry: Option<&'a Entry<'a>>) {
        self.chains[chain].set(entry);
    }

    fn key(&self, entry: &&'a Entry<'a>) -> u64 {
        entry.key
    }

    fn read(&self, entry: &&'a Entry<'a>) -> u64 {
        entry.value[3]
    }

    fn link(&self, entry: &&'a Entry<'a>, link: Link) -> Option<&'a Entry<'a>> {
        entry.links[link as usize].get()
    }

    fn set_link(&self, entry: &&'a Entry<'a>, link: Link, to: Option<&'a Entry<'a>>) {
        entry.links[link as usize].set(to);
    }

    fn end(&self, end: End) -> Option<&'a Entry<'a>> {
        self.ends[end as usize].get()
    }

    fn set_end(&self, end: End, entry: Option<&'a Entry<'a>>) {
        self.ends[end as usize].set(entry);
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let bump = Bump::new();
    let mut cache = Cache::new(job);
    let chains = (0..cache.chains).map(|_| Cell::new(None)).collect();
    let store = Region { bump: &bump, chains, ends: Default::default() };
    super::run(job, recorder, |keys, _| cache.look_up(keys, &store))
}
