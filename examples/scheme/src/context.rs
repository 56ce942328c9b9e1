//! What every part of the interpreter holds: access to the heap, and the machine.
//!
//! All allocation goes through here or through the `try_` functions of `gc_core`: at the heap limit a Scheme
//! condition is raised, and nothing panics.

use gc_core::{Gc, GcCell, Mutation};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::builtins::Primitive;
use crate::error::{Fault, Res, Throw, error};
use crate::machine::Machine;
use crate::value::{Pair, Source, Value, list_elements};

/// Two words, `Copy`, good until the mutation ends.
#[derive(Clone, Copy)]
pub(crate) struct Ctx<'gc> {
    pub(crate) mc: &'gc Mutation<'gc>,
    pub(crate) machine: Gc<'gc, Machine<'gc>>,
}

/// Runs work that recurses, on another piece of native stack if this one is nearly used up.
///
/// The expander and the compiler recurse as expressions nest, up to a limit of theirs. Whatever runs while a program
/// does keeps its own stack in a `Vec`.
pub(crate) fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 << 10, 4 << 20, work)
}

impl<'gc> Ctx<'gc> {
    #[inline]
    pub(crate) fn cons(self, car: Value<'gc>, cdr: Value<'gc>) -> Res<'gc, Value<'gc>> {
        self.cons_at(car, cdr, Source::default())
    }

    #[inline]
    pub(crate) fn cons_at(self, car: Value<'gc>, cdr: Value<'gc>, source: Source) -> Res<'gc, Value<'gc>> {
        let pair = Pair { car: GcCell::new(car), cdr: GcCell::new(cdr), source };
        Ok(Value::Pair(Gc::try_new(self.mc, pair)?))
    }

    pub(crate) fn list(self, elements: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
        self.list_before(elements, Value::Nil)
    }

    /// A list of these elements, and `tail` after them.
    pub(crate) fn list_before(self, elements: &[Value<'gc>], tail: Value<'gc>) -> Res<'gc, Value<'gc>> {
        let mut list = tail;
        for &element in elements.iter().rev() {
            list = self.cons(element, list)?;
        }
        Ok(list)
    }

    pub(crate) fn vector(self, elements: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
        Ok(Value::Vector(self.cells(elements)?))
    }

    pub(crate) fn cells(self, elements: &[Value<'gc>]) -> Res<'gc, Gc<'gc, [GcCell<Value<'gc>>]>> {
        let mut cells = self.reserve(elements.len())?;
        cells.extend(elements.iter().copied().map(GcCell::new));
        Ok(Gc::try_from_vec(self.mc, cells)?)
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Res<'gc, Value<'gc>> {
        let mut cells = self.reserve(bytes.len())?;
        cells.extend(bytes.iter().copied().map(GcCell::new));
        Ok(Value::Bytes(Gc::try_from_vec(self.mc, cells)?))
    }

    pub(crate) fn cell(self, value: Value<'gc>) -> Res<'gc, Gc<'gc, GcCell<Value<'gc>>>> {
        Ok(Gc::try_new(self.mc, GcCell::new(value))?)
    }

    /// The values as one: itself, if it is a single one.
    pub(crate) fn values(self, values: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
        match values {
            [value] => Ok(*value),
            _ => Ok(Value::Values(Gc::try_from_slice(self.mc, values)?)),
        }
    }

    /// An integer, as small as it can be.
    pub(crate) fn integer(self, number: BigInt) -> Res<'gc, Value<'gc>> {
        match number.to_i64() {
            Some(small) => Ok(Value::Int(small)),
            None => Ok(Value::Big(Gc::try_new(self.mc, number)?)),
        }
    }

    /// An empty `Vec` with room for `len` elements that are to be moved to the heap; an error if they would not
    /// fit it.
    pub(crate) fn reserve<T>(self, len: usize) -> Res<'gc, Vec<T>> {
        let bytes = len.saturating_mul(size_of::<T>());
        let limit = self.machine.host.heap_limit.unwrap_or(usize::MAX / 4);
        let mut elements = Vec::new();
        if bytes > limit || elements.try_reserve_exact(len).is_err() {
            return Err(Throw::new(Fault::Memory));
        }
        Ok(elements)
    }

    pub(crate) fn symbol(self, name: &str) -> Res<'gc, Value<'gc>> {
        Ok(Value::Symbol(self.machine.symbols.intern(self.mc, name)?))
    }

    /// A procedure of the prelude.
    pub(crate) fn core(self, name: &str) -> Res<'gc, Value<'gc>> {
        use crate::expand::Denotation;
        let symbol = self.symbol(name)?;
        match self.machine.core.get(symbol) {
            Some(Denotation::Global(global)) => Ok(global.value.get()),
            _ => Err(error(format!("`{name}` is not part of the prelude"), &[])),
        }
    }

    /// Defines a primitive in the core environment.
    pub(crate) fn define_primitive(self, primitive: &'static Primitive) -> Res<'gc, ()> {
        let Value::Symbol(name) = self.symbol(primitive.name)? else { return Ok(()) };
        let global = self.global_to_define(self.machine.core, Value::Symbol(name), name)?;
        global.write(self.mc, |g| &g.value).set(Value::Primitive(primitive));
        global.write(self.mc, |g| &g.constant).set(true);
        Ok(())
    }

    /// The elements of a proper list, or an error in the name of `procedure`.
    pub(crate) fn elements(self, procedure: &str, list: Value<'gc>) -> Res<'gc, Vec<Value<'gc>>> {
        list_elements(list).ok_or_else(|| crate::error::wrong_type(procedure, "a proper list", list))
    }
}
