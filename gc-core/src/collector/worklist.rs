//! From an edge to the object behind it: the loop that all collections share.
//!
//! Edges are taken off a stack, and the mark byte and header of what they point to are prefetched;
//! then they wait in a short queue, and are looked at some edges later, when the lines have arrived
//! (Cher, Hosking and Vitek, ASPLOS 2004). On heaps that fit the cache the queue costs more than it
//! gains, so its length is a parameter.

use super::ephemerons::Waiting;
use crate::memory::geometry::mark_byte_of;
use crate::memory::prefetch::prefetch;
use crate::object::Object;
use crate::object::header::WORD;
use crate::object::trace::Tracer;
use crate::object::worklist::Edge;

/// Edges between the prefetch and the look.
pub(crate) const AHEAD: usize = 16;

/// What a collection does at the far end of an edge.
pub(crate) trait Visit {
    /// Looks at the object, and visits its fields if it is new to the collection. Returns about how many
    /// bytes it read for that, those outside the heap included.
    fn visit(&mut self, edge: Edge, tracer: &mut Tracer<'static>) -> usize;

    /// False if the collection has nothing to do with the object, which may be told without reading what
    /// lies there.
    #[inline(always)]
    fn concerns(&self, edge: Edge) -> bool {
        let _ = edge;
        true
    }

    /// Decides on the ephemerons that the tracer has found, by their keys. Returns about how many bytes it
    /// read for that.
    fn resolve(&mut self, tracer: &mut Tracer<'static>) -> usize;

    /// What waits for keys to be reached.
    fn waiting(&mut self) -> &mut Waiting;

    /// True if the key of a value that waits has not been reached.
    fn is_white(&self, key: Object) -> bool;

    /// How many objects have been reached: a number that grows with each.
    fn reached(&self) -> usize;

    /// True if the collection should stop for now. Asked now and then.
    fn is_spent(&mut self) -> bool {
        false
    }
}

/// Whether to ask if the collection should stop: after some objects, or fewer large ones.
pub(crate) struct Patience(usize);

impl Patience {
    /// An object is worth as much as this many bytes read.
    const OBJECT: usize = 256;
    pub(crate) const FULL: Self = Self(64 * Self::OBJECT);

    /// True if the collection has been asked, and should stop.
    pub(crate) fn is_over(&self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    fn ends(&mut self, read: usize) -> bool {
        self.0 = self.0.saturating_sub(Self::OBJECT + read);
        self.0 == 0
    }
}

/// The short queue: first in, first out.
pub(crate) struct Prefetched {
    ring: [Option<Edge>; AHEAD],
    oldest: usize,
    len: usize,
}

impl Prefetched {
    pub(crate) const fn new() -> Self {
        Self { ring: [None; AHEAD], oldest: 0, len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What waits in the queue.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> {
        self.ring.iter().filter_map(|edge| *edge)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Puts an edge in. Takes the oldest out if the queue was full.
    #[inline(always)]
    fn push(&mut self, edge: Edge) -> Option<Edge> {
        let next = (self.oldest + self.len) % AHEAD;
        if self.len < AHEAD {
            self.ring[next] = Some(edge);
            self.len += 1;
            return None;
        }
        // Full: the oldest is where the new one goes.
        self.oldest = (self.oldest + 1) % AHEAD;
        self.ring[next].replace(edge)
    }

    /// Takes the oldest out.
    #[inline(always)]
    fn pop(&mut self) -> Option<Edge> {
        if self.len == 0 {
            return None;
        }
        let edge = self.ring[self.oldest];
        self.oldest = (self.oldest + 1) % AHEAD;
        self.len -= 1;
        edge
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
        prefetch(mark_byte_of(page.granule()));
        for line in 0..LINES {
            prefetch(page.payload().map_addr(|addr| addr.saturating_add(64 * line)));
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
    let mut patience = core::mem::replace(left, Patience(0));
    loop {
        let due = match tracer.edges.pop() {
            Some(edge) if !visitor.concerns(edge) => continue,
            Some(edge) => {
                let payload = edge.object().payload();
                prefetch(mark_byte_of(edge.object().granule()));
                if !edge.is_leaf() {
                    // SAFETY: a header precedes every payload.
                    prefetch(unsafe { payload.sub(WORD) });
                    prefetch(edge.far());
                }
                queue.push(edge)
            }
            // Nothing else to fetch meanwhile, as in a list: no use in waiting.
            None => match queue.pop() {
                None => {
                    *left = patience;
                    return true;
                }
                due => due,
            },
        };
        if let Some(edge) = due {
            let mut read = visitor.visit(edge, tracer);
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

fn drain_at_once<V: Visit>(visitor: &mut V, tracer: &mut Tracer<'static>, left: &mut Patience) -> bool {
    let mut patience = core::mem::replace(left, Patience(0));
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
        fn visit(&mut self, _: Edge, _: &mut Tracer<'static>) -> usize {
            self.visits += 1;
            self.bytes
        }
        fn resolve(&mut self, _: &mut Tracer<'static>) -> usize {
            unreachable!("no ephemeron has been found")
        }
        fn waiting(&mut self) -> &mut Waiting {
            unreachable!("nothing waits")
        }
        fn is_white(&self, _: Object) -> bool {
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

    #[test]
    fn a_slice_looks_at_the_clock_after_some_objects_or_a_few_large_ones() {
        for ahead in [false, true] {
            assert_eq!(visits(0, ahead), 64);
            assert_eq!(visits(1 << 20, ahead), 1);
            assert!((2..10).contains(&visits(4000, ahead)));
        }
    }
}
