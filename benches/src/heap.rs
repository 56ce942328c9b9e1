//! How gc-core is driven, the same in every program.
//!
//! The default configuration, but for the limit where the size of the heap is what is asked about: what is
//! due is done at the end of each `mutate`. The heap records its own pauses, from its making on; a
//! program hands over those of its timed part. The recorder for other people's programs
//! (`gc_core::lab`) is on only in the runs that measure what it costs.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, Instant};

use gc_core::stats::{Pauses, Phase, Stats};
use gc_core::{Config, Heap, Mutation, Rebrand};
use gc_report::{Collection, CollectionKind, Pause};

use crate::measure::Recorder;
use crate::programs::Job;

/// So many pauses are kept one by one; memory is only touched for those that there are.
const PAUSES_KEPT: usize = 1 << 16;

thread_local! {
    /// When the last heap was made: its pauses count from then.
    static BORN: Cell<Option<Instant>> = const { Cell::new(None) };
    /// What records the heap, if that is asked for, until the process ends.
    static RECORDED: RefCell<Option<gc_core::lab::Recorder>> = const { RefCell::new(None) };
}

/// A heap as the job wants it.
pub(crate) fn new<R: Rebrand + 'static>(
    job: &Job,
    root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>,
) -> Heap<R> {
    with_config(job, Config::default(), root)
}

/// A heap as the job wants it, but for what `config` says besides.
pub(crate) fn with_config<R: Rebrand + 'static>(
    job: &Job,
    config: Config,
    root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>,
) -> Heap<R> {
    let config = limited(job, config);
    BORN.set(Some(Instant::now()));
    let mut heap = Heap::with_config(config, root);
    if job.recorded {
        RECORDED.replace(Some(gc_core::lab::Recorder::start(&mut heap, "recorded")));
    }
    heap
}

/// The configuration, with the limit that the job asks for, and room for its pauses.
pub(crate) fn limited(job: &Job, config: Config) -> Config {
    config.heap_limit(job.heap_limit).pauses_kept(PAUSES_KEPT)
}

/// Tells the recorder how large the heap is, when it wants to know. To be called between mutations.
#[inline]
pub(crate) fn follow<R: Rebrand + 'static>(heap: &Heap<R>, recorder: &mut Recorder) {
    if recorder.wants_heap_bytes() {
        recorder.heap_bytes(used_bytes(&heap.stats()));
    }
}

/// What the heap uses of memory: blocks, large objects, and what objects own outside.
#[cold]
pub(crate) fn used_bytes(stats: &Stats) -> u64 {
    (stats.block_bytes + stats.large_bytes + stats.external_bytes) as u64
}

/// Hands over the pauses that the heap recorded since it was made.
pub(crate) fn take_pauses<R: Rebrand + 'static>(heap: &Heap<R>, recorder: &mut Recorder) {
    take_pauses_since(&Pauses::new(0), heap, recorder);
}

/// Hands over the pauses that the heap recorded since its [`Heap::pauses`] were `before`.
pub(crate) fn take_pauses_since<R: Rebrand + 'static>(before: &Pauses, heap: &Heap<R>, recorder: &mut Recorder) {
    add_pauses(BORN.get(), before, &heap.pauses(), recorder);
}

/// Hands over the pauses, but for those that there were `before`, of a heap that was made then.
pub(crate) fn add_pauses(born: Option<Instant>, before: &Pauses, pauses: &Pauses, recorder: &mut Recorder) {
    let known: HashMap<u64, u64> = before.histogram().buckets().map(|bucket| (bucket.low, bucket.count)).collect();
    for bucket in pauses.histogram().buckets() {
        let count = bucket.count - known.get(&bucket.low).unwrap_or(&0);
        if count > 0 {
            recorder.add_pauses(Duration::from_nanos(bucket.high.min(pauses.max_ns())), count);
        }
    }
    if let Some(born) = born {
        recorder.list_pauses(born, pauses.recent().map(pause));
        recorder.list_collections(born, pauses.recent().flat_map(collections));
    }
}

fn pause(pause: &gc_core::stats::Pause) -> Pause {
    let phases = pause.phases.iter().filter(|&(_, ns)| ns > 0);
    Pause {
        start_ns: pause.start_ns,
        duration_ns: pause.duration_ns,
        cause: pause.cause.name().to_owned(),
        phases: phases.map(|(phase, ns)| (phase.name().to_owned(), ns)).collect(),
    }
}

/// The collections that ended in a pause, by its phases.
fn collections(pause: &gc_core::stats::Pause) -> impl Iterator<Item = Collection> {
    let kinds = [
        (Phase::Young, CollectionKind::Young),
        (Phase::Finish, CollectionKind::Old),
        (Phase::Relocate, CollectionKind::Compaction),
    ];
    let at_ns = pause.end_ns();
    let phases = pause.phases;
    kinds.into_iter().filter(move |&(phase, _)| phases[phase] > 0).map(move |(_, kind)| Collection { at_ns, kind })
}

/// How long the heap has spent marking since it was made.
pub(crate) fn mark_time<R: Rebrand + 'static>(heap: &Heap<R>) -> Duration {
    let time = heap.stats().time;
    Duration::from_nanos(time[Phase::Mark] + time[Phase::Assist])
}
