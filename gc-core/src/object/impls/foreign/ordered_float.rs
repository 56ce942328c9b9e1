//! Floats with a total order.

use ::ordered_float::{NotNan, OrderedFloat};

use crate::object::impls::*;

leaves! {
    OrderedFloat<f32>; OrderedFloat<f64>;
    NotNan<f32>; NotNan<f64>;
}
