//! `#[derive(Trace)]` for [gc-core](https://docs.rs/gc-core). Use it from there: `gc_core::Trace`.
//!
//! A derive reads (`input.rs`), looks for mistakes (`check.rs`), finds out what each parameter
//! becomes with another brand (`family.rs`) and what must hold there (`bounds.rs`), and writes (`expand.rs`).

#![forbid(unsafe_code)]

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod bounds;
mod check;
mod expand;
mod family;
mod input;
#[cfg(test)]
mod tests;

use input::{Input, Mistakes};

/// Derives `Trace` and `Rebrand`: values of the type can live on a heap, and the heap finds the
/// pointers in them.
///
/// ```
/// use gc_core::{Gc, GcCell, Heap, Trace};
///
/// #[derive(Trace)]
/// struct Node<'gc> {
///     name: Gc<'gc, str>,
///     next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
/// }
///
/// let mut heap = Heap::<Node>::new(|mc| Node { name: Gc::from_str(mc, "root"), next: GcCell::new(None) });
/// heap.mutate(|mc, root| {
///     let next = Gc::new(mc, Node { name: root.name, next: GcCell::new(None) });
///     root.write(mc, |node| &node.next).set(Some(next));
/// });
/// ```
///
/// Structs and enums can be derived, generic or not. Every field must be `Trace`; so must every type
/// parameter, which the derive demands by itself (`T: Trace<'gc>`), as it does for associated types
/// that a field holds. The code generated uses no name of your program, sets off no lint, and compiles
/// under `#![forbid(unsafe_code)]`.
///
/// # The brand
///
/// The only lifetime of the type is its brand, the `'gc` of its `Gc`s. `Rebrand` replaces it:
/// `Pair<'gc, T>` becomes `Pair<'b, T::At<'b>>`, for which the derive asks `T: Rebrand`, and demands
/// of `T::At<'b>` what was written of `T`. A parameter that is `'static` (because a bound or a skipped
/// field says so) stays what it is. A type without lifetimes has no brand, and neither does what it
/// holds.
///
/// # Attributes
///
/// * `#[trace(skip)]` on a field: it is not looked at. Its type must be `'static`, so that it cannot hold
///   a `Gc`, and need not be `Trace`. Memory that it owns is not counted.
/// * `#[trace(static)]` on a type: none of its fields is looked at. It has no lifetimes, all of its
///   parameters must be `'static`, and it may implement `Drop`.
/// * `#[trace(brand = 'gc)]` on a type with several lifetimes: which one is the brand. The type is
///   `Trace` where the others are `'static`.
/// * `#[trace(crate = path::to::gc_core)]` on a type: where this crate is, if not at `::gc_core`.
///
/// ```
/// use std::time::Instant;
/// use gc_core::{Gc, Trace};
///
/// #[derive(Trace)]
/// struct Session<'gc> {
///     user: Gc<'gc, str>,
///     #[trace(skip)]
///     since: Option<Instant>,
/// }
///
/// #[derive(Trace)]
/// #[trace(static)]
/// struct Log(std::fs::File);
///
/// impl Drop for Log {
///     fn drop(&mut self) {
///         let _ = self.0.sync_all();
///     }
/// }
/// ```
///
/// # `Drop`
///
/// A derived type cannot implement `Drop`, unless it is `#[trace(static)]`: its destructor would run
/// when the objects that it points to may be gone already. Fields may have destructors.
///
/// ```compile_fail,E0119
/// use gc_core::{Gc, Trace};
///
/// #[derive(Trace)]
/// struct Loud<'gc>(Gc<'gc, str>);
///
/// impl Drop for Loud<'_> {
///     fn drop(&mut self) {
///         println!("{}", &*self.0);
///     }
/// }
/// ```
///
/// # What cannot be derived
///
/// Unions, since nothing says which field is there, and `#[repr(packed)]` structs, whose fields cannot be
/// borrowed; both can be `#[trace(static)]`. Types without a size. Types with a bound whose associated type
/// names the brand where nothing else does, as in `I: Iterator<Item = Gc<'gc, str>>`: Rust cannot say it
/// for every brand, so it belongs on the functions that need it.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as DeriveInput);
    derive(&item).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn derive(item: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let mut mistakes = Mistakes::default();
    let input = Input::read(item, &mut mistakes);
    check::check(&input, &mut mistakes);
    mistakes.finish()?;

    let mut mistakes = Mistakes::default();
    let code = expand::expand(&input, &mut mistakes);
    mistakes.finish()?;
    Ok(code)
}
