//! `Trace` for the types of the standard library.

use super::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};

/// Implements `Trace` and `Rebrand` for types that hold no pointers and own nothing outside the heap.
macro_rules! leaves {
    ($($ty:ty),* $(,)?) => { $(
        // SAFETY: the type holds no `Gc` and owns no memory.
        unsafe impl<'gc> Trace<'gc> for $ty {
            const NEEDS_TRACE: bool = false;
            #[inline(always)]
            fn trace(&self, _: &mut Tracer<'gc>) {}
            #[inline(always)]
            fn relocate(&mut self, _: &mut Relocator<'gc>) {}
        }
        // SAFETY: the type has no brand.
        unsafe impl Rebrand for $ty {
            type At<'b> = $ty;
        }
    )* };
}

leaves!((), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

// SAFETY: a string holds no pointers.
unsafe impl<'gc> Trace<'gc> for str {
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}

// SAFETY: a string holds no pointers; it owns its buffer.
unsafe impl<'gc> Trace<'gc> for String {
    const NEEDS_TRACE: bool = false;
    const HAS_EXTERNAL: bool = true;
    fn external_bytes(&self) -> usize {
        self.capacity()
    }
    fn trace(&self, _: &mut Tracer<'gc>) {}
    fn relocate(&mut self, _: &mut Relocator<'gc>) {}
}
// SAFETY: a string has no brand.
unsafe impl Rebrand for String {
    type At<'b> = String;
}

// SAFETY: visits every element.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for [T] {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
    const PINS: bool = T::PINS;
    fn external_bytes(&self) -> usize {
        self.iter().map(T::external_bytes).sum()
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        for element in self {
            element.trace(tracer);
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        for element in self {
            element.relocate(relocator);
        }
    }
}

// SAFETY: visits the value, if there is one.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Option<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
    const PINS: bool = T::PINS;
    fn external_bytes(&self) -> usize {
        self.as_ref().map_or(0, T::external_bytes)
    }
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if let Some(value) = self {
            value.trace(tracer);
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        if let Some(value) = self {
            value.relocate(relocator);
        }
    }
}
// SAFETY: the brand of an option is that of its value.
unsafe impl<T: Rebrand> Rebrand for Option<T> {
    type At<'b> = Option<T::At<'b>>;
}

// SAFETY: visits every element.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for Vec<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = true;
    // Not `T::PINS`, which would be cyclic for a type that owns more of itself.
    const PINS: bool = T::NEEDS_TRACE;
    fn external_bytes(&self) -> usize {
        let elements = if T::HAS_EXTERNAL { self.as_slice().external_bytes() } else { 0 };
        self.capacity() * size_of::<T>() + elements
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.as_slice().trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.as_mut_slice().relocate(relocator);
    }
}
// SAFETY: the brand of a vector is that of its elements.
unsafe impl<T: Rebrand> Rebrand for Vec<T> {
    type At<'b> = Vec<T::At<'b>>;
}

// SAFETY: visits the value.
unsafe impl<'gc, T: ?Sized + Trace<'gc>> Trace<'gc> for Box<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = true;
    // As for `Vec`.
    const PINS: bool = T::NEEDS_TRACE;
    fn external_bytes(&self) -> usize {
        size_of_val(&**self) + if T::HAS_EXTERNAL { (**self).external_bytes() } else { 0 }
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        (**self).trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        (**self).relocate(relocator);
    }
}
// SAFETY: the brand of a box is that of its value.
unsafe impl<T: ?Sized + RebrandPtr> Rebrand for Box<T> {
    type At<'b> = Box<T::Of<'b>>;
}

// SAFETY: visits every element.
unsafe impl<'gc, T: Trace<'gc>, const N: usize> Trace<'gc> for [T; N] {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;
    const HAS_EXTERNAL: bool = T::HAS_EXTERNAL;
    const PINS: bool = T::PINS;
    fn external_bytes(&self) -> usize {
        self.as_slice().external_bytes()
    }
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.as_slice().trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.as_mut_slice().relocate(relocator);
    }
}
// SAFETY: the brand of an array is that of its elements.
unsafe impl<T: Rebrand, const N: usize> Rebrand for [T; N] {
    type At<'b> = [T::At<'b>; N];
}
