//! What guardians know: which objects are registered, and which of them have been found to be handed out.
//!
//! Registrations lie in *sheets*, objects of 32 places each, that form a chain from the guardian's
//! *register*. A sheet holds its registered objects through weak pointers until they are found, and then
//! through strong ones. A collection that reaches a sheet takes note of it, and nothing else knows of
//! guardians: so those are asked whose register is live, and a guardian that can be reached only from an
//! object that another one has found is asked after that.
//!
//! When everything reachable has been coloured, all sheets are looked through twice: first every
//! registration is listed whose object has no colour, and when all are, these objects are coloured
//! and traced (Dybvig, Bruggeman and Eby, *Guardians in a generation-based garbage collector*, PLDI 1993).
//! So all of a structure that dies together is found together. This is repeated until nothing is
//! found: a sheet is looked through once in each cycle, since what is registered in it after that is in
//! the program's hands, and stays alive in this cycle.
//!
//! Sheets, and registers that have some, do not move: their links are visited as pointers that cannot be
//! updated, since the collector changes them where no recorder sees it (`compact/gradual.rs`). What is
//! registered moves like anything else: it is visited as a weak pointer.
//!
//! - **U1** What is registered with a live guardian is whole: no collection frees it before it has been
//!   found, and none after that while the guardian holds it.
//! - **U2** A sheet is on its register's list of ready sheets exactly if something in it is ready, and on
//!   the list of spare ones exactly if it has a free place.
//! - **U3** The program writes a sheet's places behind a barrier; the collector makes places ready at
//!   safepoints only. The links of both lists are redundant (all sheets are in the chain), so they are
//!   not traced and need no barrier.

use core::cell::Cell;

use super::weakness::nothing;
use crate::cell::GcCell;
use crate::error::OutOfMemory;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::object::Object;
use crate::object::header::LOGGED;
use crate::object::trace::{Relocator, Trace, Tracer};

/// Registrations of a sheet.
const PLACES: usize = 32;
const FULL: u32 = u32::MAX;

type Link<'gc> = Cell<Option<Gc<'gc, Sheet<'gc>>>>;

/// The object that a guardian points to.
pub(crate) struct Register<'gc> {
    /// The chain of all sheets.
    first: GcCell<Option<Gc<'gc, Sheet<'gc>>>>,
    ready: Link<'gc>,
    spare: Link<'gc>,
}

/// Some registrations.
pub(crate) struct Sheet<'gc> {
    register: Gc<'gc, Register<'gc>>,
    /// The next one of the chain.
    next: Option<Gc<'gc, Sheet<'gc>>>,
    /// The sheet itself, once it is an object.
    own: Cell<Object>,
    next_ready: Link<'gc>,
    next_spare: Link<'gc>,
    /// The places that are taken, and those of them whose object has been found.
    used: Cell<u32>,
    ready: Cell<u32>,
    /// The places that the first pass of an old collection has listed. It means nothing at other times.
    listed: Cell<u32>,
    objects: [Cell<Object>; PLACES],
}

/// The places in a mask.
fn places(mut mask: u32) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let place = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(place)
    })
}

impl<'gc> Register<'gc> {
    pub(crate) fn new() -> Self {
        Self { first: GcCell::new(None), ready: Cell::new(None), spare: Cell::new(None) }
    }

    /// Registers `object`.
    pub(crate) fn add(this: Gc<'gc, Self>, mc: &Mutation<'gc>, object: Object) -> Result<(), OutOfMemory> {
        let sheet = match this.spare.get() {
            Some(sheet) => sheet,
            None => Self::add_sheet(this, mc)?,
        };
        sheet.open(mc);
        let place = sheet.used.get().trailing_ones() as usize;
        sheet.objects[place].set(object);
        sheet.used.set(sheet.used.get() | 1 << place);
        if sheet.used.get() == FULL {
            this.spare.set(sheet.next_spare.take());
        }
        Ok(())
    }

    #[cold]
    fn add_sheet(this: Gc<'gc, Self>, mc: &Mutation<'gc>) -> Result<Gc<'gc, Sheet<'gc>>, OutOfMemory> {
        let sheet = Sheet {
            register: this,
            next: this.first.get(),
            own: Cell::new(nothing()),
            next_ready: Cell::new(None),
            next_spare: Cell::new(None),
            used: Cell::new(0),
            ready: Cell::new(0),
            listed: Cell::new(0),
            objects: core::array::from_fn(|_| Cell::new(nothing())),
        };
        let sheet = Gc::try_new(mc, sheet).map_err(|error| error.reason())?;
        sheet.own.set(sheet.object());
        this.write(mc, |register| &register.first).set(Some(sheet));
        this.spare.set(Some(sheet));
        Ok(sheet)
    }

    /// Takes an object that has been found out of the register.
    pub(crate) fn poll(this: Gc<'gc, Self>, mc: &Mutation<'gc>) -> Option<Object> {
        let sheet = this.ready.get()?;
        sheet.open(mc);
        let (ready, used) = (sheet.ready.get(), sheet.used.get());
        let place = places(ready).next()?;
        let object = sheet.objects[place].replace(nothing());
        sheet.ready.set(ready & !(1 << place));
        sheet.used.set(used & !(1 << place));
        if sheet.ready.get() == 0 {
            this.ready.set(sheet.next_ready.take());
        }
        if used == FULL {
            sheet.next_spare.set(this.spare.replace(Some(sheet)));
        }
        // The mark may not have reached it yet, as a part of this sheet.
        mc.state().upgrade(object);
        Some(object)
    }

    /// How many objects are registered, and how many of them have been found.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let (mut used, mut ready, mut next) = (0, 0, self.first.get());
        while let Some(sheet) = next {
            used += sheet.used.get().count_ones() as usize;
            ready += sheet.ready.get().count_ones() as usize;
            next = sheet.next;
        }
        (used, ready)
    }

    /// Damages the list of ready sheets, for tests.
    #[cfg(test)]
    pub(crate) fn forget_ready(&self) {
        self.ready.set(None);
    }

    /// True if something can be polled.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.get().is_some()
    }
}

impl Sheet<'static> {
    /// The sheet that is this object.
    pub(crate) fn at<'a>(object: Object) -> &'a Self {
        // SAFETY: only sheets visit themselves as objects in which a guardian keeps what is registered,
        // and a sheet that has been visited lives until the collection is over. All its members but
        // the links are cells.
        unsafe { object.payload().cast::<Self>().as_ref() }
    }

    /// The first pass: the registrations whose objects are dead but for this guardian, a bit each.
    pub(crate) fn find(&self, is_dead: impl Fn(Object) -> bool) -> u32 {
        let waiting = self.used.get() & !self.ready.get();
        places(waiting).filter(|&place| is_dead(self.objects[place].get())).fold(0, |all, place| all | 1 << place)
    }

    /// The first pass of an old collection, which is interrupted by young ones: they leave its list alone. True if
    /// there are any.
    pub(crate) fn list(&self, is_dead: impl Fn(Object) -> bool) -> bool {
        self.listed.set(self.find(is_dead));
        self.listed.get() != 0
    }

    /// The second pass: makes the `listed` registrations ready, and calls `found` for each. Returns how many there
    /// were.
    pub(crate) fn make_ready(&self, listed: u32, mut found: impl FnMut(Object)) -> usize {
        let before = self.ready.get();
        let mut ready = before;
        for place in places(listed & !before) {
            ready |= 1 << place;
            found(self.objects[place].get());
        }
        self.ready.set(ready);
        if before == 0 && ready != 0 {
            // SAFETY: the sheet is an object, and this is its address.
            let own = unsafe { Gc::from_payload(self.own.get().payload()) };
            self.next_ready.set(self.register.ready.replace(Some(own)));
        }
        (ready & !before).count_ones() as usize
    }

    /// The second pass of an old collection: makes ready what it has listed, unless the program has got hold of it
    /// since.
    pub(crate) fn make_listed_ready(&self, is_dead: impl Fn(Object) -> bool, found: impl FnMut(Object)) -> usize {
        let listed = places(self.listed.take()).filter(|&place| is_dead(self.objects[place].get()));
        self.make_ready(listed.fold(0, |all, place| all | 1 << place), found)
    }

    /// All that is registered, ready or not.
    pub(crate) fn registered(&self) -> impl Iterator<Item = Object> {
        places(self.used.get()).map(|place| self.objects[place].get())
    }

    /// Checks U2 for this sheet: `None` if it holds.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let on_list = |first: &Link<'static>, link: fn(&Self) -> &Link<'static>| {
            let mut next = first.get();
            while let Some(sheet) = next {
                if sheet.object() == self.own.get() {
                    return true;
                }
                next = link(sheet.as_ref()).get();
            }
            false
        };
        if self.ready.get() & !self.used.get() != 0 {
            return Some("a free place is ready");
        }
        if on_list(&self.register.ready, |sheet| &sheet.next_ready) != (self.ready.get() != 0) {
            return Some("it is on the list of ready sheets and nothing in it is, or the reverse");
        }
        if on_list(&self.register.spare, |sheet| &sheet.next_spare) != (self.used.get() != FULL) {
            return Some("it is on the list of spare sheets and is full, or the reverse");
        }
        None
    }
}

impl<'gc> Sheet<'gc> {
    /// Runs the barrier: from here to the end of the mutation the places may be written.
    #[inline]
    fn open(&self, mc: &Mutation<'gc>) {
        let own = self.own.get();
        if !own.header().has(LOGGED) {
            mc.state().log(own);
        }
    }
}

// SAFETY: visits the chain, in which all sheets are that the other links name. It is only written
// behind the barrier.
unsafe impl<'gc> Trace<'gc> for Register<'gc> {
    const PINS: bool = true;
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        if self.first.get().is_some() {
            tracer.fixed(|tracer| self.first.trace(tracer));
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.first.relocate(relocator);
        self.ready.get_mut().relocate(relocator);
        self.spare.get_mut().relocate(relocator);
    }
}

// SAFETY: visits the chain, and the objects that are ready. Of those that are not the collector is told by
// the sheet itself, and frees none (U1). All these are written behind the barrier, or at a safepoint
// by the collector, which visits what it makes ready.
unsafe impl<'gc> Trace<'gc> for Sheet<'gc> {
    const PINS: bool = true;
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        tracer.fixed(|tracer| {
            self.register.trace(tracer);
            self.next.trace(tracer);
        });
        let (used, ready) = (self.used.get(), self.ready.get());
        for place in places(ready) {
            tracer.edge(self.objects[place].get(), false);
        }
        for place in places(used & !ready) {
            tracer.weak_edge(self.objects[place].get());
        }
        if used != 0 {
            tracer.guardian(self.own.get());
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        self.register.relocate(relocator);
        self.next.relocate(relocator);
        self.next_ready.get_mut().relocate(relocator);
        self.next_spare.get_mut().relocate(relocator);
        relocator.update(self.own.get_mut().payload_mut());
        for place in places(self.used.get()) {
            relocator.update(self.objects[place].get_mut().payload_mut());
        }
    }
}
