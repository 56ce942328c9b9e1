//! From an edge to the object behind it: the loop that all collections share.
//!
//! Edges are taken off a stack, and the mark byte and header of what they point to are prefetched;
//! then they wait in a short queue, and are looked at some edges later, when the lines have arrived
//! (Cher, Hosking and Vitek, ASPLOS 2004). On heaps that fit the cache the queue costs more than it
//! gains, so its length is a parameter.

use super::ephemerons::Waiting;
use crate::memory::prefetch::prefetch_at;
use crate::memory::{Epoch, MarkByte, MarkPlace};
use crate::object::Object;
use crate::object::trace::Tracer;
use crate::object::worklist::{Edge, EdgeStack};

/// Edges between the prefetch and the look.
pub(crate) const AHEAD: usize = 16;

/// What a collection does at the far end of an edge.
pub(crate) trait Visit {
    /// Looks at the object, whose mark byte is there, and visits its fields if it is new to the collection. Returns about how many
    /// bytes it read for that, those outside the heap included: at most [`Patience::MOST_READ`].
    fn visit_at(&mut self, edge: Edge, byte: MarkPlace, tracer: &mut Tracer<'static>) -> usize;

    /// The same.
    #[inline(always)]
    fn visit(&mut self, edge: Edge, tracer: &mut Tracer<'static>) -> usize {
        self.visit_at(edge, MarkPlace::of(edge), tracer)
    }

    /// False if the collection has nothing to do with the object, which may be told without reading what
    /// lies there.
    #[inline(always)]
    fn concerns(&self, edge: Edge) -> bool {
        let _ = edge;
        true
    }

    /// True if many leaves in a row are looked at in a loop of their own.
    const TAKES_LEAVES: bool = false;

    /// Takes some of the leaves that are on top of the stack, and looks at them. Returns how many: at least the topmost.
    fn visit_leaves(&mut self, tracer: &mut Tracer<'static>) -> usize {
        tracer.edges.pop().map(|edge| self.visit(edge, tracer)).is_some().into()
    }

    /// Decides on the ephemerons that the tracer has found, by their keys. Returns about how many bytes it
    /// read for that.
    fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize;

    /// What waits for keys to be reached.
    fn waiting(&mut self) -> &mut Waiting;

    /// The colour of what has not been reached, or that it has none.
    fn white(&self) -> Option<Epoch>;

    /// True if the key of a value that waits has not been reached.
    #[inline(always)]
    fn is_white(&self, key: Object) -> bool {
        MarkByte::of(key).load().colour_is(self.white())
    }

    /// How many objects have been reached: a number that grows with each.
    fn reached(&self) -> usize;

    /// True if the collection should stop for now. Asked now and then.
    fn is_spent(&mut self) -> bool {
        false
    }
}

/// Whether to ask if the collection should stop: after some objects, or fewer large ones.
pub(crate) struct Patience(isize);

impl Patience {
    /// An object is worth as much as this many bytes read.
    const OBJECT: usize = 256;
    /// No more bytes are said to have been read for an object, so that what is left after it is a number.
    pub(crate) const MOST_READ: usize = isize::MAX as usize / 4;
    pub(crate) const FULL: Self = Self(64 * Self::OBJECT as isize - 1);

    /// True if the collection has been asked, and should stop.
    pub(crate) fn is_over(&self) -> bool {
        self.0 < 0
    }

    /// An object has been visited, and so many bytes read for it.
    #[inline(always)]
    fn ends(&mut self, read: usize) -> bool {
        debug_assert!(read <= Self::MOST_READ);
        self.0 -= (Self::OBJECT + read) as isize;
        self.is_over()
    }
}

/// The short queue: first in, first out.
///
/// Between two uses, or after a panic, nobody knows which of its edges is the oldest.
pub(crate) struct Prefetched {
    /// The edges, in any places; the others are empty.
    edges: [Option<Edge>; AHEAD],
    /// Where their mark bytes are.
    bytes: [MarkPlace; AHEAD],
    len: usize,
}

impl Prefetched {
    pub(crate) const fn new() -> Self {
        Self { edges: [None; AHEAD], bytes: [MarkPlace::NONE; AHEAD], len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What waits in the queue.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> {
        self.edges.iter().filter_map(|edge| *edge)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Moves the edges to the first places. Returns the place after them: the next one.
    #[inline]
    fn begin(&mut self) -> usize {
        if self.is_empty() {
            return 0;
        }
        let mut next = 0;
        for place in 0..AHEAD {
            if self.edges[place].is_some() {
                self.edges.swap(place, next);
                self.bytes.swap(place, next);
                next += 1;
            }
        }
        debug_assert_eq!(next, self.len);
        next % AHEAD
    }

    /// Puts an edge into the place `next`. Takes the oldest out if the queue was full: it was there.
    #[inline(always)]
    fn push(&mut self, next: &mut usize, edge: Edge, byte: MarkPlace) -> Option<(Edge, MarkPlace)> {
        let place = *next % AHEAD;
        let oldest = self.edges[place].replace(edge);
        let its = core::mem::replace(&mut self.bytes[place], byte);
        *next = (place + 1) % AHEAD;
        if oldest.is_none() {
            self.len += 1;
        }
        Some((oldest?, its))
    }

    /// Takes the oldest out.
    #[inline(always)]
    fn pop(&mut self, next: usize) -> Option<(Edge, MarkPlace)> {
        let place = next.wrapping_sub(self.len) % AHEAD;
        let edge = self.edges[place].take()?;
        self.len -= 1;
        Some((edge, self.bytes[place]))
    }
}

/// Takes a page of a table with weak keys that has been put off, and fetches one that comes later: the lines with most of
/// its entries.
#[inline]
pub(crate) fn take_late(tracer: &mut Tracer<'static>) -> Option<Edge> {
    /// Pages between the prefetch of one and the visit.
    const AHEAD: usize = 3;
    const LINES: usize = 6;
    let late = tracer.late.as_mut()?;
    if let Some(later) = late.below_top(AHEAD) {
        let page = later.object();
        MarkByte::fetch(page);
        for line in 0..LINES {
            prefetch_at(page.payload().as_ptr().wrapping_add(64 * line));
        }
    }
    late.pop()
}

/// Takes edges off the tracer's stack until there are none, or the visitor is spent. True if there
/// are none.
#[inline]
pub(crate) fn drain<V: Visit>(
    visitor: &mut V,
    tracer: &mut Tracer<'static>,
    queue: &mut Prefetched,
    ahead: bool,
) -> bool {
    let mut patience = Patience::FULL;
    drain_with(visitor, tracer, queue, ahead, &mut patience)
}

/// The same, with what an earlier call has left of its patience: for many calls that do little each.
#[inline]
pub(crate) fn drain_with<V: Visit>(
    visitor: &mut V,
    tracer: &mut Tracer<'static>,
    queue: &mut Prefetched,
    ahead: bool,
    left: &mut Patience,
) -> bool {
    if !tracer.ephemerons.is_empty() {
        visitor.resolve(tracer);
    }
    if !ahead && queue.is_empty() {
        return drain_at_once(visitor, tracer, left);
    }
    let mut patience = core::mem::replace(left, Patience(-1));
    let mut next = queue.begin();
    loop {
        let due = match tracer.edges.pop() {
            Some(edge) if !visitor.concerns(edge) => continue,
            Some(edge) => {
                let byte = MarkPlace::of(edge);
                if !edge.is_leaf() {
                    byte.fetch();
                    prefetch_at(edge.near());
                    prefetch_at(edge.far());
                } else if V::TAKES_LEAVES && is_one_of_many(&tracer.edges) {
                    tracer.edges.put_back(edge);
                    let count = visitor.visit_leaves(tracer);
                    if patience.ends((count - 1) * Patience::OBJECT) {
                        if visitor.is_spent() {
                            return tracer.edges.is_empty() && queue.is_empty();
                        }
                        patience = Patience::FULL;
                    }
                    continue;
                } else {
                    byte.fetch();
                }
                queue.push(&mut next, edge, byte)
            }
            // Nothing else to fetch meanwhile, as in a list: no use in waiting.
            None => match queue.pop(next) {
                None => {
                    *left = patience;
                    return true;
                }
                due => due,
            },
        };
        if let Some((edge, byte)) = due {
            let mut read = visitor.visit_at(edge, byte, tracer);
            if !tracer.ephemerons.is_empty() {
                read += visitor.resolve(tracer);
            }
            if patience.ends(read) {
                if visitor.is_spent() {
                    return tracer.edges.is_empty() && queue.is_empty();
                }
                patience = Patience::FULL;
            }
        }
    }
}

/// True if there are probably many leaves on top: so three of the next sixteen say. (Of pairs of a leaf and another object each
/// would be a row of its own.)
#[inline(always)]
fn is_one_of_many(edges: &EdgeStack) -> bool {
    [15, 0, 7].into_iter().all(|depth| edges.below_top(depth).is_some_and(Edge::is_leaf))
}

fn drain_at_once<V: Visit>(visitor: &mut V, tracer: &mut Tracer<'static>, left: &mut Patience) -> bool {
    let mut patience = core::mem::replace(left, Patience(-1));
    while let Some(edge) = tracer.edges.pop() {
        if !visitor.concerns(edge) {
            continue;
        }
        let mut read = visitor.visit(edge, tracer);
        if !tracer.ephemerons.is_empty() {
            read += visitor.resolve(tracer);
        }
        if patience.ends(read) {
            if visitor.is_spent() {
                return tracer.edges.is_empty();
            }
            patience = Patience::FULL;
        }
    }
    *left = patience;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::weakness::nothing;

    /// Reads so many bytes for each edge, and wants to stop when it is asked.
    struct Reader {
        bytes: usize,
        visits: usize,
    }

    impl Visit for Reader {
        fn visit_at(&mut self, _: Edge, _: MarkPlace, _: &mut Tracer<'static>) -> usize {
            self.visits += 1;
            self.bytes
        }
        fn resolve(&mut self, _: &mut Tracer<'static>) -> usize {
            unreachable!("no ephemeron has been found")
        }
        fn waiting(&mut self) -> &mut Waiting {
            unreachable!("nothing waits")
        }
        fn white(&self) -> Option<Epoch> {
            unreachable!("nothing waits")
        }
        fn reached(&self) -> usize {
            self.visits
        }
        fn is_spent(&mut self) -> bool {
            true
        }
    }

    fn visits(bytes: usize, ahead: bool) -> usize {
        let mut tracer = Tracer::new();
        for _ in 0..1000 {
            tracer.edge(nothing(), true);
        }
        let mut reader = Reader { bytes, visits: 0 };
        assert!(!drain(&mut reader, &mut tracer, &mut Prefetched::new(), ahead));
        reader.visits
    }

    /// Objects that nobody looks into.
    fn objects(count: usize) -> Vec<Object> {
        let at = |i: usize| core::ptr::NonNull::new(core::ptr::without_provenance_mut((1 << 40) + 16 * i + 8));
        // SAFETY: the objects are used as names only.
        (0..count).filter_map(at).map(|payload| unsafe { Object::from_payload(payload) }).collect()
    }

    #[test]
    fn the_short_queue_gives_back_the_oldest_however_full_it_is() {
        let objects = objects(1000);
        let push = |queue: &mut Prefetched, next: &mut usize, object| {
            let edge = Edge::new(object, false);
            queue.push(next, edge, MarkPlace::of(edge))
        };
        let object = |(edge, byte): (Edge, MarkPlace)| {
            assert!(byte == MarkPlace::of(edge));
            edge.object()
        };
        for full in [1, 2, AHEAD - 1, AHEAD] {
            let (mut queue, mut out) = (Prefetched::new(), Vec::new());
            let mut next = queue.begin();
            for (index, &some) in objects.iter().enumerate() {
                out.extend(push(&mut queue, &mut next, some).map(object));
                if index % 3 == 0 && queue.len >= full {
                    out.extend(queue.pop(next).map(object));
                }
                assert_eq!(queue.edges().count(), queue.len);
            }
            out.extend(core::iter::from_fn(|| queue.pop(next)).map(object));
            assert!(queue.is_empty() && queue.pop(next).is_none());
            assert_eq!(out, objects, "{full}");
        }
    }

    #[test]
    fn the_short_queue_loses_nothing_when_its_user_has_forgotten_where_it_was() {
        let objects = objects(1000);
        let (mut queue, mut out) = (Prefetched::new(), Vec::new());
        for some in objects.chunks(21) {
            let mut next = queue.begin();
            for (index, edge) in some.iter().map(|&object| Edge::new(object, false)).enumerate() {
                out.extend(queue.push(&mut next, edge, MarkPlace::of(edge)));
                if index % 4 == 1 {
                    out.extend(queue.pop(next));
                }
            }
        }
        let next = queue.begin();
        assert_eq!(queue.edges().count(), queue.len);
        out.extend(core::iter::from_fn(|| queue.pop(next)));
        assert!(out.iter().all(|&(edge, byte)| byte == MarkPlace::of(edge)));
        let mut out: Vec<_> = out.iter().map(|(edge, _)| edge.object()).collect();
        out.sort_unstable_by_key(|object| object.addr());
        assert_eq!(out, objects);
    }

    #[test]
    fn a_slice_looks_at_the_clock_after_some_objects_or_a_few_large_ones() {
        for ahead in [false, true] {
            assert_eq!(visits(0, ahead), 64);
            assert_eq!(visits(1 << 20, ahead), 1);
            assert!((2..10).contains(&visits(4000, ahead)));
        }
    }

    /// Counts leaves, and wants to stop when it is asked.
    struct Rows {
        rows: usize,
        reader: Reader,
    }

    impl Visit for Rows {
        const TAKES_LEAVES: bool = true;
        fn visit_at(&mut self, edge: Edge, byte: MarkPlace, tracer: &mut Tracer<'static>) -> usize {
            self.reader.visit_at(edge, byte, tracer)
        }
        fn visit_leaves(&mut self, tracer: &mut Tracer<'static>) -> usize {
            self.rows += 1;
            let leaves = tracer.edges.on_top().iter().rev().take(128).take_while(|edge| edge.is_leaf()).count();
            tracer.edges.drop_top(leaves);
            self.reader.visits += leaves;
            leaves
        }
        fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize {
            self.reader.resolve(tracer)
        }
        fn waiting(&mut self) -> &mut Waiting {
            self.reader.waiting()
        }
        fn white(&self) -> Option<Epoch> {
            self.reader.white()
        }
        fn reached(&self) -> usize {
            self.reader.reached()
        }
        fn is_spent(&mut self) -> bool {
            true
        }
    }

    #[test]
    fn a_slice_looks_at_the_clock_after_a_row_of_leaves() {
        let mut tracer = Tracer::new();
        let mut rows = Rows { rows: 0, reader: Reader { bytes: 0, visits: 0 } };
        (0..10_000).for_each(|_| tracer.edge(nothing(), true));
        assert!(!drain(&mut rows, &mut tracer, &mut Prefetched::new(), true));
        assert_eq!(rows.rows, 1);
        assert!((64..=128).contains(&rows.reader.visits), "{}", rows.reader.visits);
        // Short rows as well: of 40, each after an object that is none.
        tracer.clear();
        (0..10_000).for_each(|i| tracer.edge(nothing(), i % 41 != 40));
        let before = core::mem::take(&mut rows.reader.visits);
        assert!(!drain(&mut rows, &mut tracer, &mut Prefetched::new(), true));
        assert!(rows.reader.visits <= before, "{}", rows.reader.visits);
    }
}
