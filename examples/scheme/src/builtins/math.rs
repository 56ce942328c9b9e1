//! Roots, powers, and the functions of `(scheme inexact)` and `(scheme complex)`.

use super::{Primitive, between, exactly};
use crate::error::{Res, error, wrong_type};
use crate::number;
use crate::value::Value;

fn float<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, f64> {
    if number::is_number(value) { Ok(number::to_f64(value)) } else { Err(wrong_type(name, "a number", value)) }
}

/// A function of floats, exact where its value at an exact argument is.
fn apply<'gc>(
    name: &str,
    value: Value<'gc>,
    function: fn(f64) -> f64,
    exact: Option<(i64, i64)>,
) -> Res<'gc, Value<'gc>> {
    if let (Value::Int(number), Some((at, result))) = (value, exact)
        && number == at
    {
        return Ok(Value::Int(result));
    }
    let argument = float(name, value)?;
    let result = function(argument);
    if result.is_nan() && !argument.is_nan() {
        return Err(error(format!("{name}: the result is not a real number:"), &[value]));
    }
    Ok(Value::Real(result))
}

fn log<'gc>(arguments: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let value = arguments[0];
    if number::is_exact(value) && number::is_zero(value) {
        return Err(error("log: of an exact zero:", &[value]));
    }
    let natural = |value: Value<'gc>| match value {
        Value::Int(1) => Ok(Value::Int(0)),
        Value::Big(big) if number::sign(value) > 0 => {
            // Beyond the range of floats.
            let shift = big.bits().saturating_sub(60);
            let top = number::to_f64(Value::Real(
                num_traits::ToPrimitive::to_f64(&(big.as_ref() >> shift as usize)).unwrap_or(f64::INFINITY),
            ));
            Ok(Value::Real(top.ln() + shift as f64 * std::f64::consts::LN_2))
        }
        _ => apply("log", value, f64::ln, Some((1, 0))),
    };
    match arguments.get(1) {
        None => natural(value),
        Some(&base) => {
            let (x, b) = (float("log", value)?, float("log", base)?);
            let result = if b == 2.0 {
                x.log2()
            } else if b == 10.0 {
                x.log10()
            } else {
                number::to_f64(natural(value)?) / b.ln()
            };
            Ok(Value::Real(result))
        }
    }
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("sqrt", 1, |ctx, a| number::sqrt(ctx, a[0])),
    exactly("exact-integer-sqrt", 1, |ctx, a| {
        let (root, rest) = number::exact_integer_sqrt(ctx, a[0])?;
        ctx.values(&[root, rest])
    }),
    exactly("expt", 2, |ctx, a| number::expt(ctx, a[0], a[1])),
    exactly("square", 1, |ctx, a| number::multiply(ctx, a[0], a[0])),
    exactly("exp", 1, |_, a| apply("exp", a[0], f64::exp, Some((0, 1)))),
    between("log", 1, 2, |_, a| log(a)),
    exactly("sin", 1, |_, a| apply("sin", a[0], f64::sin, Some((0, 0)))),
    exactly("cos", 1, |_, a| apply("cos", a[0], f64::cos, Some((0, 1)))),
    exactly("tan", 1, |_, a| apply("tan", a[0], f64::tan, Some((0, 0)))),
    exactly("asin", 1, |_, a| apply("asin", a[0], f64::asin, Some((0, 0)))),
    exactly("acos", 1, |_, a| apply("acos", a[0], f64::acos, Some((1, 0)))),
    between("atan", 1, 2, |_, a| match a {
        [y] => apply("atan", *y, f64::atan, Some((0, 0))),
        _ => {
            let (y, x) = (float("atan", a[0])?, float("atan", a[1])?);
            if matches!(a[0], Value::Int(0)) && number::is_exact(a[1]) && x > 0.0 {
                return Ok(Value::Int(0));
            }
            Ok(Value::Real(y.atan2(x)))
        }
    }),
    exactly("real-part", 1, |_, a| float("real-part", a[0]).map(|_| a[0])),
    exactly("imag-part", 1, |_, a| float("imag-part", a[0]).map(|_| Value::Int(0))),
    exactly("angle", 1, |_, a| {
        Ok(if float("angle", a[0])? < 0.0 { Value::Real(std::f64::consts::PI) } else { Value::Int(0) })
    }),
    exactly("make-rectangular", 2, |_, a| match a[1] {
        Value::Int(0) => float("make-rectangular", a[0]).map(|_| a[0]),
        _ => Err(error("make-rectangular: there are no complex numbers here:", a)),
    }),
    exactly("make-polar", 2, |_, a| match a[1] {
        Value::Int(0) => float("make-polar", a[0]).map(|_| a[0]),
        _ => Err(error("make-polar: there are no complex numbers here:", a)),
    }),
];
