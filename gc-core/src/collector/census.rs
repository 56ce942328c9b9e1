//! The census: live objects, counted by type.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use super::HeapState;
use super::walk::{Fields, Hanging};
use crate::memory::geometry::GRANULE;
use crate::object::Object;
use crate::stats::{Census, TypeCount};

impl HeapState {
    /// Counts the objects that can be reached.
    pub(crate) fn census(&self) -> Census {
        let mut types: HashMap<(TypeId, &'static str), TypeCount> = HashMap::new();
        for object in self.reachable() {
            let about = object.info().describe();
            let count =
                types.entry((about.family, about.name)).or_insert(TypeCount { name: about.name, count: 0, bytes: 0 });
            count.count += 1;
            count.bytes += (object.granules() * GRANULE) as u64;
        }
        Census::new(types.into_values())
    }

    /// Everything that strong pointers lead to from the roots. For safepoints only.
    fn reachable(&self) -> HashSet<Object> {
        let mut found = HashSet::new();
        let mut stack = Vec::new();
        self.roots().each(|object| stack.push(object));
        let mut fields = Fields::new();
        let mut hanging = Hanging::new();
        while let Some(object) = stack.pop() {
            if !found.insert(object) {
                continue;
            }
            stack.extend(hanging.take(object).iter().filter_map(|(edge, ())| edge.strong()));
            if object.info().is_leaf() {
                continue;
            }
            // SAFETY: the object is reachable, so it is whole and alive; at a safepoint nobody
            // writes it.
            unsafe { fields.read(object) };
            stack.append(&mut fields.strong);
            for edge in fields.ephemerons.drain(..) {
                if found.contains(&edge.key) {
                    stack.extend(edge.strong());
                } else {
                    hanging.add(edge, ());
                }
            }
        }
        found
    }
}
