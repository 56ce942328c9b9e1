//! Arguments, checked.

use gc_core::{Gc, GcCell};

use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::ports::Port;
use crate::text::Text;
use crate::value::Value;

pub(super) fn index<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, usize> {
    match value {
        Value::Int(number) if number >= 0 => Ok(number as usize),
        _ => Err(wrong_type(name, "an index", value)),
    }
}

pub(super) fn byte<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, u8> {
    match value {
        Value::Int(number @ 0..=255) => Ok(number as u8),
        _ => Err(wrong_type(name, "a byte", value)),
    }
}

pub(super) fn character<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, char> {
    match value {
        Value::Char(c) => Ok(c),
        _ => Err(wrong_type(name, "a character", value)),
    }
}

pub(super) fn string<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, Text<'gc>>> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(wrong_type(name, "a string", value)),
    }
}

pub(super) fn symbol<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, str>> {
    match value {
        Value::Symbol(symbol) => Ok(symbol),
        _ => Err(wrong_type(name, "a symbol", value)),
    }
}

pub(super) fn vector<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, [GcCell<Value<'gc>>]>> {
    match value {
        Value::Vector(slots) => Ok(slots),
        _ => Err(wrong_type(name, "a vector", value)),
    }
}

pub(super) fn bytes<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, [GcCell<u8>]>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(wrong_type(name, "a bytevector", value)),
    }
}

pub(super) fn port<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, Port>> {
    match value {
        Value::Port(port) => Ok(port),
        _ => Err(wrong_type(name, "a port", value)),
    }
}

/// The optional bounds at `at` and after, of something that is `len` long.
pub(super) fn range<'gc>(name: &str, arguments: &[Value<'gc>], at: usize, len: usize) -> Res<'gc, (usize, usize)> {
    let start = arguments.get(at).map_or(Ok(0), |&start| index(name, start))?;
    let end = arguments.get(at + 1).map_or(Ok(len), |&end| index(name, end))?;
    if start <= end && end <= len {
        return Ok((start, end));
    }
    let shown = &arguments[at.min(arguments.len())..];
    Err(error(format!("{name}: not a range of something that is {len} long:"), shown))
}

/// Where a copy of `count` elements goes, checked.
pub(super) fn destination<'gc>(name: &str, at: Value<'gc>, len: usize, count: usize) -> Res<'gc, usize> {
    let start = index(name, at)?;
    if start <= len && count <= len - start {
        return Ok(start);
    }
    Err(error(format!("{name}: {count} elements do not fit into {len} from"), &[at]))
}

/// The value of the standard port parameter number `which`.
pub(super) fn standard_port<'gc>(ctx: Ctx<'gc>, which: usize) -> Res<'gc, Gc<'gc, Port>> {
    match ctx.machine.standard_ports.get()[which] {
        Value::Parameter(parameter) => port("current port", super::control::parameter_value(ctx, parameter)),
        other => Err(wrong_type("current port", "a parameter", other)),
    }
}
