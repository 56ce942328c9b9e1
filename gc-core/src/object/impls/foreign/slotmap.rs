//! Maps whose keys are slot numbers. Those hold nothing; all pointers are in the values.
//!
//! The types that `new_key_type!` makes derive `Trace` like any other:
//! `new_key_type! { #[derive(Trace)] struct EntityKey; }`.

use core::hash::BuildHasher;

use ::slotmap::{DefaultKey, DenseSlotMap, Key, KeyData, SecondaryMap, SlotMap, SparseSecondaryMap};

use crate::object::impls::*;

leaves! { KeyData; DefaultKey; }

macro_rules! slot_maps {
    ($($name:ident<K, V $(, $hasher:ident)?>, slot $slot:ty;)+) => { $(
        // SAFETY: `values` and `values_mut` go over all values; a key is a number, and `'static` like
        // the hasher, so that no `Gc` is in either.
        unsafe impl<'gc, K: Key + 'static, V: Trace<'gc> $(, $hasher: BuildHasher + 'static)?> Trace<'gc>
            for $name<K, V $(, $hasher)?>
        {
            const NEEDS_TRACE: bool = V::NEEDS_TRACE;
            const HAS_EXTERNAL: bool = true;
            const PINS: bool = V::NEEDS_TRACE;
            fn external_bytes(&self) -> usize {
                let values = if V::HAS_EXTERNAL { self.values().map(V::external_bytes).sum() } else { 0 };
                self.capacity() * size_of::<$slot>() + values
            }
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                if V::NEEDS_TRACE {
                    for value in self.values() {
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
        // SAFETY: the brand is that of the values; keys and hasher have none.
        unsafe impl<K: Key + 'static, V: Rebrand $(, $hasher: BuildHasher + 'static)?> Rebrand
            for $name<K, V $(, $hasher)?>
        {
            type At<'b> = $name<K, V::At<'b> $(, $hasher)?>;
        }
        impl<K: Key + 'static, V: Plain $(, $hasher: BuildHasher + 'static)?> Plain for $name<K, V $(, $hasher)?> {}
    )+ };
}

slot_maps! {
    SlotMap<K, V>, slot (V, u32);
    DenseSlotMap<K, V>, slot (K, V, u64);
    SecondaryMap<K, V>, slot (V, u32);
    SparseSecondaryMap<K, V, S>, slot (u32, V, u32, u8);
}
