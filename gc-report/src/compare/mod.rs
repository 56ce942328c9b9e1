//! Two files of results side by side: what got better, what got worse, and what is noise.
//!
//! A figure counts as changed if both hold: the median moved by more than a threshold, and the rounds of
//! the two files differ in order by more than chance would make them ([`rank_test`]). With few rounds
//! the second can never hold; then a change is called unclear, not worse.
//!
//! Chance has many tries where many figures are compared: at a significance of 0.01, one in a hundred that did not
//! change looks as if it had, if its median moved by enough. Run again what a watching build complains of.
//!
//! Two runs of the same binary can differ by a fifth as a whole: another placement in memory, a warmer
//! machine. [`CompareOptions::baseline`] takes that out: times are then divided by those of a column that
//! did not change, of the same program in the same file.

mod text;
mod verdict;

use std::collections::BTreeSet;

use crate::schema::{Program, Results, Round, Series};
use crate::statistics::{median, rank_test};

pub use verdict::{Comparison, Row, Verdict};

/// When a difference counts.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareOptions {
    /// The least change of a median that counts, as a share: 0.05 for a twentieth.
    pub least_change: f64,
    /// The greatest probability that the order of the rounds is chance. 0.01 needs five rounds on each side.
    pub significance: f64,
    /// The label of a series that times are divided by, such as that of an arena without a collector.
    pub baseline: Option<String>,
}

impl Default for CompareOptions {
    /// A twentieth, at 0.01, without a baseline.
    fn default() -> Self {
        Self { least_change: 0.05, significance: 0.01, baseline: None }
    }
}

/// A figure that is compared. Less is better for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Wall time, in nanoseconds.
    Wall,
    /// Processor time of all threads, in nanoseconds.
    Cpu,
    /// The 99th percentile of pauses, in nanoseconds.
    PauseP99,
    /// The longest pause, in nanoseconds.
    LongestPause,
    /// The longest stall, in nanoseconds.
    LongestStall,
    /// The 99.9th percentile of open-loop latency, in nanoseconds.
    OpenLoopP999,
    /// Peak resident memory, in bytes.
    PeakMemory,
    /// Resident memory after shrinking, in bytes.
    ShrunkMemory,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Wall,
        Self::Cpu,
        Self::PauseP99,
        Self::LongestPause,
        Self::LongestStall,
        Self::OpenLoopP999,
        Self::PeakMemory,
        Self::ShrunkMemory,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wall => "time",
            Self::Cpu => "processor time",
            Self::PauseP99 => "pause, 99 %",
            Self::LongestPause => "longest pause",
            Self::LongestStall => "longest stall",
            Self::OpenLoopP999 => "latency, 99.9 %",
            Self::PeakMemory => "peak memory",
            Self::ShrunkMemory => "memory after shrinking",
        }
    }

    /// What a round says; `None` if it says nothing.
    #[must_use]
    pub fn of(self, round: &Round) -> Option<f64> {
        let value = match self {
            Self::Wall => Some(round.wall_ns),
            Self::Cpu => round.cpu_ns,
            Self::PauseP99 => round.pauses.quantile(0.99),
            Self::LongestPause => round.pauses.max(),
            Self::LongestStall => round.stalls.max(),
            Self::OpenLoopP999 => round.open_loop.quantile(0.999),
            Self::PeakMemory => round.peak_bytes,
            Self::ShrunkMemory => round.shrunk_bytes,
        };
        value.map(|value| value as f64)
    }

    /// Whether a slower machine makes it larger in proportion.
    const fn follows_the_machine(self) -> bool {
        matches!(self, Self::Wall | Self::Cpu)
    }
}

/// Compares `after` with `before`, program by program and series by series.
#[must_use]
pub fn compare(before: &Results, after: &Results, options: &CompareOptions) -> Comparison {
    let mut comparison = Comparison { rows: Vec::new(), notes: notes(before, after, options) };
    for (old, new) in pairs(&before.programs, &after.programs, |program| program.name.clone()) {
        match (old, new) {
            (Some(old), Some(new)) => compare_program(old, new, options, &mut comparison),
            (Some(old), None) => comparison.rows.push(Row::of_program(&old.name, Verdict::Gone)),
            (None, Some(new)) => comparison.rows.push(Row::of_program(&new.name, Verdict::New)),
            (None, None) => {}
        }
    }
    comparison
}

/// What else differs between the files, and weakens every row.
fn notes(before: &Results, after: &Results, options: &CompareOptions) -> Vec<String> {
    let mut notes = Vec::new();
    let (old, new) = (&before.machine.description, &after.machine.description);
    if old != new {
        notes.push(format!("the machines differ: {old}; then {new}"));
    }
    let names: BTreeSet<&String> = before.options.keys().chain(after.options.keys()).collect();
    for name in names {
        let (old, new) = (before.options.get(name), after.options.get(name));
        if old != new {
            let show = |value: Option<&String>| value.map_or_else(|| "not given".to_owned(), |v| format!("{v:?}"));
            notes.push(format!("option {name} differs: {}, then {}", show(old), show(new)));
        }
    }
    for (results, which) in [(before, "first"), (after, "second")] {
        if results.interrupted {
            notes.push(format!("the {which} measurement was interrupted"));
        }
    }
    if options.baseline.is_none() {
        notes.push("no baseline: a change of the whole machine counts as a change".to_owned());
    }
    notes
}

fn compare_program(before: &Program, after: &Program, options: &CompareOptions, to: &mut Comparison) {
    // What was chosen by what is alive differs a little in its factor, from one measurement to the next.
    let size = |series: &Series| series.live_factor.or(series.heap_factor).map(f64::to_bits);
    let key = |series: &Series| (series.label(), series.live_factor.is_some(), size(series));
    let baselines = Baselines { before: baseline(before, options), after: baseline(after, options) };
    for (old, new) in pairs(&before.series, &after.series, key) {
        let row = |series: &Series, verdict| Row::of_series(&before.name, series, verdict);
        match (old, new) {
            (Some(old), Some(new)) => match (&old.error, &new.error) {
                (None, None)
                    if checksum(old).is_some() && checksum(new).is_some() && checksum(old) != checksum(new) =>
                {
                    to.rows.push(row(new, Verdict::Incomparable));
                }
                (None, None) => to.rows.extend(compare_series(&before.name, old, new, &baselines, options)),
                (None, Some(_)) => to.rows.push(row(new, Verdict::Fails)),
                (Some(_), None) => to.rows.push(row(new, Verdict::Runs)),
                (Some(_), Some(_)) => {}
            },
            (Some(old), None) => to.rows.push(row(old, Verdict::Gone)),
            (None, Some(new)) => to.rows.push(row(new, Verdict::New)),
            (None, None) => {}
        }
    }
}

fn checksum(series: &Series) -> Option<u64> {
    series.rounds.first().map(|round| round.checksum)
}

/// What times are divided by, if by anything.
struct Baselines<'a> {
    before: Option<&'a Series>,
    after: Option<&'a Series>,
}

fn baseline<'a>(program: &'a Program, options: &CompareOptions) -> Option<&'a Series> {
    let label = options.baseline.as_ref()?;
    program.main_series().into_iter().find(|series| series.label() == *label)
}

impl Baselines<'_> {
    /// The divisors for a figure: 1 unless both files have the baseline.
    fn of(&self, metric: Metric) -> (f64, f64) {
        let median = |series: Option<&Series>| series?.median(|round| metric.of(round)).filter(|&value| value > 0.0);
        match (median(self.before), median(self.after)) {
            (Some(before), Some(after)) if metric.follows_the_machine() => (before, after),
            _ => (1.0, 1.0),
        }
    }
}

fn compare_series(
    program: &str,
    old: &Series,
    new: &Series,
    baselines: &Baselines<'_>,
    options: &CompareOptions,
) -> Vec<Row> {
    let row = |metric: Metric| {
        let (old_unit, new_unit) = baselines.of(metric);
        let values = |series: &Series, unit: f64| {
            series.each(|round| metric.of(round)).into_iter().map(|value| value / unit).collect::<Vec<_>>()
        };
        let (old_values, new_values) = (values(old, old_unit), values(new, new_unit));
        let (before, after) = (median(&old_values)?, median(&new_values)?);
        let change = if before > 0.0 { after / before - 1.0 } else { 0.0 };
        let chance = rank_test(&old_values, &new_values);
        let verdict = verdict::of_change(change, chance, [old_values.len(), new_values.len()], options);
        Some(Row {
            metric: Some(metric),
            before: Some(before * old_unit),
            after: Some(after * new_unit),
            change: Some(change),
            chance: Some(chance),
            ..Row::of_series(program, new, verdict)
        })
    };
    Metric::ALL.into_iter().filter_map(row).collect()
}

/// Each item with its namesake on the other side: those of `left` in their order, then what `right` has alone.
fn pairs<'a, T, K: PartialEq>(
    left: &'a [T],
    right: &'a [T],
    key: impl Fn(&T) -> K,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let find = |among: &'a [T], item: &T| among.iter().find(|other| key(other) == key(item));
    let of_left = left.iter().map(|item| (Some(item), find(right, item)));
    let alone = right.iter().filter(|item| find(left, item).is_none()).map(|item| (None, Some(item)));
    of_left.chain(alone).collect()
}

#[cfg(test)]
mod tests;
