//! Numbers: integers of any size, ratios, and floats.
//!
//! The machine adds and compares small integers by itself; everything else comes here. An exact result is always
//! in its smallest form: an `Int` if it fits, a ratio only if it is no integer.

mod arithmetic;
mod convert;
mod divide;
mod parse;
mod power;
mod print;

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use crate::context::Ctx;
use crate::error::{Res, wrong_type};
use crate::value::Value;

pub(crate) use arithmetic::{add, divide, multiply, negate, subtract};
pub(crate) use convert::{exact, inexact, ratio, rational_from, to_f64};
pub(crate) use divide::{Division, divide_integers, gcd, quotient, remainder, round_to};
pub(crate) use parse::parse;
pub(crate) use power::{exact_integer_sqrt, expt, sqrt};
pub(crate) use print::{print, print_radix};

/// How two numbers are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessEqual,
    Equal,
    Greater,
    GreaterEqual,
}

impl Comparison {
    fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Comparison::Less => ordering == Some(Ordering::Less),
            Comparison::LessEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Comparison::Equal => ordering == Some(Ordering::Equal),
            Comparison::Greater => ordering == Some(Ordering::Greater),
            Comparison::GreaterEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Equal => "=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        }
    }
}

/// An exact integer, borrowed if it is a big one.
pub(crate) fn big<'gc>(value: &Value<'gc>) -> Option<Cow<'gc, BigInt>> {
    match value {
        Value::Int(small) => Some(Cow::Owned(BigInt::from(*small))),
        Value::Big(big) => Some(Cow::Borrowed(big.as_ref())),
        _ => None,
    }
}

/// Numerator and denominator of an exact number.
fn parts<'gc>(value: &Value<'gc>) -> Option<(Cow<'gc, BigInt>, Cow<'gc, BigInt>)> {
    match value {
        Value::Ratio(ratio) => {
            let ratio = ratio.as_ref();
            Some((Cow::Borrowed(&ratio.numerator), Cow::Borrowed(&ratio.denominator)))
        }
        _ => Some((big(value)?, Cow::Owned(BigInt::from(1)))),
    }
}

/// How many bits an exact result may have: an eighth of the memory that there is, or 128 MiB. Arithmetic with
/// larger numbers would hold up the machine, which cannot be left meanwhile.
pub(crate) fn most_bits(ctx: Ctx<'_>) -> u64 {
    ctx.machine.host.heap_limit.map_or(1 << 30, |bytes| bytes as u64).min(1 << 30)
}

pub(crate) fn is_number(value: Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Real(_) | Value::Big(_) | Value::Ratio(_))
}

pub(crate) fn is_exact(value: Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Big(_) | Value::Ratio(_))
}

/// An integer, exact or not.
pub(crate) fn is_integer(value: Value<'_>) -> bool {
    match value {
        Value::Int(_) | Value::Big(_) => true,
        Value::Real(real) => real.is_finite() && real.fract() == 0.0,
        _ => false,
    }
}

pub(crate) fn is_zero(value: Value<'_>) -> bool {
    match value {
        Value::Int(number) => number == 0,
        Value::Real(number) => number == 0.0,
        _ => false,
    }
}

/// -1, 0 or 1; 0 for a NaN.
pub(crate) fn sign(value: Value<'_>) -> i32 {
    match value {
        Value::Int(number) => number.signum() as i32,
        Value::Real(number) if number > 0.0 => 1,
        Value::Real(number) if number < 0.0 => -1,
        Value::Big(number) if number.is_negative() => -1,
        Value::Ratio(ratio) if ratio.numerator.is_negative() => -1,
        Value::Big(_) | Value::Ratio(_) => 1,
        _ => 0,
    }
}

/// The order of two numbers; none if one of them is a NaN.
fn order<'gc>(a: Value<'gc>, b: Value<'gc>) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x.cmp(&y)),
        (Value::Real(x), Value::Real(y)) => x.partial_cmp(&y),
        (Value::Real(x), _) if !x.is_finite() => x.partial_cmp(&0.0),
        (_, Value::Real(y)) if !y.is_finite() => 0.0.partial_cmp(&y),
        _ => {
            // A float is a rational: the comparison is exact, and so transitive.
            let of = |value: Value<'gc>| match value {
                Value::Real(real) => rational_from(real),
                other => parts(&other).map(|(n, d)| (n.into_owned(), d.into_owned())),
            };
            let ((n, d), (m, e)) = (of(a)?, of(b)?);
            Some((n * e).cmp(&(m * d)))
        }
    }
}

pub(crate) fn compare<'gc>(a: Value<'gc>, b: Value<'gc>, how: Comparison) -> Res<'gc, bool> {
    for value in [a, b] {
        if !is_number(value) {
            return Err(wrong_type(how.name(), "a number", value));
        }
    }
    Ok(how.holds(order(a, b)))
}

/// `eqv?` of two numbers: same exactness, same value.
pub(crate) fn is_eqv<'gc>(a: Value<'gc>, b: Value<'gc>) -> bool {
    match (a, b) {
        (Value::Big(a), Value::Big(b)) => *a == *b,
        (Value::Ratio(a), Value::Ratio(b)) => a.numerator == b.numerator && a.denominator == b.denominator,
        _ => a.is_eq(b),
    }
}

fn is_big_zero(number: &BigInt) -> bool {
    number.is_zero()
}
