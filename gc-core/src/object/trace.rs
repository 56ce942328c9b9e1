//! What a type must tell the collector: where its pointers are.
//!
//! [`Trace`] visits pointers twice over: through a shared reference while the program holds shared
//! references as well (marking), and through an exclusive one while it holds none (moving).
//! [`Rebrand`] is how a type that holds `Gc<'gc, _>` is named outside any `'gc`: it replaces the
//! brand, so `Node<'static>` stands for the family of all `Node<'gc>`.
//!
//! A [`Tracer`] does nothing but collect edges. Which object is coloured, when, and by whom, is the
//! collector's business: so one `trace` serves young and old collections, verification, the census
//! and heap snapshots.

mod ephemerons;

use core::marker::PhantomData;
use core::ops::Range;

use super::header::Object;
use super::recorder::Recorder;
pub use super::relocator::Relocator;
use super::worklist::{Edge, EdgeStack};
use super::{Invariant, Pointee, TypeInfo};
use ephemerons::Aside;
pub(crate) use ephemerons::{EphemeronEdge, Ephemerons};

/// Types whose values can live on a heap, and whose pointers the collector can find.
///
/// Derive it: `#[derive(Trace)]` writes this implementation and [`Rebrand`]'s, and refuses what
/// would be unsound.
///
/// # Safety
///
/// An implementation by hand must keep all of this:
///
/// - `trace` visits every `Gc`, `Weak` and other pointer to the heap that the value owns, and
///   `relocate` updates every one of them, in place. Neither allocates on a heap, drops or changes
///   anything else; neither calls code that could. Neither looks at what a `Gc` or `Weak` points to: it
///   may be dead, or have moved.
/// - No `Gc` lies in memory that two owners share or that can be written without the write barrier:
///   a field of type `Cell<Gc>`, `RefCell<Gc>`, `Mutex<Gc>` or `Rc<Cell<Gc>>` must not exist.
/// - The type's drop glue does not run code that could reach a `Gc` of the value: no `Drop`
///   implementation, unless the type is `'static`.
/// - `trace` and `external_bytes` may be called on another thread while the program holds shared
///   references to the value, but not while it writes through the barrier. They must not read what
///   can be written without it (the contents of a `Cell`, `RefCell`, `Mutex` or `Rc`).
/// - `NEEDS_TRACE` is true if any value can hold a `Gc` or `Weak`; `HAS_EXTERNAL` is true if
///   `external_bytes` can return anything but 0.
/// - A pointer that `relocate` cannot reach, since there is no `&mut` to it, is visited within
///   [`Tracer::fixed`]. `PINS` is true if `trace` can call that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be held by a heap object: it does not implement `Trace`",
    label = "the collector does not know how to find the pointers in this",
    note = "derive it for your own types: `#[derive(Trace)]`",
    note = "wrap a foreign type that is `'static` in `Static<T>`",
    note = "in place of `Cell`, `RefCell` and `OnceCell` use `GcCell`, `GcRefCell` and `GcOnceCell`; what lies in `Rc`, `Arc` or behind a lock must be `'static`"
)]
pub unsafe trait Trace<'gc>: 'gc {
    /// False if no value of this type can hold a `Gc` or `Weak`: such objects are marked without
    /// being read.
    const NEEDS_TRACE: bool = true;
    /// True if a value may own memory outside the heap.
    const HAS_EXTERNAL: bool = false;
    /// False if `trace` never calls [`Tracer::fixed`], so that a compaction need not ask which of the
    /// value's pointees must stay.
    #[doc(hidden)]
    const PINS: bool = Self::NEEDS_TRACE;

    /// Bytes outside the heap that this value owns now: capacity, not length.
    ///
    /// Read when an object is allocated and when it is marked. It never looks into a `Cell`,
    /// `RefCell`, `Mutex` or `Rc`.
    #[inline]
    fn external_bytes(&self) -> usize {
        0
    }

    /// Visits every `Gc` and `Weak` in the value.
    fn trace(&self, tracer: &mut Tracer<'gc>);

    /// The same for many values, the last one first: what is visited first comes off the stack last. For types that do so at once.
    #[doc(hidden)]
    #[inline]
    fn trace_all(values: &[Self], tracer: &mut Tracer<'gc>)
    where
        Self: Sized,
    {
        for value in values.iter().rev() {
            value.trace(tracer);
        }
    }

    /// Updates every `Gc` and `Weak` in the value to where its object has moved.
    fn relocate(&mut self, relocator: &mut Relocator<'gc>);
}

/// Types with the brand of a heap, and what they are with another brand.
///
/// `Node<'x>::At<'gc>` is `Node<'gc>`, for every `'x`. A type without a brand is its own `At`. The
/// derive of [`Trace`] writes it.
///
/// # Safety
///
/// `At<'b>` must be `Self` with its brand replaced by `'b`, and nothing else: same layout, same
/// type up to that lifetime.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no family: it does not implement `Rebrand`",
    label = "not a type that a heap can name from outside",
    note = "`#[derive(Trace)]` implements `Rebrand` as well"
)]
pub unsafe trait Rebrand {
    /// `Self` with the brand `'b`.
    type At<'b>: Trace<'b>;
}

/// The twin of [`Rebrand`] for everything that a `Gc` can point to, `[T]`, `str` and `dyn Trait`
/// included.
///
/// # Safety
///
/// As for [`Rebrand`].
pub unsafe trait RebrandPtr: Pointee {
    /// `Self` with the brand `'b`.
    type Of<'b>: ?Sized + Pointee + Trace<'b>;
}

// SAFETY: `At` is the type with another brand, which is what `Of` must be.
unsafe impl<T: Rebrand> RebrandPtr for T {
    type Of<'b> = T::At<'b>;
}
// SAFETY: the brand of a slice is that of its elements.
unsafe impl<T: Rebrand> RebrandPtr for [T] {
    type Of<'b> = [T::At<'b>];
}
// SAFETY: a string has no brand.
unsafe impl RebrandPtr for str {
    type Of<'b> = str;
}

/// Types whose brand is `'gc`, in all its places: what they are with that brand is what they are.
///
/// A [`Root`](crate::Root) or [`GcAny`](crate::GcAny) forgets the brand of a pointee, and gives it back with
/// that of the mutation it is used in. That is sound only if there is one brand to forget. A type such as
/// `Weak<'gc, Node<'static>>` has two: taken for `Weak<'gc, Node<'gc>>`, it would let the contents of a
/// `Node<'gc>` be read at `'static`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` mixes the brand of this heap with another",
    label = "every brand in this type must be that of the mutation"
)]
pub trait Branded<'gc>: RebrandPtr {}
impl<'gc, T: ?Sized + RebrandPtr<Of<'gc> = T>> Branded<'gc> for T {}

/// The object-safe face of [`Trace`]: a supertrait for traits whose objects hold `Gc`s.
///
/// `trait Shape<'gc>: DynTrace<'gc>` with `gc_dyn!(Shape<'gc>)` makes `Gc<'gc, dyn Shape<'gc>>` and
/// `Box<dyn Shape<'gc> + 'gc>` possible. Every [`Trace`] type implements it.
///
/// # Safety
///
/// As for [`Trace`]. There is no reason to implement it by hand.
pub unsafe trait DynTrace<'gc> {
    #[doc(hidden)]
    fn trace_dyn(&self, tracer: &mut Tracer<'gc>);
    #[doc(hidden)]
    fn relocate_dyn(&mut self, relocator: &mut Relocator<'gc>);
    #[doc(hidden)]
    fn external_dyn(&self) -> usize;
}

// SAFETY: forwards to `Trace`.
unsafe impl<'gc, T: Trace<'gc>> DynTrace<'gc> for T {
    fn trace_dyn(&self, tracer: &mut Tracer<'gc>) {
        self.trace(tracer);
    }
    fn relocate_dyn(&mut self, relocator: &mut Relocator<'gc>) {
        self.relocate(relocator);
    }
    fn external_dyn(&self) -> usize {
        self.external_bytes()
    }
}

/// Pointers that stay as they are while objects move, which therefore must not move.
#[derive(Default)]
pub(crate) struct FixedEdges {
    pub(crate) edges: EdgeStack,
    pub(crate) weak: EdgeStack,
}

/// What becomes of a pointer for which there is no place on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Overflow {
    pub(crate) strong: fn(Edge),
    pub(crate) weak: fn(Edge),
}

impl Overflow {
    /// Nothing can: for checks, whose stacks have no allowance and which cannot do without a pointer.
    const FATAL: Self = Self { strong: no_memory, weak: no_memory };
}

fn no_memory(_: Edge) {
    std::alloc::handle_alloc_error(EdgeStack::LAYOUT)
}

/// Collects the pointers that [`Trace::trace`] visits.
pub struct Tracer<'gc> {
    pub(crate) edges: EdgeStack,
    pub(crate) weak: EdgeStack,
    pub(crate) overflow: Overflow,
    /// A pointer went to `overflow`; a weak one did.
    pub(crate) lost: bool,
    pub(crate) lost_weak: bool,
    /// One of either did, since this was last cleared.
    pub(crate) lost_lately: bool,
    /// Where the pointers go that are visited within `fixed`, if they are asked for.
    pub(crate) fixed: Option<Box<FixedEdges>>,
    /// `fixed` has been called.
    pub(crate) has_fixed: bool,
    /// Who points into blocks that are to be emptied, if that is asked for.
    pub(crate) recorder: Option<Box<Recorder>>,
    /// What the values of ephemerons hold. Each key is a weak pointer as well, and in no other list.
    pub(crate) ephemerons: Vec<EphemeronEdge>,
    aside: Option<Box<Aside>>,
    /// Tells, for a collection that says so, which of at most 32 keys are known to have been reached, a bit each: then there is no need
    /// to ask what becomes of their values, nor to note the weak pointers. (Unless there is a recorder, which wants to know of all.)
    pub(crate) which_are_reached: Option<fn(&[Object]) -> u32>,
    /// How many keys of which this was true.
    pub(crate) decided: usize,
    /// Pages of tables with weak keys, if they are wanted apart: visited when nothing else is left, they find most keys reached.
    pub(crate) late: Option<EdgeStack>,
    /// Objects in which guardians keep what is registered.
    pub(crate) guardians: EdgeStack,
    /// The number of the young collection that asks, if one does: what has not changed since the last is
    /// of no interest to it.
    pub(crate) young: Option<u32>,
    brand: Invariant<'gc>,
}

impl<'gc> Tracer<'gc> {
    pub(crate) const fn new() -> Self {
        Self {
            edges: EdgeStack::new(),
            weak: EdgeStack::new(),
            overflow: Overflow::FATAL,
            lost: false,
            lost_weak: false,
            lost_lately: false,
            fixed: None,
            has_fixed: false,
            recorder: None,
            ephemerons: Vec::new(),
            aside: None,
            which_are_reached: None,
            decided: 0,
            late: None,
            guardians: EdgeStack::new(),
            young: None,
            brand: PhantomData,
        }
    }

    /// The same tracer with another brand: it holds addresses, not pointers of any heap.
    #[inline]
    pub(crate) fn rebrand<'a, 'b>(tracer: &'a mut Tracer<'b>) -> &'a mut Tracer<'gc> {
        // SAFETY: the two types differ in a lifetime that only appears in a `PhantomData`.
        unsafe { &mut *core::ptr::from_mut(tracer).cast::<Tracer<'gc>>() }
    }

    /// Takes note of a pointer to `object`, which is a leaf if its type says so.
    #[inline]
    pub(crate) fn edge(&mut self, object: Object, leaf: bool) {
        self.add(Edge::new(object, leaf));
    }

    /// How many bytes the stack of pages may grow by.
    pub(crate) fn allow_late(&mut self, more: usize) {
        if let Some(late) = &mut self.late {
            late.allow(more);
        }
    }

    /// Bytes of the stack of pages that count against the heap limit.
    pub(crate) fn late_bytes(&self) -> usize {
        self.late.as_ref().map_or(0, EdgeStack::counted_bytes)
    }

    /// Takes note of a pointer to a page of a table with weak keys.
    #[inline]
    pub(crate) fn page_edge(&mut self, page: Object) {
        let edge = Edge::new(page, false);
        // (A recorder wants to see it, and the visitor will put it where it belongs.)
        let apart = self.recorder.is_none() && self.late.as_mut().is_some_and(|late| late.push(edge));
        if !apart {
            self.add(edge);
        }
    }

    /// Takes note of an edge, which is that of a strong pointer.
    #[inline]
    pub(crate) fn add(&mut self, edge: Edge) {
        if !self.edges.push(edge) {
            self.lose(edge);
        }
    }

    /// The same for many. (5 instructions each, and not 11.)
    #[inline]
    pub(crate) fn add_all(&mut self, mut edges: impl ExactSizeIterator<Item = Edge>) {
        loop {
            self.edges.fill(&mut edges);
            // There is none left, or no place in the top piece.
            let Some(edge) = edges.next() else { return };
            self.add(edge);
        }
    }

    /// The same for a pointer in a slot of the root table.
    pub(crate) fn root_edge(&mut self, object: Object, slot: u32) {
        if let Some(recorder) = &mut self.recorder {
            recorder.note_root(object, slot);
        }
        self.edge(object, false);
    }

    #[cold]
    fn lose(&mut self, edge: Edge) {
        self.lost = true;
        self.lost_lately = true;
        (self.overflow.strong)(edge);
    }

    /// Takes note of a weak pointer to `object`.
    #[inline]
    pub(crate) fn weak_edge(&mut self, object: Object) {
        self.add_weak(Edge::new(object, false));
    }

    /// Takes note of an edge, which is that of a weak pointer.
    #[inline]
    pub(crate) fn add_weak(&mut self, edge: Edge) {
        if !self.weak.push(edge) {
            self.lost_weak = true;
            self.lost_lately = true;
            (self.overflow.weak)(edge);
        }
    }

    /// Visits ephemerons: calls `visit`, which calls [`Ephemerons::ephemeron`] for each.
    pub(crate) fn ephemerons(&mut self, visit: impl FnOnce(&mut Ephemerons<'_, 'gc>)) {
        visit(&mut Ephemerons::start(self));
    }

    /// Takes note of an object in which a guardian keeps what is registered.
    #[inline]
    pub(crate) fn guardian(&mut self, registrations: Object) {
        let edge = Edge::new(registrations, false);
        if !self.guardians.push(edge) {
            no_memory(edge);
        }
    }

    /// Forgets everything, and gives the memory back.
    pub(crate) fn clear(&mut self) {
        self.edges.clear();
        self.weak.clear();
        self.ephemerons = Vec::new();
        self.decided = 0;
        self.guardians.clear();
        if let Some(late) = &mut self.late {
            late.clear();
        }
        self.lost = false;
    }
}

impl Object {
    /// Visits the pointers in some of the elements, and adds what these own outside the heap to
    /// `external`. (Before the visit: if that panics it has been counted.)
    ///
    /// # Safety
    ///
    /// The object is whole and has at least `elements.end` elements, which nobody writes during the call.
    #[inline(always)]
    pub(crate) unsafe fn scan(self, elements: Range<usize>, tracer: &mut Tracer<'static>, external: &mut usize) {
        let (info, payload) = (self.info(), self.payload().as_ptr());
        // SAFETY: the header names the payload's type (H2), and the elements are whole and not written, by the
        // caller's promise.
        unsafe {
            if info.has_external() {
                *external = external.saturating_add(info.external_bytes(payload, elements.start, elements.end));
            }
            self.visit_pointers(info, elements, tracer);
        }
    }

    /// Visits the pointers in an object which is [plain](TypeInfo::is_plain).
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`], and `info` is the object's.
    #[inline(always)]
    pub(crate) unsafe fn scan_plain(self, info: &TypeInfo, tracer: &mut Tracer<'static>) {
        debug_assert!(info.is_plain());
        // SAFETY: the caller's promise; there is one element.
        unsafe { self.visit_pointers(info, 0..1, tracer) };
    }

    /// Visits the pointers in some of the elements.
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`], and `info` is the object's.
    #[inline(always)]
    unsafe fn visit_pointers(self, info: &TypeInfo, elements: Range<usize>, tracer: &mut Tracer<'static>) {
        // SAFETY: as in `scan`.
        unsafe {
            if tracer.recorder.is_some() {
                tracer.trace_and_record(self, info, elements);
            } else {
                info.trace(self.payload().as_ptr(), elements.start, elements.end, tracer);
            }
        }
    }

    /// Visits the pointers in some of the elements once more: what these own outside the heap has been
    /// counted.
    ///
    /// # Safety
    ///
    /// As for [`Object::scan`].
    pub(crate) unsafe fn scan_again(self, elements: Range<usize>, tracer: &mut Tracer<'static>) {
        // SAFETY: as in `scan`.
        unsafe { self.visit_pointers(self.info(), elements, tracer) };
    }
}

impl<'gc> Tracer<'gc> {
    /// Visits pointers that [`Trace::relocate`] cannot reach, such as the keys of a map.
    ///
    /// While objects move, what these point to is left in place. At all other times this is just a
    /// call of `visit`.
    #[inline]
    pub fn fixed(&mut self, visit: impl FnOnce(&mut Self)) {
        self.has_fixed = true;
        match self.fixed.take() {
            None if self.recorder.is_some() => self.give_up_targets(visit),
            None => visit(self),
            Some(fixed) => self.set_apart(fixed, visit),
        }
    }

    #[cold]
    fn set_apart(&mut self, mut fixed: Box<FixedEdges>, visit: impl FnOnce(&mut Self)) {
        core::mem::swap(&mut self.edges, &mut fixed.edges);
        core::mem::swap(&mut self.weak, &mut fixed.weak);
        visit(self);
        core::mem::swap(&mut self.edges, &mut fixed.edges);
        core::mem::swap(&mut self.weak, &mut fixed.weak);
        self.fixed = Some(fixed);
    }
}

impl core::fmt::Debug for Tracer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tracer").finish_non_exhaustive()
    }
}
