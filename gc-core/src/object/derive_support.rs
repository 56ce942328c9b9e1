//! What `#[derive(Trace)]` expands to, beyond the traits that it implements.
//!
//! The expansion names nothing but this module and the traits, so that it means the same wherever it
//! stands: a program may have a `bool`, an `Option` or a `core` of its own.
//!
//! - **E4** Every type comes from a value bound by a pattern, never from the tokens of the
//!   declaration: an attribute macro that runs after the derive may have changed those.
//! - **E5** The constants ask fields that lie in the value itself, and nothing behind a pointer, so
//!   that they end for every type that has a size: what owns memory elsewhere (`Box`, `Vec`, maps)
//!   answers `HAS_EXTERNAL` and `PINS` without asking what lies there for the same constant.

#![deny(unsafe_code)]

pub use core::option::Option::{self, None, Some};
pub use core::primitive::{bool, usize};

use super::trace::Trace;

/// What the derive knows of a type's fields while compiling.
#[derive(Clone, Copy, Debug)]
pub struct FieldFlags {
    /// Some field's `HAS_EXTERNAL`.
    pub has_external: bool,
    /// Some field's `PINS`.
    pub pins: bool,
}

impl FieldFlags {
    /// The flags of the field that `_field` borrows. It is never called.
    #[must_use]
    pub const fn of<'gc, S, F: Trace<'gc>>(_field: fn(&S) -> Option<&F>) -> Self {
        Self { has_external: F::HAS_EXTERNAL, pins: F::PINS }
    }

    /// The flags that some field has.
    #[must_use]
    pub const fn any(fields: &[Self]) -> Self {
        let mut any = Self { has_external: false, pins: false };
        let mut i = 0;
        while i < fields.len() {
            any.has_external |= fields[i].has_external;
            any.pins |= fields[i].pins;
            i += 1;
        }
        any
    }
}

/// The flags of a derived type's fields.
pub trait Fields<'gc> {
    /// Computed once, for both constants of [`Trace`].
    const FLAGS: FieldFlags;
}

/// The external bytes of some fields together.
#[inline]
#[must_use]
pub const fn sum(bytes: &[usize]) -> usize {
    let mut sum = 0_usize;
    let mut i = 0;
    while i < bytes.len() {
        sum = sum.saturating_add(bytes[i]);
        i += 1;
    }
    sum
}

/// Compiles only for a field that cannot hold a `Gc`, whose type is `'static`.
#[inline(always)]
pub const fn skipped_field_is_static<T: ?Sized + 'static>(_field: &T) {}

/// Conflicts with the derive's own implementation for a type that implements `Drop`: such a
/// destructor could reach objects that are dead already.
pub trait TypesWithDeriveTraceCannotImplementDrop {}

// `T: Drop` is never asked of a value: the bound is there for the conflict that it causes.
#[allow(drop_bounds)]
impl<T: ?Sized + Drop> TypesWithDeriveTraceCannotImplementDrop for T {}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use core::cell::Cell;
    use core::marker::PhantomData;

    use super::{FieldFlags, sum};
    use crate::{Rebrand, Relocator, Trace, Tracer};

    /// Stands for a pointer, and counts its visits.
    #[derive(Default)]
    struct Probe<'gc> {
        traced: Cell<u32>,
        relocated: u32,
        brand: PhantomData<Cell<&'gc ()>>,
    }

    // SAFETY: holds no `Gc`.
    #[allow(unsafe_code)]
    unsafe impl<'gc> Trace<'gc> for Probe<'gc> {
        const HAS_EXTERNAL: bool = true;
        fn external_bytes(&self) -> usize {
            100
        }
        fn trace(&self, _: &mut Tracer<'gc>) {
            self.traced.set(self.traced.get() + 1);
        }
        fn relocate(&mut self, _: &mut Relocator<'gc>) {
            self.relocated += 1;
        }
    }
    // SAFETY: the brand is the only lifetime.
    #[allow(unsafe_code)]
    unsafe impl Rebrand for Probe<'_> {
        type At<'b> = Probe<'b>;
    }

    impl Probe<'_> {
        fn visits(&self) -> (u32, u32) {
            (self.traced.get(), self.relocated)
        }
    }

    /// Visits everything in `value` once each way.
    fn visit<'gc, T: Trace<'gc>>(value: &mut T) {
        value.trace(&mut Tracer::new());
        value.relocate(&mut Relocator::new());
    }

    #[derive(Trace)]
    #[trace(crate = crate)]
    struct Fields<'gc, T> {
        first: Probe<'gc>,
        plain: u8,
        inner: Option<Box<Fields<'gc, T>>>,
        generic: T,
    }

    #[test]
    fn every_field_of_a_struct_is_visited_once() {
        let leaf = Fields { first: Probe::default(), plain: 0, inner: None, generic: Probe::default() };
        let mut value =
            Fields { first: Probe::default(), plain: 0, inner: Some(Box::new(leaf)), generic: Probe::default() };
        visit(&mut value);
        let inner = value.inner.as_ref().unwrap();
        for probe in [&value.first, &value.generic, &inner.first, &inner.generic] {
            assert_eq!(probe.visits(), (1, 1));
        }
        assert_eq!(value.external_bytes(), 400 + size_of_val(&**inner));
    }

    #[derive(Trace)]
    #[trace(crate = crate)]
    enum Variants<'gc> {
        Unit,
        Tuple(Probe<'gc>, u8, [Probe<'gc>; 2]),
        Struct { probe: Probe<'gc> },
    }

    #[test]
    fn the_fields_of_the_variant_that_is_there_are_visited() {
        visit(&mut Variants::Unit);

        let mut tuple = Variants::Tuple(Probe::default(), 0, [Probe::default(), Probe::default()]);
        visit(&mut tuple);
        assert_eq!(tuple.external_bytes(), 300);
        let Variants::Tuple(one, _, [two, three]) = &tuple else { unreachable!() };
        assert_eq!([one.visits(), two.visits(), three.visits()], [(1, 1); 3]);

        let mut named = Variants::Struct { probe: Probe::default() };
        visit(&mut named);
        assert!(matches!(named, Variants::Struct { probe } if probe.visits() == (1, 1)));
    }

    #[derive(Trace)]
    #[trace(crate = crate)]
    struct Skips {
        #[trace(skip)]
        skipped: Probe<'static>,
        #[trace(skip)]
        foreign: std::thread::ThreadId,
        text: String,
    }

    #[test]
    fn a_skipped_field_is_not_visited() {
        let mut value =
            Skips { skipped: Probe::default(), foreign: std::thread::current().id(), text: String::with_capacity(7) };
        visit(&mut value);
        assert_eq!(value.skipped.visits(), (0, 0));
        assert_eq!(value.foreign, std::thread::current().id());
        assert_eq!(value.external_bytes(), 7);
    }

    #[derive(Trace)]
    #[trace(static, crate = crate)]
    struct Whole(Probe<'static>, Vec<u8>);

    #[test]
    fn a_static_type_is_not_looked_at() {
        const { assert!(!Whole::NEEDS_TRACE && !Whole::HAS_EXTERNAL && !Whole::PINS) };
        let mut value = Whole(Probe::default(), vec![1]);
        visit(&mut value);
        assert_eq!(value.0.visits(), (0, 0));
        assert_eq!(value.external_bytes(), 0);
        assert_eq!(value.1, [1]);
    }

    #[test]
    fn flags_of_several_fields_are_those_of_any() {
        let external = FieldFlags::of(|text: &String| Some(text));
        let plain = FieldFlags::of(|number: &u8| Some(number));
        let any = FieldFlags::any(&[plain, external, plain]);
        assert!(any.has_external && !any.pins);
        assert!(!FieldFlags::any(&[]).has_external);
    }

    #[test]
    fn external_bytes_saturate() {
        assert_eq!(sum(&[usize::MAX, 3]), usize::MAX);
        assert_eq!(sum(&[]), 0);
    }
}
