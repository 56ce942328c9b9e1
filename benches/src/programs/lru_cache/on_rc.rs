//! The chains own the entries; the list goes by weak pointers, in both directions.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::{Cache, End, Link, Store, Value, value};
use crate::measure::Recorder;
use crate::programs::Job;

struct Entry {
    key: u64,
    value: Rc<Value>,
    next: RefCell<Option<Rc<Entry>>>,
    newer: RefCell<Weak<Entry>>,
    older: RefCell<Weak<Entry>>,
}

struct Counted {
    chains: Vec<RefCell<Option<Rc<Entry>>>>,
    ends: [RefCell<Weak<Entry>>; 2],
}

fn weak(entry: Option<Rc<Entry>>) -> Weak<Entry> {
    entry.map_or_else(Weak::new, |entry| Rc::downgrade(&entry))
}

impl Store for Counted {
    type Entry = Rc<Entry>;

    fn make(&self, key: u64) -> Rc<Entry> {
        let none = || RefCell::new(Weak::new());
        Rc::new(Entry { key, value: Rc::new(value(key)), next: RefCell::new(None), newer: none(), older: none() })
    }

    fn chain(&self, chain: usize) -> Option<Rc<Entry>> {
        self.chains[chain].borrow().clone()
    }

    fn set_chain(&self, chain: usize, entry: Option<Rc<Entry>>) {
        self.chains[chain].replace(entry);
    }

    fn key(&self, entry: &Rc<Entry>) -> u64 {
        entry.key
    }

    fn read(&self, entry: &Rc<Entry>) -> u64 {
        entry.value[3]
    }

    fn link(&self, entry: &Rc<Entry>, link: Link) -> Option<Rc<Entry>> {
        match link {
            Link::Chain => entry.next.borrow().clone(),
            Link::Newer => entry.newer.borrow().upgrade(),
            Link::Older => entry.older.borrow().upgrade(),
        }
    }

    fn set_link(&self, entry: &Rc<Entry>, link: Link, to: Option<Rc<Entry>>) {
        match link {
            Link::Chain => drop(entry.next.replace(to)),
            Link::Newer => drop(entry.newer.replace(weak(to))),
            Link::Older => drop(entry.older.replace(weak(to))),
        }
    }

    fn end(&self, end: End) -> Option<Rc<Entry>> {
        self.ends[end as usize].borrow().upgrade()
    }

    fn set_end(&self, end: End, entry: Option<Rc<Entry>>) {
        self.ends[end as usize].replace(weak(entry));
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut cache = Cache::new(job);
    let chains = (0..cache.chains).map(|_| RefCell::new(None)).collect();
    let store = Counted { chains, ends: Default::default() };
    super::run(job, recorder, |keys, _| cache.look_up(keys, &store))
}
