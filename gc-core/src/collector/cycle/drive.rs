//! Driving a heap phase by phase, and objects to fill it with, for tests.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::super::compact::Scope;
use super::super::mark::{Asked, Budget};
use super::super::{Collector, HeapState, Stage, Stopwatch};
use super::rethrow;
use crate::stats::{Cause, CompactionReason, Phase};
use crate::{
    Config, EphemeronMap, Gc, GcCell, Guardian, Heap, Interner, Mutation, OutOfMemory, Rebrand, Relocator, Root, Trace,
    Tracer, Weak, WeakSet,
};

/// A heap that does nothing by itself, and checks itself after everything it is made to do.
pub(crate) fn checked() -> Config {
    Config::default().manual().mark_while_allocating(false).verify(true)
}

impl<R: Rebrand + 'static> Heap<R> {
    /// Calls `work` with the collector, at a safepoint.
    pub(in crate::collector) fn drive<T>(
        &mut self,
        work: impl FnOnce(&mut Collector, &HeapState, &mut Stopwatch) -> T,
    ) -> T {
        let state = self.state();
        let mut watch = Stopwatch::start(Cause::Step);
        state.with_collector(|collector| work(collector, state, &mut watch))
    }

    /// Does something while tracing node `id` panics, which must come up.
    pub(crate) fn with_fault_in(&mut self, id: u32, work: impl FnOnce(&mut Self)) {
        assert!(self.with_fault(id, work), "node {id} was not traced");
    }

    /// Does something while tracing node `id` panics. True if that came up.
    pub(crate) fn with_fault(&mut self, id: u32, work: impl FnOnce(&mut Self)) -> bool {
        // The checks trace as well, and would meet the fault where the phase has not.
        self.drive(|collector, _, _| collector.config.verify = false);
        FAULT.set(Some(id));
        let result = catch_unwind(AssertUnwindSafe(|| work(self)));
        FAULT.set(None);
        self.drive(|collector, _, _| {
            collector.config.verify = true;
            collector.shadow.clear();
        });
        self.verify();
        result.is_err()
    }

    pub(crate) fn stage(&self) -> Stage {
        self.state().stage.get()
    }

    /// A young collection without destructors.
    pub(crate) fn young(&mut self) {
        self.drive(|collector, state, watch| collector.collect_young(state, watch));
    }

    /// A young collection, and the start of a mark.
    pub(crate) fn start_mark(&mut self) {
        self.young();
        self.drive(|collector, state, _| collector.start(state));
    }

    /// The smallest slice of marking. True if nothing is left.
    pub(crate) fn mark_some(&mut self) -> bool {
        self.mark(Budget { bytes: 0, deadline: None })
    }

    /// Marks until nothing is left.
    pub(crate) fn mark_all(&mut self) {
        assert!(self.mark(Budget::UNBOUNDED));
    }

    fn mark(&mut self, budget: Budget) -> bool {
        self.drive(|collector, state, watch| {
            let done = collector.mark_slice(state, budget, watch, Phase::Mark);
            collector.verify_after(state, "a slice of marking");
            done
        })
    }

    /// Asks the guardians of a few sheets. True if none has found anything.
    pub(crate) fn ask_guardians(&mut self) -> bool {
        let past = Instant::now();
        self.drive(|collector, state, watch| collector.ask_guardians(state, Some(past), watch)) == Asked::Settled
    }

    /// A slice of marking, and of asking guardians if nothing is left to mark.
    pub(crate) fn mark_or_ask(&mut self) {
        if self.drive(|collector, _, _| collector.marker.is_readying()) || self.mark_some() {
            self.ask_guardians();
        }
    }

    /// Marks to the end, and ends the mark.
    pub(crate) fn finish_mark(&mut self) {
        loop {
            if !self.drive(|collector, _, _| collector.marker.is_readying()) {
                self.mark_all();
            }
            if self.ask_guardians() {
                break;
            }
        }
        self.young();
        self.drive(|collector, state, _| collector.finish(state));
    }

    /// Gives the mark up as a safepoint does.
    pub(crate) fn abandon_mark(&mut self) {
        self.young();
        self.drive(|collector, state, _| collector.abandon(state));
    }

    /// Sweeps one block. False if none is left.
    pub(crate) fn sweep_block(&mut self) -> bool {
        self.drive(|collector, state, _| {
            let swept = collector.sweep_one(state);
            collector.verify_after(state, "the sweep of a block");
            swept
        })
    }

    /// Sweeps one large object. False if none is left.
    pub(crate) fn sweep_large(&mut self) -> bool {
        self.drive(|collector, state, _| {
            let done = collector.sweep_large_objects(state, 1);
            collector.verify_after(state, "the sweep of a large object");
            !done
        })
    }

    /// Sweeps to the end.
    pub(crate) fn sweep_all(&mut self) {
        let never = Instant::now() + Duration::from_secs(1 << 20);
        self.drive(|collector, state, watch| collector.go_on_sweeping(state, watch, never, true));
        assert_eq!(self.stage(), Stage::Idle);
    }

    /// Runs the destructors of one block.
    pub(crate) fn destroy_block(&mut self) {
        let past = Instant::now();
        rethrow(self.drive(|collector, state, watch| collector.run_destructors(state, watch, Some(past))));
    }

    /// Runs all destructors.
    pub(crate) fn destroy_all(&mut self) {
        rethrow(self.drive(|collector, state, watch| collector.run_destructors(state, watch, None)));
    }

    /// The next mark chooses blocks to be emptied.
    pub(crate) fn want_compaction(&mut self) {
        self.drive(|collector, _, _| collector.want_gradual());
    }

    /// Empties one of the blocks chosen, if there are any and the heap's stage allows it.
    pub(crate) fn evacuate_block(&mut self) {
        self.young();
        let past = Instant::now();
        self.drive(|collector, state, watch| {
            if state.stage.get() == Stage::Idle {
                collector.lose_patience();
                collector.go_on_evacuating(state, watch, past);
            }
        });
    }

    /// Moves everything, if the heap's stage allows it.
    pub(crate) fn move_all(&mut self) {
        self.young();
        self.drive(|collector, state, watch| {
            if state.stage.get() == Stage::Idle && collector.dead.is_empty() {
                collector.compact(state, watch, Scope::Everything, CompactionReason::Stress);
            }
        });
    }

    /// Marks, sweeps and destroys.
    pub(crate) fn whole_cycle(&mut self) {
        self.start_mark();
        self.finish_mark();
        self.sweep_all();
        self.destroy_all();
    }
}

thread_local! {
    static FAULT: Cell<Option<u32>> = const { Cell::new(None) };
    static DESTROYED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The numbers of the nodes destroyed since the last call.
pub(crate) fn destroyed() -> Vec<u32> {
    let mut ids = DESTROYED.take();
    ids.sort_unstable();
    ids
}

/// An object with a number, two pointers and a weak one.
pub(crate) struct Node<'gc> {
    pub(crate) id: u32,
    pub(crate) next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    pub(crate) other: GcCell<Option<Gc<'gc, Node<'gc>>>>,
    pub(crate) weak: GcCell<Weak<'gc, Node<'gc>>>,
    pub(crate) mortal: GcCell<Option<Gc<'gc, Mortal<'gc>>>>,
    pub(crate) weak_mortal: GcCell<Weak<'gc, Mortal<'gc>>>,
    pub(crate) array: GcCell<Option<Gc<'gc, [Slot<'gc>]>>>,
    pub(crate) faint: GcCell<Option<Gc<'gc, Faint<'gc>>>>,
}

/// An element of an array.
pub(crate) type Slot<'gc> = GcCell<Option<Gc<'gc, Node<'gc>>>>;

impl<'gc> Node<'gc> {
    pub(crate) fn value(id: u32) -> Self {
        Node {
            id,
            next: GcCell::new(None),
            other: GcCell::new(None),
            weak: GcCell::new(Weak::new()),
            mortal: GcCell::new(None),
            weak_mortal: GcCell::new(Weak::new()),
            array: GcCell::new(None),
            faint: GcCell::new(None),
        }
    }

    pub(crate) fn new(mc: &Mutation<'gc>, id: u32) -> Gc<'gc, Self> {
        Gc::new(mc, Self::value(id))
    }

    /// A list of `len` nodes, numbered from `id`.
    pub(crate) fn list(mc: &Mutation<'gc>, id: u32, len: u32) -> Gc<'gc, Self> {
        let mut first = Self::new(mc, id + len - 1);
        for id in (id..id + len - 1).rev() {
            let node = Self::new(mc, id);
            node.write(mc, |n| &n.next).set(Some(first));
            first = node;
        }
        first
    }

    /// How many nodes a list has, its numbers checked.
    pub(crate) fn len(&self) -> u32 {
        let (mut len, mut next, mut id) = (1, self.next.get(), self.id);
        while let Some(node) = next {
            id += 1;
            assert_eq!(node.id, id);
            (len, next) = (len + 1, node.next.get());
        }
        len
    }
}

// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for Node<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.next.trace(tracer);
        assert!(FAULT.get() != Some(self.id), "the fault of node {}", self.id);
        self.other.trace(tracer);
        self.weak.trace(tracer);
        self.mortal.trace(tracer);
        self.weak_mortal.trace(tracer);
        self.array.trace(tracer);
        self.faint.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.next.relocate(relocator);
        self.other.relocate(relocator);
        self.weak.relocate(relocator);
        self.mortal.relocate(relocator);
        self.weak_mortal.relocate(relocator);
        self.array.relocate(relocator);
        self.faint.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for Node<'x> {
    type At<'b> = Node<'b>;
}

/// An object with one of all that knows objects without keeping them.
pub(crate) struct Faint<'gc> {
    pub(crate) id: u32,
    pub(crate) map: EphemeronMap<'gc, Node<'gc>, Gc<'gc, Node<'gc>>>,
    pub(crate) set: WeakSet<'gc, Node<'gc>>,
    pub(crate) guardian: Guardian<'gc, Node<'gc>>,
    pub(crate) names: Interner<'gc, [u8]>,
    pub(crate) name: GcCell<Option<Gc<'gc, [u8]>>>,
}

impl<'gc> Faint<'gc> {
    pub(crate) fn try_new(mc: &Mutation<'gc>, id: u32) -> Result<Gc<'gc, Self>, OutOfMemory> {
        let value = Faint {
            id,
            map: EphemeronMap::try_new(mc)?,
            set: WeakSet::try_new(mc)?,
            guardian: Guardian::try_new(mc)?,
            names: Interner::try_with_hasher(mc, std::hash::RandomState::new())?,
            name: GcCell::new(None),
        };
        Gc::try_new(mc, value).map_err(|error| error.reason())
    }
}

// SAFETY: visits and updates all pointers.
unsafe impl<'gc> Trace<'gc> for Faint<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.map.trace(tracer);
        self.set.trace(tracer);
        self.guardian.trace(tracer);
        self.names.trace(tracer);
        self.name.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.map.relocate(relocator);
        self.set.relocate(relocator);
        self.guardian.relocate(relocator);
        self.names.relocate(relocator);
        self.name.relocate(relocator);
    }
}

/// Reports its end, and does something on it.
pub(crate) struct End {
    id: u32,
    then: Option<Box<dyn FnOnce()>>,
}

impl Drop for End {
    fn drop(&mut self) {
        DESTROYED.with_borrow_mut(|ids| ids.push(self.id));
        if let Some(then) = self.then.take() {
            then();
        }
    }
}

/// An object with a destructor, and a pointer to a node.
pub(crate) struct Mortal<'gc> {
    pub(crate) end: End,
    pub(crate) node: GcCell<Option<Gc<'gc, Node<'gc>>>>,
}

impl<'gc> Mortal<'gc> {
    pub(crate) fn value(id: u32, then: Option<Box<dyn FnOnce()>>) -> Self {
        Mortal { end: End { id, then }, node: GcCell::new(None) }
    }
    pub(crate) fn new(mc: &Mutation<'gc>, id: u32) -> Gc<'gc, Self> {
        Gc::new(mc, Self::value(id, None))
    }
    pub(crate) fn id(&self) -> u32 {
        self.end.id
    }
}

// SAFETY: visits and updates the one pointer.
unsafe impl<'gc> Trace<'gc> for Mortal<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.node.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.node.relocate(relocator);
    }
}
// SAFETY: replaces the brand.
unsafe impl<'x> Rebrand for Mortal<'x> {
    type At<'b> = Mortal<'b>;
}

/// A checked heap whose root is node 0.
pub(crate) fn heap() -> Heap<Node<'static>> {
    Heap::with_config(checked(), |_| Node::value(0))
}

/// Roots that can be dropped by somebody else.
pub(crate) type Shared = Rc<RefCell<Option<Root<Node<'static>>>>>;
