//! From rounds of measurements to the tables on the terminal.
//!
//! Each cell is the median over the rounds; only "worst" is the greatest value that any round saw.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use gc_report::statistics::{ratio, spread};
use gc_report::{Calibration, Cost, Failure, FailureKind, Histogram, Program, Results, Round, Series};

use crate::table::{Table, mebibytes, or_nothing, percent, percent_to_a_tenth, three_digits, time, times};

const HEADING: &[&str] = &[
    "program",
    "on",
    "time",
    "±",
    "per op",
    "ratio",
    "pauses",
    "p50",
    "p99",
    "max",
    "stall p99",
    "stall max",
    "worst",
    "latency p99.9",
    "peak",
    "shrunk",
    "notes",
];

/// The series of that label whose heap has no limit.
pub(crate) fn main_series<'a>(program: &'a Program, label: &str) -> Option<&'a Series> {
    program.series.iter().find(|series| series.heap_factor.is_none() && series.label() == label)
}

/// Wall time of the timed part, in nanoseconds.
pub(crate) fn wall(round: &Round) -> Option<f64> {
    Some(round.wall_ns as f64)
}

/// Time per operation, in nanoseconds.
pub(crate) fn per_operation(round: &Round) -> Option<f64> {
    (round.operations > 0).then(|| round.wall_ns as f64 / round.operations as f64)
}

/// The longest sample of the program's loop, in nanoseconds.
pub(crate) fn longest_stall(round: &Round) -> Option<f64> {
    round.stalls.max().map(|ns| ns as f64)
}

/// The longest pause, in nanoseconds.
pub(crate) fn longest_pause(round: &Round) -> Option<f64> {
    round.pauses.max().map(|ns| ns as f64)
}

/// Peak resident memory, in bytes.
pub(crate) fn peak(round: &Round) -> Option<f64> {
    round.peak_bytes.map(|bytes| bytes as f64)
}

/// The tables: what the programs cost, over the size of the heap as well, and the machine's bounds.
pub(crate) fn tables(results: &Results, base: &str) -> String {
    let mut text = main_table(results, base);
    text += &over_heap_size(&results.programs);
    text += &above_live(&results.programs);
    text += &results.calibration.as_ref().map_or_else(String::new, bounds);
    text
}

fn main_table(results: &Results, base: &str) -> String {
    let mut table = Table::new(HEADING);
    let mut operations = Vec::new();
    for program in &results.programs {
        let base = main_series(program, base).and_then(|series| series.median(wall));
        let series = program.series.iter().filter(|series| series.heap_factor.is_none());
        for (place, series) in series.enumerate() {
            let name = if place == 0 { &program.name } else { "" };
            table.row(row(name, series, base));
        }
        operations.push(format!("{}: {}", program.name, program.operation));
    }
    format!(
        "{}\nAn operation (op) is: {}.\nThe ratio is to the time on {base}. Latency is that of an open loop.\n",
        table.to_text(),
        operations.join("; ")
    )
}

fn row(name: &str, series: &Series, base: Option<f64>) -> Vec<String> {
    let mut cells = vec![name.to_owned(), series.label()];
    if let Some(error) = &series.error {
        return failed(cells, error, HEADING.len());
    }
    let quantile = |part: fn(&Round) -> &Histogram, q: f64| {
        or_nothing(series.median(|round| part(round).quantile(q).map(|ns| ns as f64)), time)
    };
    let count = |round: &Round| Some(round.pauses.count() as f64).filter(|&count| count > 0.0);
    cells.extend([
        or_nothing(series.median(wall), time),
        or_nothing(spread(&series.each(wall)), percent),
        or_nothing(series.median(per_operation), time),
        or_nothing(series.median(wall).zip(base).and_then(|(wall, base)| ratio(wall, base)), times),
        or_nothing(series.median(count), |count| format!("{count:.0}")),
        quantile(|round| &round.pauses, 0.5),
        quantile(|round| &round.pauses, 0.99),
        quantile(|round| &round.pauses, 1.0),
        quantile(|round| &round.stalls, 0.99),
        quantile(|round| &round.stalls, 1.0),
        or_nothing(series.worst(longest_stall), time),
        quantile(|round| &round.open_loop, 0.999),
        or_nothing(series.median(peak), mebibytes),
        or_nothing(series.median(|round| round.shrunk_bytes.map(|bytes| bytes as f64)), mebibytes),
        notes(series),
    ]);
    cells
}

fn failed(mut cells: Vec<String>, error: &Failure, width: usize) -> Vec<String> {
    cells.push("ERROR".to_owned());
    cells.resize(width - 1, String::new());
    cells.push(format!("{}: {}", error.kind.name(), error.message).replace('|', "/"));
    cells
}

/// The figures that only this program has, and what speaks against trusting the row.
fn notes(series: &Series) -> String {
    let names: BTreeSet<&String> = series.rounds.iter().flat_map(|r| r.figures.keys()).collect();
    let figure = |name: &String| {
        let value = series.median(|round| round.figures.get(name).copied());
        format!("{name}: {}", value.map_or_else(String::new, three_digits))
    };
    let mut notes: Vec<String> = names.into_iter().map(figure).collect();
    // In a shorter time the readings themselves would show.
    let long = |round: &&Round| round.wall_ns > 20_000_000;
    let processor = series.median(|round| ratio(Some(round).filter(long)?.cpu_ns? as f64, wall(round)?));
    if let Some(share) = processor.filter(|&share| share > 1.05) {
        notes.push(format!("all threads: {} of the time", times(share)));
    }
    let waited = series.worst(|round| ratio(round.waited_ns? as f64, wall(round)?));
    if let Some(share) = waited.filter(|&share| share > 0.02) {
        notes.push(format!("the machine was busy for {}", percent(share)));
    }
    if late(series) {
        notes.push("could not keep up with the rate of requests".to_owned());
    }
    notes.join("; ")
}

/// Whether requests came faster than they were served, so that latency grew for as long as the run took.
fn late(series: &Series) -> bool {
    let is_late = |round: &Round| {
        let (Some(rate), Some(median)) = (round.open_loop_rate, round.open_loop.quantile(0.5)) else { return false };
        // The median request waited for a fifth of the whole run.
        median as f64 > 0.2 * 1e9 * round.open_loop.count() as f64 / rate
    };
    series.rounds.iter().any(is_late)
}

/// Time by heap size, as a multiple of the least time that any series of the program took; empty if no heap was
/// limited.
fn over_heap_size(programs: &[Program]) -> String {
    let heading = ["program", "on", "heap ×", "limit", "time", "÷ least", "CPU ÷ least", "in pauses", "peak", "notes"];
    let mut table = Table::new(&heading);
    let mut any = false;
    for program in programs {
        let mut name = program.name.as_str();
        let limited = |series: &&Series| series.heap_factor.is_some() && series.live_factor.is_none();
        for series in program.series.iter().filter(limited) {
            any = true;
            let mut cells = vec![
                std::mem::take(&mut name).to_owned(),
                series.label(),
                or_nothing(series.heap_factor, three_digits),
                or_nothing(series.heap_limit_bytes.map(|bytes| bytes as f64), mebibytes),
            ];
            match &series.error {
                Some(error) => cells = failed(cells, error, heading.len()),
                None => cells.extend([
                    or_nothing(series.median(wall), time),
                    or_nothing(Cost::Wall.overhead(series, program), times),
                    or_nothing(Cost::Cpu.overhead(series, program), times),
                    or_nothing(series.median(Round::share_in_pauses), percent_to_a_tenth),
                    or_nothing(series.median(peak), mebibytes),
                ]),
            }
            table.row(cells);
        }
    }
    if !any {
        return String::new();
    }
    let text = table.to_text();
    format!("\nOver the size of the heap, in multiples of the smallest in which gc-core runs the program:\n\n{text}")
}

/// The collector's share of the time in heaps that were chosen by what is alive; empty if there are none.
fn above_live(programs: &[Program]) -> String {
    let heading =
        ["program", "on", "alive at most", "limit", "÷ alive", "time", "pauses", "longest", "in pauses", "notes"];
    let mut table = Table::new(&heading);
    let mut wanted = None;
    for program in programs {
        for series in program.series.iter().filter(|series| series.live_factor.is_some()) {
            wanted = series.live_factor;
            let bytes = |bytes: Option<u64>| or_nothing(bytes.map(|bytes| bytes as f64), mebibytes);
            let mut cells = vec![program.name.clone(), series.label(), bytes(series.live_bytes)];
            cells.push(bytes(series.heap_limit_bytes));
            match &series.error {
                Some(error) => cells = failed(cells, error, heading.len()),
                None => cells.extend([
                    or_nothing(series.limit_over_live(), three_digits),
                    or_nothing(series.median(wall), time),
                    or_nothing(series.median(|round| Some(round.pauses.count() as f64)), |count| format!("{count:.0}")),
                    or_nothing(series.worst(longest_pause), time),
                    or_nothing(series.median(Round::share_in_pauses), percent_to_a_tenth),
                    room(series).to_owned(),
                ]),
            }
            table.row(cells);
        }
    }
    let Some(wanted) = wanted else { return String::new() };
    format!("\nThe collector's share of the time in a heap of {wanted} × what is alive at most:\n\n{}", table.to_text())
}

/// Says so if the heap is larger than what is alive asks for.
fn room(series: &Series) -> &'static str {
    match series.limit_over_live().zip(series.live_factor) {
        Some((is, wanted)) if is > wanted * 1.01 => "the smallest heap that it runs in",
        _ => "",
    }
}

/// What the machine can do.
pub(crate) fn bounds(machine: &Calibration) -> String {
    let mut table = Table::new(&["this machine", "", "figure"]);
    let mut line = |what: &str, value: Option<f64>, show: fn(f64) -> String| {
        if let Some(value) = value {
            table.row(vec![what.to_owned(), String::new(), show(value)]);
        }
    };
    line("dependent load", machine.dependent_load_ns, time);
    line("independent load", machine.independent_load_ns, time);
    line("reading from end to end", machine.sequential_bytes_per_second, |b| format!("{} GB/s", three_digits(b / 1e9)));
    line("allocating 32 bytes by moving a pointer", machine.bump_allocation_ns, time);
    line("reading the clock", machine.clock_reading_ns, time);
    line("gc_core::lab's recorder, of the time", machine.recorder_share, |share| format!("{:+.1} %", share * 100.0));
    let late = |q| machine.sleep_jitter.quantile(q).map(|ns| ns as f64);
    line("a thread that sleeps 1 ms wakes late by, p50", late(0.5), time);
    line("the same, p99.9", late(0.999), time);
    line("the same, at most", late(1.0), time);
    format!("\n{}", table.to_text())
}

/// Whether something is wrong with the measurement or with gc-core: a checksum differs, gc-core fails, or nobody
/// could run a program. That a peer crashes or takes too long is a result.
pub(crate) fn has_errors(results: &Results) -> bool {
    let is_wrong = |series: &Series| match &series.error {
        Some(error) => error.kind == FailureKind::Checksum || series.collector.starts_with("gc-core"),
        None => false,
    };
    results.programs.iter().any(|program| {
        let unlimited = || program.series.iter().filter(|series| series.heap_factor.is_none());
        unlimited().any(is_wrong) || (unlimited().count() > 0 && unlimited().all(|series| series.error.is_some()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(collector: &str, walls_ns: &[u64]) -> Series {
        let round = |&wall_ns: &u64| Round {
            wall_ns,
            operations: 10,
            pauses: Histogram::of_values([5_000]),
            figures: [("B/object".to_owned(), 32.5)].into(),
            ..Round::default()
        };
        Series { collector: collector.into(), rounds: walls_ns.iter().map(round).collect(), ..Series::default() }
    }

    fn results() -> Results {
        let message = "checksum differs".into();
        let failed = Series { error: Some(Failure { kind: FailureKind::Checksum, message }), ..series("Rc", &[]) };
        let tight = Series { heap_factor: Some(1.25), heap_limit_bytes: Some(5 << 20), ..series("gc-core", &[300]) };
        let series = vec![series("gc-core", &[90, 100, 110]), series("Box", &[240]), failed, tight];
        let program = Program { name: "gcbench".into(), series, ..Program::default() };
        Results { programs: vec![program], ..Results::default() }
    }

    #[test]
    fn a_row_has_medians_spread_and_the_ratio_to_the_base() {
        let text = tables(&results(), "gc-core");
        let rows: Vec<&str> = text.lines().collect();
        for part in ["gcbench", "100 ns", "10 %", "10.0 ns", "1.00 ×", "5.00 µs"] {
            assert!(rows[2].contains(part), "{part} is not in {}", rows[2]);
        }
        assert!(rows[3].contains("240 ns") && rows[3].contains("2.40 ×"));
        assert!(rows[3].contains("B/object: 32.5"));
    }

    #[test]
    fn a_failed_series_is_a_row_that_says_why() {
        let text = tables(&results(), "gc-core");
        let row = text.lines().nth(4).unwrap();
        assert!(row.contains("ERROR") && row.contains("wrong checksum: checksum differs"), "{row}");
        assert!(has_errors(&results()));
    }

    #[test]
    fn a_peer_that_crashes_is_a_result_and_gc_core_that_does_is_an_error() {
        let crashed = |collector| {
            let error = Some(Failure { kind: FailureKind::Crash, message: String::new() });
            Series { error, ..series(collector, &[]) }
        };
        let results = |all: Vec<Series>| Results {
            programs: vec![Program { series: all, ..Program::default() }],
            ..Results::default()
        };
        assert!(!has_errors(&results(vec![series("gc-core", &[1]), crashed("gc")])));
        assert!(has_errors(&results(vec![crashed("gc-core"), series("Box", &[1])])));
        assert!(has_errors(&results(vec![crashed("gc")])));
    }

    #[test]
    fn without_the_base_there_is_no_ratio() {
        assert!(!main_table(&results(), "bumpalo").contains('×'));
    }

    #[test]
    fn a_limited_heap_is_a_row_of_its_own_table() {
        let text = over_heap_size(&results().programs);
        let row = text.lines().last().unwrap();
        assert!(row.contains("1.25") && row.contains("5.00 MiB") && row.contains("3.00 ×"), "{row}");
    }

    #[test]
    fn a_heap_chosen_by_what_is_alive_is_a_row_of_a_table_of_shares() {
        let round = Round { wall_ns: 1000, pauses: Histogram::of_values([20, 31]), ..Round::default() };
        let in_heap = |limit: u64| Series {
            heap_factor: Some(1.0),
            heap_limit_bytes: Some(limit << 20),
            live_bytes: Some(2 << 20),
            live_factor: Some(3.0),
            rounds: vec![round.clone()],
            ..series("gc-core", &[])
        };
        let table = |series| above_live(&[Program { name: "scheme-fib".into(), series, ..Program::default() }]);
        let text = table(vec![in_heap(6), in_heap(8)]);
        let rows: Vec<&str> = text.lines().collect();
        let [roomy, tight] = &rows[rows.len() - 2..] else { panic!("two rows") };
        assert!(rows[1].contains("in a heap of 3 ×") && roomy.contains("2.00 MiB") && roomy.contains("6.00 MiB"));
        assert!(roomy.contains("5.1 %") && !roomy.contains("smallest"), "{roomy}");
        assert!(tight.contains("4.00") && tight.contains("the smallest heap that it runs in"), "{tight}");
        assert_eq!(over_heap_size(&[Program { series: vec![in_heap(6)], ..Program::default() }]), "");
        assert_eq!(table(vec![series("gc-core", &[1])]), "");
    }

    #[test]
    fn who_falls_behind_the_rate_is_told() {
        let requests = |ns: [u64; 4]| Series {
            rounds: vec![Round { open_loop: Histogram::of_values(ns), open_loop_rate: Some(1e6), ..Round::default() }],
            ..Series::default()
        };
        assert!(!late(&requests([100, 100, 100, 4_000])));
        assert!(late(&requests([1_000, 2_000, 3_000, 4_000])));
    }
}
