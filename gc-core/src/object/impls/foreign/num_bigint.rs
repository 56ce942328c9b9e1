//! Numbers without bound.

use ::num_bigint::{BigInt, BigUint, Sign};

use crate::object::impls::*;

/// What `bits` bits take, in whole digits.
const fn bytes_of(bits: u64) -> usize {
    bits.div_ceil(64) as usize * 8
}

leaves! {
    Sign;
    BigUint, owning |number| bytes_of(number.bits());
    BigInt, owning |number| bytes_of(number.bits());
}
