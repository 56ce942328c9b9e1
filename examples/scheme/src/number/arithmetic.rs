//! Sums, differences, products, quotients.

use num_bigint::BigInt;

use super::{big, is_big_zero, is_number, is_zero, most_bits, parts, ratio, to_f64};
use crate::context::Ctx;
use crate::error::{Res, error, error_of, wrong_type};
use crate::value::{ErrorKind, Value};

/// Applies an operation in the smallest domain that holds both numbers.
fn combine<'gc>(
    ctx: Ctx<'gc>,
    name: &str,
    a: Value<'gc>,
    b: Value<'gc>,
    floats: fn(f64, f64) -> f64,
    integers: fn(&BigInt, &BigInt) -> BigInt,
    ratios: fn(&BigInt, &BigInt, &BigInt, &BigInt) -> (BigInt, BigInt),
) -> Res<'gc, Value<'gc>> {
    for value in [a, b] {
        if !is_number(value) {
            return Err(wrong_type(name, "a number", value));
        }
    }
    if let Value::Real(x) = a {
        return Ok(Value::Real(floats(x, to_f64(b))));
    }
    if let Value::Real(y) = b {
        return Ok(Value::Real(floats(to_f64(a), y)));
    }
    if let (Some(x), Some(y)) = (big(&a), big(&b)) {
        return ctx.integer(integers(&x, &y));
    }
    match (parts(&a), parts(&b)) {
        (Some((n, d)), Some((m, e))) => {
            let (numerator, denominator) = ratios(&n, &d, &m, &e);
            ratio(ctx, numerator, denominator)
        }
        _ => Err(wrong_type(name, "a number", a)),
    }
}

#[inline(never)]
pub(crate) fn add<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match (a, b) {
        (Value::Real(x), Value::Real(y)) => Ok(Value::Real(x + y)),
        (Value::Real(x), Value::Int(y)) => Ok(Value::Real(x + y as f64)),
        (Value::Int(x), Value::Real(y)) => Ok(Value::Real(x as f64 + y)),
        _ => combine(ctx, "+", a, b, |x, y| x + y, |x, y| x + y, |n, d, m, e| (n * e + m * d, d * e)),
    }
}

#[inline(never)]
pub(crate) fn subtract<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match (a, b) {
        (Value::Real(x), Value::Real(y)) => Ok(Value::Real(x - y)),
        _ => combine(ctx, "-", a, b, |x, y| x - y, |x, y| x - y, |n, d, m, e| (n * e - m * d, d * e)),
    }
}

#[inline(never)]
pub(crate) fn multiply<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match (a, b) {
        (Value::Real(x), Value::Real(y)) => Ok(Value::Real(x * y)),
        (Value::Big(x), Value::Big(y)) if x.bits() + y.bits() > most_bits(ctx) => {
            Err(error_of(ErrorKind::Memory, "*: the result does not fit the memory", &[]))
        }
        _ => combine(ctx, "*", a, b, |x, y| x * y, |x, y| x * y, |n, d, m, e| (n * m, d * e)),
    }
}

pub(crate) fn divide<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    for value in [a, b] {
        if !is_number(value) {
            return Err(wrong_type("/", "a number", value));
        }
    }
    if matches!(a, Value::Real(_)) || matches!(b, Value::Real(_)) {
        if is_zero(b) && !matches!(b, Value::Real(_)) {
            return Err(error("/: division by zero:", &[a, b]));
        }
        return Ok(Value::Real(to_f64(a) / to_f64(b)));
    }
    match (parts(&a), parts(&b)) {
        (Some((n, d)), Some((m, e))) => {
            if is_big_zero(&m) {
                return Err(error("/: division by zero:", &[a, b]));
            }
            ratio(ctx, n.as_ref() * e.as_ref(), d.as_ref() * m.as_ref())
        }
        _ => Err(wrong_type("/", "a number", a)),
    }
}

pub(crate) fn negate<'gc>(ctx: Ctx<'gc>, a: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match a {
        Value::Real(x) => Ok(Value::Real(-x)),
        _ => subtract(ctx, Value::Int(0), a),
    }
}
