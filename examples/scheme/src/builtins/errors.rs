//! Error objects.

use gc_core::Gc;

use super::{Primitive, at_least, exactly};
use crate::error::wrong_type;
use crate::value::{Condition, ErrorKind, Source, Value};

pub(super) static PRIMITIVES: &[Primitive] = &[
    at_least("%make-error", 1, |ctx, a| {
        let condition = Condition {
            kind: ErrorKind::User,
            message: a[0],
            irritants: ctx.list(&a[1..])?,
            source: Source::default(),
        };
        Ok(Value::Condition(Gc::try_new(ctx.mc, condition)?))
    }),
    exactly("error-object?", 1, |_, a| Ok(Value::Bool(matches!(a[0], Value::Condition(_))))),
    exactly("error-object-message", 1, |_, a| match a[0] {
        Value::Condition(condition) => Ok(condition.message),
        _ => Err(wrong_type("error-object-message", "an error object", a[0])),
    }),
    exactly("error-object-irritants", 1, |_, a| match a[0] {
        Value::Condition(condition) => Ok(condition.irritants),
        _ => Err(wrong_type("error-object-irritants", "an error object", a[0])),
    }),
    exactly("read-error?", 1, |_, a| Ok(Value::Bool(matches!(a[0], Value::Condition(c) if c.kind == ErrorKind::Read)))),
    exactly("file-error?", 1, |_, a| Ok(Value::Bool(matches!(a[0], Value::Condition(c) if c.kind == ErrorKind::File)))),
    exactly("syntax-error-object?", 1, |_, a| {
        Ok(Value::Bool(matches!(a[0], Value::Condition(c) if c.kind == ErrorKind::Syntax)))
    }),
    exactly("memory-error?", 1, |_, a| {
        Ok(Value::Bool(matches!(a[0], Value::Condition(c) if c.kind == ErrorKind::Memory)))
    }),
];
