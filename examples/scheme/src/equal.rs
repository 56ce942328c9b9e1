//! Equivalence beyond identity, and hashing.
//!
//! Both keep what is left to do in a vector: data may be deep. `equal?` ends on cyclic data as R7RS asks: after many
//! steps it notes which objects it has assumed to be equal, and never compares the same two again.

use std::collections::HashSet;

use gc_core::{GcCell, Identity, Mutation};

use crate::number;
use crate::value::Value;

pub(crate) fn is_eqv<'gc>(a: Value<'gc>, b: Value<'gc>) -> bool {
    number::is_eqv(a, b)
}

/// Steps before pairs of objects are noted.
const UNNOTED: usize = 1000;

pub(crate) fn is_equal<'gc>(a: Value<'gc>, b: Value<'gc>) -> bool {
    let mut work = vec![(a, b)];
    let mut steps = 0usize;
    let mut assumed = HashSet::new();
    while let Some((a, b)) = work.pop() {
        if is_eqv(a, b) {
            continue;
        }
        steps += 1;
        if steps > UNNOTED
            && let (Some(x), Some(y)) = (a.address(), b.address())
            && !assumed.insert((x, y))
        {
            continue;
        }
        match (a, b) {
            (Value::Pair(a), Value::Pair(b)) => {
                work.push((a.cdr.get(), b.cdr.get()));
                work.push((a.car.get(), b.car.get()));
            }
            (Value::String(a), Value::String(b)) => {
                if a.len() != b.len() || a.text() != b.text() {
                    return false;
                }
            }
            (Value::Vector(a), Value::Vector(b)) => {
                if a.len() != b.len() {
                    return false;
                }
                work.extend(a.iter().map(GcCell::get).zip(b.iter().map(GcCell::get)));
            }
            (Value::Bytes(a), Value::Bytes(b)) => {
                if a.len() != b.len() || a.iter().zip(b.iter()).any(|(x, y)| x.get() != y.get()) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash.rotate_left(5) ^ word) * u128::from(PRIME);
    product as u64 ^ (product >> 64) as u64
}

pub(crate) fn hash_text(text: &str) -> u64 {
    let mut hash = PRIME;
    let mut words = text.as_bytes().chunks_exact(8);
    for word in &mut words {
        hash = mix(hash, word.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
    hash = mix(hash, words.remainder().iter().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    mix(hash, text.len() as u64)
}

/// How much of a structure its hash depends on.
const MOST_PARTS: usize = 64;

/// A hash for `equal?` (`deep`) or `eqv?`. It stays the same when objects move.
pub(crate) fn hash_value<'gc>(mc: &Mutation<'gc>, value: Value<'gc>, deep: bool) -> u64 {
    let mut hash = PRIME;
    let mut work = vec![value];
    let mut parts = 0;
    while let Some(value) = work.pop() {
        parts += 1;
        if parts > MOST_PARTS {
            break;
        }
        hash = match value {
            Value::Nil => mix(hash, 1),
            Value::Unspecified => mix(hash, 2),
            Value::Eof => mix(hash, 3),
            Value::Unbound => mix(hash, 4),
            Value::Bool(value) => mix(hash, 5 + u64::from(value)),
            Value::Char(c) => mix(mix(hash, 7), u64::from(c as u32)),
            Value::Int(number) => mix(hash, number as u64),
            Value::Real(number) if number.is_nan() => mix(hash, 8),
            Value::Real(number) => mix(mix(hash, 9), number.to_bits()),
            Value::Big(number) => number.iter_u64_digits().fold(mix(hash, 10), mix),
            Value::Ratio(ratio) => {
                let digits = ratio.numerator.iter_u64_digits().chain(ratio.denominator.iter_u64_digits());
                digits.fold(mix(hash, 11), mix)
            }
            Value::String(text) if deep => mix(hash, hash_text(&text.text())),
            Value::Pair(pair) if deep => {
                work.push(pair.cdr.get());
                work.push(pair.car.get());
                mix(hash, 12)
            }
            Value::Vector(slots) if deep => {
                work.extend(slots.iter().take(MOST_PARTS).map(GcCell::get));
                mix(mix(hash, 13), slots.len() as u64)
            }
            Value::Bytes(bytes) if deep => {
                bytes.iter().take(MOST_PARTS).fold(mix(hash, 14), |hash, byte| mix(hash, u64::from(byte.get())))
            }
            Value::Primitive(primitive) => mix(hash, hash_text(primitive.name)),
            object => mix(hash, object.identity(mc).map_or(0, Identity::get)),
        };
    }
    hash
}
