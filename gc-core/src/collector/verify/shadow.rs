//! A shadow of the heap that shows a write without the barrier (G5).
//!
//! After a young collection the pointers of every old object are hashed. Whoever holds other
//! pointers before the next one has been written since, and must be logged: object by object, and
//! large slices segment by segment.

use core::hash::{Hash, Hasher};

use super::super::address::{AddressHasher, Table};
use super::super::guardians::Sheet;
use super::super::walk::{Fields, each_coloured};
use super::View;
use crate::memory::{LargeLayout, LargeObject, Space};
use crate::object::Object;
use crate::object::header::{LARGE, LOGGED};

/// What old objects held after the last young collection, by object and segment.
#[derive(Default)]
pub(crate) struct Shadow(Table<(Object, usize), u64>);

impl Shadow {
    /// Forgets everything.
    pub(in super::super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes note of what every old object holds now.
    pub(super) fn record(&mut self, space: &Space) {
        self.0.clear();
        each_part(space, |object, segment, hash, _| {
            self.0.insert((object, segment), hash);
        });
    }
}

impl View<'_> {
    /// Checks that everything that differs from the shadow is logged.
    pub(super) fn check_shadow(self, shadow: &Shadow) {
        if shadow.0.is_empty() {
            return;
        }
        each_part(&self.collector.space, |object, segment, hash, logged| {
            if !logged && shadow.0.get(&(object, segment)).is_some_and(|&before| before != hash) {
                self.fail_at(
                    "G5, the barrier,",
                    object,
                    format_args!("its pointers have changed without a write barrier on it (segment {segment})"),
                );
            }
        });
    }
}

fn hash_of(what: impl Hash) -> u64 {
    let mut hasher = AddressHasher::default();
    what.hash(&mut hasher);
    hasher.finish()
}

fn sum<'a>(objects: impl IntoIterator<Item = &'a Object>) -> u64 {
    objects.into_iter().map(hash_of).fold(0, u64::wrapping_add)
}

/// Visits every old object that can hold pointers, large slices by segment, with a hash of the pointers
/// and whether it is logged.
fn each_part(space: &Space, mut visit: impl FnMut(Object, usize, u64, bool)) {
    let mut fields = Fields::new();
    let mut hash = |object: Object, from, to| {
        // SAFETY: the object has a colour, so it is whole and has not been destroyed; this is a
        // safepoint.
        unsafe { fields.read_elements(object, from, to) };
        let complete = core::mem::replace(&mut fields.complete, true);
        // Sums: the collector makes pointers of guardians strong ones, which is no write of the program's.
        let registered = fields.sheets.iter().flat_map(|&sheet| Sheet::at(sheet).registered());
        let found: Vec<Object> = registered.collect();
        let ready = |object: &&Object| !found.contains(object);
        let held = sum(fields.strong.iter().filter(ready).chain(&found));
        let weak = sum(fields.weak.iter().filter(ready));
        let values = fields.ephemerons.iter().map(|edge| hash_of((edge.key, edge.value.object())));
        complete.then(|| hash_of((held, weak, values.fold(0, u64::wrapping_add))))
    };
    each_coloured(space, |object, _| {
        let info = object.info();
        if info.is_leaf() {
            return;
        }
        if object.header().has(LARGE) && LargeLayout::is_segmented(info) {
            let record = LargeObject::of(object);
            for (index, segment) in record.segments().iter().enumerate() {
                let elements = record.elements_of(index);
                if let Some(hash) = hash(object, elements.start, elements.end) {
                    visit(object, index, hash, segment.is_logged());
                }
            }
        } else if let Some(hash) = hash(object, 0, object.count()) {
            visit(object, 0, hash, object.header().has(LOGGED));
        }
    });
}
