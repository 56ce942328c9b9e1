//! One of two.

use ::either::Either;

use crate::object::impls::*;

parts! {
    Either<L, R> { Either::Left(value) => [value], Either::Right(value) => [value] }
}
