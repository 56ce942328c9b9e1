//! What may be shared or written without the barrier, and therefore holds no `Gc`.
//!
//! The content of an `Rc`, of a lock or behind a reference can be reached by owners that the
//! collector does not know of, so a `Gc` stored in it could outlive its object, and one written to
//! it would escape the barrier. A bound of `'static` keeps them out: a brand is never known to be
//! `'static`.
//!
//! `Cell`, `RefCell` and `OnceCell` ask for [`Plain`] instead, though `'static` would be enough.
//! These are what one reaches for first, and have twins that do hold `Gc`s; a missing trait can say
//! so, where a missing lifetime bound says "may not live long enough".

use core::cell::{Cell, LazyCell, OnceCell, RefCell};
use core::hash::BuildHasherDefault;
use core::pin::Pin;
use std::rc::{self, Rc};
use std::sync::{self, Arc, LazyLock, Mutex, Once, OnceLock, RwLock};

use super::*;

/// Types that may lie in a [`Cell`], [`RefCell`] or [`OnceCell`] of a heap object: they hold no `Gc`.
///
/// That is so for every `'static` type, which is why this trait is safe. Numbers, strings, and the
/// standard library's containers of such types have it. For a type of your own, implement it:
///
/// ```
/// use core::cell::RefCell;
/// use gc_core::{Gc, Heap, Plain};
///
/// struct Settings {
///     depth: u32,
/// }
/// impl Plain for Settings {}
///
/// let mut heap = Heap::<RefCell<Settings>>::new(|_| RefCell::new(Settings { depth: 3 }));
/// heap.mutate(|_, settings| settings.borrow_mut().depth += 1);
/// ```
///
/// A `Gc` belongs in a [`GcCell`](crate::GcCell), [`GcRefCell`](crate::GcRefCell) or
/// [`GcOnceCell`](crate::GcOnceCell), whose writes the collector sees. So this does not compile:
///
/// ```compile_fail,E0277
/// use core::cell::RefCell;
/// use gc_core::{Gc, Heap};
///
/// let mut heap = Heap::<()>::new(|_| ());
/// heap.mutate(|mc, _| {
///     let number = Gc::new(mc, 1);
///     Gc::new(mc, RefCell::new(number));
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lie in a `Cell`, `RefCell` or `OnceCell` of a heap object",
    label = "not known to be free of `Gc`s: one that is written here would escape the write barrier",
    note = "to hold `Gc`s, use `GcCell`, `GcRefCell` or `GcOnceCell`, and write through their owner",
    note = "for a type without `Gc`s, write `impl gc_core::Plain for ...`, or hold `Static<RefCell<...>>`"
)]
pub trait Plain: 'static {}

statics! {
    [T: Plain] Cell<T>;
    [T: Plain] RefCell<T>;
    [T: Plain] OnceCell<T>;
    [T: 'static, F: 'static] LazyCell<T, F>;

    [T: ?Sized + 'static] Rc<T>;
    [T: ?Sized + 'static] rc::Weak<T>;
    [T: ?Sized + 'static] Arc<T>;
    [T: ?Sized + 'static] sync::Weak<T>;
    [T: ?Sized + 'static] &'static T;

    [T: 'static] Mutex<T>;
    [T: 'static] RwLock<T>;
    [T: 'static] OnceLock<T>;
    [T: 'static, F: 'static] LazyLock<T, F>;

    // What is pinned must not move, and is reached through a pointer that does not.
    [P: 'static] Pin<P>;
    [H: 'static] BuildHasherDefault<H>;

    [T: 'static] crate::Static<T>;
}

leaves! { Once; }
