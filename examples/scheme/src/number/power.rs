//! Powers and roots.

use num_bigint::BigInt;
use num_traits::{Pow, Signed, ToPrimitive};

use super::{big, exact, is_number, is_zero, most_bits, parts, ratio, sign, to_f64};
use crate::context::Ctx;
use crate::error::{Res, error, error_of, wrong_type};
use crate::value::{ErrorKind, Value};

pub(crate) fn expt<'gc>(ctx: Ctx<'gc>, base: Value<'gc>, power: Value<'gc>) -> Res<'gc, Value<'gc>> {
    for value in [base, power] {
        if !is_number(value) {
            return Err(wrong_type("expt", "a number", value));
        }
    }
    let Some(exponent) = big(&power) else {
        if matches!(power, Value::Ratio(_)) && is_zero(base) {
            return Ok(base);
        }
        let (x, y) = (to_f64(base), to_f64(power));
        if x < 0.0 && y.fract() != 0.0 {
            return Err(error("expt: the result is not a real number:", &[base, power]));
        }
        return Ok(Value::Real(x.powf(y)));
    };
    if let Value::Real(base) = base {
        return Ok(Value::Real(base.powf(to_f64(power))));
    }
    let Some((n, d)) = parts(&base) else { return Err(wrong_type("expt", "a number", base)) };
    let magnitude = exponent.magnitude().to_u64();
    let unit = matches!(base, Value::Int(-1..=1));
    if unit {
        let odd = exponent.bit(0);
        return match base {
            Value::Int(0) if sign(power) < 0 => Err(error("expt: division by zero:", &[base, power])),
            Value::Int(0) if sign(power) > 0 => Ok(Value::Int(0)),
            Value::Int(-1) if odd => Ok(Value::Int(-1)),
            _ => Ok(Value::Int(1)),
        };
    }
    let bits = n.bits().max(d.bits());
    let small = magnitude.filter(|m| m.saturating_mul(bits) < most_bits(ctx)).and_then(|m| u32::try_from(m).ok());
    let Some(small) = small else {
        return Err(error_of(ErrorKind::Memory, "expt: the result does not fit the memory:", &[base, power]));
    };
    let (n, d): (BigInt, BigInt) = (Pow::pow(n.as_ref(), small), Pow::pow(d.as_ref(), small));
    if exponent.is_negative() { ratio(ctx, d, n) } else { ratio(ctx, n, d) }
}

/// The integer root and what is left: `s² + r = n`.
pub(crate) fn exact_integer_sqrt<'gc>(ctx: Ctx<'gc>, value: Value<'gc>) -> Res<'gc, (Value<'gc>, Value<'gc>)> {
    match big(&value) {
        Some(number) if !number.is_negative() => {
            let root = number.sqrt();
            let rest = number.as_ref() - &root * &root;
            Ok((ctx.integer(root)?, ctx.integer(rest)?))
        }
        _ => Err(wrong_type("exact-integer-sqrt", "an exact integer, not negative", value)),
    }
}

pub(crate) fn sqrt<'gc>(ctx: Ctx<'gc>, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    if !is_number(value) {
        return Err(wrong_type("sqrt", "a number", value));
    }
    if sign(value) < 0 {
        return Err(error("sqrt: the result is not a real number:", &[value]));
    }
    if let Some((n, d)) = parts(&value) {
        let (root_n, root_d) = (n.sqrt(), d.sqrt());
        if &root_n * &root_n == *n && &root_d * &root_d == *d {
            return ratio(ctx, root_n, root_d);
        }
    }
    if let Value::Real(real) = value {
        return Ok(Value::Real(real.sqrt()));
    }
    // A big number's root fits a float more often than the number does.
    let float = to_f64(value);
    if float.is_finite() {
        return Ok(Value::Real(float.sqrt()));
    }
    let (root, _) = exact_integer_sqrt(ctx, super::round_to(ctx, "floor", exact(ctx, value)?)?)?;
    Ok(Value::Real(to_f64(root)))
}
