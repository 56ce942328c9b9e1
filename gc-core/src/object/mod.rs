//! What an object is: a header, a type, and a payload that can be traced.

pub(crate) mod break_table;
pub(crate) mod derive_support;
pub(crate) mod header;
mod impls;
pub(crate) mod places;
pub(crate) mod pointee;
pub(crate) mod recorder;
mod relocator;
pub(crate) mod trace;
pub(crate) mod type_info;
pub(crate) mod worklist;

pub(crate) use header::Object;
pub(crate) use type_info::{InfoAs, InfoOf, TypeInfo};

pub use impls::Plain;
pub use pointee::Pointee;

/// Makes what holds it invariant in `'gc`, and neither `Send` nor `Sync`.
pub(crate) type Invariant<'gc> = core::marker::PhantomData<(core::cell::Cell<&'gc ()>, *const ())>;
