//! The results of a measurement: the types behind the JSON.
//!
//! A [`Results`] holds programs, a [`Program`] holds series (one for each collector on each allocator at
//! each heap size), and a [`Series`] holds rounds. What a collector or a program does not tell is
//! `None` or empty, and is left out of the JSON; a reader shows what is there.
//!
//! - **J1** The schema grows: a field may be added, never renamed, removed, or given another meaning, while
//!   [`SCHEMA_VERSION`] stays. Readers ignore what they do not know and take what is absent as empty.
//! - **J2** Units are in the names: `_ns` is nanoseconds, `_bytes` bytes. Times of a round count from its
//!   start.
//! - **J3** A checksum is a string of 16 hexadecimal digits, since many readers of JSON keep 53 bits only.
//!
//! The same for readers that are not written in Rust:
//!
#![doc = include_str!("../../SCHEMA.md")]

mod histogram;
mod machine;
mod questions;
mod round;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::statistics::ratio;

pub use histogram::Histogram;
pub use machine::{Calibration, Machine};
pub use round::{Collection, CollectionKind, Occupancy, Pause, Round, Sample, UtilisationPoint};

/// The version that this crate writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that one measurement found out: one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// What the page is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// When the measurement began, as text: `2026-11-24T11:20:00Z`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// Where it ran.
    #[serde(default)]
    pub machine: Machine,
    /// What that machine can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// How the measurement was asked for: option to value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// Versions of what was measured: name to version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// True if the measurement was ended before it was done.
    #[serde(default, skip_serializing_if = "is_false")]
    pub interrupted: bool,
    /// Goals, and whether they were met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// The programs, in the order in which they are shown.
    #[serde(default)]
    pub programs: Vec<Program>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Default for Results {
    fn default() -> Self {
        Self {
            schema: SCHEMA_VERSION,
            title: String::new(),
            date: String::new(),
            machine: Machine::default(),
            calibration: None,
            options: BTreeMap::new(),
            versions: BTreeMap::new(),
            interrupted: false,
            goals: Vec::new(),
            programs: Vec::new(),
        }
    }
}

impl Results {
    /// One round of one program on one collector: what an embedder's own heap has to tell.
    ///
    /// ```
    /// use gc_report::{Results, Round};
    ///
    /// let round = Round { wall_ns: 2_000_000_000, peak_bytes: Some(64 << 20), ..Round::default() };
    /// let results = Results::of_one_run("my interpreter", "gc-core", round);
    /// assert_eq!(results.programs[0].series[0].label(), "gc-core");
    /// ```
    #[must_use]
    pub fn of_one_run(program: &str, collector: &str, round: Round) -> Self {
        let series = Series { collector: collector.to_owned(), rounds: vec![round], ..Series::default() };
        let program = Program { name: program.to_owned(), series: vec![series], ..Program::default() };
        Self { title: program.name.clone(), programs: vec![program], ..Self::default() }
    }

    /// The program of that name.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }

    /// Whether any series has an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.programs.iter().flat_map(|program| &program.series).any(|series| series.error.is_some())
    }
}

/// A limit that was set beforehand, and what came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// The program that it is about.
    pub program: String,
    /// What is measured: `time ÷ bumpalo's`.
    pub what: String,
    /// The limit.
    pub at_most: f64,
    /// What came out; `None` if it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// How both numbers are to be read.
    #[serde(default)]
    pub unit: Unit,
}

impl Goal {
    /// Whether the goal was met: at its limit it is. `None` if nothing was measured.
    #[must_use]
    pub fn met(&self) -> Option<bool> {
        self.measured.map(|measured| measured <= self.at_most)
    }
}

/// What a bare number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A multiple of something else.
    Ratio,
    /// Nanoseconds.
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// A share of a whole, from 0 to 1.
    Share,
    /// None of these, and what a newer writer may have added.
    #[default]
    #[serde(other)]
    Plain,
}

/// A program, with everything that ran it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Its name, unique in the file.
    pub name: String,
    /// What it does, in a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What one operation is: `node allocated`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// What ran it.
    #[serde(default)]
    pub series: Vec<Series>,
}

/// All rounds of one program on one collector, one allocator, and one heap size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The collector, or what stands in for one: `gc-core`, `bumpalo`.
    pub collector: String,
    /// The allocator below it; empty for the system's, or if it takes its memory from the system itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub allocator: String,
    /// The heap's limit as a multiple of the smallest heap in which the program runs; `None` if it was not
    /// limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_factor: Option<f64>,
    /// The heap's limit in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_limit_bytes: Option<u64>,
    /// The most that was alive at once, in bytes, as full collections found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_bytes: Option<u64>,
    /// The limit was to be this multiple of what is alive at most, rather than a multiple of the smallest heap. It is
    /// the smallest heap, and more than the multiple, if the program does not run in less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_factor: Option<f64>,
    /// One entry a round, or fewer after a failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// Why its figures are not to be used, or are not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

impl Series {
    /// Collector and allocator: `gc-core`, `gc-arena/mimalloc`. The heap size is not part of it.
    #[must_use]
    pub fn label(&self) -> String {
        match self.allocator.as_str() {
            "" => self.collector.clone(),
            allocator => format!("{}/{allocator}", self.collector),
        }
    }

    /// The heap's limit ÷ the most that was alive at once; `None` if either is not known.
    #[must_use]
    pub fn limit_over_live(&self) -> Option<f64> {
        ratio(self.heap_limit_bytes? as f64, self.live_bytes? as f64)
    }
}

/// Why a series has no figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    #[serde(default)]
    pub kind: FailureKind,
    /// What is known about it, in a line.
    #[serde(default)]
    pub message: String,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The process died or panicked.
    Crash,
    /// It took longer than it was given.
    TimeOut,
    /// It computed something else than its peers, or than itself in another round.
    Checksum,
    /// It does not run in the heap that it was given.
    OutOfMemory,
    /// None of these, and what a newer writer may have added.
    #[default]
    #[serde(other)]
    Other,
}

impl FailureKind {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::TimeOut => "time-out",
            Self::Checksum => "wrong checksum",
            Self::OutOfMemory => "out of memory",
            Self::Other => "error",
        }
    }
}
