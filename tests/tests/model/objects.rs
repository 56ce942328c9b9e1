//! The objects of the random programs: every shape that a heap object can have.
//!
//! An object is a *kind* and some slots. Each knows its number, twice where it can, so that memory
//! that was freed or moved too early shows. The implementations of `Trace` are by hand because a
//! program may plant a *fuse*: after so many visits a `trace` panics.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gc_core::{
    DynTrace, EphemeronMap, Gc, GcAny, GcCell, GcMap, GcOnceCell, GcRefCell, GcVec, Guardian, Identity, Interner,
    Mutation, OutOfMemory, Pinned, Rebrand, Relocator, Root, Trace, Tracer, Weak, WeakSet, gc_dyn,
};

/// What a planned panic carries: the hook stays silent, and the player knows it from a failure.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Planned {
    /// In the closure of `mutate`.
    Mutation,
    /// In a `trace`.
    Trace,
    /// In a destructor.
    Destructor,
    /// In the listener of events.
    Listener,
}

impl Planned {
    pub fn throw(self) -> ! {
        std::panic::resume_unwind(Box::new(self))
    }
}

thread_local! {
    /// How many visits are left until a `trace` panics; 0 if none will.
    pub static FUSE: Cell<u32> = const { Cell::new(0) };
}

fn burn() {
    let left = FUSE.get();
    if left > 0 {
        FUSE.set(left - 1);
        if left == 1 {
            Planned::Trace.throw();
        }
    }
}

/// What a slot holds.
#[derive(Clone, Copy, Default)]
pub enum Ptr<'gc> {
    #[default]
    Null,
    Strong(Strong<'gc>),
    Weak(Faint<'gc>),
    Any(GcAny<'gc>),
}

pub type Slot<'gc> = GcCell<Ptr<'gc>>;

/// An object with a number at either end and slots between.
#[repr(C)]
pub struct Fixed<'gc, const N: usize> {
    pub id: u64,
    pub slots: [Slot<'gc>; N],
    pub seal: u64,
}

/// A cell that is written once, and one that is not.
pub struct Once<'gc> {
    pub id: u64,
    pub once: GcOnceCell<Ptr<'gc>>,
    pub slot: Slot<'gc>,
}

pub struct List<'gc> {
    pub id: u64,
    pub list: GcRefCell<Vec<Ptr<'gc>>>,
}

/// A growable array of the library's own.
pub struct Vector<'gc> {
    pub id: u64,
    pub vec: GcVec<'gc, Ptr<'gc>>,
}

/// A map of the library's own: its keys are the numbers of the slots.
pub struct Mapped<'gc> {
    pub id: u64,
    pub map: GcMap<'gc, u64, Ptr<'gc>>,
}

/// What keys of tables and objects of guardians are.
pub type Key<'gc> = Fixed<'gc, 2>;

/// One of all that knows objects without keeping them.
pub struct Tables<'gc> {
    pub id: u64,
    pub slots: [Slot<'gc>; 1],
    pub map: EphemeronMap<'gc, Key<'gc>, Strong<'gc>>,
    pub set: WeakSet<'gc, Key<'gc>>,
    pub guardian: Guardian<'gc, Key<'gc>>,
    pub names: Interner<'gc, str>,
}

impl<'gc> Tables<'gc> {
    pub fn try_new(mc: &Mutation<'gc>, id: u64, slots: [Slot<'gc>; 1]) -> Result<Gc<'gc, Self>, OutOfMemory> {
        let value = Tables {
            id,
            slots,
            map: EphemeronMap::try_new(mc)?,
            set: WeakSet::try_new(mc)?,
            guardian: Guardian::try_new(mc)?,
            names: Interner::try_with_hasher(mc, std::hash::RandomState::new())?,
        };
        Gc::try_new(mc, value).map_err(|error| error.reason())
    }
}

/// An element of 40 bytes.
pub struct Wide<'gc> {
    pub id: u64,
    pub index: u64,
    pub slot: Slot<'gc>,
}

pub struct Drops<'gc> {
    pub id: u64,
    pub slots: [Slot<'gc>; 1],
    pub tracked: Tracked,
}

pub struct External<'gc> {
    pub id: u64,
    pub slots: [Slot<'gc>; 1],
    pub bytes: GcRefCell<Vec<u8>>,
}

#[repr(align(64))]
pub struct Aligned<'gc> {
    pub id: u64,
    pub slots: [Slot<'gc>; 2],
}

#[repr(align(4096))]
pub struct Paged<'gc> {
    pub id: u64,
    pub slots: [Slot<'gc>; 2],
}

/// Of size zero.
pub struct Nought;

/// Something whose end is taken note of.
pub struct Tracked {
    pub id: u64,
    pub index: u32,
    pub log: DropLog,
    /// The destructor panics, after it has taken note.
    pub panics: bool,
    /// A root that ends with it.
    pub holds: Option<Kept>,
}

/// What was dropped since one last looked.
pub type DropLog = Rc<RefCell<Vec<(u64, u32)>>>;

impl Drop for Tracked {
    fn drop(&mut self) {
        self.holds = None;
        self.log.borrow_mut().push((self.id, self.index));
        if self.panics && !std::thread::panicking() {
            Planned::Destructor.throw();
        }
    }
}

pub trait Shape<'gc>: DynTrace<'gc> {
    fn id(&self) -> u64;
    fn slots(&self) -> &[Slot<'gc>];
}
gc_dyn!(Shape<'gc>);

impl<'gc> Shape<'gc> for Fixed<'gc, 3> {
    fn id(&self) -> u64 {
        assert_eq!(self.seal, !self.id);
        self.id
    }
    fn slots(&self) -> &[Slot<'gc>] {
        &self.slots
    }
}
impl<'gc> Shape<'gc> for Drops<'gc> {
    fn id(&self) -> u64 {
        self.id
    }
    fn slots(&self) -> &[Slot<'gc>] {
        &self.slots
    }
}

/// Implements `Trace` and `Rebrand` for a type with these fields that hold pointers.
macro_rules! traced {
    ([$($const:tt)*] $ty:ty, $at:ty, external $external:literal, $($field:ident),*) => {
        // SAFETY: visits and updates the fields that hold pointers; the others hold none. Fuses
        // count in a thread-local that nothing else reads.
        unsafe impl<'gc, $($const)*> Trace<'gc> for $ty {
            const HAS_EXTERNAL: bool = $external;
            fn external_bytes(&self) -> usize {
                0 $(+ self.$field.external_bytes())*
            }
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                burn();
                $(self.$field.trace(tracer);)*
            }
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                $(self.$field.relocate(relocator);)*
            }
        }
        // SAFETY: the same type with another brand.
        unsafe impl<'gc, $($const)*> Rebrand for $ty {
            type At<'b> = $at;
        }
    };
}
traced!([const N: usize] Fixed<'gc, N>, Fixed<'b, N>, external false, slots);
traced!([] Once<'gc>, Once<'b>, external false, once, slot);
traced!([] List<'gc>, List<'b>, external true, list);
traced!([] Vector<'gc>, Vector<'b>, external false, vec);
traced!([] Mapped<'gc>, Mapped<'b>, external false, map);
traced!([] Tables<'gc>, Tables<'b>, external false, slots, map, set, guardian, names);
traced!([] Wide<'gc>, Wide<'b>, external false, slot);
traced!([] Drops<'gc>, Drops<'b>, external false, slots);
traced!([] External<'gc>, External<'b>, external true, slots, bytes);
traced!([] Aligned<'gc>, Aligned<'b>, external false, slots);
traced!([] Paged<'gc>, Paged<'b>, external false, slots);

/// Implements `Trace` and `Rebrand` for a type without pointers.
macro_rules! leaf {
    ($ty:ty) => {
        // SAFETY: the type is `'static`.
        unsafe impl<'gc> Trace<'gc> for $ty {
            const NEEDS_TRACE: bool = false;
            fn trace(&self, _: &mut Tracer<'gc>) {}
            fn relocate(&mut self, _: &mut Relocator<'gc>) {}
        }
        // SAFETY: the type has no brand.
        unsafe impl Rebrand for $ty {
            type At<'b> = $ty;
        }
    };
}
leaf!(Nought);
leaf!(Tracked);

/// A thing for each kind: pointers, weak pointers, roots.
macro_rules! kinds {
    ($($kind:ident: $ty:ty, $family:ty;)*) => {
        /// The kinds of objects.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind { $($kind),* }

        pub const KINDS: &[Kind] = &[$(Kind::$kind),*];

        #[derive(Clone, Copy)]
        pub enum Strong<'gc> { $($kind(Gc<'gc, $ty>)),* }

        #[derive(Clone, Copy)]
        pub enum Faint<'gc> { $($kind(Weak<'gc, $ty>)),* }

        #[derive(Clone)]
        pub enum Kept { $($kind(Root<$family>)),* }

        pub enum Fixture { $($kind(Pinned<$family>)),* }

        impl<'gc> Strong<'gc> {
            pub fn kind(self) -> Kind {
                match self { $(Strong::$kind(_) => Kind::$kind),* }
            }
            pub fn address(self) -> usize {
                match self { $(Strong::$kind(gc) => gc.as_ptr().cast::<()>().addr()),* }
            }
            pub fn downgrade(self) -> Faint<'gc> {
                match self { $(Strong::$kind(gc) => Faint::$kind(gc.downgrade())),* }
            }
            /// The same pointer, by way of its address.
            pub fn by_address(self, mc: &Mutation<'gc>) -> Self {
                match self {
                    // SAFETY: the object is held, so it is alive and does not move.
                    $(Strong::$kind(gc) => Strong::$kind(unsafe { Gc::from_ptr(mc, gc.as_ptr()) })),*
                }
            }
            pub fn any(self) -> GcAny<'gc> {
                match self { $(Strong::$kind(gc) => GcAny::new(gc)),* }
            }
            pub fn keep(self, mc: &Mutation<'gc>) -> Kept {
                match self { $(Strong::$kind(gc) => Kept::$kind(Root::new(mc, gc))),* }
            }
            pub fn pin(self, mc: &Mutation<'gc>) -> Fixture {
                match self { $(Strong::$kind(gc) => Fixture::$kind(gc.pin(mc))),* }
            }
            pub fn identity(self, mc: &Mutation<'gc>) -> Identity {
                match self { $(Strong::$kind(gc) => gc.identity(mc)),* }
            }
            /// The pointer, asked of one without a type. Asks for all other kinds as well.
            pub fn from_any(any: GcAny<'gc>, kind: Kind) -> Option<Self> {
                let mut found = None;
                $(
                    match any.downcast::<$family>() {
                        Some(gc) if kind == Kind::$kind => found = Some(Strong::$kind(gc)),
                        // A trait object is also of its value's family.
                        Some(_) if (kind, Kind::$kind) == (Kind::Dyn, Kind::Drops) => {}
                        Some(_) => panic!("a {kind:?} says that it is a {}", stringify!($kind)),
                        None => {}
                    }
                )*
                found
            }
        }

        impl<'gc> Faint<'gc> {
            pub fn upgrade(self, mc: &Mutation<'gc>) -> Option<Strong<'gc>> {
                match self { $(Faint::$kind(weak) => weak.upgrade(mc).map(Strong::$kind)),* }
            }
        }

        impl Kept {
            pub fn try_get<'gc>(&self, mc: &Mutation<'gc>) -> Option<Strong<'gc>> {
                match self { $(Kept::$kind(root) => root.try_get(mc).map(Strong::$kind)),* }
            }
            /// Replaces the object, if it is of the same kind.
            pub fn set<'gc>(&self, mc: &Mutation<'gc>, to: Strong<'gc>) -> bool {
                match (self, to) {
                    $((Kept::$kind(root), Strong::$kind(gc)) => { root.set(mc, gc); true })*
                    _ => false,
                }
            }
        }

        impl Fixture {
            /// The object, which is where it was when it was pinned.
            pub fn get<'gc>(&self, mc: &Mutation<'gc>) -> Strong<'gc> {
                match self { $(Fixture::$kind(pin) => {
                    let it = Strong::$kind(pin.get(mc));
                    assert_eq!(it.address(), pin.address().as_ptr().addr(), "a pinned object has moved");
                    it
                })* }
            }
        }

        // SAFETY: visits the pointer, of whatever kind.
        unsafe impl<'gc> Trace<'gc> for Strong<'gc> {
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                match self { $(Strong::$kind(gc) => gc.trace(tracer)),* }
            }
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                match self { $(Strong::$kind(gc) => gc.relocate(relocator)),* }
            }
        }
        // SAFETY: visits the pointer, of whatever kind.
        unsafe impl<'gc> Trace<'gc> for Faint<'gc> {
            fn trace(&self, tracer: &mut Tracer<'gc>) {
                match self { $(Faint::$kind(gc) => gc.trace(tracer)),* }
            }
            fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
                match self { $(Faint::$kind(gc) => gc.relocate(relocator)),* }
            }
        }
    };
}

pub const TOP_SLOTS: usize = 24;
pub const HUGE_SLOTS: usize = 500;

kinds! {
    Top: Fixed<'gc, TOP_SLOTS>, Fixed<'static, TOP_SLOTS>;
    One: Fixed<'gc, 1>, Fixed<'static, 1>;
    Two: Fixed<'gc, 2>, Fixed<'static, 2>;
    Four: Fixed<'gc, 4>, Fixed<'static, 4>;
    Huge: Fixed<'gc, HUGE_SLOTS>, Fixed<'static, HUGE_SLOTS>;
    Once: Once<'gc>, Once<'static>;
    List: List<'gc>, List<'static>;
    Vector: Vector<'gc>, Vector<'static>;
    Mapped: Mapped<'gc>, Mapped<'static>;
    Tables: Tables<'gc>, Tables<'static>;
    Thin: [GcCell<Option<Gc<'gc, Fixed<'gc, 2>>>>], [GcCell<Option<Gc<'static, Fixed<'static, 2>>>>];
    Mid: [GcCell<Option<Strong<'gc>>>], [GcCell<Option<Strong<'static>>>];
    Slots: [Slot<'gc>], [Slot<'static>];
    Wide: [Wide<'gc>], [Wide<'static>];
    Str: str, str;
    Bytes: [u8], [u8];
    Dyn: dyn Shape<'gc> + 'gc, dyn Shape<'static> + 'static;
    Drops: Drops<'gc>, Drops<'static>;
    DropSlice: [Tracked], [Tracked];
    External: External<'gc>, External<'static>;
    Aligned: Aligned<'gc>, Aligned<'static>;
    Paged: Paged<'gc>, Paged<'static>;
    Nought: Nought, Nought;
}

// SAFETY: visits the pointer, of whatever strength.
unsafe impl<'gc> Trace<'gc> for Ptr<'gc> {
    fn trace(&self, tracer: &mut Tracer<'gc>) {
        match self {
            Ptr::Null => {}
            Ptr::Strong(strong) => strong.trace(tracer),
            Ptr::Weak(weak) => weak.trace(tracer),
            Ptr::Any(any) => any.trace(tracer),
        }
    }
    fn relocate(&mut self, relocator: &mut Relocator<'gc>) {
        match self {
            Ptr::Null => {}
            Ptr::Strong(strong) => strong.relocate(relocator),
            Ptr::Weak(weak) => weak.relocate(relocator),
            Ptr::Any(any) => any.relocate(relocator),
        }
    }
}
// SAFETY: the same types with another brand.
unsafe impl Rebrand for Ptr<'_> {
    type At<'b> = Ptr<'b>;
}
// SAFETY: likewise.
unsafe impl Rebrand for Strong<'_> {
    type At<'b> = Strong<'b>;
}

/// The byte at `index` of a leaf with this number.
pub fn byte(id: u64, index: usize) -> u8 {
    (id.wrapping_mul(31) as u8).wrapping_add((index as u8).wrapping_mul(7)) & 0x7f
}
