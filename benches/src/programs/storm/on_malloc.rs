//! Holders in a vector of `Rc`s or boxes; what they held dies at once, with one `free`.

use std::cell::Cell;
use std::rc::Rc;

use super::{BATCH, Storm, Value, holders, value};
use crate::measure::Recorder;
use crate::programs::Job;

macro_rules! holders_of {
    ($pointer:ident) => {{
        #[derive(Default)]
        struct Holder {
            held: Cell<Option<$pointer<Value>>>,
        }

        impl Storm for Vec<$pointer<Holder>> {
            fn store(&mut self, first: u64, mut holder: impl FnMut() -> usize, _: &mut Recorder) -> u64 {
                let mut sum = 0u64;
                for number in first..first + BATCH {
                    let old = self[holder()].held.replace(Some($pointer::new(value(number))));
                    sum = sum.wrapping_add(old.map_or(0, |old| old[0] ^ old[2]));
                }
                sum
            }
        }

        |job: &Job, recorder: &mut Recorder| {
            let mut all: Vec<$pointer<Holder>> = (0..holders(job)).map(|_| Default::default()).collect();
            super::run(job, recorder, &mut all)
        }
    }};
}

pub(super) fn run_rc(job: &Job, recorder: &mut Recorder) -> u64 {
    holders_of!(Rc)(job, recorder)
}

pub(super) fn run_box(job: &Job, recorder: &mut Recorder) -> u64 {
    holders_of!(Box)(job, recorder)
}
