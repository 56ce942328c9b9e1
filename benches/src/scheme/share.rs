//! What the collector takes of each program's time.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use gc_core::stats::Event;
use gc_core::{Config, Stress};
use gc_scheme::{Interpreter, Options, SchemeError};

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

/// With less there is no room for making the standard libraries.
const LEAST_HEAP: usize = 6 << 20;

/// What a run has come to.
struct Run {
    wall_ns: f64,
    collector_ns: u64,
    most_live: usize,
    collections: (u64, u64),
}

fn run(file: &Path, config: Config, patience: u32) -> Result<Run, String> {
    let output = Output::default();
    let mut scheme = Interpreter::new(Options {
        config,
        arguments: vec![file.display().to_string()],
        patience,
        output: Box::new(output.clone()),
        ..Options::default()
    });
    scheme.collect();
    let before = scheme.stats();
    let most_live = Rc::new(Cell::new(before.live_bytes));
    let seen = Rc::clone(&most_live);
    scheme.set_listener(Some(Box::new(move |event| {
        if let Event::MarkFinished { marked_bytes, .. } = *event {
            seen.set(seen.get().max(marked_bytes));
        }
    })));
    let start = Instant::now();
    let result = scheme.run_file(file);
    let wall_ns = start.elapsed().as_nanos() as f64;
    let printed = String::from_utf8_lossy(&output.0.borrow()).into_owned();
    match result {
        Ok(_) | Err(SchemeError::Exit(0)) if printed.contains(" ok") => {}
        other => return Err(format!("{other:?} {printed}")),
    }
    let after = scheme.stats();
    Ok(Run {
        wall_ns,
        collector_ns: after.time.total() - before.time.total(),
        most_live: most_live.get(),
        collections: (
            after.young_collections - before.young_collections,
            after.old_collections - before.old_collections,
        ),
    })
}

/// The programs of the Scheme, sorted.
fn programs() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/scheme/programs");
    let entries = std::fs::read_dir(&directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "scm")).collect();
    files.sort();
    files
}

/// Prints each program's time and the collector's share of it.
pub(crate) fn print_table() {
    println!(
        "| program | time, ms | live at most, MiB | heap, MiB | young, old collections | collector's share |\n|---|---:|---:|---:|---:|---:|"
    );
    for file in programs() {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        // An old cycle after every so many calls shows what is live.
        let mut often = Stress::none();
        often.old_every = NonZeroU32::new(1);
        let watched = Config::default().nursery(64 << 10, 256 << 10).stress(often);
        let measured = run(&file, watched, 20_000).and_then(|first| {
            let limit = (3 * first.most_live).max(LEAST_HEAP);
            let nursery = (limit / 6).clamp(64 << 10, 4 << 20);
            let config = Config::default().nursery(64 << 10, nursery).heap_limit(limit);
            Ok((limit, run(&file, config, 0)?, first.most_live))
        });
        match measured {
            Ok((limit, run, live)) => {
                let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
                println!(
                    "| {name} | {:.1} | {:.1} | {:.1} | {}, {} | {:.1} % |",
                    run.wall_ns / 1e6,
                    mib(live),
                    mib(limit),
                    run.collections.0,
                    run.collections.1,
                    100.0 * run.collector_ns as f64 / run.wall_ns,
                );
            }
            Err(error) => println!("| {name} | {error} | | | | |"),
        }
    }
}
