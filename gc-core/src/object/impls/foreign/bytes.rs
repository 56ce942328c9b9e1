//! Buffers of bytes.
//!
//! The memory of a `Bytes` may have many owners, so, like that of an `Arc`, it is counted for none: a
//! thousand clones of a buffer are not a thousand buffers.

use ::bytes::{Bytes, BytesMut};

use crate::object::impls::*;

leaves! {
    Bytes;
    BytesMut, owning |buffer| buffer.capacity();
}
