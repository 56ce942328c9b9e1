//! Derived code in hostile places: it uses no name of the program, and sets off no lint, even where
//! a lint is forbidden and the code could not be allowed to.

#![no_implicit_prelude]
#![forbid(unsafe_code, missing_docs, future_incompatible, unused, rust_2018_idioms)]
#![forbid(
    absolute_paths_not_starting_with_crate,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    missing_debug_implementations,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    unused_results
)]
#![allow(non_camel_case_types)]
#![forbid(clippy::all, clippy::pedantic, clippy::nursery)]

/// A program with names of its own for everything.
pub mod own_names {
    /// Of this program.
    #[derive(Debug)]
    pub struct Option;
    /// Of this program.
    #[derive(Debug)]
    pub struct Vec;
    /// Of this program.
    #[derive(Debug)]
    pub struct Bool;
    /// Of this program.
    pub trait Trace {
        /// Not the collector's.
        fn trace(&self) {}
        /// Not the collector's.
        fn external_bytes(&self) {}
    }
    impl<T> Trace for T {}
    /// Of this program.
    pub trait Drop {}
    impl<T> Drop for T {}
    /// Of this program.
    pub mod core {}
    /// Of this program.
    pub mod std {}
    /// Of this program.
    pub mod gc_core {}

    /// An enum with the prelude's names.
    #[derive(Debug, ::gc_core::Trace)]
    pub enum Maybe<Some, None> {
        /// Of this program.
        Some(Some),
        /// Of this program.
        None(None),
        /// Named like a constant.
        FLAGS,
        /// Of this program.
        Ok {
            /// Named like a method.
            trace: Some,
            /// Named like a method.
            relocate: None,
            /// Named like a method.
            external_bytes: u8,
            /// Named like a keyword.
            r#match: u8,
            /// Named like a binding of the expansion.
            this: u8,
        },
    }

    /// Named like a keyword.
    #[derive(Debug, ::gc_core::Trace)]
    pub struct r#Async<r#Type, const BOOL: bool> {
        /// Named like a keyword.
        pub r#type: r#Type,
        /// Named like a parameter of the expansion.
        pub tracer: [u8; 1],
        /// Not looked at.
        #[trace(skip)]
        pub option: Option,
        /// Not looked at.
        #[trace(skip)]
        pub vec: Vec,
    }
}

/// A program whose primitive types are its own.
pub mod own_primitives {
    /// Not the primitive one.
    #[derive(Debug, ::gc_core::Trace)]
    pub struct bool(pub usize, pub u8);
    /// Not the primitive one.
    #[derive(Debug, ::gc_core::Trace)]
    pub struct usize;
}

/// A program that knows the crate by another name only.
pub mod renamed {
    /// Where the crate is.
    pub mod inner {
        pub use ::gc_core as heap;
    }

    /// Derived by another path.
    #[derive(Debug, inner::heap::Trace)]
    #[trace(crate = inner::heap)]
    pub struct Renamed<T>(pub T);

    /// Derived by another path.
    #[derive(Debug, inner::heap::Trace)]
    #[trace(static, crate = crate::renamed::inner::heap)]
    pub struct Other(pub u8);
}

/// Types that a macro makes.
pub mod made_by_macro {
    macro_rules! make {
        ($krate:path, $name:ident { $field:ident: $ty:ty }) => {
            /// Made by a macro.
            #[derive(Debug, ::gc_core::Trace)]
            #[trace(crate = $krate)]
            pub struct $name<T> {
                /// Named by the caller.
                pub $field: $ty,
                /// Named by the macro, and not the same.
                pub field: T,
                /// Written by the macro.
                pub array: [($ty, T); 2],
            }
        };
    }
    make!(::gc_core, Made { field_: u8 });
}

#[test]
fn a_type_in_a_function_can_be_derived() {
    #[derive(::gc_core::Trace)]
    struct Local<T>(T);
    let Local(value) = Local(3_u8);
    ::std::assert_eq!(value, 3);
}
