//! Collections that live on the heap and know it: [`GcVec`](vec::GcVec), [`GcMap`](map::GcMap),
//! [`GcSet`](set::GcSet), and those that do not keep their keys: [`EphemeronMap`](crate::EphemeronMap),
//! [`WeakSet`](weak_set::WeakSet), [`Interner`](interner::Interner).
//!
//! Each is a one-word, `Copy` pointer, like a `Gc`: a copy is the same collection. What changes it
//! takes `&Mutation`, and runs the write barrier by itself.
//!
//! | | a pause sees | growth |
//! |---|---|---|
//! | `GcVec` | the chunks of about 1 KiB that were written | copies no elements beyond the first chunk |
//! | `EphemeronMap`, `WeakSet`, `Interner` | the pages of up to 32 entries that were written | moves a few dozen entries at a time |
//! | `GcMap`, `GcSet` | the whole table, if it was written | moves all entries, as any hash table does |
//! | `GcRefCell<Vec<_>>` and the like | the whole collection | copies all elements |

pub mod interner;
pub mod vec;
pub mod weak_set;
pub(crate) mod weak_table;

#[cfg(feature = "collections")]
pub mod map;
#[cfg(feature = "collections")]
pub mod set;

#[cfg(test)]
mod redirect;
