//! The machine that was measured on, and what it can do.

use serde::{Deserialize, Serialize};

use super::Histogram;

/// A machine, without which an absolute figure means nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// All of it in one line.
    #[serde(default)]
    pub description: String,
    /// The processor's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub processor: String,
    /// Processors that the process may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<u32>,
    /// Memory of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Operating system and its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
}

/// What the machine itself can do: the bounds that collectors are compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The memory that the loads were spread over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footprint_bytes: Option<u64>,
    /// Time of a load whose address comes from the load before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependent_load_ns: Option<f64>,
    /// Time of a load from a random place that was known beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub independent_load_ns: Option<f64>,
    /// Reading from end to end, in bytes a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential_bytes_per_second: Option<f64>,
    /// Time to allocate a small object by moving a pointer, without any collector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bump_allocation_ns: Option<f64>,
    /// Time of one reading of the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_reading_ns: Option<f64>,
    /// What recording costs a program, as a share of its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorder_share: Option<f64>,
    /// How much later than asked for a thread wakes that does nothing but sleep a millisecond at a time, in
    /// nanoseconds: what the machine adds to any latency.
    #[serde(default, skip_serializing_if = "Histogram::is_empty")]
    pub sleep_jitter: Histogram,
}
