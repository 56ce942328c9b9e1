//! The heap.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use std::time::Duration;

use crate::collector::roots::Slot;
use crate::collector::{HeapState, discard};
use crate::config::Config;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::trace::Rebrand;
use crate::stats::{Census, Compacted, Listener, Occupancy, Pauses, Stats};

/// A heap of objects, and the one that everything can be reached from.
///
/// `R` names the family of the root: write `Heap::<Node>::new(..)` for a root of type `Node<'gc>`.
/// All work is done in [`mutate`](Heap::mutate); between two calls the stack holds no
/// [`Gc`](crate::Gc), and that is when the heap collects.
///
/// ```
/// use gc_core::{Gc, GcCell, Heap, Root, Trace};
///
/// #[derive(Trace)]
/// struct Node<'gc> {
///     name: Gc<'gc, str>,
///     next: GcCell<Option<Gc<'gc, Node<'gc>>>>,
/// }
///
/// let mut heap = Heap::<Node>::new(|mc| Node { name: Gc::from_str(mc, "root"), next: GcCell::new(None) });
///
/// let kept: Root<Node<'static>> = heap.mutate(|mc, root| {
///     let node = Gc::new(mc, Node { name: Gc::from_str(mc, "kept"), next: GcCell::new(Some(root)) });
///     root.write(mc, |n| &n.next).set(Some(node));
///     Root::new(mc, node)
/// });
/// heap.collect();
/// heap.mutate(|mc, _| assert_eq!(&*kept.get(mc).name, "kept"));
/// ```
pub struct Heap<R: Rebrand + 'static> {
    /// Behind a raw pointer: a `&mut Heap` must not claim what a `Mutation` sees.
    state: NonNull<HeapState>,
    root: NonNull<Slot>,
    /// Invariant in the family.
    family: PhantomData<fn(*const R) -> *const R>,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl<R: Rebrand + 'static> Heap<R> {
    /// A heap with the default configuration, whose root `root` makes.
    ///
    /// # Panics
    ///
    /// If the environment variables `GC_VERIFY` or `GC_STRESS` are malformed
    /// ([`Config::with_env`]), or the system has no memory.
    pub fn new(root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>) -> Self {
        Self::with_config(Config::default(), root)
    }

    /// A heap with this configuration, as the environment changes it ([`Config::with_env`]).
    ///
    /// # Panics
    ///
    /// As [`Heap::new`].
    pub fn with_config(config: Config, root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>) -> Self {
        enum Never {}
        let made: Result<Self, Never> = Self::try_with_config(config, |mc| Ok(root(mc)));
        match made {
            Ok(heap) => heap,
            Err(never) => match never {},
        }
    }

    /// A heap whose root may fail to be made.
    ///
    /// # Errors
    ///
    /// What `root` returned.
    pub fn try_new<E>(root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> Result<R::At<'gc>, E>) -> Result<Self, E> {
        Self::try_with_config(Config::default(), root)
    }

    /// A heap with this configuration, whose root may fail to be made.
    ///
    /// # Errors
    ///
    /// What `root` returned.
    pub fn try_with_config<E>(
        config: Config,
        root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> Result<R::At<'gc>, E>,
    ) -> Result<Self, E> {
        let state = Owned(NonNull::from(Box::leak(Box::new(HeapState::new(config.with_env())))));
        let slot = {
            // SAFETY: the state is alive, and only ever shared. The brand is that of the closure
            // below alone, and no safepoint comes before its end.
            let mc = unsafe { Mutation::of(state.0.as_ref()) };
            let root = Gc::new(mc, root(mc)?);
            mc.state().set_root(root.object())
        };
        let state = state.into_inner();
        Ok(Self { state, root: slot, family: PhantomData, thread: PhantomData })
    }

    /// Works on the heap.
    ///
    /// The closure gets the heap's [`Mutation`] and its root. When it returns, no `Gc` is left on the
    /// stack, and the heap does what is due, for no longer than the pause target. A call with nothing
    /// due costs a few nanoseconds.
    ///
    /// # Panics
    ///
    /// If the closure does: then without a safepoint, and the heap stays usable. If a destructor
    /// that ran at the safepoint did: after its block was done.
    #[inline]
    pub fn mutate<T>(&mut self, work: impl for<'gc> FnOnce(&'gc Mutation<'gc>, Gc<'gc, R::At<'gc>>) -> T) -> T {
        let result = self.without_safepoint(work);
        if self.state().is_due() {
            self.state().safepoint();
        }
        result
    }

    #[inline(always)]
    fn without_safepoint<T>(&mut self, work: impl for<'gc> FnOnce(&'gc Mutation<'gc>, Gc<'gc, R::At<'gc>>) -> T) -> T {
        // SAFETY: the state is alive, and only ever shared. The brand is that of `work` alone, and the
        // heap is borrowed until it ends, so no safepoint comes before that.
        let mc = unsafe { Mutation::of(self.state.as_ref()) };
        // SAFETY: the heap's root stays in its slot, and slots live as long as the table.
        let object = unsafe { self.root.as_ref() }.object();
        let Some(object) = object else { unreachable!("the root's slot is filled when the heap is made") };
        // SAFETY: the root was made as an `R::At` of this heap, and is live (R1).
        let root = unsafe { Gc::from_payload(object.payload()) };
        work(mc, root)
    }

    #[inline(always)]
    pub(crate) fn state(&self) -> &HeapState {
        // SAFETY: the state lives as long as the heap, and is only ever shared.
        unsafe { self.state.as_ref() }
    }

    /// Frees all that is garbage now, and runs its destructors.
    ///
    /// Completes the collection under way, if there is one, and then does a whole one: the pause
    /// grows with the heap.
    ///
    /// # Panics
    ///
    /// With the first panic of a destructor, when all have run.
    pub fn collect(&mut self) {
        self.state().collect();
    }

    /// Frees all that is garbage now, and moves what lives into as few blocks as hold it; memory that is
    /// empty then goes back to the system.
    ///
    /// A whole [collection](Heap::collect), and then a pause in proportion to what lives: sparse blocks are
    /// copied into the holes of others, and every pointer of the heap is visited. Large objects (of more
    /// than 8 KiB) stay, and so does what is [pinned](crate::Pinned) and what the key of a standard map
    /// or set points to, since nothing can update that. With [`Compaction::Never`](crate::Compaction::Never) nothing moves.
    /// Meanwhile a large heap may take some more memory, within its limit: at first no more than a 16th of what it has, and
    /// then half of what has been emptied.
    ///
    /// ```
    /// use gc_core::{Gc, GcRefCell, Heap};
    ///
    /// type Words<'gc> = GcRefCell<Vec<Gc<'gc, str>>>;
    ///
    /// let mut heap = Heap::<Words>::new(|mc| {
    ///     GcRefCell::new((0..100_000).map(|n| Gc::from_str(mc, &n.to_string())).collect())
    /// });
    /// // One word in ten stays, and the blocks are sparse.
    /// heap.mutate(|mc, words| {
    ///     let mut place = 0;
    ///     words.borrow_mut(mc).retain(|_| { place += 1; place % 10 == 0 });
    /// });
    /// let compacted = heap.compact();
    /// assert!(compacted.freed_blocks > 20);
    /// assert_eq!(heap.mutate(|_, words| words.borrow()[1234].parse()), Ok(12349));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Heap::collect`], when all is done; or with the panic of a `trace`, before anything has moved.
    ///
    /// # Aborts
    ///
    /// If a hand-written `Trace::relocate` panics: half of the pointers lead nowhere then.
    pub fn compact(&mut self) -> Compacted {
        self.state().compact()
    }

    /// How full each block of the heap is: a picture of its fragmentation.
    ///
    /// A look at the counters of the blocks, after a young collection. What is dead counts until a
    /// collection has found it out.
    ///
    /// ```
    /// use gc_core::{Gc, Heap};
    ///
    /// let mut heap = Heap::<[Option<Box<u8>>; 4]>::new(|_| Default::default());
    /// let picture = heap.occupancy();
    /// assert_eq!(picture.blocks().filter(|&share| share > 0.0).count(), 1);
    /// println!("{picture}");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Heap::collect`].
    pub fn occupancy(&mut self) -> Occupancy {
        self.state().collect_young();
        self.state().with_collector(|collector| collector.occupancy())
    }

    /// A young collection: frees what has been allocated since the last one and is garbage now.
    ///
    /// # Panics
    ///
    /// As [`Heap::collect`].
    pub fn collect_young(&mut self) {
        self.state().collect_young();
    }

    /// Does what is due, for about as long as `time`: what a safepoint does by itself, unless the
    /// heap is [`manual`](Config::manual). True if there is more to do.
    ///
    /// # Panics
    ///
    /// With the first panic of a destructor.
    pub fn step(&mut self, time: Duration) -> bool {
        self.state().step(time)
    }

    /// Counts the live objects, by type.
    ///
    /// Exactly those are counted that can be reached now, whether or not a collection has found out
    /// that others are dead. Costs a visit of all of them, and a hash table of their addresses, on top
    /// of a young collection. (If a `trace` panics, what only it leads to is missing.)
    ///
    /// ```
    /// use gc_core::{Gc, Heap, Root};
    ///
    /// let mut heap = Heap::<()>::new(|_| ());
    /// let root: Root<str> = heap.mutate(|mc, _| {
    ///     Gc::from_str(mc, "garbage");
    ///     Gc::from_str(mc, "kept").root(mc)
    /// });
    /// assert_eq!(heap.census().get("str").map(|strings| strings.count), Some(1));
    /// drop(root);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`Heap::collect`].
    pub fn census(&mut self) -> Census {
        self.state().collect_young();
        self.state().census()
    }

    /// Checks every invariant of the heap, as [`Config::verify`] does after each phase.
    ///
    /// Changes nothing. Visits all objects, several times over. With `Config::verify` on, it also finds
    /// objects that have been written without the write barrier since the last young collection.
    ///
    /// ```
    /// use gc_core::Heap;
    ///
    /// let mut heap = Heap::<Vec<u32>>::new(|_| vec![1, 2, 3]);
    /// heap.verify();
    /// ```
    ///
    /// # Panics
    ///
    /// If an invariant does not hold: then this library has a bug, or somebody's `unsafe` code has. The
    /// message names the invariant, the object, and the path of pointers to it.
    pub fn verify(&mut self) {
        self.state().with_collector(|collector| collector.verify(self.state(), "the program's turn"));
    }

    /// The heap's counters.
    pub fn stats(&self) -> Stats {
        self.state().with_collector(|collector| collector.stats(self.state()))
    }

    /// Every interval in which the program could not run.
    pub fn pauses(&self) -> Pauses {
        self.state().with_collector(|collector| collector.pauses().clone())
    }

    /// The configuration in force.
    pub fn config(&self) -> Config {
        self.state().with_collector(|collector| collector.config().clone())
    }

    /// Sets who hears about [events](crate::stats::Event). Returns who did so far.
    ///
    /// The listener is called on this thread, inside pauses: its time counts. If it panics, the next
    /// safepoint does, when its work is done.
    pub fn set_listener(&mut self, listener: Option<Listener>) -> Option<Listener> {
        self.state().with_collector(|collector| collector.set_listener(listener))
    }
}

/// A heap being made: gone again if its root cannot be made.
struct Owned(NonNull<HeapState>);

impl Owned {
    fn into_inner(self) -> NonNull<HeapState> {
        let state = self.0;
        core::mem::forget(self);
        state
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the state was leaked for the heap, which ends here, and with it all brands.
        let state = unsafe { Box::from_raw(self.0.as_ptr()) };
        let panic = state.destroy();
        drop(state);
        if let Some(payload) = panic {
            if std::thread::panicking() {
                // One panic is under way, and this one is not the program's last word.
                discard(payload);
            } else {
                std::panic::resume_unwind(payload);
            }
        }
    }
}

impl<R: Rebrand + 'static> Drop for Heap<R> {
    /// Runs the destructors of all objects.
    fn drop(&mut self) {
        drop(Owned(self.state));
    }
}

impl<R: Rebrand + 'static> fmt::Debug for Heap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("root", &core::any::type_name::<R>()).finish_non_exhaustive()
    }
}

impl<R: Rebrand + 'static> Default for Heap<R>
where
    for<'gc> R::At<'gc>: Default,
{
    /// A heap whose root is the default one.
    fn default() -> Self {
        Self::new(|_| Default::default())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

    use super::*;
    use crate::Static;

    /// Panics when it is dropped, with a payload that panics when it is.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Bomb(self.0 - 1));
            }
        }
    }

    #[test]
    fn a_heap_dropped_by_a_panic_does_not_abort_whatever_its_destructors_throw() {
        let result = catch_unwind(|| {
            let mut heap = Heap::<()>::new(|_| ());
            heap.mutate(|mc, _| {
                // Kept, or a safepoint under stress would destroy them.
                core::mem::forget(Gc::new(mc, Static(Bomb(5))).root(mc));
                core::mem::forget(Gc::new(mc, Static(Bomb(5))).root(mc));
            });
            let on_drop = Static(Bomb(3));
            heap.set_listener(Some(Box::new(move |_| {
                let _ = &on_drop;
            })));
            panic_any("the program's own");
        });
        assert_eq!(result.unwrap_err().downcast_ref::<&str>(), Some(&"the program's own"));
    }

    #[test]
    fn a_heap_dropped_in_peace_throws_what_its_destructor_threw() {
        let mut heap = Heap::<()>::new(|_| ());
        heap.mutate(|mc, _| {
            core::mem::forget(Gc::new(mc, Static(Bomb(1))).root(mc));
        });
        let thrown = catch_unwind(AssertUnwindSafe(|| drop(heap))).unwrap_err();
        assert!(thrown.is::<Bomb>());
    }
}
