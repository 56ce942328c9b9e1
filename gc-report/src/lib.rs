//! What a garbage collector cost, as data, as a page, and as a trace.
//!
//! [`Results`] is what a measurement found out: programs, the collectors that ran them, and for each
//! round its times, pauses, latencies and memory. It is written and read as JSON, whose schema has a
//! version ([`SCHEMA_VERSION`]) and a description (`SCHEMA.md` in this package).
//!
//! The crate measures nothing and knows no collector: whoever measures fills in the structs.

#![forbid(unsafe_code)]

pub mod compare;
mod file;
pub mod overhead;
mod page;
mod perfetto;
pub mod schema;
pub mod statistics;
pub mod utilisation;

pub use compare::{CompareOptions, Comparison, Verdict, compare};
pub use file::ReadError;
pub use overhead::Cost;
pub use page::PageOptions;
pub use schema::{
    Calibration, Collection, CollectionKind, Failure, FailureKind, Goal, Histogram, Machine, Occupancy, Pause, Program,
    Results, Round, SCHEMA_VERSION, Sample, Series, Unit, UtilisationPoint,
};
pub use utilisation::Utilisation;
