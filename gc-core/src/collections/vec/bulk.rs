//! What works on many elements of a vector: chunk by chunk, with one barrier each.

use core::cmp::Ordering;

use super::{Chunk, GcVec, out_of_bounds};
use crate::error::OutOfMemory;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::Trace;

impl<'gc, T: Copy + Trace<'gc>> GcVec<'gc, T> {
    /// A vector of these elements.
    ///
    /// # Panics
    ///
    /// As [`GcVec::push`].
    #[track_caller]
    pub fn from_iter(mc: &Mutation<'gc>, elements: impl IntoIterator<Item = T>) -> Self {
        let vec = Self::new(mc);
        vec.extend(mc, elements);
        vec
    }

    /// A vector of these elements.
    ///
    /// # Panics
    ///
    /// As [`GcVec::push`].
    #[track_caller]
    pub fn from_slice(mc: &Mutation<'gc>, elements: &[T]) -> Self {
        let vec = Self::new(mc);
        vec.extend_from_slice(mc, elements);
        vec
    }

    /// Puts elements at the end, one by one as the iterator yields them. It may use the vector.
    ///
    /// # Panics
    ///
    /// As [`GcVec::push`]. The elements so far have been put in.
    #[track_caller]
    pub fn extend(self, mc: &Mutation<'gc>, elements: impl IntoIterator<Item = T>) {
        for element in elements {
            self.push(mc, element);
        }
    }

    /// Puts elements at the end.
    ///
    /// # Panics
    ///
    /// As [`GcVec::push`]. None has been put in then.
    #[track_caller]
    pub fn extend_from_slice(self, mc: &Mutation<'gc>, elements: &[T]) {
        self.try_extend_from_slice(mc, elements).unwrap_or_else(|reason| out_of_memory(reason));
    }

    /// Puts elements at the end.
    ///
    /// # Errors
    ///
    /// As [`GcVec::try_reserve`]. No element has been put in then.
    pub fn try_extend_from_slice(self, mc: &Mutation<'gc>, mut elements: &[T]) -> Result<(), OutOfMemory> {
        self.try_reserve(mc, elements.len())?;
        while !elements.is_empty() {
            let len = self.len();
            let place = len & Chunk::<'gc, T>::MASK;
            let (now, later) = elements.split_at(elements.len().min(Chunk::<'gc, T>::LEN - place));
            // SAFETY: there is capacity for all elements; `now` ends in the chunk in which it begins,
            // and all places before it are counted already (V2).
            unsafe {
                let chunk = self.open(mc, len);
                chunk.copy_from(place, now.as_ptr(), now.len());
                chunk.set_count(place + now.len());
            }
            self.0.len.set(len + now.len());
            elements = later;
        }
        Ok(())
    }

    /// The runs of places in `from..to` that lie in one chunk: the first of each, and its length.
    fn runs(from: usize, to: usize) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        let len = Chunk::<'gc, T>::LEN;
        let chunks = if from < to { from / len..to.div_ceil(len) } else { 0..0 };
        chunks.map(move |chunk| {
            let start = from.max(chunk * len);
            (start, to.min((chunk + 1) * len) - start)
        })
    }

    /// Replaces all elements by `value`.
    pub fn fill(self, mc: &Mutation<'gc>, value: T) {
        for (start, len) in Self::runs(0, self.len()) {
            // SAFETY: the run lies below the length, in one chunk.
            unsafe {
                let chunk = self.open(mc, start);
                for index in start..start + len {
                    chunk.write(index & Chunk::<'gc, T>::MASK, value);
                }
            }
        }
    }

    /// Makes the length `len`: removes elements from the end, or puts copies of `value` there.
    ///
    /// # Panics
    ///
    /// As [`GcVec::push`].
    #[track_caller]
    pub fn resize(self, mc: &Mutation<'gc>, len: usize, value: T) {
        if len <= self.len() {
            return self.truncate(mc, len);
        }
        self.reserve(mc, len - self.len());
        while self.len() < len {
            self.push(mc, value);
        }
    }

    /// The elements, copied to a `Vec` outside the heap.
    pub fn to_vec(self) -> Vec<T> {
        let mut copy = Vec::with_capacity(self.len());
        for (start, len) in Self::runs(0, self.len()) {
            // SAFETY: runs from 0 on begin where chunks do, and lie below the length; the copy has
            // room for all of them.
            unsafe {
                let chunk = self.0.as_ref().chunk_of(start);
                let to: *mut T = copy.as_mut_ptr();
                to.add(start).copy_from_nonoverlapping(chunk.as_ptr(), len);
                copy.set_len(start + len);
            }
        }
        copy
    }

    /// True if an element equals `value`.
    pub fn contains(self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|element| element == *value)
    }

    /// Puts an element at `index`, and moves all from there on up by one.
    ///
    /// Costs a copy of those elements, and a barrier for each of their chunks.
    ///
    /// # Panics
    ///
    /// If `index` is above the length; or as [`GcVec::push`].
    #[track_caller]
    pub fn insert(self, mc: &Mutation<'gc>, index: usize, value: T) {
        let len = self.len();
        if index > len {
            out_of_bounds(index, len);
        }
        // What is pushed is overwritten, unless it is in its place.
        self.push(mc, value);
        for (start, run) in Self::runs(index, len + 1).rev() {
            let place = start & Chunk::<'gc, T>::MASK;
            let first = if start == index {
                value
            } else {
                // SAFETY: a run that does not start at `index` starts a chunk that is not the first.
                unsafe { self.get_unchecked(start - 1) }
            };
            // SAFETY: the run lies below the length, in one chunk, and moves up by one within it; its
            // last element has been moved on, or is the one pushed.
            unsafe {
                let chunk = self.open(mc, start);
                let from = self.0.as_ref().chunk_of(start).as_ptr().add(place);
                chunk.copy_from(place + 1, from, run - 1);
                chunk.write(place, first);
            }
        }
    }

    /// Takes the element at `index`, and moves all after it down by one.
    ///
    /// Costs as [`GcVec::insert`]; [`GcVec::swap_remove`] does not keep the order and costs little.
    ///
    /// # Panics
    ///
    /// If there are not as many elements.
    #[track_caller]
    pub fn remove(self, mc: &Mutation<'gc>, index: usize) -> T {
        let len = self.len();
        let Some(value) = self.get(index) else { out_of_bounds(index, len) };
        for (start, run) in Self::runs(index, len) {
            let place = start & Chunk::<'gc, T>::MASK;
            // SAFETY: the run lies below the length, in one chunk, and moves down by one within it;
            // its last place gets the first element of the next run, which has not been moved yet.
            unsafe {
                let chunk = self.open(mc, start);
                let from = self.0.as_ref().chunk_of(start).as_ptr().add(place + 1);
                chunk.copy_from(place, from, run - 1);
                if start + run < len {
                    chunk.write(place + run - 1, self.get_unchecked(start + run));
                }
            }
        }
        self.pop(mc);
        value
    }

    /// Keeps the elements for which `keep` is true, in their order.
    ///
    /// Elements that `keep` itself adds to the vector are asked about as well.
    pub fn retain(self, mc: &Mutation<'gc>, mut keep: impl FnMut(T) -> bool) {
        let (mut from, mut to) = (0, 0);
        while let Some(element) = self.get(from) {
            if keep(element) {
                // `keep` may have made the vector shorter.
                if from != to && self.try_set(mc, to, element).is_err() {
                    break;
                }
                to += 1;
            }
            from += 1;
        }
        self.truncate(mc, to);
    }

    /// Reverses the order of the elements.
    pub fn reverse(self, mc: &Mutation<'gc>) {
        let len = self.len();
        for index in 0..len / 2 {
            self.swap(mc, index, len - 1 - index);
        }
    }

    /// Sorts the elements. Equal ones keep their order.
    ///
    /// Works on a copy outside the heap.
    pub fn sort(self, mc: &Mutation<'gc>)
    where
        T: Ord,
    {
        self.sort_by(mc, T::cmp);
    }

    /// Sorts the elements by `compare`. Equal ones keep their order.
    ///
    /// Works on a copy outside the heap: `compare` sees the vector as it was, and if it panics, so is
    /// the vector.
    pub fn sort_by(self, mc: &Mutation<'gc>, compare: impl FnMut(&T, &T) -> Ordering) {
        let mut sorted = self.to_vec();
        sorted.sort_by(compare);
        for (index, element) in sorted.into_iter().enumerate() {
            // `compare` may have made the vector shorter.
            if self.try_set(mc, index, element).is_err() {
                break;
            }
        }
    }
}
