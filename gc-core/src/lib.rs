//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.

mod config;
mod error;
pub mod stats;

mod memory;
mod object;

mod collector;

pub use config::{Config, ParseStressError, Stress};
pub use error::{AllocError, OutOfMemory};
pub use object::trace::{DynTrace, Rebrand, RebrandPtr, Relocator, Trace, Tracer};

/// What the macros of this crate expand to. Not a public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::object::pointee::{DynFrom, Pointee, WIDE_POINTER_IS_ADDRESS_THEN_VTABLE};
}
