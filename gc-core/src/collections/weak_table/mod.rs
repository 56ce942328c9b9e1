//! A hash table whose keys are weak: what `EphemeronMap`, `WeakSet` and `Interner` are made of.
//!
//! Linear hashing (Litwin, *Linear hashing: a new tool for file and table addressing*, VLDB 1980): there
//! are any number of buckets, one is split when the table grows and two are joined when it shrinks, in
//! turn. So no operation moves more than a few dozen entries, and there is no pause for rehashing,
//! however large the table. A bucket is a chain of pages of up to 32 entries (`page.rs`), mostly of one.
//! The barrier, the mark and young collections work on pages. Tables by identity put neighbours in memory into one
//! bucket, or into the next (`in_order`), and buckets keep their entries in the order in which they came.
//!
//! Entries of dead keys are purged by the program, never by the collector, a little at a time: before a
//! bucket grows, when it is split, and one bucket in turn with every few insertions and removals.
//! Hashes are stored, and nothing but a lookup computes one.
//!
//! User code runs in `matches` only, and nothing is borrowed meanwhile: whoever changes the table there
//! makes a lookup miss, and nothing worse.
//!
//! - **Z4** An entry lies in the bucket that its hash and the number of buckets say.
//! - **Z5** `len` is the number of entries, those of dead keys included.

mod hash;
mod page;
#[cfg(test)]
mod tests;

use core::cell::Cell;

use crate::collections::vec::GcVec;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::Object;
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};

use hash::{bucket_of, joined_to};
use page::{Entry, MOST, Page};

pub(crate) use hash::{in_order, spread};

/// Entries a bucket, on average, above which one is split and below which two are joined.
const FULL: usize = 12;
const SPARSE: usize = 4;
/// A bucket is purged with each so many insertions and removals.
const TURN: u32 = 16;

/// The table, an object.
pub(crate) struct Table<'gc, V> {
    buckets: GcVec<'gc, Option<Page<'gc, V>>>,
    len: Cell<usize>,
    /// As many buckets are kept, however few the entries.
    least: Cell<usize>,
    /// The bucket whose turn it is to be purged, and how many operations there have been since the last.
    cursor: Cell<usize>,
    operations: Cell<u32>,
}

/// Where an entry is, or was.
#[derive(Clone, Copy)]
pub(crate) struct Place<'gc, V> {
    page: Page<'gc, V>,
    index: usize,
    key: Object,
}

/// A page with a free place.
pub(crate) struct Free<'gc, V>(Page<'gc, V>);

impl<'gc, V: Copy + Trace<'gc>> Table<'gc, V> {
    /// An empty table.
    pub(crate) fn try_new(mc: &Mutation<'gc>) -> Result<Gc<'gc, Self>, OutOfMemory> {
        let buckets = GcVec::try_new(mc)?;
        buckets.try_push(mc, None).map_err(|error| error.reason())?;
        let (zero, operations) = (Cell::new(0), Cell::new(0));
        let table = Self { buckets, len: zero.clone(), least: Cell::new(1), cursor: zero, operations };
        Gc::try_new(mc, table).map_err(|error| error.reason())
    }

    /// Makes buckets for `entries` entries in all, of which nothing is split any more.
    pub(crate) fn make_room(&self, mc: &Mutation<'gc>, entries: usize) -> Result<(), OutOfMemory> {
        OutOfMemory::check_size(entries, size_of::<Entry<V>>())?;
        let least = entries.div_ceil(FULL);
        while self.buckets.len() < least {
            self.split(mc)?;
        }
        self.least.set(self.least.get().max(least));
        Ok(())
    }

    /// How many entries there are, those of dead keys included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len.get()
    }

    #[inline]
    fn bucket_of(&self, hash: u64) -> usize {
        bucket_of(hash, self.buckets.len())
    }

    #[inline]
    fn pages(&self, bucket: usize) -> impl Iterator<Item = Page<'gc, V>> {
        let first = self.buckets.get(bucket).flatten();
        core::iter::successors(first, |page| page.next())
    }

    /// The entry of the object `key`.
    #[inline]
    pub(crate) fn find(&self, hash: u64, key: Object) -> Option<Place<'gc, V>> {
        self.pages(self.bucket_of(hash)).find_map(|page| Some(Place { page, index: page.find(key)?, key }))
    }

    /// The entry of a key with this hash that matches.
    pub(crate) fn find_by(&self, hash: u64, mut matches: impl FnMut(Object) -> bool) -> Option<Place<'gc, V>> {
        for page in self.pages(self.bucket_of(hash)) {
            let mut index = 0;
            while let Some(found) = page.hash(index) {
                if found == hash
                    && let Some(key) = page.key(index)
                    && matches(key)
                {
                    return Some(Place { page, index, key });
                }
                index += 1;
            }
        }
        None
    }

    /// The value at a place, if its entry is still there.
    #[inline]
    pub(crate) fn value(&self, mc: &Mutation<'gc>, place: Place<'gc, V>) -> Option<V> {
        let entry = place.page.read(place.index).filter(|entry| entry.key == place.key)?;
        mc.state().hand_out(&entry.value);
        Some(entry.value)
    }

    /// Replaces the value at a place, if its entry is still there. Returns the old one.
    pub(crate) fn replace(&self, mc: &Mutation<'gc>, place: Place<'gc, V>, value: V) -> Option<V> {
        let old = self.value(mc, place)?;
        place.page.open(mc).set_value(place.index, value);
        Some(old)
    }

    /// Takes out the entry at a place, if it is still there. Returns its value.
    pub(crate) fn remove(&self, mc: &Mutation<'gc>, place: Place<'gc, V>) -> Option<V> {
        let old = self.take_out(mc, place)?;
        self.tend(mc);
        Some(old)
    }

    /// The same, and does nothing else: no other entry moves, but within the page.
    pub(crate) fn take_out(&self, mc: &Mutation<'gc>, place: Place<'gc, V>) -> Option<V> {
        let old = self.value(mc, place)?;
        place.page.open(mc).swap_remove(place.index);
        self.len.set(self.len.get() - 1);
        Some(old)
    }

    /// Puts in the entry of a key that is not there.
    pub(crate) fn insert(&self, mc: &Mutation<'gc>, hash: u64, key: Object, value: V) -> Result<(), OutOfMemory> {
        let free = self.make_place(mc, hash)?;
        self.fill(mc, free, hash, key, value);
        Ok(())
    }

    /// Makes a free place for an entry with this hash. It is good until the table is used for something else.
    pub(crate) fn make_place(&self, mc: &Mutation<'gc>, hash: u64) -> Result<Free<'gc, V>, OutOfMemory> {
        self.tend(mc);
        let bucket = self.bucket_of(hash);
        let free = |page: &Page<'gc, V>| page.used() < page.places();
        let mut page = self.pages(bucket).find(free);
        if page.is_none() && self.purge_bucket(mc, bucket) > 0 {
            page = self.pages(bucket).find(free);
        }
        page.map_or_else(|| self.grow(mc, bucket), Ok).map(Free)
    }

    /// Puts in the entry of a key that is not there, with the hash that the place was made for.
    pub(crate) fn fill(&self, mc: &Mutation<'gc>, free: Free<'gc, V>, hash: u64, key: Object, value: V) {
        free.0.open(mc).push(Entry { key, hash, value });
        self.len.set(self.len.get() + 1);
        if self.len.get() > self.buckets.len() * FULL {
            // Without memory for more buckets these get fuller.
            let _ = self.split(mc);
        }
    }

    /// A page with a free place at the end of a bucket: the last one enlarged, or another. One that is replaced is
    /// left empty: somebody may know of entries in it.
    #[cold]
    fn grow(&self, mc: &Mutation<'gc>, bucket: usize) -> Result<Page<'gc, V>, OutOfMemory> {
        let last = self.pages(bucket).last();
        let before = |page| self.pages(bucket).take_while(move |p| *p != page).last();
        let (new, before) = match last {
            Some(last) if last.places() < MOST => {
                let new = Page::try_new(mc, last.places() * 2)?;
                let open = new.open(mc);
                (0..last.used()).filter_map(|index| last.read(index)).for_each(|entry| open.push(entry));
                (new, before(last))
            }
            last => (Page::try_new(mc, 1)?, last),
        };
        self.link(mc, bucket, before, Some(new));
        if let Some(last) = last.filter(|&last| before != Some(last)) {
            last.open(mc).forget_all();
        }
        Ok(new)
    }

    /// Makes `page` the one that comes after `before` in a bucket; the first one, if that is `None`.
    fn link(&self, mc: &Mutation<'gc>, bucket: usize, before: Option<Page<'gc, V>>, page: Option<Page<'gc, V>>) {
        match before {
            Some(before) => before.open(mc).set_next(page),
            None => self.buckets.set(mc, bucket, page),
        }
    }

    /// Splits the bucket whose turn it is.
    fn split(&self, mc: &Mutation<'gc>) -> Result<(), OutOfMemory> {
        let buckets = self.buckets.len();
        let low = 1 << buckets.ilog2();
        let from = buckets - low;
        self.purge_bucket(mc, from);
        let moves = |hash: u64| hash as usize & (2 * low - 1) == buckets;
        let entries = self.pages(from).flat_map(|page| (0..page.used()).filter_map(move |index| page.hash(index)));
        let mut left = entries.filter(|&hash| moves(hash)).count();
        // All memory first: from the push on the entries belong into the new bucket.
        let mut first: Option<Page<'gc, V>> = None;
        while left > 0 {
            let page = Page::try_new(mc, left)?;
            page.open(mc).set_next(first);
            left = left.saturating_sub(page.places());
            first = Some(page);
        }
        self.buckets.try_push(mc, first).map_err(|error| error.reason())?;
        // All keep their order, which is that of their keys' addresses, or nearly: the mark makes use of that.
        let mut to = first;
        for page in self.pages(from) {
            let moves_here = (0..page.used()).any(|index| page.hash(index).is_some_and(moves));
            if !moves_here {
                continue;
            }
            page.open(mc).retain(|entry| {
                while to.is_some_and(|page| page.used() == page.places()) {
                    to = to.and_then(Page::next);
                }
                match to {
                    Some(to) if moves(entry.hash) => to.open(mc).push(entry),
                    _ => return true,
                }
                false
            });
        }
        self.unlink_empty(mc, from);
        Ok(())
    }

    /// Joins the last bucket to the one that it was split from: entries move to free places there, and
    /// pages whose entries find none. Takes no memory.
    fn join(&self, mc: &Mutation<'gc>) {
        let last = self.buckets.len() - 1;
        let into = joined_to(last);
        let mut next = self.buckets.get(last).flatten();
        self.buckets.pop(mc);
        if self.buckets.capacity() > 2 * self.buckets.len() + 256 {
            self.buckets.shrink_to_fit(mc);
        }
        while let Some(page) = next {
            next = page.next();
            let from = page.open(mc);
            while let Some(entry) = page.used().checked_sub(1).and_then(|index| page.read(index))
                && let Some(free) = self.pages(into).find(|page| page.used() < page.places())
            {
                from.swap_remove(page.used() - 1);
                free.open(mc).push(entry);
            }
            if page.used() > 0 {
                from.set_next(None);
                self.link(mc, into, self.pages(into).last(), Some(page));
            }
        }
        self.unlink_empty(mc, into);
    }

    /// Purges a bucket now and then, and joins two if the table has shrunk.
    #[inline]
    fn tend(&self, mc: &Mutation<'gc>) {
        self.operations.set(self.operations.get() + 1);
        if self.operations.get() >= TURN {
            self.take_turn(mc);
        }
    }

    #[cold]
    fn take_turn(&self, mc: &Mutation<'gc>) {
        self.operations.set(0);
        let bucket = self.cursor.get() % self.buckets.len();
        self.cursor.set(bucket + 1);
        self.purge_bucket(mc, bucket);
        if self.is_sparse() {
            self.join(mc);
        }
    }

    fn is_sparse(&self) -> bool {
        self.buckets.len() > self.least.get() && self.len.get() < self.buckets.len() * SPARSE
    }

    /// Removes the entries of dead keys, and empty buckets. Returns how many there were.
    pub(crate) fn purge(&self, mc: &Mutation<'gc>) -> usize {
        let purged = (0..self.buckets.len()).map(|bucket| self.purge_bucket(mc, bucket)).sum();
        while self.is_sparse() {
            self.join(mc);
        }
        purged
    }

    fn purge_bucket(&self, mc: &Mutation<'gc>, bucket: usize) -> usize {
        let mut purged = 0;
        let mut empty = false;
        for page in self.pages(bucket) {
            for index in (0..page.used()).rev() {
                if page.key(index).is_some_and(|key| !mc.state().is_alive(key)) {
                    page.open(mc).swap_remove(index);
                    purged += 1;
                }
            }
            empty |= page.used() == 0;
        }
        if empty {
            self.unlink_empty(mc, bucket);
        }
        self.len.set(self.len.get() - purged);
        purged
    }

    /// Lets go of the pages of a bucket in which nothing is.
    fn unlink_empty(&self, mc: &Mutation<'gc>, bucket: usize) {
        let mut before = None;
        let mut next = self.buckets.get(bucket).flatten();
        while let Some(page) = next {
            next = page.next();
            if page.used() == 0 {
                self.link(mc, bucket, before, next);
            } else {
                before = Some(page);
            }
        }
    }

    /// Removes everything.
    pub(crate) fn clear(&self, mc: &Mutation<'gc>) {
        self.buckets.truncate(mc, 1);
        self.buckets.set(mc, 0, None);
        self.least.set(1);
        self.len.set(0);
    }

    /// Checks Z4 and Z5.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        let mut len = 0;
        for bucket in 0..self.buckets.len() {
            for page in self.pages(bucket) {
                len += page.used();
                assert!((0..page.used()).all(|index| page.hash(index).is_some_and(|h| self.bucket_of(h) == bucket)));
            }
        }
        assert_eq!(len, self.len.get());
    }

    /// How many buckets there are, and pages.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        let buckets = self.buckets.len();
        (buckets, (0..buckets).map(|bucket| self.pages(bucket).count()).sum())
    }
}

/// The entries of a table whose keys are alive: keys and values, by value.
///
/// A bucket's keys are noted when it is entered, and each entry is looked for when its turn comes: so the program may
/// change the table in between, and is given what is there then. If buckets have been joined meanwhile, those
/// that took entries in are gone through once more.
pub(crate) struct Entries<'gc, V> {
    table: Gc<'gc, Table<'gc, V>>,
    /// What is left of the bucket at hand, with the hashes.
    left: Vec<(Place<'gc, V>, u64)>,
    /// The next bucket, and as many as there were when the last one was entered.
    next: usize,
    buckets: usize,
    /// Buckets to be gone through again.
    again: Vec<usize>,
}

impl<'gc, V: Copy + Trace<'gc>> Entries<'gc, V> {
    pub(crate) fn of(table: Gc<'gc, Table<'gc, V>>) -> Self {
        Self { table, left: Vec::new(), next: 0, buckets: 0, again: Vec::new() }
    }

    /// The next entry whose key is alive, handed out to the program, and where it is.
    pub(crate) fn next(&mut self, mc: &Mutation<'gc>) -> Option<(Place<'gc, V>, V)> {
        loop {
            let Some((place, hash)) = self.left.pop() else {
                self.enter_next_bucket()?;
                continue;
            };
            let place = if place.is_there() { Some(place) } else { self.table.find(hash, place.key) };
            if let Some(place) = place
                && mc.state().upgrade(place.key)
                && let Some(value) = self.table.value(mc, place)
            {
                return Some((place, value));
            }
        }
    }

    fn enter_next_bucket(&mut self) -> Option<()> {
        let buckets = self.table.buckets.len();
        if buckets < self.buckets {
            self.look_back(buckets);
        }
        self.buckets = buckets;
        let bucket = match self.again.pop() {
            Some(mut bucket) => {
                // It may have been joined to another one itself.
                while bucket >= buckets {
                    bucket = joined_to(bucket);
                }
                bucket
            }
            None if self.next < buckets => {
                self.next += 1;
                self.next - 1
            }
            None => return None,
        };
        for page in self.table.pages(bucket) {
            let entries = (0..page.used()).filter_map(|index| page.read(index).map(|entry| (index, entry)));
            self.left.extend(entries.map(|(index, Entry { key, hash, .. })| (Place { page, index, key }, hash)));
        }
        Some(())
    }

    /// The last buckets have been joined to others. Those that we have passed are to be gone through again.
    #[cold]
    fn look_back(&mut self, buckets: usize) {
        let gone = buckets.max(self.next)..self.buckets;
        self.again.extend(gone.map(joined_to).filter(|&into| into < self.next));
    }
}

impl<V> Place<'_, V> {
    /// The key.
    pub(crate) fn key(&self) -> Object {
        self.key
    }

    /// True if the entry is still there.
    #[inline]
    fn is_there(&self) -> bool {
        self.page.key(self.index) == Some(self.key)
    }
}

// SAFETY: visits the buckets, which are all there is of pointers, and reads nothing else. They are set
// once.
unsafe impl<'gc, V: Trace<'gc>> Trace<'gc> for Table<'gc, V> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.buckets.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.buckets.relocate(relocator);
    }
}

// SAFETY: the brand of a table is that of its heap, and its values have the same.
unsafe impl<'x, V: Rebrand> Rebrand for Table<'x, V> {
    type At<'b> = Table<'b, V::At<'b>>;
}
