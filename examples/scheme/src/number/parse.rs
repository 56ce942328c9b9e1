//! Numbers as text, read.
//!
//! What R7RS 7.1.1 calls a number, but for complex ones: prefixes `#x` `#b` `#o` `#d` `#e` `#i`, ratios, decimals
//! with exponents, infinities and NaNs.

use num_bigint::BigInt;
use num_traits::{Num, Pow, Zero};

use super::{inexact, ratio};
use crate::context::Ctx;
use crate::error::Res;
use crate::value::Value;

/// Exact decimals have at most this exponent: beyond, the digits would take all memory.
const MOST_EXPONENT: i64 = 100_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Exactness {
    Exact,
    Inexact,
    AsWritten,
}

/// The number that `text` is, if it is one.
pub(crate) fn parse<'gc>(ctx: Ctx<'gc>, text: &str, radix: u32) -> Res<'gc, Option<Value<'gc>>> {
    let (mut radix, mut exactness, mut rest) = (radix, Exactness::AsWritten, text);
    while let Some(prefixed) = rest.strip_prefix('#') {
        let Some(letter) = prefixed.chars().next() else { return Ok(None) };
        match letter.to_ascii_lowercase() {
            'x' => radix = 16,
            'b' => radix = 2,
            'o' => radix = 8,
            'd' => radix = 10,
            'e' if exactness == Exactness::AsWritten => exactness = Exactness::Exact,
            'i' if exactness == Exactness::AsWritten => exactness = Exactness::Inexact,
            _ => return Ok(None),
        }
        rest = &prefixed[letter.len_utf8()..];
    }
    let Some(number) = real(ctx, rest, radix, exactness)? else { return Ok(None) };
    match exactness {
        Exactness::Inexact => inexact(number).map(Some),
        Exactness::Exact => match number {
            Value::Real(real) if !real.is_finite() => Ok(None),
            _ => super::exact(ctx, number).map(Some),
        },
        Exactness::AsWritten => Ok(Some(number)),
    }
}

fn real<'gc>(ctx: Ctx<'gc>, text: &str, radix: u32, exactness: Exactness) -> Res<'gc, Option<Value<'gc>>> {
    match text.to_ascii_lowercase().as_str() {
        "+inf.0" => return Ok(Some(Value::Real(f64::INFINITY))),
        "-inf.0" => return Ok(Some(Value::Real(f64::NEG_INFINITY))),
        "+nan.0" | "-nan.0" => return Ok(Some(Value::Real(f64::NAN))),
        _ => {}
    }
    if let Some((numerator, denominator)) = text.split_once('/') {
        if denominator.starts_with(['+', '-']) {
            return Ok(None);
        }
        let (Some(numerator), Some(denominator)) = (integer(numerator, radix), integer(denominator, radix)) else {
            return Ok(None);
        };
        if denominator.is_zero() {
            return Ok(None);
        }
        return ratio(ctx, numerator, denominator).map(Some);
    }
    if text.len() <= 18
        && radix == 10
        && let Ok(small) = text.parse::<i64>()
    {
        return Ok(Some(Value::Int(small)));
    }
    if let Some(number) = integer(text, radix) {
        return ctx.integer(number).map(Some);
    }
    if radix != 10 { Ok(None) } else { decimal(ctx, text, exactness) }
}

fn integer(text: &str, radix: u32) -> Option<BigInt> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    BigInt::from_str_radix(text.strip_prefix('+').unwrap_or(text), radix).ok()
}

/// A decimal with a point or an exponent.
fn decimal<'gc>(ctx: Ctx<'gc>, text: &str, exactness: Exactness) -> Res<'gc, Option<Value<'gc>>> {
    let lower = text.to_ascii_lowercase();
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (lower.as_str(), None),
    };
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return Ok(None);
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !all_digits(digits) {
            return Ok(None);
        }
    }
    if exactness != Exactness::Exact {
        return Ok(lower.parse::<f64>().ok().map(Value::Real));
    }
    let scale = exponent.map_or(Some(0), |e| e.parse::<i64>().ok());
    let Some(scale) = scale.filter(|s| s.abs() <= MOST_EXPONENT) else { return Ok(None) };
    let Some(mut number) = integer(&format!("{whole}{fraction}"), 10) else { return Ok(None) };
    if mantissa.starts_with('-') {
        number = -number;
    }
    let scale = scale - fraction.len() as i64;
    let power: BigInt = Pow::pow(BigInt::from(10), scale.unsigned_abs() as u32);
    if scale >= 0 { ctx.integer(number * power).map(Some) } else { ratio(ctx, number, power).map(Some) }
}
