//! An embeddable, safe, tracing garbage collector with one-word pointers and short pauses.
//!
//! A [`Heap`] owns objects; [`Heap::mutate`] gives access to them; inside, [`Gc<T>`](Gc) points to them and a
//! [`Root`] keeps them for later. Everything that a pointer leads to implements [`Trace`], which is
//! derived. See [`Heap`] for a program, [`Gc::write`] for how objects change, [`Config`] for limits and
//! pauses, and [`stats`] for what the heap tells about itself.
//!
//! Three rules carry the whole:
//!
//! * A `Gc` lives no longer than the `mutate` that it was got in, and knows its heap: the compiler sees
//!   to it by the brand `'gc`.
//! * The heap collects at the end of `mutate`, and only then. [`Mutation::should_yield`] says when it
//!   would like one.
//! * What changes in an object lies in a cell, and is written through the object's
//!   [`write`](Gc::write).
//!
//! # Features
//!
//! | feature | what it adds | default |
//! |---|---|---|
//! | `derive` | `#[derive(Trace)]` | yes |
//! | `collections` | `GcMap` and `GcSet` | yes |
//! | `lab` | the module `lab`: a recorder, for the laboratory's page, JSON and trace of a program's own heap | no |
//! | `foreign` | [`Trace`] for the types of `arrayvec`, `bytes`, `chrono`, `either`, `hashbrown`, `indexmap`, `num-bigint`, `ordered-float`, `serde_json`, `slotmap`, `smallvec`, `url` and `uuid`, each of which is a feature as well | no |

mod config;
mod error;
pub mod stats;

mod memory;
mod object;

mod collector;

mod any;
mod cell;
pub mod collections;
pub mod ephemeron;
mod external;
mod gc;
mod guardian;
mod heap;
mod identity;
#[cfg(feature = "lab")]
pub mod lab;
mod mutation;
mod pin;
mod processor;
mod root;
mod static_value;
mod weak;
mod write;

pub use any::GcAny;
pub use cell::{GcCell, GcOnceCell, GcRefCell};
pub use collections::interner::Interner;
pub use collections::vec::GcVec;
pub use collections::weak_set::WeakSet;
#[cfg(feature = "collections")]
pub use collections::{map::GcMap, set::GcSet};
pub use config::{Compaction, Config, ParseStressError, Stress};
pub use ephemeron::EphemeronMap;
pub use error::{AllocError, OutOfMemory};
pub use external::ExternalCharge;
pub use gc::Gc;
pub use guardian::{Guardian, PollAll};
pub use heap::Heap;
pub use identity::{ByIdentity, Identity};
pub use mutation::Mutation;
pub use object::trace::{Branded, DynTrace, Rebrand, RebrandPtr, Relocator, Trace, Tracer};
pub use object::{Plain, Pointee};
pub use pin::Pinned;
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

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
