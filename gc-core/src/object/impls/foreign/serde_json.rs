//! JSON documents.
//!
//! A document knows its size only by being walked, so `external_bytes` costs a visit of every node,
//! and stack in proportion to the nesting, as dropping it does.

use ::serde_json::{Map, Number, Value};

use crate::object::impls::*;

/// Bytes that a value owns.
fn bytes_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.capacity(),
        Value::Array(values) => values.capacity() * size_of::<Value>() + values.iter().map(bytes_of).sum::<usize>(),
        Value::Object(map) => bytes_of_map(map),
    }
}

/// Bytes that an object owns: its entries, their keys, and what the values own.
fn bytes_of_map(map: &Map<String, Value>) -> usize {
    map.iter().map(|(key, value)| size_of::<(String, Value)>() + key.capacity() + bytes_of(value)).sum()
}

leaves! {
    Number;
    Value, owning |value| bytes_of(value);
    Map<String, Value>, owning |map| bytes_of_map(map);
}
