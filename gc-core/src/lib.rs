//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.

mod object;

pub use object::trace::{DynTrace, Rebrand, RebrandPtr, Relocator, Trace, Tracer};

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
