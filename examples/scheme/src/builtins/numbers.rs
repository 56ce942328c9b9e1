//! Numbers.

use super::arguments::{index, string};
use super::{Primitive, at_least, between, exactly};
use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::number::{self, Comparison, Division};
use crate::value::Value;

fn number<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    if number::is_number(value) { Ok(value) } else { Err(wrong_type(name, "a number", value)) }
}

fn compare_all<'gc>(arguments: &[Value<'gc>], how: Comparison) -> Res<'gc, Value<'gc>> {
    let mut holds = true;
    for pair in arguments.windows(2) {
        holds &= number::compare(pair[0], pair[1], how)?;
    }
    if let [single] = arguments {
        number("=", *single)?;
    }
    Ok(Value::Bool(holds))
}

fn fold<'gc>(
    ctx: Ctx<'gc>,
    name: &str,
    start: i64,
    arguments: &[Value<'gc>],
    combine: fn(Ctx<'gc>, Value<'gc>, Value<'gc>) -> Res<'gc, Value<'gc>>,
) -> Res<'gc, Value<'gc>> {
    match arguments {
        [] => Ok(Value::Int(start)),
        [first, rest @ ..] => rest.iter().try_fold(number(name, *first)?, |result, &next| combine(ctx, result, next)),
    }
}

fn parity<'gc>(ctx: Ctx<'gc>, name: &str, value: Value<'gc>) -> Res<'gc, bool> {
    let (_, rest) = number::divide_integers(ctx, name, Division::Floor, value, Value::Int(2))?;
    Ok(!number::is_zero(rest))
}

fn extreme<'gc>(name: &str, arguments: &[Value<'gc>], how: Comparison) -> Res<'gc, Value<'gc>> {
    let mut best = number(name, arguments[0])?;
    let mut inexact = !number::is_exact(best);
    for &next in &arguments[1..] {
        inexact |= !number::is_exact(number(name, next)?);
        let is_nan = matches!(next, Value::Real(real) if real.is_nan());
        if is_nan || number::compare(next, best, how)? {
            best = next;
        }
    }
    if inexact { number::inexact(best) } else { Ok(best) }
}

fn division<'gc>(ctx: Ctx<'gc>, name: &str, how: Division, a: &[Value<'gc>]) -> Res<'gc, (Value<'gc>, Value<'gc>)> {
    number::divide_integers(ctx, name, how, a[0], a[1])
}

fn gcd_all<'gc>(ctx: Ctx<'gc>, name: &str, arguments: &[Value<'gc>], least: bool) -> Res<'gc, Value<'gc>> {
    let start = Value::Int(i64::from(least));
    arguments.iter().try_fold(start, |result, &next| number::gcd(ctx, name, result, next, least))
}

/// The parts of a rational, as numbers of its exactness.
fn part<'gc>(ctx: Ctx<'gc>, name: &str, value: Value<'gc>, denominator: bool) -> Res<'gc, Value<'gc>> {
    let exact = number::exact(ctx, number(name, value)?)?;
    let result = match exact {
        Value::Ratio(ratio) => {
            ctx.integer(if denominator { ratio.denominator.clone() } else { ratio.numerator.clone() })?
        }
        _ if denominator => Value::Int(1),
        _ => exact,
    };
    if number::is_exact(value) { Ok(result) } else { number::inexact(result) }
}

fn radix<'gc>(name: &str, arguments: &[Value<'gc>]) -> Res<'gc, u32> {
    match arguments.get(1) {
        None => Ok(10),
        Some(&radix) => match index(name, radix)? {
            radix @ 2..=36 => Ok(radix as u32),
            _ => Err(wrong_type(name, "a radix from 2 to 36", radix)),
        },
    }
}

/// The simplest rational between two: the one with the smallest denominator (Stern and Brocot).
fn simplest<'gc>(ctx: Ctx<'gc>, low: Value<'gc>, high: Value<'gc>, depth: usize) -> Res<'gc, Value<'gc>> {
    if depth > 10_000 {
        return Err(error("rationalize: too many steps", &[]));
    }
    let floor = number::round_to(ctx, "floor", low)?;
    if number::compare(floor, low, Comparison::Equal)? {
        return Ok(floor);
    }
    if number::compare(floor, number::round_to(ctx, "floor", high)?, Comparison::Less)? {
        return number::add(ctx, floor, Value::Int(1));
    }
    let (low, high) = (number::subtract(ctx, low, floor)?, number::subtract(ctx, high, floor)?);
    let one = Value::Int(1);
    let inner = simplest(ctx, number::divide(ctx, one, high)?, number::divide(ctx, one, low)?, depth + 1)?;
    number::add(ctx, floor, number::divide(ctx, one, inner)?)
}

fn rationalize<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let (x, y) = (number("rationalize", a[0])?, number("rationalize", a[1])?);
    let inexact = !number::is_exact(x) || !number::is_exact(y);
    for value in [x, y] {
        if let Value::Real(real) = value
            && !real.is_finite()
        {
            let nan = number::to_f64(x).is_nan() || number::to_f64(y).is_nan();
            let both = number::to_f64(x).is_infinite() && number::to_f64(y).is_infinite();
            return Ok(if nan || both {
                Value::Real(f64::NAN)
            } else if number::to_f64(y).is_infinite() {
                Value::Real(0.0)
            } else {
                x
            });
        }
    }
    let (x, mut y) = (number::exact(ctx, x)?, number::exact(ctx, y)?);
    if number::sign(y) < 0 {
        y = number::negate(ctx, y)?;
    }
    let (low, high) = (number::subtract(ctx, x, y)?, number::add(ctx, x, y)?);
    let result = if number::sign(low) > 0 {
        simplest(ctx, low, high, 0)?
    } else if number::sign(high) < 0 {
        let (low, high) = (number::negate(ctx, high)?, number::negate(ctx, low)?);
        number::negate(ctx, simplest(ctx, low, high, 0)?)?
    } else {
        Value::Int(0)
    };
    if inexact { number::inexact(result) } else { Ok(result) }
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("number?", 1, |_, a| Ok(Value::Bool(number::is_number(a[0])))),
    exactly("complex?", 1, |_, a| Ok(Value::Bool(number::is_number(a[0])))),
    exactly("real?", 1, |_, a| Ok(Value::Bool(number::is_number(a[0])))),
    exactly("rational?", 1, |_, a| {
        Ok(Value::Bool(match a[0] {
            Value::Real(real) => real.is_finite(),
            value => number::is_number(value),
        }))
    }),
    exactly("integer?", 1, |_, a| Ok(Value::Bool(number::is_integer(a[0])))),
    exactly("exact?", 1, |_, a| Ok(Value::Bool(number::is_exact(number("exact?", a[0])?)))),
    exactly("inexact?", 1, |_, a| Ok(Value::Bool(!number::is_exact(number("inexact?", a[0])?)))),
    exactly("exact-integer?", 1, |_, a| Ok(Value::Bool(matches!(a[0], Value::Int(_) | Value::Big(_))))),
    exactly("finite?", 1, |_, a| {
        Ok(Value::Bool(number::to_f64(number("finite?", a[0])?).is_finite() || number::is_exact(a[0])))
    }),
    exactly("infinite?", 1, |_, a| {
        Ok(Value::Bool(matches!(number("infinite?", a[0])?, Value::Real(real) if real.is_infinite())))
    }),
    exactly("nan?", 1, |_, a| Ok(Value::Bool(matches!(number("nan?", a[0])?, Value::Real(real) if real.is_nan())))),
    at_least("=", 1, |_, a| compare_all(a, Comparison::Equal)),
    at_least("<", 1, |_, a| compare_all(a, Comparison::Less)),
    at_least(">", 1, |_, a| compare_all(a, Comparison::Greater)),
    at_least("<=", 1, |_, a| compare_all(a, Comparison::LessEqual)),
    at_least(">=", 1, |_, a| compare_all(a, Comparison::GreaterEqual)),
    exactly("zero?", 1, |_, a| Ok(Value::Bool(number::is_zero(number("zero?", a[0])?)))),
    exactly("positive?", 1, |_, a| Ok(Value::Bool(number::sign(number("positive?", a[0])?) > 0))),
    exactly("negative?", 1, |_, a| Ok(Value::Bool(number::sign(number("negative?", a[0])?) < 0))),
    exactly("odd?", 1, |ctx, a| Ok(Value::Bool(parity(ctx, "odd?", a[0])?))),
    exactly("even?", 1, |ctx, a| Ok(Value::Bool(!parity(ctx, "even?", a[0])?))),
    at_least("max", 1, |_, a| extreme("max", a, Comparison::Greater)),
    at_least("min", 1, |_, a| extreme("min", a, Comparison::Less)),
    at_least("+", 0, |ctx, a| fold(ctx, "+", 0, a, number::add)),
    at_least("*", 0, |ctx, a| fold(ctx, "*", 1, a, number::multiply)),
    at_least("-", 1, |ctx, a| match a {
        [single] => number::negate(ctx, number("-", *single)?),
        _ => fold(ctx, "-", 0, a, number::subtract),
    }),
    at_least("/", 1, |ctx, a| match a {
        [single] => number::divide(ctx, Value::Int(1), *single),
        _ => fold(ctx, "/", 1, a, number::divide),
    }),
    exactly("abs", 1, |ctx, a| {
        if let Value::Real(real) = a[0] {
            Ok(Value::Real(real.abs()))
        } else if number::sign(number("abs", a[0])?) < 0 {
            number::negate(ctx, a[0])
        } else {
            Ok(a[0])
        }
    }),
    exactly("magnitude", 1, |ctx, a| {
        if number::sign(number("magnitude", a[0])?) < 0 { number::negate(ctx, a[0]) } else { Ok(a[0]) }
    }),
    exactly("quotient", 2, |ctx, a| Ok(division(ctx, "quotient", Division::Truncate, a)?.0)),
    exactly("remainder", 2, |ctx, a| Ok(division(ctx, "remainder", Division::Truncate, a)?.1)),
    exactly("modulo", 2, |ctx, a| Ok(division(ctx, "modulo", Division::Floor, a)?.1)),
    exactly("truncate-quotient", 2, |ctx, a| Ok(division(ctx, "truncate-quotient", Division::Truncate, a)?.0)),
    exactly("truncate-remainder", 2, |ctx, a| Ok(division(ctx, "truncate-remainder", Division::Truncate, a)?.1)),
    exactly("floor-quotient", 2, |ctx, a| Ok(division(ctx, "floor-quotient", Division::Floor, a)?.0)),
    exactly("floor-remainder", 2, |ctx, a| Ok(division(ctx, "floor-remainder", Division::Floor, a)?.1)),
    exactly("truncate/", 2, |ctx, a| {
        let (quotient, rest) = division(ctx, "truncate/", Division::Truncate, a)?;
        ctx.values(&[quotient, rest])
    }),
    exactly("floor/", 2, |ctx, a| {
        let (quotient, rest) = division(ctx, "floor/", Division::Floor, a)?;
        ctx.values(&[quotient, rest])
    }),
    at_least("gcd", 0, |ctx, a| match a {
        [single] => gcd_all(ctx, "gcd", &[Value::Int(0), *single], false),
        [] => Ok(Value::Int(0)),
        _ => a[1..].iter().try_fold(a[0], |result, &next| number::gcd(ctx, "gcd", result, next, false)),
    }),
    at_least("lcm", 0, |ctx, a| gcd_all(ctx, "lcm", a, true)),
    exactly("numerator", 1, |ctx, a| part(ctx, "numerator", a[0], false)),
    exactly("denominator", 1, |ctx, a| part(ctx, "denominator", a[0], true)),
    exactly("floor", 1, |ctx, a| number::round_to(ctx, "floor", a[0])),
    exactly("ceiling", 1, |ctx, a| number::round_to(ctx, "ceiling", a[0])),
    exactly("truncate", 1, |ctx, a| number::round_to(ctx, "truncate", a[0])),
    exactly("round", 1, |ctx, a| number::round_to(ctx, "round", a[0])),
    exactly("rationalize", 2, rationalize),
    exactly("exact", 1, |ctx, a| number::exact(ctx, a[0])),
    exactly("inexact", 1, |_, a| number::inexact(a[0])),
    exactly("exact->inexact", 1, |_, a| number::inexact(a[0])),
    exactly("inexact->exact", 1, |ctx, a| number::exact(ctx, a[0])),
    between("number->string", 1, 2, |ctx, a| {
        let radix = radix("number->string", a)?;
        ctx.string(&number::print_radix(number("number->string", a[0])?, radix))
    }),
    between("string->number", 1, 2, |ctx, a| {
        let radix = radix("string->number", a)?;
        let text = string("string->number", a[0])?.text();
        Ok(number::parse(ctx, &text, radix)?.unwrap_or(Value::FALSE))
    }),
];
