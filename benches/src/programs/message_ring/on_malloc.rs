//! Each message in an `Rc` or a `Box`; the ring is a vector. The one that is replaced dies at once,
//! so there is no pause to speak of: each costs one `free`.

use std::ops::Deref;
use std::rc::Rc;

use super::{BATCH, Message, Ring, message, read, slots};
use crate::measure::Recorder;
use crate::programs::Job;

struct Vector<P> {
    slots: Vec<Option<P>>,
    new: fn(Message) -> P,
}

impl<P: Deref<Target = Message>> Ring for Vector<P> {
    fn push(&mut self, first: u64, _: &mut Recorder) -> u64 {
        let mut sum = 0u64;
        for number in first..first + BATCH {
            let slot = number as usize % self.slots.len();
            let old = self.slots[slot].replace((self.new)(message(number)));
            sum = sum.wrapping_add(old.map_or(0, |old| read(&old)));
        }
        sum
    }

    fn sum(&mut self) -> u64 {
        self.slots.iter().flatten().fold(0u64, |sum, message| sum.wrapping_add(read(message)))
    }
}

pub(super) fn run_rc(job: &Job, recorder: &mut Recorder) -> u64 {
    let slots = (0..slots(job)).map(|_| None).collect();
    super::run(job, recorder, &mut Vector { slots, new: Rc::new })
}

pub(super) fn run_box(job: &Job, recorder: &mut Recorder) -> u64 {
    let slots = (0..slots(job)).map(|_| None).collect();
    super::run(job, recorder, &mut Vector { slots, new: Box::new })
}
