//! What one process found out about one run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Histogram;

/// One run of one program on one collector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// What the program computed; the same for every collector, or somebody is wrong.
    #[serde(default, with = "checksum")]
    pub checksum: u64,
    /// Time of the measured part.
    pub wall_ns: u64,
    /// Processor time of all threads in the measured part, so that work done on the side is seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ns: Option<u64>,
    /// Time for which the process could have run, but waited for a processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ns: Option<u64>,
    /// Operations done in the measured part.
    #[serde(default)]
    pub operations: u64,
    /// What the collector calls its pauses, in nanoseconds.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub pauses: Histogram,
    /// Times of equal batches of operations, in nanoseconds, measured alike for every collector.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub stalls: Histogram,
    /// Time of each request from its actual start, in nanoseconds.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub closed_loop: Histogram,
    /// Time of each request from the start that it should have had, in nanoseconds: a stall counts for
    /// every request that it delayed.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub open_loop: Histogram,
    /// Requests a second in `open_loop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_loop_rate: Option<f64>,
    /// The pauses one by one, in the order of their starts: all of them, or the last ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pause_list: Vec<Pause>,
    /// How many pauses are in `pauses`, but not in `pause_list` although that is given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pauses_left_out: u64,
    /// Minimum mutator utilisation by window, where the measuring side has computed it. Otherwise it
    /// follows from `pause_list`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub utilisation: Vec<UtilisationPoint>,
    /// Sizes over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Sample>,
    /// Collections over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Collection>,
    /// The most memory that was resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// What was resident after the program had let most of its objects go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrunk_bytes: Option<u64>,
    /// Figures that only some programs have: name to value. JSON has no infinity: what is not finite is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "figures")]
    pub figures: BTreeMap<String, f64>,
    /// How full the heap's blocks were before and after a compaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<Occupancy>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An interval in which the program could not run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it began.
    pub start_ns: u64,
    /// How long it was.
    pub duration_ns: u64,
    /// Why: `safepoint`, `barrier`, ….
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cause: String,
    /// What was done, in the order in which it is shown: phase and nanoseconds. The sum can be less than
    /// the duration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<(String, u64)>,
}

impl Pause {
    /// A pause of which nothing else is known.
    #[must_use]
    pub const fn new(start_ns: u64, duration_ns: u64) -> Self {
        Self { start_ns, duration_ns, cause: String::new(), phases: Vec::new() }
    }

    /// When it ended.
    #[must_use]
    pub const fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// A point of a utilisation curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UtilisationPoint {
    /// The window's length.
    pub window_ns: u64,
    /// The least share of any window of that length in which the program could run.
    pub utilisation: f64,
}

/// Sizes at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at_ns: u64,
    /// What the heap says that it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_bytes: Option<u64>,
    /// What the process has resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_bytes: Option<u64>,
}

/// A collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// When it ended.
    pub at_ns: u64,
    /// What kind.
    #[serde(default)]
    pub kind: CollectionKind,
}

/// Kinds of collections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionKind {
    /// Of young objects only.
    Young,
    /// Of all objects.
    Old,
    /// One that moved objects.
    Compaction,
    /// None of these, and what a newer writer may have added.
    #[default]
    #[serde(other)]
    Other,
}

impl CollectionKind {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Young => "young",
            Self::Old => "old",
            Self::Compaction => "compaction",
            Self::Other => "collection",
        }
    }
}

/// How full each block was, from 0 (free) to 1, in the order of addresses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// Size of a block.
    pub block_bytes: u64,
    /// Before the compaction.
    pub before: Vec<f32>,
    /// After it.
    pub after: Vec<f32>,
}

/// Figures in JSON: finite ones.
mod figures {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(figures: &BTreeMap<String, f64>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(figures.iter().filter(|(_, value)| value.is_finite()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
        let read = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
        Ok(read.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }
}

/// A checksum in JSON: 16 hexadecimal digits.
mod checksum {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(checksum: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{checksum:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let digits = String::deserialize(deserializer)?;
        u64::from_str_radix(&digits, 16).map_err(|error| D::Error::custom(format!("checksum {digits:?}: {error}")))
    }
}
