//! Chains are a slice of cells; entries are linked by cells, written through the barrier. A mutation for each batch.

use gc_core::{Gc, GcCell, Mutation, Trace};

use super::{BATCH, Cache, End, Link, Store, Value, value};
use crate::heap::{follow, take_pauses};
use crate::measure::Recorder;
use crate::programs::Job;

type Pointer<'gc> = Gc<'gc, Entry<'gc>>;

#[derive(Trace)]
struct Entry<'gc> {
    key: u64,
    value: Gc<'gc, Value>,
    links: [GcCell<Option<Pointer<'gc>>>; 3],
}

#[derive(Trace)]
struct Root<'gc> {
    chains: Gc<'gc, [GcCell<Option<Pointer<'gc>>>]>,
    ends: [GcCell<Option<Pointer<'gc>>>; 2],
}

/// The heap during a mutation.
struct InHeap<'gc> {
    mc: &'gc Mutation<'gc>,
    root: Gc<'gc, Root<'gc>>,
}

impl<'gc> Store for InHeap<'gc> {
    type Entry = Pointer<'gc>;

    fn make(&self, key: u64) -> Pointer<'gc> {
        let value = Gc::new(self.mc, value(key));
        Gc::new(self.mc, Entry { key, value, links: std::array::from_fn(|_| GcCell::new(None)) })
    }

    fn chain(&self, chain: usize) -> Option<Pointer<'gc>> {
        self.root.chains[chain].get()
    }

    fn set_chain(&self, chain: usize, entry: Option<Pointer<'gc>>) {
        self.root.chains.write(self.mc, |chains| &chains[chain]).set(entry);
    }

    fn key(&self, entry: &Pointer<'gc>) -> u64 {
        entry.key
    }

    fn read(&self, entry: &Pointer<'gc>) -> u64 {
        entry.value[3]
    }

    fn link(&self, entry: &Pointer<'gc>, link: Link) -> Option<Pointer<'gc>> {
        entry.links[link as usize].get()
    }

    fn set_link(&self, entry: &Pointer<'gc>, link: Link, to: Option<Pointer<'gc>>) {
        entry.write(self.mc, |e| &e.links[link as usize]).set(to);
    }

    fn end(&self, end: End) -> Option<Pointer<'gc>> {
        self.root.ends[end as usize].get()
    }

    fn set_end(&self, end: End, entry: Option<Pointer<'gc>>) {
        self.root.write(self.mc, |r| &r.ends[end as usize]).set(entry);
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut cache = Cache::new(job);
    let mut heap = crate::heap::new::<Root<'_>>(job, |mc| Root {
        chains: Gc::from_fn(mc, cache.chains, |_| GcCell::new(None)),
        ends: [GcCell::new(None), GcCell::new(None)],
    });
    let checksum = super::run(job, recorder, |keys: &[u64; BATCH], recorder| {
        let sum = heap.mutate(|mc, root| cache.look_up(keys, &InHeap { mc, root }));
        follow(&heap, recorder);
        sum
    });
    take_pauses(&heap, recorder);
    checksum
}
