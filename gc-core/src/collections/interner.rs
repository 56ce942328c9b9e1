//! One object for each content: what every interpreter does with its symbols.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;
use std::hash::RandomState;

use super::weak_table::{Entries, Table, spread};
use crate::error::{AllocError, OutOfMemory};
use crate::gc::{Gc, refuse};
use crate::mutation::{Mutation, out_of_memory};
use crate::object::trace::{Rebrand, RebrandPtr, Relocator, Trace, Tracer};
use crate::object::{Object, Pointee};

/// A table on the heap with the brand `'gc` that has one object for each content, and does not keep it
/// alive.
///
/// Two strings that were interned in the same table are equal exactly if they are the same object: so a
/// comparison is one of pointers ([`Gc::ptr_eq`]), and a symbol's name is stored once. A string that
/// nothing else keeps alive goes, and its entry with it.
///
/// One word and `Copy`, like a [`Gc`]: a copy is the same table. `T` is `str`, a slice, or any type with
/// `Hash` and `Eq` that looks at nothing that changes.
///
/// ```
/// use gc_core::{Gc, Heap, Interner};
///
/// let mut heap = Heap::<Interner<str>>::new(|mc| Interner::new(mc));
/// let root = heap.mutate(|mc, symbols| {
///     let lambda = symbols.intern(mc, "lambda");
///     assert!(symbols.intern(mc, "lambda").ptr_eq(lambda));
///     symbols.intern(mc, "a-symbol-of-no-use");
///     lambda.root(mc)
/// });
/// heap.collect();
/// heap.mutate(|mc, symbols| {
///     assert!(symbols.get(mc, "lambda").is_some_and(|symbol| symbol.ptr_eq(root.get(mc))));
///     assert!(symbols.get(mc, "a-symbol-of-no-use").is_none());
/// });
/// ```
///
/// # Cost
///
/// That of an [`EphemeronMap`](crate::EphemeronMap) without values, and a hash of the content for each lookup.
/// The hash is stored: growth, purging and the collector call neither `Hash` nor `Eq`.
pub struct Interner<'gc, T: ?Sized, S: 'static = RandomState> {
    state: Gc<'gc, State<'gc, S>>,
    /// Invariant: objects go in and out.
    objects: PhantomData<fn(*const T) -> *const T>,
}

/// The table and its hasher, an object.
struct State<'gc, S> {
    table: Gc<'gc, Table<'gc, ()>>,
    hasher: S,
}

impl<T: ?Sized, S: 'static> Clone for Interner<'_, T, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized, S: 'static> Copy for Interner<'_, T, S> {}

impl<'gc, T: ?Sized + Pointee + 'gc> Interner<'gc, T> {
    /// An empty table, with the standard library's hasher.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        Self::with_hasher(mc, RandomState::new())
    }
}

impl<'gc, T: ?Sized + Pointee + 'gc, S: 'static> Interner<'gc, T, S> {
    /// An empty table that uses `hasher`.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn with_hasher(mc: &Mutation<'gc>, hasher: S) -> Self {
        Self::try_with_hasher(mc, hasher).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// An empty table that uses `hasher`.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_with_hasher(mc: &Mutation<'gc>, hasher: S) -> Result<Self, OutOfMemory> {
        let table = Table::try_new(mc)?;
        let state = Gc::try_new(mc, State { table, hasher }).map_err(|error| error.reason())?;
        Ok(Self { state, objects: PhantomData })
    }

    /// The objects that are alive, in no particular order. The table may change meanwhile: what has been put
    /// in since may be missed, and if it grows or shrinks some objects may come twice.
    pub fn iter<'a>(self, mc: &'a Mutation<'gc>) -> impl Iterator<Item = Gc<'gc, T>> + 'a {
        let mut entries = Entries::of(self.state.table);
        core::iter::from_fn(move || {
            let (place, ()) = entries.next(mc)?;
            // SAFETY: the object is alive, was put in as a `Gc<T>` of this heap, and is handed out.
            Some(unsafe { Gc::from_payload(place.key().payload()) })
        })
    }

    /// Removes the entries of objects that a collection has found dead. Returns how many there were.
    ///
    /// Looks at every entry; it is never necessary, since interning purges a little at a time.
    pub fn purge(self, mc: &Mutation<'gc>) -> usize {
        self.state.table.purge(mc)
    }

    /// Forgets all objects. What is interned from now on is not the same as what was before.
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.state.table.clear(mc);
    }

    /// How many objects there are, at most: dead ones count until they have been purged.
    pub fn len(self) -> usize {
        self.state.table.len()
    }

    /// True if there are none, dead ones neither.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The hasher.
    pub fn hasher(self) -> &'gc S {
        &self.state.as_ref().hasher
    }

    /// True if both are the same table.
    #[inline]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.state.ptr_eq(other.state)
    }

    /// The address of the table, for printing. It may change when a mutation ends.
    pub fn as_ptr(self) -> *const () {
        self.state.as_ptr().cast()
    }
}

impl<'gc, T: ?Sized + Pointee + Hash + Eq + 'gc, S: BuildHasher> Interner<'gc, T, S> {
    /// The object with this content, if there is one.
    pub fn get(self, mc: &Mutation<'gc>, content: &T) -> Option<Gc<'gc, T>> {
        self.find(mc, self.hash(content), content)
    }

    /// True if there is an object with this content.
    pub fn contains(self, mc: &Mutation<'gc>, content: &T) -> bool {
        self.get(mc, content).is_some()
    }

    /// The object with the content of `object`: the one that is there, or `object` from now on.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn intern_gc(self, mc: &Mutation<'gc>, object: Gc<'gc, T>) -> Gc<'gc, T> {
        self.try_intern_with(mc, &object, || Ok(object)).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// Takes the object with this content out of the table, and returns it.
    pub fn remove(self, mc: &Mutation<'gc>, content: &T) -> Option<Gc<'gc, T>> {
        let object = self.get(mc, content)?;
        let table = self.state.table;
        if let Some(place) = table.find(self.hash(content), object.object()) {
            table.remove(mc, place);
        }
        Some(object)
    }

    fn hash(self, content: &T) -> u64 {
        spread(self.state.hasher.hash_one(content))
    }

    fn find(self, mc: &Mutation<'gc>, hash: u64, content: &T) -> Option<Gc<'gc, T>> {
        let mut found = None;
        self.state.table.find_by(hash, |object| {
            found = Self::read(mc, object).filter(|gc| **gc == *content);
            found.is_some()
        });
        found
    }

    /// The object of an entry, if it is alive.
    fn read(mc: &Mutation<'gc>, object: Object) -> Option<Gc<'gc, T>> {
        // SAFETY: the object is alive, was put in as a `Gc<T>` of this heap, and is handed out.
        mc.state().upgrade(object).then(|| unsafe { Gc::from_payload(object.payload()) })
    }

    fn try_intern_with(
        self,
        mc: &Mutation<'gc>,
        content: &T,
        make: impl FnOnce() -> Result<Gc<'gc, T>, OutOfMemory>,
    ) -> Result<Gc<'gc, T>, OutOfMemory> {
        let hash = self.hash(content);
        if let Some(object) = self.find(mc, hash, content) {
            return Ok(object);
        }
        let object = make()?;
        self.state.table.insert(mc, hash, object.object(), ())?;
        Ok(object)
    }
}

impl<'gc, S: BuildHasher> Interner<'gc, str, S> {
    /// The string with this content: the one that is there, or a new one.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn intern(self, mc: &Mutation<'gc>, string: &str) -> Gc<'gc, str> {
        self.try_intern(mc, string).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// The string with this content: the one that is there, or a new one.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_intern(self, mc: &Mutation<'gc>, string: &str) -> Result<Gc<'gc, str>, OutOfMemory> {
        self.try_intern_with(mc, string, || Gc::try_from_str(mc, string))
    }
}

impl<'gc, T: Trace<'gc> + Copy + Hash + Eq, S: BuildHasher> Interner<'gc, [T], S> {
    /// The slice with these elements: the one that is there, or a new one.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn intern_slice(self, mc: &Mutation<'gc>, elements: &[T]) -> Gc<'gc, [T]> {
        self.try_intern_slice(mc, elements).unwrap_or_else(|reason| out_of_memory(reason))
    }

    /// The slice with these elements: the one that is there, or a new one.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_intern_slice(self, mc: &Mutation<'gc>, elements: &[T]) -> Result<Gc<'gc, [T]>, OutOfMemory> {
        self.try_intern_with(mc, elements, || Gc::try_from_slice(mc, elements))
    }
}

impl<'gc, T: Trace<'gc> + Hash + Eq, S: BuildHasher> Interner<'gc, T, S> {
    /// The object with this value: the one that is there, or a new one.
    ///
    /// # Panics
    ///
    /// If the heap is at its limit or the system refuses memory.
    #[track_caller]
    pub fn intern_value(self, mc: &Mutation<'gc>, value: T) -> Gc<'gc, T> {
        match self.try_intern_value(mc, value) {
            Ok(object) => object,
            Err(error) => refuse(error),
        }
    }

    /// The object with this value: the one that is there, or a new one; or gives the value back.
    ///
    /// # Errors
    ///
    /// If the heap is at its limit or the system refuses memory.
    pub fn try_intern_value(self, mc: &Mutation<'gc>, value: T) -> Result<Gc<'gc, T>, AllocError<T>> {
        let hash = self.hash(&value);
        if let Some(object) = self.find(mc, hash, &value) {
            return Ok(object);
        }
        let table = self.state.table;
        // First of all: an object without an entry would not be the one that is found.
        let place = match table.make_place(mc, hash) {
            Ok(place) => place,
            Err(reason) => return Err(AllocError::new(value, reason)),
        };
        let object = Gc::try_new(mc, value)?;
        table.fill(mc, place, hash, object.object(), ());
        Ok(object)
    }
}

/// Address only.
impl<T: ?Sized, S: 'static> fmt::Debug for Interner<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interner({:p})", self.state)
    }
}

// SAFETY: visits the table. The hasher is `'static`, so it holds no `Gc`.
unsafe impl<'gc, S: 'static> Trace<'gc> for State<'gc, S> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.table.trace(tracer);
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.table.relocate(relocator);
    }
}

// SAFETY: visits and updates the one pointer that there is.
unsafe impl<'gc, T: ?Sized + Pointee + Trace<'gc>, S: 'static> Trace<'gc> for Interner<'gc, T, S> {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        self.state.trace(tracer);
    }
    #[inline]
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.state.relocate(relocator);
    }
}

// SAFETY: the brand of a table is that of its heap, and its objects have the same. The hasher has none.
unsafe impl<'x, T: ?Sized + RebrandPtr, S: 'static> Rebrand for Interner<'x, T, S> {
    type At<'b> = Interner<'b, T::Of<'b>, S>;
}
