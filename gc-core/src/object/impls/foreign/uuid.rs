//! Universally unique identifiers.

use ::uuid::{NonNilUuid, Uuid};

use crate::object::impls::*;

leaves! { Uuid; NonNilUuid; }
