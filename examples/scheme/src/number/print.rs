//! Numbers as text, written.

use crate::value::Value;

/// As `write` shows it.
pub(crate) fn print(value: Value<'_>) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Real(number) => float(number),
        Value::Big(number) => number.as_ref().to_string(),
        Value::Ratio(ratio) => format!("{}/{}", ratio.numerator, ratio.denominator),
        _ => String::new(),
    }
}

/// In another base, from 2 to 36. Floats are written in base 10.
pub(crate) fn print_radix(value: Value<'_>, radix: u32) -> String {
    match value {
        _ if radix == 10 => print(value),
        Value::Ratio(ratio) => {
            format!("{}/{}", ratio.numerator.to_str_radix(radix), ratio.denominator.to_str_radix(radix))
        }
        Value::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            format!("{}.", print_radix(Value::Int(number as i64), radix))
        }
        _ => match super::big(&value) {
            Some(number) => number.to_str_radix(radix),
            None => print(value),
        },
    }
}

/// The shortest decimal that reads back as the same float.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "+nan.0".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+inf.0".into() } else { "-inf.0".into() };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-7..1e21).contains(&size) {
        return format!("{number:e}");
    }
    let text = format!("{number}");
    if text.contains('.') { text } else { text + ".0" }
}
