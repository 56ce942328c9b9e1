//! Weakness for values of any kind: what the library `(gc weak)` is made of.
//!
//! The heap's weak tables and guardians are for objects of one type, and a value may lead to an object of any of
//! twenty. So there is a table for each kind of value that has been a key, made when the first such key comes, and
//! an enum of the same shape as `Value` says which kind it is for.
//!
//! - **W1** Values that are no objects are never collected. They are nobody's key here; what is filed under them is
//!   kept.

use gc_core::{EphemeronMap, Gc, GcCell, GcVec, Guardian, Mutation, Trace};
use num_bigint::BigInt;

use crate::builtins::hash::Table;
use crate::code::Code;
use crate::context::Ctx;
use crate::environment::Environment;
use crate::error::Res;
use crate::expand::Alias;
use crate::ports::Port;
use crate::text::Text;
use crate::value::{Condition, Pair, Parameter, Promise, Ratio, RecordProcedure, RecordType, Value};
use crate::vm::Continuation;

/// Makes the enums, with a variant for each kind of value that is an object.
macro_rules! for_each_kind {
    ($($kind:ident($object:ty)),+ $(,)?) => {
        /// Values by keys of one kind: an entry lasts as long as its key is reached some other way.
        #[derive(Clone, Copy, Trace)]
        enum KindMap<'gc> {
            $($kind(EphemeronMap<'gc, $object, Value<'gc>>),)+
        }

        impl<'gc> KindMap<'gc> {
            /// An empty map for keys like this one; none, if it is no object.
            fn for_key(ctx: Ctx<'gc>, key: Value<'gc>) -> Res<'gc, Option<Self>> {
                Ok(match key {
                    $(Value::$kind(_) => Some(KindMap::$kind(EphemeronMap::try_new(ctx.mc)?)),)+
                    _ => None,
                })
            }

            fn fits(self, key: Value<'gc>) -> bool {
                matches!((self, key), $((KindMap::$kind(_), Value::$kind(_)))|+)
            }

            fn get(self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
                match (self, key) {
                    $((KindMap::$kind(map), Value::$kind(key)) => map.get(mc, key),)+
                    _ => None,
                }
            }

            fn set(self, ctx: Ctx<'gc>, key: Value<'gc>, value: Value<'gc>) -> Res<'gc, ()> {
                match (self, key) {
                    $((KindMap::$kind(map), Value::$kind(key)) => drop(map.try_insert(ctx.mc, key, value)?),)+
                    _ => {}
                }
                Ok(())
            }

            fn remove(self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
                match (self, key) {
                    $((KindMap::$kind(map), Value::$kind(key)) => map.remove(mc, key),)+
                    _ => None,
                }
            }

            fn clear(self, mc: &Mutation<'gc>) {
                match self {
                    $(KindMap::$kind(map) => map.clear(mc),)+
                }
            }

            /// Adds the entries whose keys are alive to `entries`.
            fn entries_into(self, mc: &Mutation<'gc>, entries: &mut Vec<(Value<'gc>, Value<'gc>)>) {
                match self {
                    $(KindMap::$kind(map) => entries.extend(map.iter(mc).map(|(key, value)| (Value::$kind(key), value))),)+
                }
            }
        }

        /// Hands back objects of one kind.
        #[derive(Clone, Copy, Trace)]
        enum KindGuard<'gc> {
            $($kind(Guardian<'gc, $object>),)+
        }

        impl<'gc> KindGuard<'gc> {
            /// A guardian of objects like this one; none, if it is no object.
            fn for_object(ctx: Ctx<'gc>, object: Value<'gc>) -> Res<'gc, Option<Self>> {
                Ok(match object {
                    $(Value::$kind(_) => Some(KindGuard::$kind(Guardian::try_new(ctx.mc)?)),)+
                    _ => None,
                })
            }

            fn fits(self, object: Value<'gc>) -> bool {
                matches!((self, object), $((KindGuard::$kind(_), Value::$kind(_)))|+)
            }

            fn register(self, ctx: Ctx<'gc>, object: Value<'gc>) -> Res<'gc, ()> {
                match (self, object) {
                    $((KindGuard::$kind(guardian), Value::$kind(object)) => guardian.try_register(ctx.mc, object)?,)+
                    _ => {}
                }
                Ok(())
            }

            fn poll(self, mc: &Mutation<'gc>) -> Option<Value<'gc>> {
                match self {
                    $(KindGuard::$kind(guardian) => guardian.poll(mc).map(Value::$kind),)+
                }
            }
        }
    };
}

for_each_kind! {
    Big(BigInt), Ratio(Ratio), Symbol(str), String(Text<'gc>), Pair(Pair<'gc>), Vector([GcCell<Value<'gc>>]),
    Bytes([GcCell<u8>]), Closure([GcCell<Value<'gc>>]), CaseLambda([Value<'gc>]), Continuation(Continuation<'gc>),
    Parameter(Parameter<'gc>), RecordProcedure(RecordProcedure<'gc>), Record([GcCell<Value<'gc>>]),
    RecordType(RecordType<'gc>), Values([Value<'gc>]), Promise(Promise<'gc>), Condition(Condition<'gc>),
    Environment(Environment<'gc>), Port(Port), Table(Table<'gc>), Ephemeron(Ephemeron<'gc>), Guard(Guard<'gc>),
    Code(Code<'gc>), Cell(GcCell<Value<'gc>>), Alias(Alias<'gc>),
}

/// Values by objects of any kind, compared by identity.
#[derive(Clone, Copy, Trace)]
pub(crate) struct ObjectMap<'gc> {
    /// One for each kind that has been a key.
    kinds: GcVec<'gc, KindMap<'gc>>,
}

impl<'gc> ObjectMap<'gc> {
    pub(crate) fn new(ctx: Ctx<'gc>) -> Res<'gc, Self> {
        Ok(ObjectMap { kinds: GcVec::try_new(ctx.mc)? })
    }

    fn kind(self, key: Value<'gc>) -> Option<KindMap<'gc>> {
        self.kinds.iter().find(|kind| kind.fits(key))
    }

    pub(crate) fn get(self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
        self.kind(key)?.get(mc, key)
    }

    /// Gives the object a value. False if the key is no object (W1).
    pub(crate) fn set(self, ctx: Ctx<'gc>, key: Value<'gc>, value: Value<'gc>) -> Res<'gc, bool> {
        let kind = match self.kind(key) {
            Some(kind) => kind,
            None => {
                let Some(kind) = KindMap::for_key(ctx, key)? else { return Ok(false) };
                self.kinds.try_push(ctx.mc, kind)?;
                kind
            }
        };
        kind.set(ctx, key, value)?;
        Ok(true)
    }

    pub(crate) fn remove(self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
        self.kind(key)?.remove(mc, key)
    }

    pub(crate) fn clear(self, mc: &Mutation<'gc>) {
        self.kinds.iter().for_each(|kind| kind.clear(mc));
    }

    /// The entries whose keys are alive.
    pub(crate) fn entries(self, mc: &Mutation<'gc>) -> Vec<(Value<'gc>, Value<'gc>)> {
        let mut entries = Vec::new();
        self.kinds.iter().for_each(|kind| kind.entries_into(mc, &mut entries));
        entries
    }
}

/// The entries of a table that does not keep its keys.
#[derive(Clone, Copy, Trace)]
pub(crate) struct WeakEntries<'gc> {
    map: ObjectMap<'gc>,
    /// Where values are kept even if only they lead to their keys, the cells that are the map's values. Those of dead
    /// keys go when the list is full, and when somebody looks at all entries.
    kept: Option<GcVec<'gc, Gc<'gc, GcCell<Value<'gc>>>>>,
}

/// A list of so many kept values is not looked through.
const FEW: usize = 16;

impl<'gc> WeakEntries<'gc> {
    /// `ephemeral`: a value does not keep its own key.
    pub(crate) fn new(ctx: Ctx<'gc>, ephemeral: bool) -> Res<'gc, Self> {
        let kept = if ephemeral { None } else { Some(GcVec::try_new(ctx.mc)?) };
        Ok(WeakEntries { map: ObjectMap::new(ctx)?, kept })
    }

    pub(crate) fn is_ephemeral(self) -> bool {
        self.kept.is_none()
    }

    pub(crate) fn get(self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
        match self.map.get(mc, key)? {
            Value::Cell(cell) if self.kept.is_some() => Some(cell.get()),
            value => Some(value),
        }
    }

    /// Gives the object a value. False if the key is no object (W1).
    pub(crate) fn set(self, ctx: Ctx<'gc>, key: Value<'gc>, value: Value<'gc>) -> Res<'gc, bool> {
        let Some(kept) = self.kept else { return self.map.set(ctx, key, value) };
        if key.address().is_none() {
            return Ok(false);
        }
        if let Some(Value::Cell(cell)) = self.map.get(ctx.mc, key) {
            cell.set(ctx.mc, value);
            return Ok(true);
        }
        let cell = ctx.cell(value)?;
        if kept.len() >= FEW && kept.len() == kept.capacity() {
            self.forget_dead(ctx.mc);
            // Room for as many again: so each cell pays for looking at two.
            kept.try_reserve(ctx.mc, kept.len().max(FEW))?;
        }
        kept.try_push(ctx.mc, cell)?;
        self.map.set(ctx, key, Value::Cell(cell))
    }

    pub(crate) fn remove(self, mc: &Mutation<'gc>, key: Value<'gc>) {
        if let Some(Value::Cell(cell)) = self.map.remove(mc, key)
            && self.kept.is_some()
        {
            // The cell stays in the list for a while; what it holds does not.
            cell.set(mc, Value::Unspecified);
        }
    }

    pub(crate) fn clear(self, mc: &Mutation<'gc>) {
        self.map.clear(mc);
        if let Some(kept) = self.kept {
            kept.clear(mc);
        }
    }

    /// The entries whose keys are alive.
    pub(crate) fn entries(self, mc: &Mutation<'gc>) -> Vec<(Value<'gc>, Value<'gc>)> {
        let mut entries = self.map.entries(mc);
        if self.kept.is_some() {
            for (_, value) in &mut entries {
                if let Value::Cell(cell) = *value {
                    *value = cell.get();
                }
            }
        }
        entries
    }

    /// Lets go of the values of dead keys.
    pub(crate) fn forget_dead(self, mc: &Mutation<'gc>) {
        let Some(kept) = self.kept else { return };
        let mut place = 0;
        for (_, value) in self.map.entries(mc) {
            // There are no more live entries than cells in the list.
            if let Value::Cell(cell) = value
                && place < kept.len()
            {
                kept.set(mc, place, cell);
                place += 1;
            }
        }
        kept.truncate(mc, place);
    }
}

/// A key and a value: as long as the key is reached some other way, so is the value.
#[derive(Trace)]
pub(crate) struct Ephemeron<'gc> {
    entry: Option<KindMap<'gc>>,
    /// Both, if the key is no object (W1).
    kept: Option<(Value<'gc>, Value<'gc>)>,
}

impl<'gc> Ephemeron<'gc> {
    pub(crate) fn new(ctx: Ctx<'gc>, key: Value<'gc>, value: Value<'gc>) -> Res<'gc, Self> {
        Ok(match KindMap::for_key(ctx, key)? {
            Some(map) => {
                map.set(ctx, key, value)?;
                Ephemeron { entry: Some(map), kept: None }
            }
            None => Ephemeron { entry: None, kept: Some((key, value)) },
        })
    }

    /// Key and value; nothing, if it is broken.
    pub(crate) fn get(&self, mc: &Mutation<'gc>) -> Option<(Value<'gc>, Value<'gc>)> {
        let Some(map) = self.entry else { return self.kept };
        let mut entries = Vec::with_capacity(1);
        map.entries_into(mc, &mut entries);
        entries.pop()
    }
}

/// A guardian of objects of any kind, with what is given back for each.
#[derive(Trace)]
pub(crate) struct Guard<'gc> {
    kinds: GcVec<'gc, KindGuard<'gc>>,
    /// A list for each object, of what is given back: one element for each registration.
    representatives: ObjectMap<'gc>,
}

impl<'gc> Guard<'gc> {
    pub(crate) fn new(ctx: Ctx<'gc>) -> Res<'gc, Self> {
        Ok(Guard { kinds: GcVec::try_new(ctx.mc)?, representatives: ObjectMap::new(ctx)? })
    }

    pub(crate) fn register(&self, ctx: Ctx<'gc>, object: Value<'gc>, representative: Value<'gc>) -> Res<'gc, ()> {
        let known = self.kinds.iter().find(|kind| kind.fits(object));
        let kind = match known {
            Some(kind) => kind,
            None => {
                let Some(kind) = KindGuard::for_object(ctx, object)? else { return Ok(()) };
                self.kinds.try_push(ctx.mc, kind)?;
                kind
            }
        };
        let others = self.representatives.get(ctx.mc, object).unwrap_or(Value::Nil);
        let all = ctx.cons(representative, others)?;
        self.representatives.set(ctx, object, all)?;
        kind.register(ctx, object)
    }

    /// What was registered for an object that was found unreachable, if there is one.
    pub(crate) fn poll(&self, ctx: Ctx<'gc>) -> Res<'gc, Option<Value<'gc>>> {
        let Some(object) = self.kinds.iter().find_map(|kind| kind.poll(ctx.mc)) else { return Ok(None) };
        let all = self.representatives.get(ctx.mc, object);
        let Some((representative, others)) = all.and_then(|all| all.as_pair()) else { return Ok(Some(object)) };
        if matches!(others, Value::Nil) {
            self.representatives.remove(ctx.mc, object);
        } else {
            self.representatives.set(ctx, object, others)?;
        }
        Ok(Some(representative))
    }
}
