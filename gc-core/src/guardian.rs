//! Objects handed back instead of dying.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::collector::guardians::Register;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::{Mutation, out_of_memory};
use crate::object::Pointee;
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};

/// Hands back objects that would have died: on the heap with the brand `'gc`, of type `T`.
///
/// The collector never runs the program's code. What has to be done when an object is no longer needed the
/// program does itself, when it suits, with the object in hand: it registers the object, and polls
/// (Dybvig, Bruggeman and Eby, *Guardians in a generation-based garbage collector*, PLDI 1993). Destructors
/// (`Drop`) are for what needs no other object; a guardian is for the rest.
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same guardian.
///
/// # What is handed back, and when
///
/// * An object that is registered is handed back when a collection has found that nothing holds it but
///   guardians: a young collection, if object or registration is new; an old one otherwise.
/// * It is whole, with everything that it leads to. All registered objects that are found by the same
///   collection are found together, whichever of them leads to which. They come in no particular order.
/// * Each registration hands it back once. Who wants to see it again registers it again; who has registered
///   it twice gets it twice.
/// * The program may keep it, or let it go: then it dies as any other object does, with its destructor if it
///   has one. Weak pointers to it have stayed valid, and entries of ephemeron maps whose key it is.
/// * A guardian that nothing holds hands back nothing, and does not keep what is registered with it.
/// * Weak pointers are not asked: through one the program may get hold of an object that is handed back
///   as well. While an old collection is under way this can happen to one that was in use again in between.
///
/// # Cost
///
/// 10 bytes a registration, in sheets of 32 that are used again. Registering and polling are a barrier and a
/// few stores. A collection looks at the sheets that it traces: an old one at all, in slices, a young one at
/// those that were written; at 5 to 50 ns a registration.
///
/// # Finalizers as in Lua: `__gc`
///
/// The object itself is passed to its finalizer. The interpreter polls between two instructions, or at the end
/// of each mutation.
///
/// ```
/// use gc_core::{Gc, GcCell, GcVec, Guardian, Heap, Trace};
///
/// #[derive(Trace)]
/// struct Table<'gc> {
///     name: Gc<'gc, str>,
///     /// What `__gc` in the metatable would be.
///     finalizer: GcCell<Option<Gc<'gc, str>>>,
/// }
///
/// #[derive(Trace)]
/// struct Vm<'gc> {
///     finalizers: Guardian<'gc, Table<'gc>>,
///     stack: GcVec<'gc, Gc<'gc, Table<'gc>>>,
/// }
///
/// let mut heap = Heap::<Vm>::new(|mc| Vm { finalizers: Guardian::new(mc), stack: GcVec::new(mc) });
/// heap.mutate(|mc, vm| {
///     // setmetatable(t, { __gc = "close" })
///     let finalizer = GcCell::new(Some(Gc::from_str(mc, "close")));
///     let table = Gc::new(mc, Table { name: Gc::from_str(mc, "a file"), finalizer });
///     vm.finalizers.register(mc, table);
/// });
/// heap.collect();
/// let called = heap.mutate(|mc, vm| {
///     let mut called = Vec::new();
///     for table in vm.finalizers.poll_all(mc) {
///         // Called once, unless it marks the object again; the call may store the object anywhere.
///         if let Some(finalizer) = table.write(mc, |t| &t.finalizer).take() {
///             called.push(format!("{}({})", &*finalizer, &*table.name));
///         }
///     }
///     called
/// });
/// assert_eq!(called, ["close(a file)"]);
/// ```
///
/// # `FinalizationRegistry` as in JavaScript
///
/// The callback gets a value that was registered with the object, and not the object, which is gone. So a
/// *token* with that value is what is guarded; and an ephemeron map holds it as long as the object lives.
///
/// ```
/// use gc_core::{EphemeronMap, Gc, Guardian, Heap, Trace};
///
/// #[derive(Trace)]
/// struct Token {
///     held: u32,
/// }
///
/// #[derive(Trace)]
/// struct Registry<'gc> {
///     tokens: EphemeronMap<'gc, str, Gc<'gc, Token>>,
///     ended: Guardian<'gc, Token>,
/// }
///
/// let mut heap =
///     Heap::<Registry>::new(|mc| Registry { tokens: EphemeronMap::new(mc), ended: Guardian::new(mc) });
/// let target = heap.mutate(|mc, registry| {
///     // registry.register(target, 42)
///     let target = Gc::from_str(mc, "target");
///     let token = Gc::new(mc, Token { held: 42 });
///     registry.tokens.insert(mc, target, token);
///     registry.ended.register(mc, token);
///     target.root(mc)
/// });
/// heap.collect();
/// assert!(heap.mutate(|mc, registry| registry.ended.poll(mc).is_none()));
/// drop(target);
/// heap.collect();
/// let held = heap.mutate(|mc, registry| registry.ended.poll(mc).map(|token| token.held));
/// assert_eq!(held, Some(42));
/// ```
///
/// (`unregister` takes the token out of the map and marks it as void.)
///
/// # Cleaners as in Java
///
/// A cleaner is the same with an action in place of a value: something that knows what to release, and does
/// not lead to the object. It runs when the object is gone, or before if the object is closed.
///
/// ```
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// use gc_core::{EphemeronMap, Gc, GcCell, Guardian, Heap, Static, Trace};
///
/// type Log = Rc<RefCell<Vec<String>>>;
///
/// #[derive(Trace)]
/// struct Cleanable {
///     handle: u32,
///     done: GcCell<bool>,
/// }
///
/// impl Cleanable {
///     fn clean<'gc>(this: Gc<'gc, Self>, mc: &gc_core::Mutation<'gc>, log: &Log) {
///         if !this.write(mc, |c| &c.done).replace(true) {
///             log.borrow_mut().push(format!("release {}", this.handle));
///         }
///     }
/// }
///
/// #[derive(Trace)]
/// struct Cleaner<'gc> {
///     actions: EphemeronMap<'gc, str, Gc<'gc, Cleanable>>,
///     due: Guardian<'gc, Cleanable>,
///     log: Static<Log>,
/// }
///
/// let log = Log::default();
/// let mut heap = Heap::<Cleaner>::new(|mc| Cleaner {
///     actions: EphemeronMap::new(mc),
///     due: Guardian::new(mc),
///     log: Static(log.clone()),
/// });
/// heap.mutate(|mc, cleaner| {
///     for handle in [1, 2] {
///         let object = Gc::from_str(mc, "a buffer");
///         let action = Gc::new(mc, Cleanable { handle, done: GcCell::new(false) });
///         cleaner.actions.insert(mc, object, action);
///         cleaner.due.register(mc, action);
///         if handle == 1 {
///             // The program closes it itself.
///             Cleanable::clean(action, mc, &cleaner.log);
///         }
///     }
/// });
/// heap.collect();
/// heap.mutate(|mc, cleaner| cleaner.due.poll_all(mc).for_each(|action| Cleanable::clean(action, mc, &cleaner.log)));
/// assert_eq!(*log.borrow(), ["release 1", "release 2"]);
/// ```
pub struct Guardian<'gc, T: ?Sized> {
    register: Gc<'gc, Register<'gc>>,
    /// Invariant: objects go in and out.
    objects: PhantomData<fn(*const T) -> *const T>,
}

const _: () = assert!(size_of::<Option<Guardian<'static, str>>>() == size_of::<usize>());

impl<T: ?Sized> Clone for Guardian<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Guardian<'_, T> {}

impl<'gc, T: ?Sized + Pointee + 'gc> Guardian<'gc, T> {
    /// A guardian of nothing yet.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::try_new(mc).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// A guardian of nothing yet.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_new(mc: &Mutation<'gc>) -> Result<Self, OutOfMemory> {
        let register = Gc::try_new(mc, Register::new()).map_err(|error| error.reason())?;
        Ok(Self { register, objects: PhantomData })
    }

    /// Registers an object: [`poll`](Self::poll) hands it back when nothing else holds it any more.
    ///
    /// An object that is registered several times, here or with several guardians, is handed back as often.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory; see [`Guardian::try_register`].
    #[track_caller]
    pub fn register(self, mc: &Mutation<'gc>, object: Gc<'gc, T>) {
        self.try_register(mc, object).unwrap_or_else(|reason| out_of_memory(reason));
    }

    /// Registers an object.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory. The object is not registered then.
    pub fn try_register(self, mc: &Mutation<'gc>, object: Gc<'gc, T>) -> Result<(), OutOfMemory> {
        Register::add(self.register, mc, object.object())
    }

    /// Hands back a registered object that a collection has found to be held by nothing else, if there is
    /// one. It is not registered any more.
    #[inline]
    pub fn poll(self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        let object = Register::poll(self.register, mc)?;
        // SAFETY: the object was registered as a `Gc<T>` of this heap, and has been kept since (U1).
        Some(unsafe { Gc::from_payload(object.payload()) })
    }

    /// Hands back all such objects, one after the other. Those that are not taken stay.
    #[inline]
    pub fn poll_all<'a>(self, mc: &'a Mutation<'gc>) -> PollAll<'a, 'gc, T> {
        PollAll { guardian: self, mc }
    }

    /// True if [`poll`](Self::poll) would hand back an object. One load or two: an interpreter can ask
    /// in its loop.
    #[inline]
    pub fn is_ready(self) -> bool {
        self.register.is_ready()
    }

    /// How many registrations there are, those that can be polled included. Looks at all of them.
    pub fn len(self) -> usize {
        self.register.counts().0
    }

    /// True if there are no registrations.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// True if both are the same guardian.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.register.ptr_eq(other.register)
    }

    #[cfg(test)]
    pub(crate) fn forget_ready(self) {
        self.register.forget_ready();
    }

    /// The address of the guardian, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.register.as_ptr().cast()
    }
}

/// What a guardian hands back: see [`Guardian::poll_all`].
pub struct PollAll<'a, 'gc, T: ?Sized> {
    guardian: Guardian<'gc, T>,
    mc: &'a Mutation<'gc>,
}

impl<'gc, T: ?Sized + Pointee + 'gc> Iterator for PollAll<'_, 'gc, T> {
    type Item = Gc<'gc, T>;
    #[inline]
    fn next(&mut self) -> Option<Gc<'gc, T>> {
        self.guardian.poll(self.mc)
    }
}
// During a mutation nothing new is found.
impl<'gc, T: ?Sized + Pointee + 'gc> FusedIterator for PollAll<'_, 'gc, T> {}

impl<T: ?Sized> fmt::Debug for PollAll<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollAll").field("guardian", &self.guardian).finish_non_exhaustive()
    }
}

/// Address, and how many objects are registered and found.
impl<T: ?Sized> fmt::Debug for Guardian<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (registered, found) = self.register.counts();
        write!(f, "Guardian({:p}, {registered} registered, {found} found)", self.register)
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>> Trace<'gc> for Guardian<'gc, T> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.register.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.register.relocate(relocator);
    }
}

// SAFETY: the brand of a guardian is that of its heap, and its objects have the same.
unsafe impl<'x, T: ?Sized + RebrandPtr> Rebrand for Guardian<'x, T> {
    type At<'b> = Guardian<'b, T::Of<'b>>;
}
