//! Who an object is, as a number: what tables that go by identity hash.
//!
//! Two objects that are alive at the same time have different identities, and an object's never changes:
//! so a table stores it with the entry, and moving objects never makes it look again.

use crate::object::Object;

/// The identity of `object`, which is alive.
///
/// It is not evenly spread: whoever hashes by it mixes it first.
#[inline]
pub(crate) fn identity_of(object: Object) -> u64 {
    object.addr() as u64
}
