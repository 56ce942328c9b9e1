//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.

mod config;
mod error;
pub mod stats;

mod memory;
mod object;

mod collector;

mod any;
mod cell;
pub mod collections;
mod external;
mod gc;
mod heap;
mod mutation;
mod root;
mod static_value;
mod weak;
mod write;

pub use any::GcAny;
pub use cell::{GcCell, GcOnceCell, GcRefCell};
pub use collections::vec::GcVec;
#[cfg(feature = "collections")]
pub use collections::{map::GcMap, set::GcSet};
pub use config::{Config, ParseStressError, Stress};
pub use error::{AllocError, OutOfMemory};
pub use external::ExternalCharge;
pub use gc::Gc;
pub use heap::Heap;
pub use mutation::Mutation;
pub use object::Plain;
pub use object::trace::{Branded, DynTrace, Rebrand, RebrandPtr, Relocator, Trace, Tracer};
pub use root::Root;
pub use static_value::Static;
pub use weak::Weak;
pub use write::Write;

#[cfg(feature = "derive")]
pub use gc_derive::Trace;

/// What the macros of this crate expand to. Not a public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::object::derive_support::{
        FieldFlags, Fields, None, Option, Some, TypesWithDeriveTraceCannotImplementDrop, bool, skipped_field_is_static,
        sum, usize,
    };
    pub use crate::object::pointee::{DynFrom, Pointee, WIDE_POINTER_IS_ADDRESS_THEN_VTABLE};
}
