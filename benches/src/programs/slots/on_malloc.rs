//! Objects in `Rc`s and boxes; each dies at once. Whether memory goes back to the system is up to malloc.

use std::ops::{Deref, Range};
use std::rc::Rc;

use super::{Large, Slots, Small, Work, large, objects, small};
use crate::measure::Recorder;
use crate::programs::Job;

/// Slots of some kind of pointer, and how one is made.
pub(super) struct Tables<S, L> {
    small: Vec<Option<S>>,
    large: Vec<Option<L>>,
    new_small: fn(Small) -> S,
    new_large: fn(Large) -> L,
}

impl<S: Deref<Target = Small>, L: Deref<Target = Large>> Slots for Tables<S, L> {
    fn fill(&mut self, slots: Range<usize>, _: &mut Recorder) {
        for slot in slots {
            self.small[slot] = Some((self.new_small)(small(slot)));
        }
    }

    fn fill_large(&mut self, slots: Range<usize>, _: &mut Recorder) {
        for slot in slots {
            self.large[slot] = Some((self.new_large)(large(slot)));
        }
    }

    fn clear(&mut self, slots: Range<usize>, dies: fn(usize) -> bool, _: &mut Recorder) {
        for slot in slots.filter(|&slot| dies(slot)) {
            self.small[slot] = None;
        }
    }

    fn sum(&mut self) -> u64 {
        let small = self.small.iter().flatten().map(|object| object[7]);
        let large = self.large.iter().flatten().map(|object| object[15]);
        small.chain(large).fold(0, u64::wrapping_add)
    }
}

fn tables<S, L>(job: &Job, new_small: fn(Small) -> S, new_large: fn(Large) -> L) -> Tables<S, L> {
    let objects = objects(job);
    let small = (0..objects).map(|_| None).collect();
    let large = (0..objects / 4).map(|_| None).collect();
    Tables { small, large, new_small, new_large }
}

pub(super) fn run_rc(job: &Job, recorder: &mut Recorder, work: impl Work<Tables<Rc<Small>, Rc<Large>>>) -> u64 {
    work(job, recorder, &mut tables(job, Rc::new, Rc::new))
}

pub(super) fn run_box(job: &Job, recorder: &mut Recorder, work: impl Work<Tables<Box<Small>, Box<Large>>>) -> u64 {
    work(job, recorder, &mut tables(job, Box::new, Box::new))
}
