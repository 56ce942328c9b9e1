//! Tuples of up to twelve.

use super::*;

macro_rules! tuples {
    ($(($($param:ident $index:tt),+);)+) => { $(
        // SAFETY: visits every field.
        unsafe impl<'gc, $($param: Trace<'gc>),+> Trace<'gc> for ($($param,)+) {
            const NEEDS_TRACE: bool = $($param::NEEDS_TRACE)||+;
            const HAS_EXTERNAL: bool = $($param::HAS_EXTERNAL)||+;
            const PINS: bool = $($param::PINS)||+;
            #[inline]
            fn external_bytes(&self) -> usize {
                if Self::HAS_EXTERNAL { 0 $(+ self.$index.external_bytes())+ } else { 0 }
            }
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                $(self.$index.trace(tracer);)+
            }
            #[inline]
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                $(self.$index.relocate(relocator);)+
            }
        }
        // SAFETY: the brand is that of the fields.
        unsafe impl<$($param: Rebrand),+> Rebrand for ($($param,)+) {
            type At<'b> = ($($param::At<'b>,)+);
        }
        impl<$($param: Plain),+> Plain for ($($param,)+) {}
    )+ };
}

tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
}
