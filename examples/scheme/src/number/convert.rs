//! Between exact and inexact.

use gc_core::Gc;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::big;
use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::value::{Ratio, Value};

/// The quotient of two integers, in lowest terms. The denominator is not zero.
pub(crate) fn ratio<'gc>(ctx: Ctx<'gc>, numerator: BigInt, denominator: BigInt) -> Res<'gc, Value<'gc>> {
    let divisor = numerator.gcd(&denominator);
    let (mut numerator, mut denominator) = (numerator / &divisor, denominator / &divisor);
    if denominator.is_negative() {
        numerator = -numerator;
        denominator = -denominator;
    }
    if denominator.is_one() {
        return ctx.integer(numerator);
    }
    Ok(Value::Ratio(Gc::try_new(ctx.mc, Ratio { numerator, denominator })?))
}

/// Numerator and denominator of a finite float, not in lowest terms.
pub(crate) fn rational_from(real: f64) -> Option<(BigInt, BigInt)> {
    if !real.is_finite() {
        return None;
    }
    let bits = real.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, power) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    let mut numerator = BigInt::from(mantissa);
    if real < 0.0 {
        numerator = -numerator;
    }
    Some(if power >= 0 {
        (numerator << power as usize, BigInt::one())
    } else {
        (numerator, BigInt::one() << (-power) as usize)
    })
}

/// The nearest float.
pub(crate) fn to_f64(value: Value<'_>) -> f64 {
    match value {
        Value::Int(number) => number as f64,
        Value::Real(number) => number,
        Value::Big(number) => big_to_f64(&number, 0),
        Value::Ratio(ratio) => quotient_to_f64(&ratio.numerator, &ratio.denominator),
        _ => f64::NAN,
    }
}

/// An integer times a power of two, rounded to nearest, ties to even.
fn big_to_f64(number: &BigInt, scale: i64) -> f64 {
    let bits = number.bits() as i64;
    let (magnitude, negative) = (number.magnitude(), number.is_negative());
    if bits == 0 {
        return 0.0;
    }
    // 64 bits, the lowest of which says whether anything below was lost.
    let drop = bits - 64;
    let mut top = if drop > 0 {
        let top = (magnitude >> drop as usize).to_u64().unwrap_or(u64::MAX);
        let lost = magnitude.trailing_zeros().is_some_and(|zeros| (zeros as i64) < drop);
        top | u64::from(lost)
    } else {
        magnitude.to_u64().unwrap_or(u64::MAX)
    };
    let mut power = drop.max(0) + scale;
    // Below the normal range a float has fewer bits: round once, here.
    let lead = 63 - i64::from(top.leading_zeros());
    let under = -1074 - power;
    if lead + power < -1022 && under > 0 {
        if under > 64 {
            top = 0;
        } else {
            let shift = under as u32;
            let rest = if shift == 64 { top } else { top & ((1u64 << shift) - 1) };
            let half = 1u64 << (shift - 1);
            let kept = if shift == 64 { 0 } else { top >> shift };
            top = kept + u64::from(rest > half || (rest == half && kept & 1 == 1));
        }
        power = -1074;
    }
    let float = scale_by(top as f64, power);
    if negative { -float } else { float }
}

fn scale_by(mut float: f64, mut power: i64) -> f64 {
    while power > 1000 && float.is_finite() {
        float *= 2f64.powi(1000);
        power -= 1000;
    }
    while power < -1000 && float != 0.0 {
        float *= 2f64.powi(-1000);
        power += 1000;
    }
    float * 2f64.powi(power.clamp(-1000, 1000) as i32)
}

fn quotient_to_f64(numerator: &BigInt, denominator: &BigInt) -> f64 {
    // A quotient of at least 66 bits, with a sticky bit for the remainder.
    let shift = (66 + denominator.bits() as i64 - numerator.bits() as i64).max(0);
    let (quotient, rest) = (numerator.abs() << shift as usize).div_rem(denominator);
    let sticky = (quotient << 1usize) + BigInt::from(u8::from(!rest.is_zero()));
    let float = big_to_f64(&sticky, -shift - 1);
    if numerator.is_negative() { -float } else { float }
}

/// The exact number that a number is.
pub(crate) fn exact<'gc>(ctx: Ctx<'gc>, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match value {
        Value::Real(real) => {
            if real.fract() == 0.0 && real.abs() < 9e15 {
                return Ok(Value::Int(real as i64));
            }
            match rational_from(real) {
                Some((numerator, denominator)) => ratio(ctx, numerator, denominator),
                None => Err(error("exact: no exact number is equal to", &[value])),
            }
        }
        Value::Ratio(_) => Ok(value),
        _ if big(&value).is_some() => Ok(value),
        _ => Err(wrong_type("exact", "a number", value)),
    }
}

pub(crate) fn inexact<'gc>(value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    if super::is_number(value) { Ok(Value::Real(to_f64(value))) } else { Err(wrong_type("inexact", "a number", value)) }
}
