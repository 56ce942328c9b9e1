//! What a primitive returns when it cannot return a value.
//!
//! A [`Fault`] lies outside the heap, so that one can be made when the heap is full. The machine turns it
//! into a condition and raises it, or takes it as a signal (out of memory: collect, and try again).

use gc_core::{AllocError, OutOfMemory};

use crate::value::{ErrorKind, Source, Value};

/// Why there is no value.
pub(crate) enum Fault<'gc> {
    /// Raise this object.
    Raise(Value<'gc>),
    /// Make a condition, and raise it.
    Error { kind: ErrorKind, message: String, irritants: Vec<Value<'gc>>, source: Source },
    /// There was no memory for an object. (The reason is an event, which the heap's listener hears.)
    Memory,
    /// Leave the program.
    Exit(i32),
}

/// One word, so that a result with a value is two.
pub(crate) struct Throw<'gc>(pub(crate) Box<Fault<'gc>>);

pub(crate) type Res<'gc, T> = Result<T, Throw<'gc>>;

impl<'gc> Throw<'gc> {
    pub(crate) fn new(fault: Fault<'gc>) -> Self {
        Throw(Box::new(fault))
    }
}

/// An error found by a primitive or the machine.
#[cold]
pub(crate) fn error<'gc>(message: impl Into<String>, irritants: &[Value<'gc>]) -> Throw<'gc> {
    error_of(ErrorKind::Runtime, message, irritants)
}

#[cold]
pub(crate) fn error_of<'gc>(kind: ErrorKind, message: impl Into<String>, irritants: &[Value<'gc>]) -> Throw<'gc> {
    Throw::new(Fault::Error { kind, message: message.into(), irritants: irritants.to_vec(), source: Source::default() })
}

/// An error in a form that was read at `source`.
#[cold]
pub(crate) fn syntax_error<'gc>(source: Source, message: impl Into<String>, form: &[Value<'gc>]) -> Throw<'gc> {
    Throw::new(Fault::Error { kind: ErrorKind::Syntax, message: message.into(), irritants: form.to_vec(), source })
}

/// An argument of the wrong type.
#[cold]
pub(crate) fn wrong_type<'gc>(procedure: &str, expected: &str, got: Value<'gc>) -> Throw<'gc> {
    error(format!("{procedure}: expected {expected}, got"), &[got])
}

impl<'gc, T> From<AllocError<T>> for Throw<'gc> {
    #[cold]
    fn from(_: AllocError<T>) -> Self {
        Throw::new(Fault::Memory)
    }
}

impl<'gc> From<OutOfMemory> for Throw<'gc> {
    #[cold]
    fn from(_: OutOfMemory) -> Self {
        Throw::new(Fault::Memory)
    }
}
