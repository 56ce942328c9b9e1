//! From rounds of measurements to the table.
//!
//! Each cell is the median over the rounds; only "worst" is the greatest value that any round saw.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::lab::{ProgramResult, Series};
use crate::measure::{Measurement, Summary};
use crate::statistics::{greatest, median, ratio, spread};
use crate::table::{Table, mebibytes, or_nothing, percent, three_digits, time, times};

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
    "peak",
    "notes",
];

impl Series {
    /// One value from each round that has it.
    fn each(&self, value: impl Fn(&Measurement) -> Option<f64>) -> Vec<f64> {
        self.rounds.iter().filter_map(value).collect()
    }

    /// The median over the rounds; nothing from a series that failed.
    pub(crate) fn median(&self, value: impl Fn(&Measurement) -> Option<f64>) -> Option<f64> {
        if self.error.is_some() { None } else { median(&self.each(value)) }
    }

    /// The greatest value that any round saw.
    pub(crate) fn worst(&self, value: impl Fn(&Measurement) -> Option<f64>) -> Option<f64> {
        if self.error.is_some() { None } else { greatest(&self.each(value)) }
    }
}

/// Wall time of the timed part, in nanoseconds.
pub(crate) fn wall(round: &Measurement) -> Option<f64> {
    Some(round.wall_ns as f64)
}

/// Time per operation, in nanoseconds.
pub(crate) fn per_operation(round: &Measurement) -> Option<f64> {
    (round.operations > 0).then(|| round.wall_ns as f64 / round.operations as f64)
}

/// The longest sample of the program's loop, in nanoseconds.
pub(crate) fn longest_stall(round: &Measurement) -> Option<f64> {
    round.stalls.as_ref().map(|stalls| stalls.max as f64)
}

/// The longest pause, in nanoseconds.
pub(crate) fn longest_pause(round: &Measurement) -> Option<f64> {
    round.pauses.as_ref().map(|pauses| pauses.max as f64)
}

/// Peak resident memory, in bytes.
pub(crate) fn peak(round: &Measurement) -> Option<f64> {
    round.peak_bytes.map(|bytes| bytes as f64)
}

/// The table, with what an operation is below it.
pub(crate) fn table(results: &[ProgramResult], base: &str) -> String {
    let mut table = Table::new(HEADING);
    for result in results {
        let base = result.series.iter().find(|s| s.label == base).and_then(|s| s.median(wall));
        for (place, series) in result.series.iter().enumerate() {
            let name = if place == 0 { result.program.name } else { "" };
            table.row(row(name, series, base));
        }
    }
    let mut text = table.to_text();
    text += "\nAn operation (op) is: ";
    let operation = |r: &ProgramResult| format!("{}: {}", r.program.name, r.program.operation);
    text += &results.iter().map(operation).collect::<Vec<_>>().join("; ");
    text += &format!(".\nThe ratio is to the time on {base}.\n");
    text
}

fn row(name: &str, series: &Series, base: Option<f64>) -> Vec<String> {
    let mut cells = vec![name.to_owned(), series.label.clone()];
    if let Some(error) = &series.error {
        cells.push("ERROR".to_owned());
        cells.resize(HEADING.len() - 1, String::new());
        cells.push(error.replace('|', "/"));
        return cells;
    }
    let of = |part: fn(&Measurement) -> Option<&Summary>, value: fn(&Summary) -> u64| {
        series.median(|round| part(round).map(|summary| value(summary) as f64))
    };
    let pauses = |value| of(|round| round.pauses.as_ref(), value);
    let stalls = |value| of(|round| round.stalls.as_ref(), value);
    cells.extend([
        or_nothing(series.median(wall), time),
        or_nothing(spread(&series.each(wall)), percent),
        or_nothing(series.median(per_operation), time),
        or_nothing(ratio(series.median(wall), base), times),
        or_nothing(pauses(|p| p.count), |count| format!("{count:.0}")),
        or_nothing(pauses(|p| p.p50), time),
        or_nothing(pauses(|p| p.p99), time),
        or_nothing(pauses(|p| p.max), time),
        or_nothing(stalls(|s| s.p99), time),
        or_nothing(stalls(|s| s.max), time),
        or_nothing(series.worst(longest_stall), time),
        or_nothing(series.median(peak), mebibytes),
        notes(series),
    ]);
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
    let processor = series.median(|r| ratio(r.processor_ns.map(|ns| ns as f64), wall(r)));
    if let Some(share) = processor.filter(|&share| share > 1.05) {
        notes.push(format!("all threads: {} of the time", times(share)));
    }
    let waited = series.worst(|r| ratio(r.waited_ns.map(|ns| ns as f64), wall(r)));
    if let Some(share) = waited.filter(|&share| share > 0.02) {
        notes.push(format!("the machine was busy for {}", percent(share)));
    }
    notes.join("; ")
}

/// Whether any column of any program is an error.
pub(crate) fn has_errors(results: &[ProgramResult]) -> bool {
    results.iter().flat_map(|result| &result.series).any(|series| series.error.is_some())
}

#[derive(Serialize)]
struct Line<'a> {
    program: &'a str,
    on: &'a str,
    round: usize,
    #[serde(flatten)]
    measurement: &'a Measurement,
}

/// Writes every measurement of every round, one JSON object a line.
pub(crate) fn write_json(path: &Path, results: &[ProgramResult]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for result in results {
        for series in &result.series {
            for (round, measurement) in series.rounds.iter().enumerate() {
                let program = result.program.name;
                let line = Line { program, on: &series.label, round, measurement };
                serde_json::to_writer(&mut file, &line)?;
                file.write_all(b"\n")?;
            }
        }
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::Recorder;
    use crate::programs;

    fn series(label: &str, walls_ns: &[u64]) -> Series {
        let round = |&wall_ns: &u64| {
            let mut recorder = Recorder::new();
            recorder.operations(10);
            recorder.add_pause(Duration::from_micros(5));
            recorder.figure("B/object", 32.5);
            Measurement { wall_ns, waited_ns: None, ..recorder.finish(1) }
        };
        Series { label: label.into(), rounds: walls_ns.iter().map(round).collect(), error: None }
    }

    fn results() -> Vec<ProgramResult> {
        let mut failed = series("Rc", &[]);
        failed.error = Some("checksum differs".into());
        let series = vec![series("gc-core", &[90, 100, 110]), series("Box", &[240]), failed];
        vec![ProgramResult { program: programs::ALL[0], series }]
    }

    #[test]
    fn a_row_has_medians_spread_and_the_ratio_to_the_base() {
        let text = table(&results(), "gc-core");
        let rows: Vec<&str> = text.lines().collect();
        for part in [programs::ALL[0].name, "100 ns", "10 %", "10.0 ns", "1.00 ×", "5.00 µs"] {
            assert!(rows[2].contains(part), "{part} is not in {}", rows[2]);
        }
        assert!(rows[3].contains("240 ns") && rows[3].contains("2.40 ×"));
        assert!(rows[3].contains("B/object: 32.5"));
    }

    #[test]
    fn a_failed_series_is_a_row_that_says_why() {
        let text = table(&results(), "gc-core");
        let row = text.lines().nth(4).unwrap();
        assert!(row.contains("ERROR") && row.contains("checksum differs"), "{row}");
        assert!(has_errors(&results()));
    }

    #[test]
    fn without_the_base_there_is_no_ratio() {
        assert!(!table(&results(), "bumpalo").contains('×'));
    }
}
