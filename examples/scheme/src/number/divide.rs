//! Integer division, divisors, and rounding.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;

use super::{big, is_integer, is_zero};
use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::value::Value;

/// Which quotient.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Division {
    Floor,
    Truncate,
}

/// Quotient and remainder of two integers, exact or not.
pub(crate) fn divide_integers<'gc>(
    ctx: Ctx<'gc>,
    name: &str,
    how: Division,
    a: Value<'gc>,
    b: Value<'gc>,
) -> Res<'gc, (Value<'gc>, Value<'gc>)> {
    for value in [a, b] {
        if !is_integer(value) {
            return Err(wrong_type(name, "an integer", value));
        }
    }
    if is_zero(b) {
        return Err(error(format!("{name}: division by zero:"), &[a, b]));
    }
    if matches!(a, Value::Real(_)) || matches!(b, Value::Real(_)) {
        let (x, y) = (super::to_f64(a), super::to_f64(b));
        let quotient = match how {
            Division::Floor => (x / y).floor(),
            Division::Truncate => (x / y).trunc(),
        };
        let rest = match how {
            Division::Truncate => x % y,
            Division::Floor => {
                let rest = x % y;
                if rest != 0.0 && (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
            }
        };
        return Ok((Value::Real(quotient), Value::Real(rest)));
    }
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(quotient) = x.checked_div(y)
    {
        let rest = x % y;
        return Ok(if how == Division::Floor && rest != 0 && (rest < 0) != (y < 0) {
            (Value::Int(quotient - 1), Value::Int(rest + y))
        } else {
            (Value::Int(quotient), Value::Int(rest))
        });
    }
    match (big(&a), big(&b)) {
        (Some(x), Some(y)) => {
            let (quotient, rest) = match how {
                Division::Floor => x.div_mod_floor(&y),
                Division::Truncate => x.div_rem(&y),
            };
            Ok((ctx.integer(quotient)?, ctx.integer(rest)?))
        }
        _ => Err(wrong_type(name, "an integer", a)),
    }
}

#[inline(never)]
pub(crate) fn quotient<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    Ok(divide_integers(ctx, "quotient", Division::Truncate, a, b)?.0)
}

#[inline(never)]
pub(crate) fn remainder<'gc>(ctx: Ctx<'gc>, a: Value<'gc>, b: Value<'gc>) -> Res<'gc, Value<'gc>> {
    Ok(divide_integers(ctx, "remainder", Division::Truncate, a, b)?.1)
}

pub(crate) fn gcd<'gc>(ctx: Ctx<'gc>, name: &str, a: Value<'gc>, b: Value<'gc>, least: bool) -> Res<'gc, Value<'gc>> {
    for value in [a, b] {
        if !is_integer(value) {
            return Err(wrong_type(name, "an integer", value));
        }
    }
    let inexact = matches!(a, Value::Real(_)) || matches!(b, Value::Real(_));
    let of = |value| super::exact(ctx, value).map(|exact| big(&exact).map(std::borrow::Cow::into_owned));
    let (Some(x), Some(y)) = (of(a)?, of(b)?) else { return Err(wrong_type(name, "an integer", a)) };
    let result = if !least {
        x.gcd(&y)
    } else if x.is_zero() || y.is_zero() {
        BigInt::zero()
    } else {
        x.lcm(&y)
    };
    let result = ctx.integer(result)?;
    if inexact { super::inexact(result) } else { Ok(result) }
}

/// The largest integer that is not larger, for exact numbers.
fn floor(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    numerator.div_floor(denominator)
}

/// `floor`, `ceiling`, `truncate`, `round`.
pub(crate) fn round_to<'gc>(ctx: Ctx<'gc>, name: &str, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match value {
        Value::Real(real) => Ok(Value::Real(match name {
            "floor" => real.floor(),
            "ceiling" => real.ceil(),
            "truncate" => real.trunc(),
            _ => real.round_ties_even(),
        })),
        Value::Ratio(ratio) => {
            let (n, d) = (&ratio.numerator, &ratio.denominator);
            let below = floor(n, d);
            let result = match name {
                "floor" => below,
                "ceiling" => below + 1,
                "truncate" if super::sign(value) < 0 => below + 1,
                "truncate" => below,
                _ => {
                    let twice: BigInt = (n - &below * d) * 2;
                    let up = match twice.cmp(d) {
                        std::cmp::Ordering::Less => false,
                        std::cmp::Ordering::Greater => true,
                        std::cmp::Ordering::Equal => below.is_odd(),
                    };
                    if up { below + 1 } else { below }
                }
            };
            ctx.integer(result)
        }
        Value::Int(_) | Value::Big(_) => Ok(value),
        _ => Err(wrong_type(name, "a number", value)),
    }
}
