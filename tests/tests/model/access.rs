//! One way to make, read and write objects of every kind.

use gc_core::{AllocError, Gc, GcCell, GcMap, GcOnceCell, GcRefCell, GcVec, Mutation, OutOfMemory};

use crate::objects::*;

/// What a new object is made of.
pub struct Recipe<'gc> {
    pub id: u64,
    pub kind: Kind,
    /// Elements of a slice or list, bytes of a leaf; whether a `dyn` has a destructor.
    pub len: usize,
    /// What goes into the first slots.
    pub first: [Ptr<'gc>; 2],
    pub log: DropLog,
    pub panics: bool,
    pub holds: Option<Kept>,
    /// Use the functions that panic, not their `try_` twins.
    pub infallible: bool,
}

impl<'gc> Recipe<'gc> {
    fn slot(&self, index: usize) -> Slot<'gc> {
        GcCell::new(self.first.get(index).copied().unwrap_or_default())
    }

    fn slots<const N: usize>(&self) -> [Slot<'gc>; N] {
        core::array::from_fn(|index| self.slot(index))
    }

    fn fixed<const N: usize>(&self) -> Fixed<'gc, N> {
        Fixed { id: self.id, slots: self.slots(), seal: !self.id }
    }

    fn tracked(&mut self, index: u32) -> Tracked {
        let panics = self.panics && index == 0;
        Tracked { id: self.id, index, log: self.log.clone(), panics, holds: self.holds.take() }
    }

    fn drops(&mut self) -> Drops<'gc> {
        Drops { id: self.id, slots: self.slots(), tracked: self.tracked(0) }
    }

    fn value<T: Trace2<'gc>>(
        &self,
        mc: &Mutation<'gc>,
        value: T,
        make: impl FnOnce(Gc<'gc, T>) -> Strong<'gc>,
    ) -> Option<Strong<'gc>> {
        if self.infallible {
            return Some(make(Gc::new(mc, value)));
        }
        match Gc::try_new(mc, value) {
            Ok(gc) => Some(make(gc)),
            Err(error) => {
                error.into_inner().check(self.id);
                None
            }
        }
    }

    fn slice<T: gc_core::Trace<'gc>>(
        &self,
        mc: &Mutation<'gc>,
        elements: Vec<T>,
        make: impl FnOnce(Gc<'gc, [T]>) -> Strong<'gc>,
    ) -> Option<Strong<'gc>> {
        if self.infallible {
            return Some(make(Gc::from_iter(mc, elements)));
        }
        let len = elements.len();
        match Gc::try_from_vec(mc, elements) {
            Ok(gc) => Some(make(gc)),
            Err(error) => {
                let (vec, reason): (Vec<T>, OutOfMemory) = AllocError::into_parts(error);
                assert!(matches!(reason, OutOfMemory::HeapLimit { .. }), "{reason}");
                assert_eq!(vec.len(), len);
                None
            }
        }
    }

    /// Makes the object, unless the heap is at its limit.
    pub fn make(mut self, mc: &Mutation<'gc>) -> Option<Strong<'gc>> {
        let (id, len) = (self.id, self.len);
        match self.kind {
            Kind::Top => self.value(mc, self.fixed(), Strong::Top),
            Kind::One => self.value(mc, self.fixed(), Strong::One),
            Kind::Two => self.value(mc, self.fixed(), Strong::Two),
            Kind::Four => self.value(mc, self.fixed(), Strong::Four),
            Kind::Huge => self.value(mc, self.fixed(), Strong::Huge),
            Kind::Once => self.value(mc, Once { id, once: GcOnceCell::new(), slot: self.slot(1) }, Strong::Once),
            Kind::List => {
                let list = (0..len).map(|index| self.slot(index).get()).collect();
                self.value(mc, List { id, list: GcRefCell::new(list) }, Strong::List)
            }
            Kind::Vector => {
                let vec = GcVec::try_new(mc).ok()?;
                for index in 0..len {
                    vec.try_push(mc, self.slot(index).get()).ok()?;
                }
                Gc::try_new(mc, Vector { id, vec }).ok().map(Strong::Vector)
            }
            Kind::Mapped => {
                let map = GcMap::try_with_hasher(mc, std::hash::RandomState::new()).ok()?;
                for index in 0..len {
                    map.try_insert(mc, index as u64, self.slot(index).get()).ok()?;
                }
                Gc::try_new(mc, Mapped { id, map }).ok().map(Strong::Mapped)
            }
            Kind::Tables => Tables::try_new(mc, id, self.slots()).ok().map(Strong::Tables),
            Kind::Thin => {
                self.slice(mc, (0..len).map(|i| GcCell::new(thin(self.slot(i).get()))).collect(), Strong::Thin)
            }
            Kind::Mid => self.slice(mc, (0..len).map(|i| GcCell::new(mid(self.slot(i).get()))).collect(), Strong::Mid),
            Kind::Slots => self.slice(mc, (0..len).map(|i| self.slot(i)).collect(), Strong::Slots),
            Kind::Wide => {
                let element = |i| Wide { id, index: i as u64, slot: self.slot(i) };
                self.slice(mc, (0..len).map(element).collect(), Strong::Wide)
            }
            Kind::Str => {
                let text: String = (0..len).map(|i| byte(id, i) as char).collect();
                let made = if self.infallible { Ok(Gc::from_str(mc, &text)) } else { Gc::try_from_str(mc, &text) };
                made.ok().map(Strong::Str)
            }
            Kind::Bytes => {
                let bytes: Vec<u8> = (0..len).map(|i| byte(id, i)).collect();
                let made =
                    if self.infallible { Ok(Gc::from_slice(mc, &bytes)) } else { Gc::try_from_slice(mc, &bytes) };
                made.ok().map(Strong::Bytes)
            }
            Kind::Dyn if len == 0 => Gc::try_new_dyn(mc, self.fixed::<3>()).ok().map(Strong::Dyn),
            Kind::Dyn => {
                let drops = self.drops();
                Gc::try_new_dyn(mc, drops).ok().map(Strong::Dyn)
            }
            Kind::Drops => {
                let drops = self.drops();
                self.value(mc, drops, Strong::Drops)
            }
            Kind::DropSlice => {
                let elements = (0..len).map(|i| self.tracked(i as u32)).collect();
                self.slice(mc, elements, Strong::DropSlice)
            }
            Kind::External => {
                let bytes = GcRefCell::new(vec![id as u8; len]);
                self.value(mc, External { id, slots: self.slots(), bytes }, Strong::External)
            }
            Kind::Aligned => self.value(mc, Aligned { id, slots: self.slots() }, Strong::Aligned),
            Kind::Paged => self.value(mc, Paged { id, slots: self.slots() }, Strong::Paged),
            Kind::Nought => self.value(mc, Nought, Strong::Nought),
        }
    }
}

/// A value that an error gave back: is it whole?
trait Trace2<'gc>: gc_core::Trace<'gc> {
    fn check(&self, id: u64);
}
macro_rules! gives_back {
    ($([$($const:tt)*] $ty:ty),*) => { $(
        impl<'gc, $($const)*> Trace2<'gc> for $ty {
            fn check(&self, id: u64) {
                assert_eq!(self.id, id, "an error gives back another value");
            }
        }
    )* };
}
gives_back!([const N: usize] Fixed<'gc, N>, [] Once<'gc>, [] List<'gc>, [] Drops<'gc>, [] External<'gc>, [] Aligned<'gc>, [] Paged<'gc>);
impl<'gc> Trace2<'gc> for Nought {
    fn check(&self, _: u64) {}
}

fn thin<'gc>(ptr: Ptr<'gc>) -> Option<Gc<'gc, Fixed<'gc, 2>>> {
    if let Ptr::Strong(Strong::Two(gc)) = ptr { Some(gc) } else { None }
}
fn mid<'gc>(ptr: Ptr<'gc>) -> Option<Strong<'gc>> {
    if let Ptr::Strong(strong) = ptr { Some(strong) } else { None }
}
fn of_option(strong: Option<Strong<'_>>) -> Ptr<'_> {
    strong.map_or(Ptr::Null, Ptr::Strong)
}

impl<'gc> Strong<'gc> {
    /// How many slots, or bytes.
    pub fn len(self) -> usize {
        match self {
            Strong::Top(gc) => gc.slots.len(),
            Strong::One(gc) => gc.slots.len(),
            Strong::Two(gc) => gc.slots.len(),
            Strong::Four(gc) => gc.slots.len(),
            Strong::Huge(gc) => gc.slots.len(),
            Strong::Once(_) => 2,
            Strong::List(gc) => gc.list.borrow().len(),
            Strong::Vector(gc) => gc.vec.len(),
            Strong::Mapped(gc) => gc.map.len(),
            Strong::Tables(gc) => gc.slots.len(),
            Strong::Thin(gc) => gc.len(),
            Strong::Mid(gc) => gc.len(),
            Strong::Slots(gc) => gc.len(),
            Strong::Wide(gc) => gc.len(),
            Strong::Str(gc) => gc.len(),
            Strong::Bytes(gc) => gc.len(),
            Strong::Dyn(gc) => gc.slots().len(),
            Strong::Drops(gc) => gc.slots.len(),
            Strong::DropSlice(gc) => gc.len(),
            Strong::External(gc) => gc.slots.len(),
            Strong::Aligned(gc) => gc.slots.len(),
            Strong::Paged(gc) => gc.slots.len(),
            Strong::Nought(_) => 0,
        }
    }

    /// What the slot holds.
    pub fn get(self, slot: usize) -> Ptr<'gc> {
        match self {
            Strong::Top(gc) => gc.slots[slot].get(),
            Strong::One(gc) => gc.slots[slot].get(),
            Strong::Two(gc) => gc.slots[slot].get(),
            Strong::Four(gc) => gc.slots[slot].get(),
            Strong::Huge(gc) => gc.slots[slot].get(),
            Strong::Once(gc) if slot == 0 => gc.once.get().copied().unwrap_or_default(),
            Strong::Once(gc) => gc.slot.get(),
            Strong::List(gc) => gc.list.borrow()[slot],
            Strong::Vector(gc) => gc.vec.get(slot).expect("an element"),
            Strong::Mapped(gc) => gc.map.get(&(slot as u64)).expect("an entry"),
            Strong::Tables(gc) => gc.slots[slot].get(),
            Strong::Thin(gc) => of_option(gc[slot].get().map(Strong::Two)),
            Strong::Mid(gc) => of_option(gc[slot].get()),
            Strong::Slots(gc) => gc[slot].get(),
            Strong::Wide(gc) => gc[slot].slot.get(),
            Strong::Dyn(gc) => gc.slots()[slot].get(),
            Strong::Drops(gc) => gc.slots[slot].get(),
            Strong::External(gc) => gc.slots[slot].get(),
            Strong::Aligned(gc) => gc.slots[slot].get(),
            Strong::Paged(gc) => gc.slots[slot].get(),
            Strong::Str(_) | Strong::Bytes(_) | Strong::DropSlice(_) | Strong::Nought(_) => unreachable!("a leaf"),
        }
    }

    /// Writes the slot, in one of several ways. False if that takes memory that is not to be had.
    pub fn set(self, mc: &Mutation<'gc>, slot: usize, ptr: Ptr<'gc>, way: u8) -> bool {
        match self {
            Strong::Vector(gc) if slot == gc.vec.len() => return gc.vec.try_push(mc, ptr).is_ok(),
            Strong::Vector(gc) => gc.vec.set(mc, slot, ptr),
            Strong::Mapped(gc) => return gc.map.try_insert(mc, slot as u64, ptr).is_ok(),
            Strong::Tables(gc) => gc.write(mc, |o| &o.slots[slot]).set(ptr),
            Strong::Top(gc) => set_fixed(gc, mc, slot, ptr, way),
            Strong::One(gc) => set_fixed(gc, mc, slot, ptr, way),
            Strong::Two(gc) => set_fixed(gc, mc, slot, ptr, way),
            Strong::Four(gc) => set_fixed(gc, mc, slot, ptr, way),
            Strong::Huge(gc) => set_fixed(gc, mc, slot, ptr, way),
            Strong::Once(gc) if slot == 0 => assert!(gc.write(mc, |o| &o.once).set(ptr).is_ok()),
            Strong::Once(gc) => gc.write(mc, |o| &o.slot).set(ptr),
            Strong::List(gc) => {
                let mut list = gc.write(mc, |o| &o.list).borrow_mut();
                if slot == list.len() {
                    list.push(ptr);
                } else {
                    list[slot] = ptr;
                }
            }
            Strong::Thin(gc) => set_element(gc, mc, slot, thin(ptr), way),
            Strong::Mid(gc) => set_element(gc, mc, slot, mid(ptr), way),
            Strong::Slots(gc) => set_element(gc, mc, slot, ptr, way),
            Strong::Wide(gc) => match way % 2 {
                0 => gc.write(mc, |s| &s[slot].slot).set(ptr),
                _ => gc.write_at(mc, &gc[slot].slot).set(ptr),
            },
            Strong::Dyn(gc) => gc.write(mc, |o| &o.slots()[slot]).set(ptr),
            Strong::Drops(gc) => gc.write(mc, |o| &o.slots[slot]).set(ptr),
            Strong::External(gc) => gc.write(mc, |o| &o.slots[slot]).set(ptr),
            Strong::Aligned(gc) => gc.write(mc, |o| &o.slots[slot]).set(ptr),
            Strong::Paged(gc) => gc.write(mc, |o| &o.slots[slot]).set(ptr),
            Strong::Str(_) | Strong::Bytes(_) | Strong::DropSlice(_) | Strong::Nought(_) => unreachable!("a leaf"),
        }
        true
    }

    /// Takes the last slot of a list away, or all of them.
    pub fn shorten(self, mc: &Mutation<'gc>, all: bool) {
        match (self, all) {
            (Strong::List(gc), true) => gc.write(mc, |o| &o.list).borrow_mut().clear(),
            (Strong::List(gc), false) => drop(gc.write(mc, |o| &o.list).borrow_mut().pop()),
            (Strong::Vector(gc), true) => gc.vec.clear(mc),
            (Strong::Vector(gc), false) => drop(gc.vec.pop(mc)),
            (Strong::Mapped(gc), true) => gc.map.clear(mc),
            (Strong::Mapped(gc), false) => {
                gc.map.remove(mc, &(gc.map.len() as u64).wrapping_sub(1));
            }
            _ => unreachable!("not a list"),
        }
    }

    /// Replaces the bytes that an object owns outside the heap.
    pub fn grow(self, mc: &Mutation<'gc>, len: usize) {
        let Strong::External(gc) = self else { unreachable!("owns nothing") };
        gc.write(mc, |o| &o.bytes).replace(vec![gc.id as u8; len]);
    }

    /// Panics if the object's own contents are not those of the object with this number.
    pub fn assert_whole(self, id: u64) {
        let seen = match self {
            Strong::Top(gc) => sealed(gc.id, gc.seal),
            Strong::One(gc) => sealed(gc.id, gc.seal),
            Strong::Two(gc) => sealed(gc.id, gc.seal),
            Strong::Four(gc) => sealed(gc.id, gc.seal),
            Strong::Huge(gc) => sealed(gc.id, gc.seal),
            Strong::Once(gc) => gc.id,
            Strong::List(gc) => gc.id,
            Strong::Vector(gc) => gc.id,
            Strong::Mapped(gc) => gc.id,
            Strong::Tables(gc) => gc.id,
            Strong::Thin(_) | Strong::Mid(_) | Strong::Slots(_) => id,
            Strong::Wide(gc) => {
                assert!(gc.iter().enumerate().all(|(i, e)| (e.id, e.index) == (id, i as u64)), "elements of {id}");
                id
            }
            Strong::Str(gc) => {
                assert_bytes(gc.as_bytes(), id);
                id
            }
            Strong::Bytes(gc) => {
                assert_bytes(&gc, id);
                id
            }
            Strong::Dyn(gc) => gc.id(),
            Strong::Drops(gc) => {
                assert_eq!(gc.tracked.id, id);
                gc.id
            }
            Strong::DropSlice(gc) => {
                assert!(gc.iter().enumerate().all(|(i, e)| (e.id, e.index) == (id, i as u32)), "elements of {id}");
                id
            }
            Strong::External(gc) => {
                assert!(gc.bytes.borrow().iter().all(|&b| b == id as u8), "bytes of {id}");
                gc.id
            }
            Strong::Aligned(gc) => gc.id,
            Strong::Paged(gc) => gc.id,
            Strong::Nought(_) => id,
        };
        assert_eq!(seen, id, "a {:?} is another", self.kind());
        let align = match self.kind() {
            Kind::Aligned => 64,
            Kind::Paged => 4096,
            _ => 1,
        };
        assert_eq!(self.address() % align, 0, "a {:?} is not aligned", self.kind());
    }
}

fn sealed(id: u64, seal: u64) -> u64 {
    assert_eq!(id, !seal, "the two ends of an object disagree");
    id
}

fn assert_bytes(bytes: &[u8], id: u64) {
    let step = (bytes.len() / 4096).max(1);
    let end = bytes.len().saturating_sub(1);
    for index in (0..bytes.len()).step_by(step).chain(bytes.last().map(|_| end)) {
        assert_eq!(bytes[index], byte(id, index), "byte {index} of {id}, of {}", bytes.len());
    }
}

fn set_fixed<'gc, const N: usize>(gc: Gc<'gc, Fixed<'gc, N>>, mc: &Mutation<'gc>, slot: usize, ptr: Ptr<'gc>, way: u8) {
    match way % 3 {
        0 => gc.write(mc, |o| &o.slots[slot]).set(ptr),
        1 => gc.write_at(mc, &gc.slots[slot]).set(ptr),
        _ => gc.write(mc, |o| &o.slots).slice().at(slot).set(ptr),
    }
}

fn set_element<'gc, T: gc_core::Trace<'gc>>(
    gc: Gc<'gc, [GcCell<T>]>,
    mc: &Mutation<'gc>,
    slot: usize,
    value: T,
    way: u8,
) {
    let (from, to) = (slot.saturating_sub(way as usize), (slot + 1 + way as usize).min(gc.len()));
    match way % 4 {
        0 => gc.write(mc, |s| &s[slot]).set(value),
        1 => gc.write_at(mc, &gc[slot]).set(value),
        2 => gc.write(mc, |s| &s[from..to]).at(slot - from).set(value),
        _ => drop(gc.write(mc, |s| &s[slot]).replace(value)),
    }
}
