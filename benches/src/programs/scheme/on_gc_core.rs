//! On `gc-scheme`. The heap has the default configuration, and the limit that the job asks for: all of it, with no reserve
//! for a program that would handle being out of memory.
//!
//! What is alive at most is found by full collections, each after a share of what lives has been allocated: it is what
//! they find, in objects and in what objects own outside the heap, the machine and its libraries included.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

use gc_core::Config;
use gc_core::stats::Stats;
use gc_scheme::{Interpreter, Options, SchemeError};

use super::Source;
use crate::heap::{add_pauses, limited, used_bytes};
use crate::measure::Recorder;
use crate::programs::{Job, LIVE_FIGURE};

/// How much is allocated at least between two looks at what is alive; and the nursery, since safepoints come with it.
const LEAST_STEP: usize = 64 << 10;

/// Of what is alive, this part is allocated between two looks.
const STEP: usize = 8;

/// Keeps what a program prints.
#[derive(Clone, Default)]
struct Output(Rc<RefCell<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn run(source: &Source, job: &Job, recorder: &mut Recorder) -> u64 {
    let size = source.size(job.size);
    let output = Output::default();
    let mut config = limited(job, Config::default());
    if job.live {
        config = config.nursery(LEAST_STEP, LEAST_STEP);
    }
    let born = Instant::now();
    let mut scheme = Interpreter::new(Options {
        config,
        arguments: vec![source.name.to_owned(), size.to_string()],
        output: Box::new(output.clone()),
        ..Options::default()
    });
    if job.recorded {
        scheme.record(source.name);
    }
    scheme.collect();
    let before = scheme.pauses();
    let mut alive = Alive::of(&scheme.stats());
    let result = recorder.timed(|recorder| {
        scheme.run_watched(source.text, source.name, |safepoint| {
            recorder.look();
            if recorder.wants_heap_bytes() {
                recorder.heap_bytes(used_bytes(&safepoint.stats()));
            }
            if job.live && alive.is_due(&safepoint.stats()) {
                safepoint.collect();
                alive.look(&safepoint.stats());
            }
        })
    });
    recorder.operations(1);
    add_pauses(Some(born), &before, &scheme.pauses(), recorder);
    if job.live {
        recorder.figure(LIVE_FIGURE, alive.most as f64);
    }
    match result {
        Ok(_) | Err(SchemeError::Exit(0)) => {
            let printed = String::from_utf8_lossy(&output.0.borrow()).into_owned();
            source.checksum(size, &printed)
        }
        Err(error) => panic!("{error}"),
    }
}

/// What is alive at most, as far as has been seen.
struct Alive {
    most: usize,
    /// When so much has been allocated in all, it is time for another look.
    next: u64,
}

impl Alive {
    fn of(stats: &Stats) -> Self {
        let mut alive = Self { most: 0, next: 0 };
        alive.look(stats);
        alive
    }

    fn is_due(&self, stats: &Stats) -> bool {
        stats.allocated_bytes >= self.next
    }

    /// Looks at the heap right after a full collection.
    fn look(&mut self, stats: &Stats) {
        let alive = stats.live_bytes + stats.external_bytes;
        self.most = self.most.max(alive);
        self.next = stats.allocated_bytes + (alive / STEP).max(LEAST_STEP) as u64;
    }
}
