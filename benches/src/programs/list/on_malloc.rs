//! Links in `Rc`s and in boxes. Dropping one by one, from the front, keeps the drop from recursing.

use std::rc::Rc;

use super::{BATCH, List, fold};
use crate::measure::Recorder;
use crate::programs::Job;

macro_rules! list_of {
    ($pointer:ident, $open:expr) => {{
        struct Link {
            next: Option<$pointer<Link>>,
            _other: Option<$pointer<Link>>,
            number: u64,
        }

        #[derive(Default)]
        struct Links(Option<$pointer<Link>>);

        impl List for Links {
            fn extend(&mut self, first: u64, _: &mut Recorder) {
                for number in first..first + BATCH {
                    self.0 = Some($pointer::new(Link { next: self.0.take(), _other: None, number }));
                }
            }

            fn sum(&mut self) -> u64 {
                fold(std::iter::successors(self.0.as_deref(), |link| link.next.as_deref()).map(|link| link.number))
            }

            fn drop_all(&mut self, recorder: &mut Recorder) {
                let open: fn($pointer<Link>) -> Option<Link> = $open;
                recorder.pause(|| {
                    let mut rest = self.0.take();
                    while let Some(mut link) = rest.and_then(open) {
                        rest = link.next.take();
                    }
                });
            }
        }

        |job: &Job, recorder: &mut Recorder| super::run(job, recorder, &mut Links::default())
    }};
}

pub(super) fn run_rc(job: &Job, recorder: &mut Recorder) -> u64 {
    list_of!(Rc, Rc::into_inner)(job, recorder)
}

pub(super) fn run_box(job: &Job, recorder: &mut Recorder) -> u64 {
    list_of!(Box, |link| Some(*link))(job, recorder)
}
