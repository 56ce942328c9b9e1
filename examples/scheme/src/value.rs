//! What Scheme computes with: a `Copy` enum of immediates and typed pointers.
//!
//! Two words: a tag, and an immediate or a `Gc`. Integers of 64 bits, floats, characters and booleans are
//! immediates, so arithmetic allocates nothing. Every kind of object has a variant of its own: the tag says
//! what a pointer leads to, and no object need be read to learn its type.
//!
//! The last variants are the machine's own (code, boxes, aliases). No expression evaluates to one.

use gc_core::{Gc, GcCell, Identity, Mutation, Trace};
use num_bigint::BigInt;

use crate::builtins::Primitive;
use crate::builtins::hash::Table;
use crate::code::Code;
use crate::environment::Environment;
use crate::expand::Alias;
use crate::ports::Port;
use crate::text::Text;
use crate::vm::Continuation;
use crate::weak::{Ephemeron, Guard};

/// A Scheme value.
#[derive(Clone, Copy, Trace)]
pub(crate) enum Value<'gc> {
    Nil,
    Unspecified,
    Eof,
    /// What a variable holds before its definition has run.
    Unbound,
    Bool(bool),
    Char(char),
    Int(i64),
    Real(f64),
    Big(Gc<'gc, BigInt>),
    Ratio(Gc<'gc, Ratio>),
    Symbol(Gc<'gc, str>),
    String(Gc<'gc, Text<'gc>>),
    Pair(Gc<'gc, Pair<'gc>>),
    Vector(Gc<'gc, [GcCell<Value<'gc>>]>),
    Bytes(Gc<'gc, [GcCell<u8>]>),
    /// Slot 0 is the code, the others are what it captured.
    Closure(Gc<'gc, [GcCell<Value<'gc>>]>),
    /// Closures, of which the first that takes as many arguments as there are is called.
    CaseLambda(Gc<'gc, [Value<'gc>]>),
    Primitive(#[trace(skip)] &'static Primitive),
    Continuation(Gc<'gc, Continuation<'gc>>),
    Parameter(Gc<'gc, Parameter<'gc>>),
    /// A constructor, predicate, accessor or modifier of records.
    RecordProcedure(Gc<'gc, RecordProcedure<'gc>>),
    /// Slot 0 is the type, the others are the fields.
    Record(Gc<'gc, [GcCell<Value<'gc>>]>),
    RecordType(Gc<'gc, RecordType<'gc>>),
    /// Any number of values but one, on their way to a receiver.
    Values(Gc<'gc, [Value<'gc>]>),
    Promise(Gc<'gc, Promise<'gc>>),
    Condition(Gc<'gc, Condition<'gc>>),
    Environment(Gc<'gc, Environment<'gc>>),
    Port(Gc<'gc, Port>),
    Table(Gc<'gc, Table<'gc>>),
    Ephemeron(Gc<'gc, Ephemeron<'gc>>),
    /// What a guardian procedure is made around.
    Guard(Gc<'gc, Guard<'gc>>),
    Code(Gc<'gc, Code<'gc>>),
    Cell(Gc<'gc, GcCell<Value<'gc>>>),
    /// An identifier that a macro put in.
    Alias(Gc<'gc, Alias<'gc>>),
}

const _: () = assert!(size_of::<Value<'static>>() == 16);

/// Where a form stands: an index into the host's table of files, and a line.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Trace)]
#[trace(static)]
pub(crate) struct Source {
    pub(crate) file: u32,
    /// From 1 on; 0 if nobody knows.
    pub(crate) line: u32,
}

/// A pair. What the reader makes knows where it was read; the word costs nothing, since objects are multiples
/// of 16 bytes and two values with a header leave it free.
#[derive(Trace)]
pub(crate) struct Pair<'gc> {
    pub(crate) car: GcCell<Value<'gc>>,
    pub(crate) cdr: GcCell<Value<'gc>>,
    pub(crate) source: Source,
}

/// An exact rational that is no integer: the denominator is above 1, and they have no common divisor.
#[derive(Trace)]
pub(crate) struct Ratio {
    pub(crate) numerator: BigInt,
    pub(crate) denominator: BigInt,
}

/// A parameter: its value where no `parameterize` is in force, and its converter or `#f`.
#[derive(Trace)]
pub(crate) struct Parameter<'gc> {
    pub(crate) value: GcCell<Value<'gc>>,
    pub(crate) converter: Value<'gc>,
}

#[derive(Trace)]
pub(crate) struct RecordType<'gc> {
    pub(crate) name: Gc<'gc, str>,
    pub(crate) fields: Gc<'gc, [Value<'gc>]>,
}

#[derive(Trace)]
pub(crate) struct RecordProcedure<'gc> {
    pub(crate) kind: RecordKind<'gc>,
    pub(crate) of: Gc<'gc, RecordType<'gc>>,
    pub(crate) name: Gc<'gc, str>,
}

#[derive(Clone, Copy, Trace)]
pub(crate) enum RecordKind<'gc> {
    /// The slot that each argument goes to; `direct` if they are 1, 2, 3 and so on, up to the last.
    Constructor {
        slots: Gc<'gc, [u32]>,
        direct: bool,
    },
    Predicate,
    Accessor(u32),
    Modifier(u32),
}

/// A promise, which shares its state with those it was forced to become.
#[derive(Trace)]
pub(crate) struct Promise<'gc> {
    pub(crate) state: GcCell<Gc<'gc, PromiseState<'gc>>>,
}

#[derive(Trace)]
pub(crate) struct PromiseState<'gc> {
    pub(crate) done: GcCell<bool>,
    /// The value, or the procedure of no arguments that yields a promise.
    pub(crate) value: GcCell<Value<'gc>>,
}

/// What kind of error a condition is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Trace)]
#[trace(static)]
pub(crate) enum ErrorKind {
    /// Made by `error`.
    User,
    /// Found by a primitive or the machine: wrong types, wrong counts, unbound variables.
    Runtime,
    /// Found by the expander or compiler.
    Syntax,
    Read,
    File,
    /// The heap is at its limit.
    Memory,
}

/// An error object.
#[derive(Trace)]
pub(crate) struct Condition<'gc> {
    pub(crate) kind: ErrorKind,
    pub(crate) message: Value<'gc>,
    pub(crate) irritants: Value<'gc>,
    pub(crate) source: Source,
}

impl<'gc> Value<'gc> {
    pub(crate) const FALSE: Value<'gc> = Value::Bool(false);
    pub(crate) const TRUE: Value<'gc> = Value::Bool(true);

    #[inline(always)]
    pub(crate) fn is_true(&self) -> bool {
        !matches!(self, Value::Bool(false))
    }

    /// An identifier: a symbol, or one that a macro put in.
    pub(crate) fn is_identifier(&self) -> bool {
        matches!(self, Value::Symbol(_) | Value::Alias(_))
    }

    pub(crate) fn is_procedure(&self) -> bool {
        matches!(
            self,
            Value::Closure(_)
                | Value::CaseLambda(_)
                | Value::Primitive(_)
                | Value::Continuation(_)
                | Value::Parameter(_)
                | Value::RecordProcedure(_)
        )
    }

    /// `car` and `cdr` of a pair.
    #[inline]
    pub(crate) fn as_pair(&self) -> Option<(Value<'gc>, Value<'gc>)> {
        match self {
            Value::Pair(pair) => Some((pair.car.get(), pair.cdr.get())),
            _ => None,
        }
    }

    /// Where the form was read, if it is a pair that was.
    pub(crate) fn source(&self) -> Source {
        match self {
            Value::Pair(pair) => pair.source,
            _ => Source::default(),
        }
    }

    /// Same object, same immediate: `eq?`, and `eqv?` but for bignums and ratios.
    #[inline]
    pub(crate) fn is_eq(self, other: Value<'gc>) -> bool {
        use Value::*;
        match (self, other) {
            (Nil, Nil) | (Unspecified, Unspecified) | (Eof, Eof) | (Unbound, Unbound) => true,
            (Bool(a), Bool(b)) => a == b,
            (Char(a), Char(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Real(a), Real(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Primitive(a), Primitive(b)) => std::ptr::eq(a, b),
            (a, b) => match (a.address(), b.address()) {
                (Some(x), Some(y)) => x == y && std::mem::discriminant(&a) == std::mem::discriminant(&b),
                _ => false,
            },
        }
    }

    /// The address of the object, of those that are objects. It is good until the mutation ends: then objects move.
    pub(crate) fn address(&self) -> Option<*const u8> {
        use Value::*;
        Some(match self {
            Nil | Unspecified | Eof | Unbound | Bool(_) | Char(_) | Int(_) | Real(_) | Primitive(_) => return None,
            Big(gc) => gc.as_ptr().cast(),
            Ratio(gc) => gc.as_ptr().cast(),
            Symbol(gc) => gc.as_ptr().cast(),
            String(gc) => gc.as_ptr().cast(),
            Pair(gc) => gc.as_ptr().cast(),
            Vector(gc) | Closure(gc) | Record(gc) => gc.as_ptr().cast(),
            Bytes(gc) => gc.as_ptr().cast(),
            CaseLambda(gc) | Values(gc) => gc.as_ptr().cast(),
            Continuation(gc) => gc.as_ptr().cast(),
            Parameter(gc) => gc.as_ptr().cast(),
            RecordProcedure(gc) => gc.as_ptr().cast(),
            RecordType(gc) => gc.as_ptr().cast(),
            Promise(gc) => gc.as_ptr().cast(),
            Condition(gc) => gc.as_ptr().cast(),
            Environment(gc) => gc.as_ptr().cast(),
            Port(gc) => gc.as_ptr().cast(),
            Table(gc) => gc.as_ptr().cast(),
            Ephemeron(gc) => gc.as_ptr().cast(),
            Guard(gc) => gc.as_ptr().cast(),
            Code(gc) => gc.as_ptr().cast(),
            Cell(gc) => gc.as_ptr().cast(),
            Alias(gc) => gc.as_ptr().cast(),
        })
    }

    /// What stands for the object wherever it moves, of those that are objects: to make a hash of.
    pub(crate) fn identity(&self, mc: &Mutation<'gc>) -> Option<Identity> {
        use Value::*;
        Some(match self {
            Nil | Unspecified | Eof | Unbound | Bool(_) | Char(_) | Int(_) | Real(_) | Primitive(_) => return None,
            Big(gc) => gc.identity(mc),
            Ratio(gc) => gc.identity(mc),
            Symbol(gc) => gc.identity(mc),
            String(gc) => gc.identity(mc),
            Pair(gc) => gc.identity(mc),
            Vector(gc) | Closure(gc) | Record(gc) => gc.identity(mc),
            Bytes(gc) => gc.identity(mc),
            CaseLambda(gc) | Values(gc) => gc.identity(mc),
            Continuation(gc) => gc.identity(mc),
            Parameter(gc) => gc.identity(mc),
            RecordProcedure(gc) => gc.identity(mc),
            RecordType(gc) => gc.identity(mc),
            Promise(gc) => gc.identity(mc),
            Condition(gc) => gc.identity(mc),
            Environment(gc) => gc.identity(mc),
            Port(gc) => gc.identity(mc),
            Table(gc) => gc.identity(mc),
            Ephemeron(gc) => gc.identity(mc),
            Guard(gc) => gc.identity(mc),
            Code(gc) => gc.identity(mc),
            Cell(gc) => gc.identity(mc),
            Alias(gc) => gc.identity(mc),
        })
    }
}

/// The elements of a proper list; `None` if it is improper or has a cycle.
pub(crate) fn list_elements<'gc>(list: Value<'gc>) -> Option<Vec<Value<'gc>>> {
    let mut elements = Vec::new();
    let (mut rest, mut slow, mut odd) = (list, list, false);
    while let Value::Pair(pair) = rest {
        elements.push(pair.car.get());
        rest = pair.cdr.get();
        if odd && let Value::Pair(behind) = slow {
            slow = behind.cdr.get();
            if slow.is_eq(rest) && matches!(rest, Value::Pair(_)) {
                return None;
            }
        }
        odd = !odd;
    }
    matches!(rest, Value::Nil).then_some(elements)
}
