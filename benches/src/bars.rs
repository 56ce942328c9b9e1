//! The goals that gc-core is measured against, as ratios within one run, and whether they were met.
//!
//! Goals are stated for the full sizes; on smaller ones the verdict is a hint.
#![forbid(unsafe_code)]

use crate::lab::ProgramResult;
use crate::measure::Measurement;
use crate::report;
use crate::table::{Table, three_digits, time};

/// What a bar compares.
type Figure = fn(&Measurement) -> Option<f64>;

/// One goal: a figure of gc-core's, alone or divided by a peer's, is at most `limit`.
struct Bar {
    program: &'static str,
    what: &'static str,
    figure: Figure,
    /// The column of gc-core.
    ours: &'static str,
    /// The peer's column, or none if the limit is absolute.
    peer: Option<&'static str>,
    limit: f64,
    /// How an absolute figure is written.
    show: fn(f64) -> String,
}

const fn against(program: &'static str, what: &'static str, figure: Figure, peer: &'static str, limit: f64) -> Bar {
    Bar { program, what, figure, ours: "gc-core", peer: Some(peer), limit, show: three_digits }
}

const fn at_most(
    program: &'static str,
    what: &'static str,
    figure: Figure,
    limit: f64,
    show: fn(f64) -> String,
) -> Bar {
    Bar { program, what, figure, ours: "gc-core", peer: None, limit, show }
}

const BARS: &[Bar] = &[
    against("binary-trees-16", "time", report::wall, "bumpalo", 1.5),
    against("binary-trees-16", "time", report::wall, "gc-arena/mimalloc", 0.25),
    against("binary-trees-16", "time", report::wall, "gc-arena", 0.1),
    against("binary-trees-16", "time", report::wall, "Box/mimalloc", 1.0),
    against("binary-trees-20", "time", report::wall, "bumpalo", 1.5),
    against("binary-trees-20", "time", report::wall, "gc-arena/mimalloc", 0.25),
    against("binary-trees-20", "time", report::wall, "gc-arena", 0.1),
    against("binary-trees-20", "time", report::wall, "Box/mimalloc", 1.0),
];

/// A table of the goals that this run says something about; empty if it says nothing.
pub(crate) fn verdicts(results: &[ProgramResult]) -> String {
    let mut table = Table::new(&["program", "goal for gc-core", "limit", "measured", "met"]);
    let mut any = false;
    for bar in BARS {
        if let Some(measured) = bar.measured(results) {
            any = true;
            let (limit, measured_text) = match bar.peer {
                Some(_) => (three_digits(bar.limit), three_digits(measured)),
                None => ((bar.show)(bar.limit), (bar.show)(measured)),
            };
            let met = if measured <= bar.limit { "yes" } else { "NO" };
            let goal = bar.goal();
            table.row(vec![bar.program.into(), goal, limit, measured_text, met.into()]);
        }
    }
    if any { format!("\n{}", table.to_text()) } else { String::new() }
}

impl Bar {
    fn goal(&self) -> String {
        let ours = if self.ours == "gc-core" { "" } else { self.ours };
        let goal = match self.peer {
            Some(peer) => format!("{} ÷ {peer}'s {ours}", self.what),
            None => format!("{} {ours}", self.what),
        };
        goal.trim_end().to_owned()
    }

    fn measured(&self, results: &[ProgramResult]) -> Option<f64> {
        let result = results.iter().find(|result| result.program.name == self.program)?;
        let median = |label: &str| result.series.iter().find(|series| series.label == label)?.median(self.figure);
        match self.peer {
            Some(peer) => crate::statistics::ratio(median(self.ours), median(peer)),
            None => median(self.ours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Series;
    use crate::measure::Recorder;
    use crate::programs;

    fn result(columns: &[(&str, u64)]) -> ProgramResult {
        let series = columns.iter().map(|&(label, wall_ns)| Series {
            label: label.into(),
            rounds: vec![Measurement { wall_ns, ..Recorder::new().finish(0) }],
            error: None,
        });
        let program = programs::named("binary-trees-16").unwrap();
        ProgramResult { program, series: series.collect() }
    }

    #[test]
    fn a_goal_is_met_at_its_limit_and_missed_above() {
        let met = verdicts(&[result(&[("gc-core", 150), ("bumpalo", 100)])]);
        assert!(met.contains("yes") && !met.contains("NO"), "{met}");
        let missed = verdicts(&[result(&[("gc-core", 151), ("bumpalo", 100)])]);
        assert!(missed.contains("NO"), "{missed}");
    }

    #[test]
    fn what_was_not_measured_gets_no_verdict() {
        assert_eq!(verdicts(&[result(&[("bumpalo", 100)])]), "");
    }

    #[test]
    fn every_goal_names_a_program() {
        for bar in BARS {
            assert!(programs::named(bar.program).is_some(), "{}", bar.program);
        }
    }
}
