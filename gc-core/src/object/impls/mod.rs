//! `Trace` and `Rebrand` for the types of the standard library, and of other crates behind features.
//!
//! Nearly every type falls under one of a few rules, each a macro here, so that the unsafe promise
//! is argued once:
//!
//! | rule | its types | where pointers may lie | brand |
//! |---|---|---|---|
//! | `leaves!` | numbers, strings, paths, times | nowhere | none |
//! | `statics!` | `Rc`, `Arc`, locks, channels, `&'static T` | nowhere: the content is `'static` | none |
//! | `parts!` | `Option`, `Result`, ranges | in the fields of a variant | that of the parts |
//! | `sequences!` | `Vec`, `VecDeque`, slices in a box | in the elements | that of the elements |
//! | `maps!`, `sets!` | maps, sets, `BinaryHeap` | in keys and values | that of keys and values |
//!
//! What an implementation here keeps, beside the contract of [`Trace`]:
//!
//! - **I1** `trace` and `relocate` look at nothing if `NEEDS_TRACE` is false: a field of type
//!   `HashMap<String, u64>` costs an object with pointers no time.
//! - **I2** Neither calls `Hash`, `Eq`, `Ord`, `Clone` or `Drop`: only iterators and field accesses
//!   of std (or of the foreign crate) run.
//! - **I3** What a container places by its hash or order (keys, elements of sets and heaps) is
//!   never changed in place: not even where the library gives `&mut` to it, since `Hash` and `Ord` of
//!   a user's type may go by address. Their pointers are visited within `Tracer::fixed` instead, and
//!   the pointees stay where they are. (hashbrown's `HashTable`, which knows no hash, is an exception.)
//! - **I4** A parameter in which no pointer is looked for (a hasher, the content of an `Rc`) is
//!   bounded by `'static`, so that no usable `Gc` can be in it.
//! - **I5** Constants end for recursive types. `HAS_EXTERNAL` and `PINS` of what owns its elements
//!   through a pointer do not ask them for the same constant: `HAS_EXTERNAL` is true, and `PINS`, which
//!   may be true in vain, is `NEEDS_TRACE`, for which a derived type answers by rule.
//! - **I6** `external_bytes` never looks into memory that can be written without the barrier, or
//!   that two owners share: it is 0 for cells, locks, `Rc`, `Arc` and references.

use super::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};

pub use shared::Plain;

/// The body of a `Trace` implementation of a type in which there is nothing to visit.
macro_rules! nothing_to_visit {
    () => {
        const NEEDS_TRACE: bool = false;
        #[inline(always)]
        fn trace(&self, _: &mut Tracer<'gc>) {}
        #[inline(always)]
        fn relocate(&mut self, _: &mut Relocator<'gc>) {}
    };
}

/// Types without parameters that hold no pointers. `owning |value| bytes` says how much memory
/// outside the heap a value owns.
macro_rules! leaves {
    ($($ty:ty $(, owning |$value:ident| $bytes:expr)?;)+) => { $(
        // SAFETY: the type has no brand and no type parameter, so no value of it holds a `Gc`; what
        // it owns is read through `&self`, and it has no memory that can be written through `&self`.
        unsafe impl<'gc> Trace<'gc> for $ty {
            nothing_to_visit!();
            $(
                const HAS_EXTERNAL: bool = true;
                #[inline]
                fn external_bytes(&self) -> usize {
                    let $value = self;
                    $bytes
                }
            )?
        }
        // SAFETY: the type has no brand.
        unsafe impl Rebrand for $ty {
            type At<'b> = $ty;
        }
        impl $crate::Plain for $ty {}
    )+ };
}

/// Unsized types without brand, and the boxes in which they are held. No `Gc` points to one, so the
/// general rule for boxes does not name their family.
macro_rules! unsized_leaves {
    ($($ty:ty;)+) => { $(
        // SAFETY: the type is `'static` and has no parameter, so no `Gc` is in it.
        unsafe impl<'gc> Trace<'gc> for $ty {
            nothing_to_visit!();
        }
        // SAFETY: the type has no brand.
        unsafe impl Rebrand for Box<$ty> {
            type At<'b> = Box<$ty>;
        }
        impl $crate::Plain for $ty {}
    )+ };
}

/// Types whose content is never looked into, and is therefore `'static`.
macro_rules! statics {
    ($([$($generics:tt)*] $ty:ty $(, owning |$value:ident| $bytes:expr)?;)+) => { $(
        // SAFETY: all parameters are `'static`. A `Gc` is only ever made with a brand for which
        // nothing but `'gc: 'gc` is known, so a `'static` type has none in it.
        unsafe impl<'gc, $($generics)*> Trace<'gc> for $ty {
            nothing_to_visit!();
            $(
                const HAS_EXTERNAL: bool = true;
                #[inline]
                fn external_bytes(&self) -> usize {
                    let $value = self;
                    $bytes
                }
            )?
        }
        // SAFETY: a type that is `'static` whatever its parameters has no brand of its own.
        unsafe impl<$($generics)*> Rebrand for $ty {
            type At<'b> = $ty;
        }
        impl<$($generics)*> $crate::Plain for $ty {}
    )+ };
}

/// Structs and enums whose fields are public: each variant with the parts to visit.
macro_rules! parts {
    ($($name:ident<$($param:ident),+> { $($pattern:pat => [$($part:ident),*]),+ $(,)? })+) => { $(
        // SAFETY: the patterns are exhaustive, and every field of type `$param` is in the list of
        // its variant.
        unsafe impl<'gc, $($param: Trace<'gc>),+> Trace<'gc> for $name<$($param),+> {
            const NEEDS_TRACE: bool = $($param::NEEDS_TRACE)||+;
            const HAS_EXTERNAL: bool = $($param::HAS_EXTERNAL)||+;
            const PINS: bool = $($param::PINS)||+;
            #[inline]
            fn external_bytes(&self) -> usize {
                if !Self::HAS_EXTERNAL {
                    return 0;
                }
                match self {
                    $($pattern => 0 $(+ Trace::external_bytes($part))*,)+
                }
            }
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                if Self::NEEDS_TRACE {
                    match self {
                        $($pattern => { $(Trace::trace($part, tracer);)* })+
                    }
                }
            }
            #[inline]
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                if Self::NEEDS_TRACE {
                    match self {
                        $($pattern => { $(Trace::relocate($part, relocator);)* })+
                    }
                }
            }
        }
        // SAFETY: the brand is that of the parts.
        unsafe impl<$($param: Rebrand),+> Rebrand for $name<$($param),+> {
            type At<'b> = $name<$($param::At<'b>),+>;
        }
        impl<$($param: $crate::Plain),+> $crate::Plain for $name<$($param),+> {}
    )+ };
}

/// The body of a `Trace` implementation that visits each `T` of `iter()`, and of `iter_mut()`, in
/// which every element is.
macro_rules! visit_elements {
    (inline |$sequence:ident| $bytes:expr) => {
        const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
        const PINS: bool = T::PINS;
        visit_elements!(|$sequence| $bytes);
    };
    (heap |$sequence:ident| $bytes:expr) => {
        const HAS_EXTERNAL: bool = true;
        const PINS: bool = T::NEEDS_TRACE;
        visit_elements!(|$sequence| $bytes);
    };
    (|$sequence:ident| $bytes:expr) => {
        const NEEDS_TRACE: bool = T::NEEDS_TRACE;
        #[inline]
        fn external_bytes(&self) -> usize {
            let $sequence = self;
            let own: usize = $bytes;
            own + if T::HAS_EXTERNAL { self.iter().map(T::external_bytes).sum() } else { 0 }
        }
        #[inline]
        fn trace(&self, tracer: &mut Tracer<'gc>) {
            if T::NEEDS_TRACE {
                for element in self.iter() {
                    element.trace(tracer);
                }
            }
        }
        #[inline]
        fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
            if T::NEEDS_TRACE {
                for element in self.iter_mut() {
                    element.relocate(relocator);
                }
            }
        }
    };
}

/// Containers of one type of elements, all of which can be reached through `iter_mut`.
///
/// `heap` says that the elements lie outside the object, in the given number of bytes; `inline`,
/// that they lie within.
macro_rules! sequences {
    ($([T $(, const $n:ident)?] $ty:ty, at $at:ty, $place:ident |$sequence:ident| $bytes:expr;)+) => { $(
        // SAFETY: `iter` and `iter_mut` go over all elements, and the type holds no `T` elsewhere.
        unsafe impl<'gc, T: Trace<'gc> $(, const $n: usize)?> Trace<'gc> for $ty {
            visit_elements!($place |$sequence| $bytes);
        }
        // SAFETY: the brand is that of the elements.
        unsafe impl<T: Rebrand $(, const $n: usize)?> Rebrand for $ty {
            type At<'b> = $at;
        }
        impl<T: $crate::Plain $(, const $n: usize)?> $crate::Plain for $ty {}
    )+ };
}

/// Maps from `K` to `V`, whose keys stay as they are (I3).
macro_rules! maps {
    ($($name:ident<K, V $(, $hasher:ident)?>, heap |$map:ident| $bytes:expr;)+) => { $(
        // SAFETY: `iter` goes over all keys and values, and `values_mut` over all values. The keys
        // are not updated, hence `fixed`. The hasher is `'static`, so no `Gc` is in it.
        unsafe impl<'gc, K: Trace<'gc>, V: Trace<'gc> $(, $hasher: 'static)?> Trace<'gc> for $name<K, V $(, $hasher)?> {
            const NEEDS_TRACE: bool = K::NEEDS_TRACE || V::NEEDS_TRACE;
            const HAS_EXTERNAL: bool = true;
            const PINS: bool = Self::NEEDS_TRACE;
            fn external_bytes(&self) -> usize {
                let $map = self;
                let mut own: usize = $bytes;
                if K::HAS_EXTERNAL || V::HAS_EXTERNAL {
                    for (key, value) in self.iter() {
                        own += key.external_bytes() + value.external_bytes();
                    }
                }
                own
            }
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                if Self::NEEDS_TRACE {
                    for (key, value) in self.iter() {
                        if K::NEEDS_TRACE {
                            tracer.fixed(|tracer| key.trace(tracer));
                        }
                        value.trace(tracer);
                    }
                }
            }
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                if V::NEEDS_TRACE {
                    for value in self.values_mut() {
                        value.relocate(relocator);
                    }
                }
            }
        }
        // SAFETY: the brand is that of keys and values; the hasher has none.
        unsafe impl<K: Rebrand, V: Rebrand $(, $hasher: 'static)?> Rebrand for $name<K, V $(, $hasher)?> {
            type At<'b> = $name<K::At<'b>, V::At<'b> $(, $hasher)?>;
        }
        impl<K: $crate::Plain, V: $crate::Plain $(, $hasher: 'static)?> $crate::Plain for $name<K, V $(, $hasher)?> {}
    )+ };
}

/// Collections of elements that are placed by their hash or order, and stay as they are (I3).
macro_rules! sets {
    ($($name:ident<T $(, $hasher:ident)?>, heap |$set:ident| $bytes:expr;)+) => { $(
        // SAFETY: `iter` goes over all elements. They are not updated, hence `fixed`. The hasher is
        // `'static`, so no `Gc` is in it.
        unsafe impl<'gc, T: Trace<'gc> $(, $hasher: 'static)?> Trace<'gc> for $name<T $(, $hasher)?> {
            const NEEDS_TRACE: bool = T::NEEDS_TRACE;
            const HAS_EXTERNAL: bool = true;
            const PINS: bool = T::NEEDS_TRACE;
            fn external_bytes(&self) -> usize {
                let $set = self;
                let own: usize = $bytes;
                own + if T::HAS_EXTERNAL { self.iter().map(T::external_bytes).sum() } else { 0 }
            }
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                if T::NEEDS_TRACE {
                    tracer.fixed(|tracer| {
                        for element in self.iter() {
                            element.trace(tracer);
                        }
                    });
                }
            }
            #[inline]
            fn relocate(&mut self, _: &mut Relocator<'gc>) {}
        }
        // SAFETY: the brand is that of the elements; the hasher has none.
        unsafe impl<T: Rebrand $(, $hasher: 'static)?> Rebrand for $name<T $(, $hasher)?> {
            type At<'b> = $name<T::At<'b> $(, $hasher)?>;
        }
        impl<T: $crate::Plain $(, $hasher: 'static)?> $crate::Plain for $name<T $(, $hasher)?> {}
    )+ };
}

mod foreign;
mod functions;
mod handles;
mod keyed;
mod leaves;
mod parts;
mod sequences;
mod shared;
mod text;
mod tuples;

#[cfg(test)]
mod tests;
