//! One program, one collector, one run: what an embedder of any heap has to fill in.
//!
//! The "collector" here is the drop of a batch of boxes, timed like a pause. It writes the three files into
//! the folder given, or into the current one.

use std::path::PathBuf;
use std::time::Instant;

use gc_report::{Collection, CollectionKind, Histogram, Pause, Results, Round, Sample};

fn main() -> std::io::Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).unwrap_or_else(|| ".".into()).into();
    let results = Results::of_one_run("boxes", "drop", run());
    results.write_json(folder.join("boxes.json"))?;
    results.write_page(folder.join("boxes.html"))?;
    results.write_perfetto(folder.join("boxes.trace.json"))
}

fn run() -> Round {
    let start = Instant::now();
    let now = || start.elapsed().as_nanos() as u64;
    let (mut pause_list, mut timeline, mut collections) = (Vec::new(), Vec::new(), Vec::new());
    let mut batch: Vec<Box<u64>> = Vec::new();
    let mut checksum = 0_u64;
    for number in 0..2_000_000_u64 {
        batch.push(Box::new(number));
        if number % 4_096 == 0 {
            let heap_bytes = Some((batch.len() * 32) as u64);
            timeline.push(Sample { at_ns: now(), heap_bytes, ..Sample::default() });
        }
        if batch.len() as u64 == 50_000 + number % 7 * 10_000 {
            checksum += batch.iter().map(|value| **value).sum::<u64>();
            let start_ns = now();
            batch.clear();
            let duration_ns = now() - start_ns;
            let phases = vec![("drop".to_owned(), duration_ns)];
            pause_list.push(Pause { cause: "full".into(), phases, ..Pause::new(start_ns, duration_ns) });
            collections.push(Collection { at_ns: now(), kind: CollectionKind::Old });
        }
    }
    Round {
        checksum,
        wall_ns: now(),
        operations: 2_000_000,
        pauses: Histogram::of_values(pause_list.iter().map(|pause| pause.duration_ns)),
        pause_list,
        timeline,
        collections,
        ..Round::default()
    }
}
