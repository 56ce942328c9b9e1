//! How the collector sees a map. `relocate` reaches the keys too, and calls no `Hash`.

use super::GcMap;
use super::table::{Entries, Table};
use crate::object::trace::{Rebrand, Relocator, Trace, Tracer};

// SAFETY: visits every key and every value. A hash holds no pointers.
unsafe impl<'gc, K: Trace<'gc>, V: Trace<'gc>> Trace<'gc> for Entries<K, V> {
    const NEEDS_TRACE: bool = K::NEEDS_TRACE || V::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = true;
    const PINS: bool = K::PINS || V::PINS;

    fn external_bytes(&self) -> usize {
        let owned = if const { K::HAS_EXTERNAL || V::HAS_EXTERNAL } {
            self.0.iter().map(|entry| entry.key.external_bytes() + entry.value.external_bytes()).sum()
        } else {
            0
        };
        self.0.allocation_size() + owned
    }

    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if Self::NEEDS_TRACE {
            for entry in &self.0 {
                entry.key.trace(tracer);
                entry.value.trace(tracer);
            }
        }
    }

    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        if Self::NEEDS_TRACE {
            for entry in &mut self.0 {
                entry.key.relocate(relocator);
                entry.value.relocate(relocator);
            }
        }
    }
}

// SAFETY: visits the entries. The hasher is `'static`, so it holds no `Gc`.
unsafe impl<'gc, K: Trace<'gc>, V: Trace<'gc>, S: 'static> Trace<'gc> for Table<K, V, S> {
    const NEEDS_TRACE: bool = <Entries<K, V> as Trace<'gc>>::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = true;
    const PINS: bool = <Entries<K, V> as Trace<'gc>>::PINS;

    fn external_bytes(&self) -> usize {
        self.entries.external_bytes()
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.entries.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.entries.relocate(relocator);
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, K: Trace<'gc>, V: Trace<'gc>, S: 'static> Trace<'gc> for GcMap<'gc, K, V, S> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.0.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}

// SAFETY: the brand of a map is that of its heap, and its keys and values have the same. The hasher
// has none.
unsafe impl<'x, K: Rebrand, V: Rebrand, S: 'static> Rebrand for GcMap<'x, K, V, S> {
    type At<'b> = GcMap<'b, K::At<'b>, V::At<'b>, S>;
}

// SAFETY: likewise for the map's object.
unsafe impl<K: Rebrand, V: Rebrand, S: 'static> Rebrand for Table<K, V, S> {
    type At<'b> = Table<K::At<'b>, V::At<'b>, S>;
}
