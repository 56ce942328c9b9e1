//! The goals that gc-core is measured against, within one run, and whether they were met.
//!
//! Goals are stated for the full sizes and a quiet machine; otherwise the verdict is a hint. What a
//! run did not measure gets no verdict.
#![forbid(unsafe_code)]

use gc_report::{Goal, Program, Round, Unit, statistics::ratio};

use crate::report::{longest_pause, longest_stall, main_series, peak, per_operation, wall};
use crate::table::{Table, mebibytes, three_digits, time};

/// One goal: what gc-core's figure comes to is at most `limit`.
struct Bar {
    program: &'static str,
    what: &'static str,
    figure: fn(&Round) -> Option<f64>,
    beside: Beside,
    limit: f64,
    /// How the limit is written.
    show: fn(f64) -> String,
}

/// What the figure is set beside.
enum Beside {
    Nothing,
    /// It is divided by this column's.
    Over(&'static str),
    /// This column's is taken away from it.
    Minus(&'static str),
}

use Beside::{Minus, Nothing, Over};

const OURS: &str = "gc-core";

const fn bar(
    program: &'static str,
    what: &'static str,
    figure: fn(&Round) -> Option<f64>,
    beside: Beside,
    limit: f64,
    show: fn(f64) -> String,
) -> Bar {
    Bar { program, what, figure, beside, limit, show }
}

const BARS: &[Bar] = &[
    bar("binary-trees-16", "time", wall, Over("bumpalo"), 1.5, three_digits),
    bar("binary-trees-16", "time", wall, Over("gc-arena/mimalloc"), 0.25, three_digits),
    bar("binary-trees-16", "time", wall, Over("gc-arena"), 0.1, three_digits),
    bar("binary-trees-16", "time", wall, Over("Box/mimalloc"), 1.0, three_digits),
    bar("binary-trees-20", "time", wall, Over("bumpalo"), 1.5, three_digits),
    bar("binary-trees-20", "time", wall, Over("gc-arena/mimalloc"), 0.25, three_digits),
    bar("binary-trees-20", "time", wall, Over("gc-arena"), 0.1, three_digits),
    bar("binary-trees-20", "time", wall, Over("Box/mimalloc"), 1.0, three_digits),
    bar("dead-32", "time", wall, Over("bumpalo"), 2.0, three_digits),
    bar("full-mark-in-order", "marking", marking, Over("gc-arena/mimalloc"), 0.5, three_digits),
    bar("full-mark-in-order", "marking", marking, Over("gc-arena"), 0.5, three_digits),
    bar("full-mark-shuffled", "marking", marking, Over("gc-arena/mimalloc"), 0.5, three_digits),
    bar("full-mark-shuffled", "marking", marking, Over("gc-arena"), 0.5, three_digits),
    bar("live-24", "bytes an object", bytes_an_object, Nothing, 36.0, three_digits),
    bar("message-ring", "longest stall", longest_stall, Nothing, 1e6, time),
    bar("message-ring", "time", wall, Over("gc-arena/mimalloc"), 1.0, three_digits),
    bar("message-ring", "time", wall, Over("gc-arena"), 1.0, three_digits),
    // Three times the thousand payloads of 256 KiB that live.
    bar("payloads-256k", "peak", peak, Nothing, (3 * 1000 * (256 << 10)) as f64, mebibytes),
    bar("graph-mutation", "time", wall, Over("gc-arena/mimalloc"), 1.0, three_digits),
    bar("graph-mutation", "time", wall, Over("gc-arena"), 1.0, three_digits),
    bar("graph-mutation", "longest pause", longest_pause, Nothing, 1e6, time),
    bar("weak-map", "collection of an entry", collecting, Over("boa_gc/mimalloc"), 0.2, three_digits),
    bar("weak-map", "collection of an entry", collecting, Over("boa_gc"), 0.2, three_digits),
    bar("weak-map", "collection of an entry", collecting, Over("gc-arena/mimalloc"), 0.2, three_digits),
    bar("weak-map", "collection of an entry", collecting, Over("gc-arena"), 0.2, three_digits),
    bar("ephemeron-chain", "collection of an entry", collecting, Over("boa_gc/mimalloc"), 0.2, three_digits),
    bar("ephemeron-chain-back", "collection of an entry", collecting, Over("boa_gc/mimalloc"), 0.2, three_digits),
    bar("ephemeron-web", "collection of an entry", collecting, Over("boa_gc/mimalloc"), 0.2, three_digits),
    bar("interner", "collection of an entry", collecting, Over("boa_gc/mimalloc"), 0.2, three_digits),
    bar("interner", "collection of an entry", collecting, Over("gc-arena/mimalloc"), 0.2, three_digits),
    bar("weak-many", "longest pause", longest_pause, Minus("gc-core+without"), 0.5e6, time),
    bar("compaction", "move ÷ copy", moving, Nothing, 3.0, three_digits),
    bar("compaction", "move ÷ copy from the same places", moving_from_places, Nothing, 3.0, three_digits),
    bar("compaction", "resident ÷ a fresh heap's", resident, Nothing, 1.1, three_digits),
    bar("compaction-in-slices", "longest pause that moves", slice, Nothing, 2e6, time),
    #[cfg(feature = "steel")]
    bar("scheme-fib", "time", wall, Over("steel"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-fib", "time", wall, Over("steel/mimalloc"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-tak", "time", wall, Over("steel"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-tak", "time", wall, Over("steel/mimalloc"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-nqueens", "time", wall, Over("steel"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-nqueens", "time", wall, Over("steel/mimalloc"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-appends", "time", wall, Over("steel"), 1.0, three_digits),
    #[cfg(feature = "steel")]
    bar("scheme-appends", "time", wall, Over("steel/mimalloc"), 1.0, three_digits),
    bar("untaken-barrier", "time a store", per_operation, Minus("plain store"), 1.0, time),
    bar("empty-mutate", "time a mutation", per_operation, Nothing, 20.0, time),
    bar("root-clone-drop", "time a clone and drop", per_operation, Nothing, 10.0, time),
];

fn marking(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::full_mark::MARK_FIGURE).copied()
}

fn bytes_an_object(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::live_objects::BYTES_FIGURE).copied()
}

fn collecting(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::ephemerons::COLLECT_FIGURE).copied()
}

fn moving(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::compaction::MOVE_FIGURE).copied()
}

fn moving_from_places(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::compaction::PLACES_FIGURE).copied()
}

fn resident(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::compaction::RESIDENT_FIGURE).copied()
}

fn slice(round: &Round) -> Option<f64> {
    round.figures.get(crate::programs::compaction::SLICE_FIGURE).copied()
}

/// The goals that these results say something about.
pub(crate) fn goals(programs: &[Program]) -> Vec<Goal> {
    let goal = |bar: &Bar| {
        let measured = Some(bar.measured(programs)?);
        Some(Goal { program: bar.program.into(), what: bar.goal(), at_most: bar.limit, measured, unit: bar.unit() })
    };
    BARS.iter().filter_map(goal).collect()
}

/// A table of the goals that these results say something about; empty if they say nothing.
pub(crate) fn verdicts(programs: &[Program]) -> String {
    let mut table = Table::new(&["program", "gc-core's", "at most", "measured", "met"]);
    let mut any = false;
    for bar in BARS {
        if let Some(measured) = bar.measured(programs) {
            any = true;
            let met = if measured <= bar.limit { "yes" } else { "NO" };
            let (limit, measured) = ((bar.show)(bar.limit), (bar.show)(measured));
            table.row(vec![bar.program.into(), bar.goal(), limit, measured, met.into()]);
        }
    }
    if any { format!("\n{}", table.to_text()) } else { String::new() }
}

impl Bar {
    fn goal(&self) -> String {
        match self.beside {
            Nothing => self.what.to_owned(),
            Over(peer) => format!("{} ÷ {peer}'s", self.what),
            Minus(peer) => format!("{} − {peer}'s", self.what),
        }
    }

    fn unit(&self) -> Unit {
        match self.beside {
            Over(_) => Unit::Ratio,
            Minus(_) => Unit::Nanoseconds,
            // How the limit is written says what it counts.
            Nothing if std::ptr::fn_addr_eq(self.show, mebibytes as fn(f64) -> String) => Unit::Bytes,
            Nothing if std::ptr::fn_addr_eq(self.show, time as fn(f64) -> String) => Unit::Nanoseconds,
            Nothing => Unit::Plain,
        }
    }

    fn measured(&self, programs: &[Program]) -> Option<f64> {
        let program = programs.iter().find(|program| program.name == self.program)?;
        let median = |label: &str| main_series(program, label)?.median(self.figure);
        match self.beside {
            Nothing => median(OURS),
            Over(peer) => ratio(median(OURS)?, median(peer)?),
            Minus(peer) => Some(median(OURS)? - median(peer)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_report::Series;

    fn result(program: &str, columns: &[(&str, u64)]) -> Program {
        let series = columns.iter().map(|&(label, wall_ns)| Series {
            collector: label.into(),
            rounds: vec![Round { wall_ns, operations: 100, ..Round::default() }],
            ..Series::default()
        });
        Program { name: program.into(), series: series.collect(), ..Program::default() }
    }

    #[test]
    fn a_goal_is_met_at_its_limit_and_missed_above() {
        let met = verdicts(&[result("binary-trees-16", &[("gc-core", 150), ("bumpalo", 100)])]);
        assert!(met.contains("yes") && !met.contains("NO"), "{met}");
        let missed = verdicts(&[result("binary-trees-16", &[("gc-core", 151), ("bumpalo", 100)])]);
        assert!(missed.contains("NO"), "{missed}");
        let goals = goals(&[result("binary-trees-16", &[("gc-core", 151), ("bumpalo", 100)])]);
        assert_eq!((goals[0].met(), goals[0].unit, goals[0].measured), (Some(false), Unit::Ratio, Some(1.51)));
    }

    #[test]
    fn a_goal_can_be_a_difference() {
        let met = verdicts(&[result("untaken-barrier", &[("gc-core", 250), ("plain store", 150)])]);
        assert!(met.contains("1.00 ns") && met.contains("yes"), "{met}");
    }

    #[test]
    fn what_was_not_measured_gets_no_verdict() {
        assert_eq!(verdicts(&[result("binary-trees-16", &[("bumpalo", 100)])]), "");
        assert_eq!(verdicts(&[result("binary-trees-16", &[("gc-core", 100)])]), "");
    }

    #[test]
    #[cfg(feature = "peers")]
    fn every_goal_names_a_program_and_a_column_of_it() {
        for bar in BARS {
            let program = crate::programs::named(bar.program).expect(bar.program);
            if let Over(peer) | Minus(peer) = bar.beside {
                let collector = peer.split('/').next();
                assert!(program.contenders.iter().any(|c| Some(c.collector) == collector), "{peer}");
            }
        }
    }
}
