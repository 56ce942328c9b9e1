//! What a garbage collector cost, as data, as a page, as a comparison, and as a trace.
//!
//! [`Results`] is what a measurement found out: programs, the collectors that ran them, and for each
//! round its times, pauses, latencies and memory. It is written and read as JSON, whose schema has a
//! version ([`SCHEMA_VERSION`]) and a description ([`schema`]).
//!
//! * [`Results::write_page`] makes one HTML file of it that needs nothing else: percentile curves, minimum mutator
//!   utilisation, memory over time, costs, overhead over heap size, occupancy of blocks; every picture with its numbers.
//! * [`Results::write_perfetto`] makes a trace for the Perfetto viewer.
//! * [`compare`](fn@compare) sets two files side by side, with noise taken into account.
//! * [`Utilisation`], [`Cost`] and [`statistics`] are the computations by themselves.
//!
//! The crate measures nothing and knows no collector: whoever measures fills in the structs, and leaves the rest to
//! `..Default::default()`, so that fields can be added.
//!
//! ```
//! use gc_report::{Histogram, Pause, Results, Round};
//!
//! // Two pauses of an own heap, in a run of 20 ms.
//! let pause_list = vec![Pause::new(3_000_000, 400_000), Pause::new(11_000_000, 250_000)];
//! let round = Round {
//!     wall_ns: 20_000_000,
//!     pauses: Histogram::of_values(pause_list.iter().map(|pause| pause.duration_ns)),
//!     pause_list,
//!     ..Round::default()
//! };
//! let results = Results::of_one_run("my interpreter", "my heap", round);
//! # let folder = std::env::temp_dir().join(format!("gc-report-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! results.write_json(folder.join("results.json"))?;
//! results.write_page(folder.join("index.html"))?;
//! results.write_perfetto(folder.join("trace.json"))?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod compare;
mod file;
mod number;
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
