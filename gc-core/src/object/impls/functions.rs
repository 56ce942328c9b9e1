//! Function pointers with up to twelve arguments.
//!
//! They hold nothing, so arguments and results may name the brand: `fn(Gc<'gc, Node<'gc>>) -> bool`
//! can be a field of an object of that brand. A pointer that is general over a lifetime of its own,
//! as `for<'a> fn(&'a str)`, is another type, for which no implementation can be written; `Static`
//! takes it.
//!
//! An object that is such a pointer can be downcast to the type with `'static` for its brand. That
//! gives away nothing: no value of a `'static` brand exists with which to call it.

use super::*;

macro_rules! functions {
    ($(($($arg:ident)*);)+) => { $(
        functions!(@one [R $($arg)*] fn($($arg),*) -> R);
        // (`unsafe` is part of the types here: nothing is called.)
        functions!(@one [R $($arg)*] unsafe fn($($arg),*) -> R);
        functions!(@one [R $($arg)*] extern "C" fn($($arg),*) -> R);
        functions!(@one [R $($arg)*] unsafe extern "C" fn($($arg),*) -> R);
    )+ };
    (@one [$($param:ident)+] $ty:ty) => {
        // SAFETY: the address of code holds no pointer to the heap.
        unsafe impl<'gc, $($param: 'gc),+> Trace<'gc> for $ty {
            nothing_to_visit!();
        }
        // SAFETY: its parameters are `'static`, so the type has no brand.
        unsafe impl<$($param: 'static),+> Rebrand for $ty {
            type At<'b> = $ty;
        }
        impl<$($param: 'static),+> Plain for $ty {}
    };
}

functions! {
    ();
    (A);
    (A B);
    (A B C);
    (A B C D);
    (A B C D E);
    (A B C D E F);
    (A B C D E F G);
    (A B C D E F G H);
    (A B C D E F G H I);
    (A B C D E F G H I J);
    (A B C D E F G H I J K);
    (A B C D E F G H I J K L);
}
