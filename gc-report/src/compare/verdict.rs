//! What a comparison says.

use super::{CompareOptions, Metric};
use crate::schema::Series;
use crate::statistics::rank_test;

/// What became of a figure, a series, a program, or a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Less than before, beyond noise.
    Better,
    /// Within noise, or too little to count.
    Same,
    /// More than before, beyond noise.
    Worse,
    /// Moved enough to count, but there are too few rounds, or they lie too far apart, to tell it from noise.
    Unclear,
    /// Failed now, not before.
    Fails,
    /// Failed before, not now.
    Runs,
    /// Computes something else than before: its figures cannot be compared.
    Incomparable,
    /// In the second file only.
    New,
    /// In the first file only.
    Gone,
}

impl Verdict {
    /// In a word or two.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "same",
            Self::Worse => "WORSE",
            Self::Unclear => "unclear",
            Self::Fails => "FAILS NOW",
            Self::Runs => "runs now",
            Self::Incomparable => "computes something else",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// Whether a build that watches over performance should fail: something is worse, or fails now.
    #[must_use]
    pub const fn is_regression(self) -> bool {
        matches!(self, Self::Worse | Self::Fails)
    }
}

/// One figure of one series in both files; or a series or a program, if only one file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The program.
    pub program: String,
    /// [`Series::label`], or empty for a whole program.
    pub series: String,
    /// The series' heap factor.
    pub heap_factor: Option<f64>,
    /// The figure; `None` if the row is about the series or the program as a whole.
    pub metric: Option<Metric>,
    /// The median in the first file, as it was measured.
    pub before: Option<f64>,
    /// The median in the second file, as it was measured.
    pub after: Option<f64>,
    /// By how much the median moved, as a share of what it was, relative to the baseline if there is one.
    pub change: Option<f64>,
    /// How likely chance alone would put the rounds in such an order.
    pub chance: Option<f64>,
    /// What to think of it.
    pub verdict: Verdict,
    /// What is known of a failure.
    pub message: String,
}

impl Row {
    pub(super) fn of_program(program: &str, verdict: Verdict) -> Self {
        Self {
            program: program.to_owned(),
            series: String::new(),
            heap_factor: None,
            metric: None,
            before: None,
            after: None,
            change: None,
            chance: None,
            verdict,
            message: String::new(),
        }
    }

    pub(super) fn of_series(program: &str, series: &Series, verdict: Verdict) -> Self {
        let message = series.error.as_ref().map(|error| format!("{}: {}", error.kind.name(), error.message));
        Self {
            series: series.label(),
            heap_factor: series.heap_factor,
            message: message.unwrap_or_default(),
            ..Self::of_program(program, verdict)
        }
    }
}

/// Everything that a comparison says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// By program, series and figure.
    pub rows: Vec<Row>,
    /// What weakens all of it, in sentences.
    pub notes: Vec<String>,
}

impl Comparison {
    /// The rows with that verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }

    /// One verdict for all: the first of fails, worse, better, unclear that any row has; else same.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let order = [Verdict::Fails, Verdict::Worse, Verdict::Runs, Verdict::Better, Verdict::Unclear];
        order.into_iter().find(|&verdict| self.with(verdict).next().is_some()).unwrap_or(Verdict::Same)
    }

    /// For a build that watches over performance: 1 if something is worse or fails now, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(self.rows.iter().any(|row| row.verdict.is_regression()))
    }
}

/// What to think of a change, after so many rounds on either side.
pub(super) fn of_change(change: f64, chance: f64, rounds: [usize; 2], options: &CompareOptions) -> Verdict {
    let moved = change.abs() > options.least_change;
    let is_chance = chance > options.significance;
    // What the test says of as many rounds that do not overlap at all.
    let apart = |side: usize, shift: f64| (0..rounds[side]).map(|i| i as f64 + shift).collect::<Vec<_>>();
    let can_tell = rank_test(&apart(0, 0.0), &apart(1, 1e9)) <= options.significance;
    match (moved, is_chance) {
        (false, _) => Verdict::Same,
        (true, false) if change < 0.0 => Verdict::Better,
        (true, false) => Verdict::Worse,
        (true, true) if can_tell && chance > 10.0 * options.significance => Verdict::Same,
        (true, true) => Verdict::Unclear,
    }
}
