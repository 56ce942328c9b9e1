//! Equivalence, and what type a value is of.

use super::{Primitive, at_least, exactly};
use crate::context::Ctx;
use crate::equal::{is_equal, is_eqv};
use crate::error::{Res, wrong_type};
use crate::value::Value;

macro_rules! is {
    ($name:literal, $pattern:pat) => {
        exactly($name, 1, |_, a| Ok(Value::Bool(matches!(a[0], $pattern))))
    };
}

/// All arguments are of one type, and the same.
fn all_same<'gc>(name: &str, arguments: &[Value<'gc>], fits: fn(&Value<'gc>) -> bool) -> Res<'gc, Value<'gc>> {
    for argument in arguments {
        if !fits(argument) {
            return Err(wrong_type(name, "arguments of its type", *argument));
        }
    }
    Ok(Value::Bool(arguments.windows(2).all(|pair| pair[0].is_eq(pair[1]))))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("eq?", 2, |_, a| Ok(Value::Bool(a[0].is_eq(a[1])))),
    exactly("eqv?", 2, |_, a| Ok(Value::Bool(is_eqv(a[0], a[1])))),
    exactly("equal?", 2, |_, a| Ok(Value::Bool(is_equal(a[0], a[1])))),
    exactly("not", 1, |_, a| Ok(Value::Bool(!a[0].is_true()))),
    is!("boolean?", Value::Bool(_)),
    is!("null?", Value::Nil),
    is!("pair?", Value::Pair(_)),
    is!("symbol?", Value::Symbol(_)),
    is!("string?", Value::String(_)),
    is!("char?", Value::Char(_)),
    is!("vector?", Value::Vector(_)),
    is!("bytevector?", Value::Bytes(_)),
    is!("eof-object?", Value::Eof),
    is!("promise?", Value::Promise(_)),
    is!("environment?", Value::Environment(_)),
    is!("hash-table?", Value::Table(_)),
    exactly("procedure?", 1, |_, a| Ok(Value::Bool(a[0].is_procedure()))),
    exactly("eof-object", 0, |_, _| Ok(Value::Eof)),
    at_least("boolean=?", 2, |_, a| all_same("boolean=?", a, |v| matches!(v, Value::Bool(_)))),
    at_least("symbol=?", 2, |_, a| all_same("symbol=?", a, |v| matches!(v, Value::Symbol(_)))),
    exactly("symbol->string", 1, |ctx: Ctx<'_>, a| {
        ctx.string_from_symbol(super::arguments::symbol("symbol->string", a[0])?)
    }),
    exactly("string->symbol", 1, |ctx, a| ctx.symbol(&super::arguments::string("string->symbol", a[0])?.text())),
];
