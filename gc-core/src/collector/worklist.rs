//! From an edge to the object behind it: the loop that all collections share.
//!
//! Edges are taken off a stack, and the mark byte and header of what they point to are prefetched;
//! then they wait in a short queue, and are looked at some edges later, when the lines have arrived
//! (Cher, Hosking and Vitek, ASPLOS 2004). On heaps that fit the cache the queue costs more than it
//! gains, so its length is a parameter.

use crate::memory::geometry::mark_byte_of;
use crate::memory::prefetch::prefetch;
use crate::object::header::WORD;
use crate::object::trace::Tracer;
use crate::object::worklist::Edge;

/// Edges between the prefetch and the look.
pub(crate) const AHEAD: usize = 16;

/// What a collection does at the far end of an edge.
pub(crate) trait Visit {
    /// Looks at the object, and visits its fields if it is new to the collection.
    fn visit(&mut self, edge: Edge, tracer: &mut Tracer<'static>);

    /// True if the collection should stop for now. Asked now and then.
    fn is_spent(&mut self) -> bool {
        false
    }
}

/// The short queue.
pub(crate) struct Prefetched {
    ring: [Option<Edge>; AHEAD],
    next: usize,
    len: usize,
}

impl Prefetched {
    pub(crate) const fn new() -> Self {
        Self { ring: [None; AHEAD], next: 0, len: 0 }
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

    /// Puts an edge in, and takes the oldest out if the queue was full.
    #[inline(always)]
    fn exchange(&mut self, edge: Option<Edge>) -> Option<Edge> {
        let oldest = core::mem::replace(&mut self.ring[self.next], edge);
        self.len = self.len + usize::from(edge.is_some()) - usize::from(oldest.is_some());
        self.next = (self.next + 1) % AHEAD;
        oldest
    }
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
    if !ahead && queue.is_empty() {
        return drain_at_once(visitor, tracer);
    }
    let mut until_asked = 64;
    loop {
        let edge = tracer.edges.pop();
        match edge {
            Some(edge) => {
                let payload = edge.object().payload();
                prefetch(mark_byte_of(edge.object().granule()));
                if !edge.is_leaf() {
                    // SAFETY: a header precedes every payload.
                    prefetch(unsafe { payload.sub(WORD) });
                }
            }
            None if queue.is_empty() => return true,
            None => {}
        }
        if let Some(edge) = queue.exchange(edge) {
            visitor.visit(edge, tracer);
            until_asked -= 1;
            if until_asked == 0 {
                if visitor.is_spent() {
                    return tracer.edges.is_empty() && queue.is_empty();
                }
                until_asked = 64;
            }
        }
    }
}

fn drain_at_once<V: Visit>(visitor: &mut V, tracer: &mut Tracer<'static>) -> bool {
    let mut until_asked = 64;
    while let Some(edge) = tracer.edges.pop() {
        visitor.visit(edge, tracer);
        until_asked -= 1;
        if until_asked == 0 {
            if visitor.is_spent() {
                return tracer.edges.is_empty();
            }
            until_asked = 64;
        }
    }
    true
}
