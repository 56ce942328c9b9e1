//! Iteration by value, which tolerates that the vector changes.

#![forbid(unsafe_code)]

use core::fmt;
use core::iter::FusedIterator;

use super::GcVec;
use crate::object::trace::Trace;

/// The elements of a [`GcVec`], by value: see [`GcVec::iter`].
pub struct Iter<'gc, T> {
    vec: GcVec<'gc, T>,
    next: usize,
    end: usize,
}

impl<'gc, T> Iter<'gc, T> {
    #[inline]
    pub(super) fn new(vec: GcVec<'gc, T>) -> Self {
        Self { vec, next: 0, end: vec.len() }
    }

    /// Where the iterator ends, as things stand.
    #[inline]
    fn end(&self) -> usize {
        self.end.min(self.vec.len())
    }
}

impl<'gc, T: Copy + Trace<'gc>> Iterator for Iter<'gc, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.next == self.end {
            return None;
        }
        let Some(value) = self.vec.get(self.next) else {
            // The vector has become shorter. It stays at an end.
            self.end = self.next;
            return None;
        };
        self.next += 1;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end().saturating_sub(self.next);
        (left, Some(left))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<T> {
        self.next = self.next.saturating_add(n).min(self.end);
        self.next()
    }
}

impl<'gc, T: Copy + Trace<'gc>> DoubleEndedIterator for Iter<'gc, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.end = self.end().max(self.next);
        if self.next == self.end {
            return None;
        }
        self.end -= 1;
        self.vec.get(self.end)
    }
}

impl<'gc, T: Copy + Trace<'gc>> ExactSizeIterator for Iter<'gc, T> {}
impl<'gc, T: Copy + Trace<'gc>> FusedIterator for Iter<'gc, T> {}

impl<'gc, T> Clone for Iter<'gc, T> {
    fn clone(&self) -> Self {
        Self { vec: self.vec, next: self.next, end: self.end }
    }
}

impl<'gc, T> fmt::Debug for Iter<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("vec", &self.vec).field("next", &self.next).field("end", &self.end()).finish()
    }
}
