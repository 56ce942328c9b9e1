//! Chains in pages, so that a write while gc-arena marks sends a page back to the queue, and not the whole table. A
//! mutation for each batch, and a safepoint after it.

use gc_arena::barrier::field;
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable, lock::Lock};

use super::{BATCH, Cache, End, Link, Store, Value, value};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

type Pointer<'gc> = Gc<'gc, Entry<'gc>>;
type Slot<'gc> = Lock<Option<Pointer<'gc>>>;

/// Chains a page.
const PAGE: usize = 128;

#[derive(Collect)]
#[collect(no_drop)]
struct Entry<'gc> {
    key: u64,
    value: Gc<'gc, Value>,
    links: [Slot<'gc>; 3],
}

#[derive(Collect)]
#[collect(no_drop)]
struct Root<'gc> {
    chains: Vec<Gc<'gc, Vec<Slot<'gc>>>>,
    ends: Gc<'gc, [Slot<'gc>; 2]>,
}

/// The arena during a mutation.
struct InArena<'a, 'gc> {
    mc: &'a Mutation<'gc>,
    root: &'a Root<'gc>,
}

impl<'gc> Store for InArena<'_, 'gc> {
    type Entry = Pointer<'gc>;

    fn make(&self, key: u64) -> Pointer<'gc> {
        let value = Gc::new_static(self.mc, value(key));
        Gc::new(self.mc, Entry { key, value, links: Default::default() })
    }

    fn chain(&self, chain: usize) -> Option<Pointer<'gc>> {
        self.root.chains[chain / PAGE][chain % PAGE].get()
    }

    fn set_chain(&self, chain: usize, entry: Option<Pointer<'gc>>) {
        Gc::write(self.mc, self.root.chains[chain / PAGE])[chain % PAGE].unlock().set(entry);
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
        field!(Gc::write(self.mc, *entry), Entry, links)[link as usize].unlock().set(to);
    }

    fn end(&self, end: End) -> Option<Pointer<'gc>> {
        self.root.ends[end as usize].get()
    }

    fn set_end(&self, end: End, entry: Option<Pointer<'gc>>) {
        Gc::write(self.mc, self.root.ends)[end as usize].unlock().set(entry);
    }
}

pub(super) fn run(job: &Job, recorder: &mut Recorder) -> u64 {
    let mut cache = Cache::new(job);
    let pages = cache.chains.div_ceil(PAGE);
    let arena = Arena::<Rootable![Root<'_>]>::new(|mc| {
        let page = |_| Gc::new(mc, (0..PAGE).map(|_| Slot::default()).collect());
        Root { chains: (0..pages).map(page).collect(), ends: Gc::new(mc, Default::default()) }
    });
    let mut arena = paced(job, arena);
    super::run(job, recorder, |keys: &[u64; BATCH], recorder| {
        let sum = arena.mutate(|mc, root| cache.look_up(keys, &InArena { mc, root }));
        safepoint(&mut arena, recorder);
        sum
    })
}
