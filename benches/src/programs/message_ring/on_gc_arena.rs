//! The ring as a vector in one `RefLock`, and as a table of pages, each a `RefLock` of its own.
//!
//! A write while gc-arena marks sends the whole written object back to the queue, so a vector in one
//! lock is traced again and again; pages make that a page. Building them by hand is what a program
//! with a big table would do.

use gc_arena::{Arena, Collect, Gc, Rootable, lock::RefLock};

use super::{BATCH, Message, Ring, message, read, slots};
use crate::arena::{paced, safepoint};
use crate::measure::Recorder;
use crate::programs::Job;

type Slot<'gc> = Option<Gc<'gc, Message>>;

/// Slots a page.
const PAGE: usize = 128;

type Vector<'gc> = Gc<'gc, RefLock<Vec<Slot<'gc>>>>;

#[derive(Collect)]
#[collect(no_drop)]
struct Pages<'gc> {
    pages: Vec<Gc<'gc, RefLock<Vec<Slot<'gc>>>>>,
}

fn sum_of(slots: &[Slot<'_>]) -> u64 {
    slots.iter().flatten().fold(0u64, |sum, message| sum.wrapping_add(read(message)))
}

struct InOneLock {
    arena: Arena<Rootable![Vector<'_>]>,
    len: usize,
}

impl Ring for InOneLock {
    fn push(&mut self, first: u64, recorder: &mut Recorder) -> u64 {
        let len = self.len;
        let sum = self.arena.mutate(|mc, ring| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new_static(mc, message(number));
                let old = ring.borrow_mut(mc)[number as usize % len].replace(new);
                sum = sum.wrapping_add(old.map_or(0, |old| read(&old)));
            }
            sum
        });
        safepoint(&mut self.arena, recorder);
        sum
    }

    fn sum(&mut self) -> u64 {
        self.arena.mutate(|_, ring| sum_of(&ring.borrow()))
    }
}

struct InPages {
    arena: Arena<Rootable![Pages<'_>]>,
    len: usize,
}

impl Ring for InPages {
    fn push(&mut self, first: u64, recorder: &mut Recorder) -> u64 {
        let len = self.len;
        let sum = self.arena.mutate(|mc, ring| {
            let mut sum = 0u64;
            for number in first..first + BATCH {
                let new = Gc::new_static(mc, message(number));
                let slot = number as usize % len;
                let page = ring.pages[slot / PAGE];
                let old = page.borrow_mut(mc)[slot % PAGE].replace(new);
                sum = sum.wrapping_add(old.map_or(0, |old| read(&old)));
            }
            sum
        });
        safepoint(&mut self.arena, recorder);
        sum
    }

    fn sum(&mut self) -> u64 {
        let sum = |sum: u64, page: &Vector<'_>| sum.wrapping_add(sum_of(&page.borrow()));
        self.arena.mutate(|_, ring| ring.pages.iter().fold(0, sum))
    }
}

pub(super) fn run_refcell(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = slots(job);
    let arena = Arena::new(|mc| Gc::new(mc, RefLock::new(vec![None; len])));
    super::run(job, recorder, &mut InOneLock { arena: paced(job, arena), len })
}

pub(super) fn run_pages(job: &Job, recorder: &mut Recorder) -> u64 {
    let len = slots(job);
    let arena = Arena::new(|mc| {
        let page = |_| Gc::new(mc, RefLock::new(vec![None; PAGE]));
        Pages { pages: (0..len.div_ceil(PAGE)).map(page).collect() }
    });
    super::run(job, recorder, &mut InPages { arena: paced(job, arena), len })
}
