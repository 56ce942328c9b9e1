//! Pointers that count only if something else keeps a key alive, and how a visit comes upon them.

use super::{Overflow, Tracer};
use crate::object::Object;
use crate::object::worklist::{Edge, EdgeStack};

/// A pointer that counts only if something else keeps the key alive.
#[derive(Clone, Copy)]
pub(crate) struct EphemeronEdge {
    pub(crate) key: Object,
    /// Strong, or as it says weak.
    pub(crate) value: Edge,
}

impl EphemeronEdge {
    /// What the value's pointer leads to, if it is a strong one.
    pub(crate) fn strong(&self) -> Option<Object> {
        (!self.value.is_weak()).then(|| self.value.object())
    }
}

/// Where pointers go that are visited in values of ephemerons, until it is clear which key they belong to.
/// These stacks have no allowance: what finds no place there could be dead, so that nothing may touch it.
#[derive(Default)]
pub(super) struct Aside {
    edges: EdgeStack,
    weak: EdgeStack,
}

/// A tracer while it visits ephemerons: its stacks are set aside.
pub(crate) struct Ephemerons<'a, 'gc> {
    tracer: &'a mut Tracer<'gc>,
    overflow: Overflow,
}

impl<'a, 'gc> Ephemerons<'a, 'gc> {
    pub(super) fn start(tracer: &'a mut Tracer<'gc>) -> Self {
        let overflow = core::mem::replace(&mut tracer.overflow, Overflow::FATAL);
        let mut this = Self { tracer, overflow };
        this.swap();
        this
    }

    fn swap(&mut self) {
        let tracer = &mut *self.tracer;
        let aside = tracer.aside.get_or_insert_default();
        core::mem::swap(&mut tracer.edges, &mut aside.edges);
        core::mem::swap(&mut tracer.weak, &mut aside.weak);
    }

    /// Takes note of a weak pointer to `key`, and of pointers, visited by `value`, that count only if
    /// something else keeps `key` alive.
    #[inline]
    pub(crate) fn ephemeron(&mut self, key: Object, value: impl FnOnce(&mut Tracer<'gc>)) {
        let tracer = &mut *self.tracer;
        value(tracer);
        let known = tracer.ephemerons.len();
        while let Some(value) = tracer.edges.pop() {
            tracer.ephemerons.push(EphemeronEdge { key, value });
        }
        while let Some(value) = tracer.weak.pop() {
            tracer.ephemerons.push(EphemeronEdge { key, value: value.as_weak() });
        }
        if tracer.ephemerons.len() == known
            && let Some(aside) = &mut tracer.aside
        {
            // The tracer's own stack of weak pointers is set aside.
            let edge = Edge::new(key, false);
            if !aside.weak.push(edge) {
                (tracer.lost_weak, tracer.lost_lately) = (true, true);
                (self.overflow.weak)(edge);
            }
        }
    }
}

impl Drop for Ephemerons<'_, '_> {
    /// Forgets what a value's visit has found that has panicked: its key may be dead, and what it names gone.
    fn drop(&mut self) {
        while self.tracer.edges.pop().is_some() || self.tracer.weak.pop().is_some() {}
        self.swap();
        self.tracer.overflow = self.overflow;
    }
}
