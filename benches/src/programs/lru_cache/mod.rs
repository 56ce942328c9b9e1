//! A cache that forgets what was not used for longest: a hash table of chains, and a list from the newest entry to the
//! oldest, in both directions. Every hit takes an entry out of the list and puts it in front.
//!
//! Pointer-rich and full of cycles; entries live long, and then die in the order of their last use, which is no order in
//! memory. Keys are skewed: two thirds of the look-ups go to an eighth of them. One operation is one look-up.
//!
//! The algorithm is written once, over what each collector offers to keep entries in ([`Store`]). On `Rc` the chains
//! own the entries, and the list is weak.

#[cfg(feature = "peers")]
mod on_bumpalo;
#[cfg(feature = "peers")]
mod on_gc_arena;
mod on_gc_core;
mod on_rc;

use super::{Contender, Job, Program};
use crate::measure::{Checksum, Recorder};
use crate::random::Random;

pub(crate) static LRU_CACHE: Program = Program {
    name: "lru-cache",
    about: "a cache of 200,000 (full: 1 million) entries, looked up 1 million (full: 20 million) times",
    operation: "look-up",
    contenders: &[
        Contender::own_memory("gc-core", on_gc_core::run),
        #[cfg(feature = "peers")]
        Contender::on_malloc("gc-arena", on_gc_arena::run),
        Contender::on_malloc("Rc", on_rc::run),
        #[cfg(feature = "peers")]
        Contender::own_memory("bumpalo", on_bumpalo::run),
    ],
    serves_requests: true,
    over_heap_size: true,
    ..Program::PLAIN
};

/// Look-ups in one mutation: a request.
const BATCH: usize = 32;

/// What an entry points to, besides other entries.
type Value = [u64; 4];

fn value(key: u64) -> Value {
    [key, 1, 2, key << 3]
}

/// The ways from an entry to others.
#[derive(Clone, Copy)]
enum Link {
    /// The next one in its chain.
    Chain,
    Newer,
    Older,
}

/// The ends of the list.
#[derive(Clone, Copy)]
enum End {
    Newest,
    Oldest,
}

/// Where entries are kept: the ways between them, by reference, as the collector has them.
trait Store {
    /// A pointer to an entry.
    type Entry: Clone;
    /// A new entry with the key and its value, without links.
    fn make(&self, key: u64) -> Self::Entry;
    /// The first entry of a chain.
    fn chain(&self, chain: usize) -> Option<Self::Entry>;
    fn set_chain(&self, chain: usize, entry: Option<Self::Entry>);
    fn key(&self, entry: &Self::Entry) -> u64;
    /// What is read off the value.
    fn read(&self, entry: &Self::Entry) -> u64;
    fn link(&self, entry: &Self::Entry, link: Link) -> Option<Self::Entry>;
    fn set_link(&self, entry: &Self::Entry, link: Link, to: Option<Self::Entry>);
    fn end(&self, end: End) -> Option<Self::Entry>;
    fn set_end(&self, end: End, entry: Option<Self::Entry>);
}

/// What is known of a cache besides its entries.
#[derive(Clone, Copy)]
struct Cache {
    capacity: usize,
    chains: usize,
    len: usize,
}

impl Cache {
    fn new(job: &Job) -> Self {
        let capacity: usize = job.size.pick(500, 200_000, 1_000_000);
        Self { capacity, chains: capacity.next_power_of_two(), len: 0 }
    }

    /// Fibonacci hashing (Knuth).
    #[inline]
    fn chain_of(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (self.chains - 1)
    }

    /// Looks the keys up, making entries for those that are missing. Returns the sum of what was read off the entries that
    /// were there.
    fn look_up(&mut self, keys: &[u64; BATCH], store: &impl Store) -> u64 {
        let mut sum = 0u64;
        for &key in keys {
            match self.find(key, store) {
                Some(entry) => {
                    sum = sum.wrapping_mul(3).wrapping_add(store.read(&entry));
                    unlink(&entry, store);
                    put_in_front(entry, store);
                }
                None => self.insert(key, store),
            }
        }
        sum
    }

    fn find<S: Store>(&self, key: u64, store: &S) -> Option<S::Entry> {
        let mut at = store.chain(self.chain_of(key));
        while let Some(entry) = at {
            if store.key(&entry) == key {
                return Some(entry);
            }
            at = store.link(&entry, Link::Chain);
        }
        None
    }

    fn insert(&mut self, key: u64, store: &impl Store) {
        if self.len == self.capacity {
            self.forget_oldest(store);
        } else {
            self.len += 1;
        }
        let (entry, chain) = (store.make(key), self.chain_of(key));
        store.set_link(&entry, Link::Chain, store.chain(chain));
        store.set_chain(chain, Some(entry.clone()));
        put_in_front(entry, store);
    }

    fn forget_oldest<S: Store>(&self, store: &S) {
        let oldest = store.end(End::Oldest).expect("a full cache has entries");
        unlink(&oldest, store);
        let key = store.key(&oldest);
        let after = store.link(&oldest, Link::Chain);
        let chain = self.chain_of(key);
        let mut before: Option<S::Entry> = None;
        let mut at = store.chain(chain).expect("an entry is in its chain");
        while store.key(&at) != key {
            let next = store.link(&at, Link::Chain).expect("an entry is in its chain");
            before = Some(std::mem::replace(&mut at, next));
        }
        match before {
            Some(before) => store.set_link(&before, Link::Chain, after),
            None => store.set_chain(chain, after),
        }
    }
}

/// Takes an entry out of the list.
fn unlink<S: Store>(entry: &S::Entry, store: &S) {
    let (newer, older) = (store.link(entry, Link::Newer), store.link(entry, Link::Older));
    match &newer {
        Some(newer) => store.set_link(newer, Link::Older, older.clone()),
        None => store.set_end(End::Newest, older.clone()),
    }
    match &older {
        Some(older) => store.set_link(older, Link::Newer, newer),
        None => store.set_end(End::Oldest, newer),
    }
}

/// Makes an entry, which is not in the list, the newest.
fn put_in_front<S: Store>(entry: S::Entry, store: &S) {
    let second = store.end(End::Newest);
    store.set_link(&entry, Link::Newer, None);
    match &second {
        Some(second) => store.set_link(second, Link::Newer, Some(entry.clone())),
        None => store.set_end(End::Oldest, Some(entry.clone())),
    }
    store.set_link(&entry, Link::Older, second);
    store.set_end(End::Newest, Some(entry));
}

/// `look_up(keys, recorder)` looks a batch of keys up in a [`Cache`] over the collector's [`Store`].
fn run(job: &Job, recorder: &mut Recorder, mut look_up: impl FnMut(&[u64; BATCH], &mut Recorder) -> u64) -> u64 {
    let batches: usize = job.size.pick(6_400, 1_000_000, 20_000_000) / BATCH;
    let keys = 2 * Cache::new(job).capacity;
    let mut random = Random::seeded(47);
    let mut checksum = Checksum::new();
    recorder.timed(|recorder| {
        for _ in 0..batches {
            // The product of three numbers below 1, in effect: small keys are looked up far more often.
            let mut key = || {
                let end = random.below(keys) + 1;
                let end = random.below(end) + 1;
                random.below(end) as u64
            };
            let keys = std::array::from_fn(|_| key());
            checksum.add(recorder.request(|recorder| look_up(&keys, recorder)));
        }
    });
    recorder.operations((batches * BATCH) as u64);
    checksum.value()
}
