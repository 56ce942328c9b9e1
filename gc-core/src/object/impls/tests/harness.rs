//! Objects without a heap, and the pointer to them that the containers under test hold.

use core::cell::{Cell, RefCell};
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::super::*;
use crate::Gc;
use crate::object::header::{Header, Object};
use crate::object::type_info::{InfoOf, erased_type_id};
use crate::object::worklist::EdgeStack;
use crate::object::{Invariant, TypeInfo};

thread_local! {
    /// True while a value is traced or relocated, when none of `Hash`, `Eq`, `Ord`, `Drop` may run.
    static VISITING: Cell<bool> = const { Cell::new(false) };
}

fn visiting<R>(visit: impl FnOnce() -> R) -> R {
    VISITING.set(true);
    let result = visit();
    VISITING.set(false);
    result
}

fn user_code() {
    assert!(!VISITING.get(), "user code ran while pointers were visited");
}

/// An object as it lies on a heap: a header, and a payload that is a number.
#[repr(C)]
struct Fake {
    header: Header,
    id: u64,
}

impl Fake {
    /// Makes one and gives the address of its payload.
    fn payload(id: u64) -> NonNull<u8> {
        let fake = Box::into_raw(Box::new(Fake { header: Header::new(InfoOf::<u64>::ONE, 0), id }));
        // SAFETY: `fake` was just allocated.
        let payload = unsafe { &raw mut (*fake).id };
        NonNull::new(payload.cast::<u8>()).expect("the address of a field")
    }

    /// # Safety
    ///
    /// `payload` came from [`Fake::payload`] and is not used afterwards.
    unsafe fn free(payload: NonNull<u8>) {
        // SAFETY: the payload is preceded by nothing but the header, at the start of the box.
        drop(unsafe { Box::from_raw(payload.as_ptr().sub(size_of::<Header>()).cast::<Fake>()) });
    }
}

/// A pointer to an object. Compares by what it points to, and has a destructor, so that the tests
/// notice if either is used.
#[derive(Debug)]
pub(super) struct Ptr<'gc>(NonNull<u8>, Invariant<'gc>);

impl Ptr<'_> {
    /// The number in the object.
    pub(super) fn id(&self) -> u64 {
        // SAFETY: `Objects` keeps all objects that it made, at their old and new addresses, until it
        // is dropped, and it outlives the brand.
        unsafe { self.0.cast::<u64>().read() }
    }
}

// SAFETY: visits its one pointer.
unsafe impl<'gc> Trace<'gc> for Ptr<'gc> {
    const PINS: bool = false;
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        // SAFETY: the pointer is that to the payload of a `Fake`.
        tracer.edge(unsafe { Object::from_payload(self.0) }, true);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        relocator.update(&mut self.0);
    }
}
// SAFETY: the brand is the only lifetime.
unsafe impl Rebrand for Ptr<'_> {
    type At<'b> = Ptr<'b>;
}

impl PartialEq for Ptr<'_> {
    fn eq(&self, other: &Self) -> bool {
        user_code();
        self.id() == other.id()
    }
}
impl Eq for Ptr<'_> {}
impl PartialOrd for Ptr<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ptr<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        user_code();
        self.id().cmp(&other.id())
    }
}
impl Hash for Ptr<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        user_code();
        self.id().hash(state);
    }
}
impl Drop for Ptr<'_> {
    fn drop(&mut self) {
        user_code();
    }
}

/// The same, seen as a weak pointer.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WeakPtr<'gc>(pub(super) Ptr<'gc>);

// SAFETY: visits its one pointer.
unsafe impl<'gc> Trace<'gc> for WeakPtr<'gc> {
    const PINS: bool = false;
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        // SAFETY: the pointer is that to the payload of a `Fake`.
        tracer.weak_edge(unsafe { Object::from_payload(self.0.0) });
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.0.relocate(relocator);
    }
}
// SAFETY: the brand is the only lifetime.
unsafe impl Rebrand for WeakPtr<'_> {
    type At<'b> = WeakPtr<'b>;
}

/// A value without pointers that must not be looked at by `trace` and `relocate` (I1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Untouchable(pub(super) u32);

// SAFETY: it is a number.
unsafe impl<'gc> Trace<'gc> for Untouchable {
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'gc>) {
        panic!("a value without pointers was traced");
    }
    fn relocate(&mut self, _: &mut Relocator<'gc>) {
        panic!("a value without pointers was relocated");
    }
}
// SAFETY: it has no brand.
unsafe impl Rebrand for Untouchable {
    type At<'b> = Untouchable;
}

/// All objects of a test.
#[derive(Default)]
pub(super) struct Objects {
    all: RefCell<Vec<NonNull<u8>>>,
    /// Those made since the last check.
    new: RefCell<Vec<NonNull<u8>>>,
}

impl Objects {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn allocate(&self, id: u64) -> NonNull<u8> {
        let payload = Fake::payload(id);
        self.all.borrow_mut().push(payload);
        payload
    }

    /// A pointer to a new object, with a number of its own.
    pub(super) fn ptr<'gc>(&'gc self) -> Ptr<'gc> {
        let id = self.all.borrow().len() as u64;
        let payload = self.allocate(id);
        self.new.borrow_mut().push(payload);
        Ptr(payload, PhantomData)
    }

    /// A real pointer to a new object.
    pub(super) fn gc<'gc>(&'gc self) -> Gc<'gc, u64> {
        let Ptr(payload, _) = *core::mem::ManuallyDrop::new(self.ptr());
        // SAFETY: the object has the header and payload of a number, and outlives the brand.
        unsafe { Gc::from_payload(payload) }
    }

    /// A pointer to another object with the number of `ptr`'s.
    pub(super) fn equal<'gc>(&'gc self, ptr: &Ptr<'gc>) -> Ptr<'gc> {
        Ptr(self.allocate(ptr.id()), PhantomData)
    }

    /// Takes the object that was made as the `index`th since the last check out of what is expected.
    #[cfg(feature = "slotmap")]
    pub(super) fn forget(&self, index: usize) {
        self.new.borrow_mut().remove(index);
    }

    /// Checks a value that holds every pointer made since the last check, and can update them all.
    pub(super) fn all_move<'gc, C>(&'gc self, value: C) -> C
    where
        C: Trace<'gc> + Rebrand,
    {
        const { assert!(C::NEEDS_TRACE) };
        self.check(value, 0)
    }

    /// Checks a value that holds every pointer made since the last check, and cannot update `stay` of
    /// them.
    pub(super) fn some_stay<'gc, C>(&'gc self, stay: usize, value: C) -> C
    where
        C: Trace<'gc> + Rebrand,
    {
        const { assert!(C::NEEDS_TRACE && C::PINS) };
        self.check(value, stay)
    }

    /// Checks a value without pointers.
    pub(super) fn leaf<'gc, C>(&'gc self, value: C) -> C
    where
        C: Trace<'gc> + Rebrand,
    {
        const { assert!(!C::NEEDS_TRACE && !C::PINS) };
        assert!(self.new.borrow().is_empty());
        self.check(value, 0)
    }

    fn check<'gc, C>(&'gc self, mut value: C, stay: usize) -> C
    where
        C: Trace<'gc> + Rebrand,
    {
        let info = InfoOf::<'gc, C>::ONE;
        assert_eq!(info.is_unwatched(), !C::NEEDS_TRACE && !C::HAS_EXTERNAL);
        assert_eq!(info.pins(), C::PINS);
        assert_eq!(erased_type_id::<C>(), erased_type_id::<C::At<'static>>(), "the family is another type");
        let own = value.external_bytes();
        assert!(own == 0 || C::HAS_EXTERNAL, "{own} bytes, though the type says there are none");

        // Marking visits every pointer once.
        let old = self.new.take();
        assert_eq!(visited(info, &value), sorted(old.iter().copied()));

        // What cannot be updated is found, and nothing else is said to be fixed.
        let (free, fixed) = told_apart(info, &value);
        assert_eq!(fixed.len(), stay, "pointers that are fixed");
        assert!(fixed.is_empty() || C::PINS);
        assert_eq!(sorted(free.into_iter().chain(fixed.iter().copied())), sorted(old.iter().copied()));

        // Every object moves, even those that are to stay: so it shows which pointers are updated.
        let mut moved = std::collections::HashMap::new();
        for &from in &old {
            // SAFETY: a `Fake` that lives as long as `self`.
            let (id, object) = unsafe { (from.cast::<u64>().read(), Object::from_payload(from)) };
            let to = self.allocate(id);
            object.header().forward(to);
            moved.insert(from, to);
        }
        assert_eq!(relocate(info, &mut value), old.len() - stay);
        let now = visited(info, &value);
        assert_eq!(sorted(now.iter().copied().filter(|at| moved.contains_key(at))), fixed);
        let followed = sorted(now.into_iter().map(|at| moved.get(&at).copied().unwrap_or(at)));
        assert_eq!(followed, sorted(moved.into_values()));

        // What is where it should be is left alone.
        assert_eq!(relocate(info, &mut value), 0);
        value
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        for payload in self.all.take() {
            // SAFETY: made by `Fake::payload`; the pointers to it borrow `self`.
            unsafe { Fake::free(payload) };
        }
    }
}

fn sorted(addresses: impl Iterator<Item = NonNull<u8>>) -> Vec<NonNull<u8>> {
    let mut addresses: Vec<_> = addresses.collect();
    addresses.sort();
    addresses
}

/// The pointers that `relocate` can and cannot reach, as `trace` has it.
fn told_apart<C>(info: &TypeInfo, value: &C) -> (Vec<NonNull<u8>>, Vec<NonNull<u8>>) {
    let mut tracer = Tracer::new();
    tracer.fixed = Some(Box::default());
    // SAFETY: `info` is the record of `C`, and `value` is borrowed.
    visiting(|| unsafe { info.trace(core::ptr::from_ref(value).cast(), 0, 1, &mut tracer) });
    let mut fixed = tracer.fixed.take().expect("it is put back");
    (payloads(&mut tracer.edges, &mut tracer.weak), payloads(&mut fixed.edges, &mut fixed.weak))
}

fn payloads(strong: &mut EdgeStack, weak: &mut EdgeStack) -> Vec<NonNull<u8>> {
    let edges = core::iter::from_fn(|| strong.pop().or_else(|| weak.pop()));
    sorted(edges.map(|edge| edge.object().payload()))
}

fn visited<C>(info: &TypeInfo, value: &C) -> Vec<NonNull<u8>> {
    let mut tracer = Tracer::new();
    // SAFETY: `info` is the record of `C`, and `value` is borrowed.
    visiting(|| unsafe { info.trace(core::ptr::from_ref(value).cast(), 0, 1, &mut tracer) });
    payloads(&mut tracer.edges, &mut tracer.weak)
}

fn relocate<C>(info: &TypeInfo, value: &mut C) -> usize {
    let mut relocator = Relocator::new();
    // SAFETY: `info` is the record of `C`, and `value` is borrowed for us alone.
    visiting(|| unsafe { info.relocate(core::ptr::from_mut(value).cast(), 0, 1, &mut relocator) });
    relocator.changed
}
