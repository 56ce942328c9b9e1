//! Plays programs in child processes, and cuts down those that fail.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Op, Program};

/// How long one program may take before it counts as hung.
const LONGEST: Duration = Duration::from_secs(20);

/// What a child said before it failed.
struct Failure(String);

fn child(seed: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test knows its own path"));
    command.args(["random_programs_do_what_the_reference_does", "--exact", "--nocapture", "--test-threads=1"]);
    command.env("GC_MODEL_PLAY", seed.to_string()).env("RUST_BACKTRACE", "0").env_remove("GC_MODEL_KEEP");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs a child. It is stopped when `is_hung` says so.
fn watch(mut command: Command, mut is_hung: impl FnMut() -> bool) -> Result<(), Failure> {
    let mut child = command.spawn().expect("the test can start itself");
    let mut stderr = child.stderr.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stderr, &mut said);
        String::from_utf8_lossy(&said).into_owned()
    });
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break Ok(status);
        }
        if is_hung() {
            let _ = child.kill();
            let _ = child.wait();
            break Err(());
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let said = reader.join().expect("it only reads");
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure(format!("{status}\n{said}"))),
        Err(()) => Err(Failure(format!("did not end within {LONGEST:?}\n{said}"))),
    }
}

/// Plays `rounds` programs from seed `first` on. Panics with the smallest that fails.
pub fn run(first: u64, rounds: Option<u64>) {
    let progress = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("model-{}.seed", std::process::id()));
    let mut command = child(first);
    command.env("GC_MODEL_PROGRESS", &progress);
    if let Some(rounds) = rounds {
        command.env("GC_MODEL_ROUNDS", rounds.to_string());
    }
    let read = || std::fs::read_to_string(&progress).ok().and_then(|text| text.parse::<u64>().ok());
    let mut last = (Instant::now(), None);
    let result = watch(command, || {
        let seed = read();
        if seed != last.1 {
            last = (Instant::now(), seed);
        }
        last.0.elapsed() > LONGEST
    });
    let seed = read().unwrap_or(first);
    let _ = std::fs::remove_file(&progress);
    match result {
        Ok(()) => eprintln!("{} programs, from GC_MODEL_SEED={first}", seed - first),
        Err(failure) => report(seed, &failure),
    }
}

fn report(seed: u64, failure: &Failure) -> ! {
    eprintln!("GC_MODEL_SEED={seed} fails: {}", failure.0);
    let program = Program::new(seed, crate::steps());
    let (keep, last) = shrink(seed, program.ops.len());
    let ops: Vec<Op> = keep.iter().map(|&i| program.ops[i]).collect();
    let keep = keep.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    panic!(
        "a random program failed; what is left of it after shrinking:\n{}\n{}\nGC_MODEL_SEED={seed} GC_MODEL_STEPS={} \
         GC_MODEL_KEEP={keep} cargo test -p gc-tests --test model -- --nocapture",
        listing(&ops),
        last.map_or_else(|| "(it did not fail a second time)".to_owned(), |failure| failure.0),
        crate::steps(),
    );
}

/// Delta debugging (Zeller and Hildebrandt, 2002), on the steps: takes out ever smaller runs, as long
/// as the rest still fails.
fn shrink(seed: u64, steps: usize) -> (Vec<usize>, Option<Failure>) {
    let limit = Duration::from_secs(crate::variable("GC_MODEL_SHRINK_SECONDS").unwrap_or(60));
    let start = Instant::now();
    let fails = |keep: &[usize]| {
        let list = keep.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        // The clock has a say, so one pass proves little.
        (0..3).find_map(|_| {
            let mut command = child(seed);
            command.env("GC_MODEL_KEEP", &list);
            let begun = Instant::now();
            watch(command, || begun.elapsed() > LONGEST).err()
        })
    };
    let mut keep: Vec<usize> = (0..steps).collect();
    let mut last = fails(&keep);
    if last.is_none() {
        return (keep, None);
    }
    let mut run = steps.div_ceil(2);
    while run > 0 && start.elapsed() < limit {
        let mut from = 0;
        while from < keep.len() && start.elapsed() < limit {
            let mut fewer = keep.clone();
            fewer.drain(from..(from + run).min(keep.len()));
            match fails(&fewer) {
                Some(failure) => {
                    keep = fewer;
                    last = Some(failure);
                }
                None => from += run,
            }
        }
        run = if run == 1 { 0 } else { run / 2 };
    }
    (keep, last)
}

pub fn parse(keep: &str) -> Vec<usize> {
    keep.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().expect("GC_MODEL_KEEP lists steps")).collect()
}

pub fn listing(ops: &[Op]) -> String {
    ops.iter().map(|op| format!("    {:?}{:?}\n", op.what, op.with)).collect()
}
