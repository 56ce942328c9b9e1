//! A recorder for a heap of yours: the laboratory's page, its results as JSON, and a trace, for any program.
//!
//! ```
//! use gc_core::lab::Recorder;
//! # use gc_core::{Gc, Heap};
//! # let folder = std::env::temp_dir().join(format!("gc-core-lab-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let mut heap = Heap::<()>::new(|_| ());
//! # let run = |heap: &mut Heap<()>| (0..50).for_each(|_| heap.mutate(|mc, _| (0..20_000).for_each(|n| { Gc::new(mc, [n; 4]); })));
//!
//! let recorder = Recorder::start(&mut heap, "my program");
//! run(&mut heap);
//! let results = recorder.finish(&mut heap);
//! results.write_page(folder.join("index.html"))?;
//! results.write_json(folder.join("results.json"))?;      // for `gc-benches report` and `compare`
//! results.write_perfetto(folder.join("trace.json"))?;    // for ui.perfetto.dev
//! # assert!(results.programs[0].series[0].rounds[0].pauses.count() > 0);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! It hears of pauses and collections through the heap's listener, and reads the heap's counters at the beginning and
//! the end. An event costs some tens of nanoseconds; a hundred times a second, one costs ten microseconds
//! more, to look how much memory is resident. The laboratory (`gc-benches calibrate`) measures what that comes to in a
//! program with many pauses: below what can be told from noise.
//!
//! - **S5** The time in the results runs from [`Recorder::start`] to [`Recorder::finish`], and so does everything in
//!   them but the peak, which is the process's.
//! - **S6** Memory stays bounded however long it runs: the last [`PAUSES_KEPT`] pauses in full, a histogram of all,
//!   and some thousand sizes, ever farther apart.

mod log;
mod process;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

pub use gc_report as report;
use gc_report::{Occupancy, Results, Round};

use crate::heap::Heap;
use crate::object::trace::Rebrand;
use crate::stats::{Compacted, Event, Listener, Stats};
use log::Log;

pub use log::PAUSES_KEPT;

/// Records what a heap does, from [`start`](Self::start) to [`finish`](Self::finish).
///
/// A listener that the heap had before goes on hearing everything, and is the heap's again at the end. Setting
/// another one meanwhile ends the recording: what was recorded until then is kept.
#[must_use = "`finish` has the results"]
pub struct Recorder {
    name: String,
    began: Instant,
    cpu_ns: Option<u64>,
    waited_ns: Option<u64>,
    before: Stats,
    occupancy: Option<Occupancy>,
    shared: Rc<RefCell<Shared>>,
}

/// What the recorder and the listener in the heap have in common. The listener runs inside a pause, the recorder
/// between mutations: never both.
struct Shared {
    log: Log,
    /// Who listened before.
    previous: Option<Listener>,
}

impl Recorder {
    /// Begins to record. `name` is what the program is called in the results.
    pub fn start<R: Rebrand + 'static>(heap: &mut Heap<R>, name: &str) -> Self {
        let before = heap.stats();
        let previous = heap.set_listener(None);
        let began = Instant::now();
        let shared = Rc::new(RefCell::new(Shared { log: Log::new(began, before.live_bytes), previous }));
        let listening = Rc::clone(&shared);
        heap.set_listener(Some(Box::new(move |event: &Event<'_>| {
            let mut shared = listening.borrow_mut();
            shared.log.hear(event, Instant::now());
            if let Some(previous) = &mut shared.previous {
                previous(event);
            }
        })));
        Self {
            name: name.to_owned(),
            began,
            cpu_ns: process::cpu_ns(),
            waited_ns: process::waited_ns(),
            before,
            occupancy: None,
            shared,
        }
    }

    /// Compacts the heap, with a picture of how full its blocks are before and after: the last one made so is
    /// in the results. The time of the pictures is the program's.
    ///
    /// # Panics
    ///
    /// As [`Heap::compact`].
    pub fn compact<R: Rebrand + 'static>(&mut self, heap: &mut Heap<R>) -> Compacted {
        // Garbage is no fragmentation.
        heap.collect();
        let before = heap.occupancy().blocks().collect();
        let compacted = heap.compact();
        let after = heap.occupancy().blocks().collect();
        self.occupancy = Some(Occupancy { block_bytes: crate::memory::geometry::BLOCK as u64, before, after });
        compacted
    }

    /// Ends the recording. `heap` must be the one that it began with; another one's counters would make no sense.
    ///
    /// The results can be written as JSON, as a page and as a trace, and be compared with others.
    pub fn finish<R: Rebrand + 'static>(self, heap: &mut Heap<R>) -> Results {
        let wall = self.began.elapsed();
        heap.set_listener(self.shared.borrow_mut().previous.take());
        let after = heap.stats();
        let grown = |after: Option<u64>, before: Option<u64>| Some(after?.saturating_sub(before?));
        let log = std::mem::replace(&mut self.shared.borrow_mut().log, Log::new(self.began, 0));
        let round = Round {
            wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
            cpu_ns: grown(process::cpu_ns(), self.cpu_ns),
            waited_ns: grown(process::waited_ns(), self.waited_ns),
            peak_bytes: process::peak_bytes(),
            figures: figures(&self.before, &after),
            occupancy: self.occupancy,
            ..log.into_round()
        };
        let mut results = Results::of_one_run(&self.name, "gc-core", round);
        results.machine = process::machine();
        results.versions.insert("gc-core".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        results
    }
}

/// What the counters say of the time between two looks.
fn figures(before: &Stats, after: &Stats) -> std::collections::BTreeMap<String, f64> {
    let allocated = after.allocated_bytes - before.allocated_bytes;
    let promoted = after.promoted_bytes - before.promoted_bytes;
    let of_allocated = if allocated == 0 { 0.0 } else { promoted as f64 / allocated as f64 };
    let figures = [
        ("young collections", (after.young_collections - before.young_collections) as f64),
        ("old collections", (after.old_collections - before.old_collections) as f64),
        ("MiB allocated", allocated as f64 / f64::from(1 << 20)),
        ("share that survived", of_allocated),
        ("MiB live at the end", after.live_bytes as f64 / f64::from(1 << 20)),
        ("share of holes at the end", after.fragmentation),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Gc, GcCell, Root};
    use gc_report::CollectionKind;
    use std::cell::Cell;

    fn churn(heap: &mut Heap<()>, mutations: usize) {
        for _ in 0..mutations {
            heap.mutate(|mc, _| {
                (0..1000u64).for_each(|n| {
                    Gc::new(mc, [n; 8]);
                })
            });
        }
    }

    fn only_round(results: &Results) -> &Round {
        &results.programs[0].series[0].rounds[0]
    }

    #[test]
    fn pauses_and_collections_come_out_as_the_heap_counts_them() {
        let mut heap = Heap::<()>::new(|_| ());
        churn(&mut heap, 50);
        let (pauses, young) = (heap.pauses().count(), heap.stats().young_collections);
        let recorder = Recorder::start(&mut heap, "churn");
        churn(&mut heap, 200);
        heap.collect();
        let results = recorder.finish(&mut heap);
        let round = only_round(&results);
        assert_eq!(round.pauses.count(), heap.pauses().count() - pauses);
        assert_eq!(round.pause_list.len() as u64 + round.pauses_left_out, round.pauses.count());
        let seen = round.collections.iter().filter(|c| c.kind == CollectionKind::Young).count() as u64;
        assert_eq!(seen, heap.stats().young_collections - young);
        assert!(round.collections.iter().any(|c| c.kind == CollectionKind::Old));
        assert!(round.pause_list.is_sorted_by_key(|pause| pause.start_ns));
        assert!(round.pause_list.last().unwrap().end_ns() <= round.wall_ns);
        assert!(!round.timeline.is_empty() && !round.utilisation_curve().is_empty());
        assert_eq!(results.programs[0].name, "churn");
    }

    #[test]
    fn the_sizes_follow_what_lives() {
        let mut heap = Heap::<GcCell<Option<Gc<'_, [u64]>>>>::new(|_| GcCell::new(None));
        let recorder = Recorder::start(&mut heap, "grows");
        heap.mutate(|mc, root| root.set(mc, Some(Gc::from_fn(mc, 1 << 20, |n| n as u64))));
        heap.collect();
        let results = recorder.finish(&mut heap);
        let last = only_round(&results).timeline.last().unwrap().heap_bytes.unwrap();
        assert!((8 << 20..9 << 20).contains(&last), "{last}");
    }

    #[test]
    fn a_compaction_has_a_picture_before_and_after() {
        let mut heap = Heap::<()>::new(|_| ());
        let mut kept: Vec<Root<[u64; 8]>> =
            heap.mutate(|mc, _| (0..20_000u64).map(|n| Gc::new(mc, [n; 8]).root(mc)).collect());
        let mut place = 0;
        kept.retain(|_| {
            place += 1;
            place % 5 == 0
        });
        let mut recorder = Recorder::start(&mut heap, "sparse");
        let compacted = recorder.compact(&mut heap);
        let results = recorder.finish(&mut heap);
        let picture = only_round(&results).occupancy.as_ref().unwrap();
        let used = |blocks: &[f32]| blocks.iter().filter(|&&share| share > 0.0).count() as u64;
        assert_eq!(used(&picture.before) - used(&picture.after), compacted.freed_blocks);
        assert!(compacted.freed_blocks > 0);
        assert!(only_round(&results).collections.iter().any(|c| c.kind == CollectionKind::Compaction));
    }

    #[test]
    fn who_listened_before_goes_on_listening() {
        let heard = Rc::new(Cell::new(0));
        let counter = Rc::clone(&heard);
        let mut heap = Heap::<()>::new(|_| ());
        heap.set_listener(Some(Box::new(move |_| counter.set(counter.get() + 1))));
        let recorder = Recorder::start(&mut heap, "heard");
        heap.collect();
        let during = heard.get();
        assert!(during > 0);
        let _ = recorder.finish(&mut heap);
        heap.collect();
        assert!(heard.get() > during);
        assert!(heap.set_listener(None).is_some());
    }

    #[test]
    fn results_survive_the_way_through_json() {
        let mut heap = Heap::<()>::with_config(Config::default().pauses_kept(4), |_| ());
        let kept: Root<u64> = heap.mutate(|mc, _| Gc::new(mc, 7u64).root(mc));
        let recorder = Recorder::start(&mut heap, "kept");
        churn(&mut heap, 100);
        let results = recorder.finish(&mut heap);
        drop(kept);
        let read = Results::from_json(&results.to_json().unwrap()).unwrap();
        assert_eq!(read, results);
        assert!(results.to_perfetto().to_string().contains("safepoint"));
    }
}
