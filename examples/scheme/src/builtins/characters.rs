//! Characters.

use super::arguments::{character, index};
use super::{Primitive, at_least, exactly};
use crate::error::{Res, wrong_type};
use crate::value::Value;

/// A character as it is compared regardless of case.
fn fold(c: char) -> char {
    let mut upper = c.to_uppercase();
    let upper = match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    };
    let mut lower = upper.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn single(c: char, mut converted: impl Iterator<Item = char>) -> char {
    match (converted.next(), converted.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn compare<'gc>(
    name: &str,
    arguments: &[Value<'gc>],
    convert: fn(char) -> char,
    holds: fn(char, char) -> bool,
) -> Res<'gc, Value<'gc>> {
    let mut all = true;
    let mut before = None;
    for &argument in arguments {
        let c = convert(character(name, argument)?);
        all &= before.is_none_or(|before| holds(before, c));
        before = Some(c);
    }
    Ok(Value::Bool(all))
}

macro_rules! comparisons {
    ($($name:literal $folded:literal $operator:tt),+) => { [
        $(at_least($name, 1, |_, a| compare($name, a, |c| c, |x, y| x $operator y)),
        at_least($folded, 1, |_, a| compare($folded, a, fold, |x, y| x $operator y)),)+
    ] };
}

const COMPARISONS: [Primitive; 10] = comparisons! {
    "char=?" "char-ci=?" ==, "char<?" "char-ci<?" <, "char>?" "char-ci>?" >,
    "char<=?" "char-ci<=?" <=, "char>=?" "char-ci>=?" >=
};

pub(super) static COMPARE: &[Primitive] = &COMPARISONS;

/// The value of a decimal digit of any script. Digits come in runs of ten that start at these characters.
fn digit(c: char) -> Option<i64> {
    const ZEROS: [u32; 37] = [
        0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
        0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
        0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    ];
    let code = c as u32;
    ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)).map(|zero| i64::from(code - zero))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("char->integer", 1, |_, a| Ok(Value::Int(i64::from(character("char->integer", a[0])? as u32)))),
    exactly("integer->char", 1, |_, a| {
        let code = u32::try_from(index("integer->char", a[0])?).ok().and_then(char::from_u32);
        code.map(Value::Char).ok_or_else(|| wrong_type("integer->char", "a Unicode scalar value", a[0]))
    }),
    exactly("char-alphabetic?", 1, |_, a| Ok(Value::Bool(character("char-alphabetic?", a[0])?.is_alphabetic()))),
    exactly("char-numeric?", 1, |_, a| Ok(Value::Bool(digit(character("char-numeric?", a[0])?).is_some()))),
    exactly("char-whitespace?", 1, |_, a| Ok(Value::Bool(character("char-whitespace?", a[0])?.is_whitespace()))),
    exactly("char-upper-case?", 1, |_, a| Ok(Value::Bool(character("char-upper-case?", a[0])?.is_uppercase()))),
    exactly("char-lower-case?", 1, |_, a| Ok(Value::Bool(character("char-lower-case?", a[0])?.is_lowercase()))),
    exactly("char-upcase", 1, |_, a| {
        let c = character("char-upcase", a[0])?;
        Ok(Value::Char(single(c, c.to_uppercase())))
    }),
    exactly("char-downcase", 1, |_, a| {
        let c = character("char-downcase", a[0])?;
        Ok(Value::Char(single(c, c.to_lowercase())))
    }),
    exactly("char-foldcase", 1, |_, a| Ok(Value::Char(fold(character("char-foldcase", a[0])?)))),
    exactly("digit-value", 1, |_, a| Ok(digit(character("digit-value", a[0])?).map_or(Value::FALSE, Value::Int))),
];
