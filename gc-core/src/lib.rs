//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.

mod collector;
mod config;
#[allow(dead_code)] // until allocation can fail
mod error;
pub mod stats;

pub use config::{Config, ParseStressError, Stress};
pub use error::{AllocError, OutOfMemory};
