//! Hash tables: SRFI 69, for the equivalences that there are hash functions for. The prelude adds the rest.
//!
//! A key is hashed when it goes in, and the table keeps the hash: growing it calls nothing. Objects that are
//! compared by identity are hashed by what stands for them wherever they move, [`Value::identity`].
//!
//! A weak table is one by `eq?` that does not keep the keys that are objects.

use std::hash::{Hash, Hasher};

use gc_core::{Gc, GcMap, Mutation, Trace};

use super::{Primitive, between, exactly};
use crate::context::Ctx;
use crate::equal::{hash_value, is_equal, is_eqv};
use crate::error::{Res, error, wrong_type};
use crate::value::Value;
use crate::weak::WeakEntries;

/// How keys are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Trace)]
#[trace(static)]
pub(crate) enum Equivalence {
    Eq,
    Eqv,
    Equal,
    String,
    StringCi,
}

impl Equivalence {
    fn same<'gc>(self, a: Value<'gc>, b: Value<'gc>) -> bool {
        match self {
            Equivalence::Eq => a.is_eq(b),
            Equivalence::Eqv => is_eqv(a, b),
            Equivalence::Equal | Equivalence::String => is_equal(a, b),
            Equivalence::StringCi => match (a, b) {
                (Value::String(a), Value::String(b)) => a.text().to_lowercase() == b.text().to_lowercase(),
                _ => is_eqv(a, b),
            },
        }
    }

    fn hash<'gc>(self, mc: &Mutation<'gc>, value: Value<'gc>) -> u64 {
        match (self, value) {
            (Equivalence::StringCi, Value::String(text)) => crate::equal::hash_text(&text.text().to_lowercase()),
            (Equivalence::Eq | Equivalence::Eqv, _) => hash_value(mc, value, false),
            _ => hash_value(mc, value, true),
        }
    }
}

/// A key, with its hash and how it is compared.
#[derive(Clone, Copy, Trace)]
pub(crate) struct Key<'gc> {
    value: Value<'gc>,
    hash: u64,
    equivalence: Equivalence,
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}
impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.equivalence.same(self.value, other.value)
    }
}
impl Eq for Key<'_> {}

/// Takes a hash as it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type Build = std::hash::BuildHasherDefault<AsIs>;

#[derive(Trace)]
pub(crate) struct Table<'gc> {
    entries: GcMap<'gc, Key<'gc>, Value<'gc>, Build>,
    equivalence: Equivalence,
    /// The entries whose keys are objects, if those are not to be kept.
    weak: Option<WeakEntries<'gc>>,
}

impl<'gc> Table<'gc> {
    fn new(ctx: Ctx<'gc>, equivalence: Equivalence, weak: Option<WeakEntries<'gc>>) -> Res<'gc, Self> {
        Ok(Table { entries: GcMap::try_with_hasher(ctx.mc, Build::default())?, equivalence, weak })
    }

    fn key(&self, mc: &Mutation<'gc>, value: Value<'gc>) -> Key<'gc> {
        Key { value, hash: self.equivalence.hash(mc, value), equivalence: self.equivalence }
    }

    fn get(&self, mc: &Mutation<'gc>, key: Value<'gc>) -> Option<Value<'gc>> {
        match self.weak {
            Some(weak) if key.address().is_some() => weak.get(mc, key),
            _ => self.entries.get(&self.key(mc, key)),
        }
    }

    fn set(&self, ctx: Ctx<'gc>, key: Value<'gc>, value: Value<'gc>) -> Res<'gc, ()> {
        if let Some(weak) = self.weak
            && weak.set(ctx, key, value)?
        {
            return Ok(());
        }
        self.entries.try_insert(ctx.mc, self.key(ctx.mc, key), value)?;
        Ok(())
    }

    fn remove(&self, mc: &Mutation<'gc>, key: Value<'gc>) {
        match self.weak {
            Some(weak) if key.address().is_some() => weak.remove(mc, key),
            _ => drop(self.entries.remove(mc, &self.key(mc, key))),
        }
    }

    /// All entries, but those of keys that are dead.
    fn all(&self, mc: &Mutation<'gc>) -> Vec<(Value<'gc>, Value<'gc>)> {
        let mut all = self.weak.map_or_else(Vec::new, |weak| {
            weak.forget_dead(mc);
            weak.entries(mc)
        });
        all.extend(self.entries.iter().map(|(key, value)| (key.value, value)));
        all
    }

    /// How many entries there are. A weak table looks at each of them.
    fn len(&self, mc: &Mutation<'gc>) -> usize {
        match self.weak {
            Some(_) => self.all(mc).len(),
            None => self.entries.len(),
        }
    }

    /// How many entries there are whose keys the table keeps.
    pub(crate) fn strong_len(&self) -> usize {
        self.entries.len()
    }

    fn clear(&self, mc: &Mutation<'gc>) {
        self.entries.clear(mc);
        if let Some(weak) = self.weak {
            weak.clear(mc);
        }
    }

    fn copy(&self, ctx: Ctx<'gc>) -> Res<'gc, Self> {
        let weak = match self.weak {
            Some(weak) => Some(WeakEntries::new(ctx, weak.is_ephemeral())?),
            None => None,
        };
        let copy = Table::new(ctx, self.equivalence, weak)?;
        for (key, value) in self.all(ctx.mc) {
            copy.set(ctx, key, value)?;
        }
        Ok(copy)
    }
}

fn table<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, Table<'gc>>> {
    match value {
        Value::Table(table) => Ok(table),
        _ => Err(wrong_type(name, "a hash table", value)),
    }
}

fn make<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let kind = match &a[0] {
        Value::Symbol(name) => name.as_ref(),
        _ => "equal",
    };
    let equivalence = match kind {
        "eq" | "weak" | "ephemeron" => Equivalence::Eq,
        "eqv" => Equivalence::Eqv,
        "string" => Equivalence::String,
        "string-ci" => Equivalence::StringCi,
        _ => Equivalence::Equal,
    };
    let weak = match kind {
        "weak" | "ephemeron" => Some(WeakEntries::new(ctx, kind == "ephemeron")?),
        _ => None,
    };
    Ok(Value::Table(Gc::try_new(ctx.mc, Table::new(ctx, equivalence, weak)?)?))
}

fn hash<'gc>(a: &[Value<'gc>], hash: u64) -> Res<'gc, Value<'gc>> {
    let positive = (hash >> 2) as i64;
    match a.get(1) {
        None => Ok(Value::Int(positive)),
        Some(Value::Int(bound)) if *bound > 0 => Ok(Value::Int(positive % bound)),
        Some(&bound) => Err(wrong_type("hash", "a bound above 0", bound)),
    }
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("%make-table", 1, make),
    exactly("%table-ref", 3, |ctx, a| Ok(table("hash-table-ref", a[0])?.get(ctx.mc, a[1]).unwrap_or(a[2]))),
    exactly("%table-set!", 3, |ctx, a| {
        table("hash-table-set!", a[0])?.set(ctx, a[1], a[2])?;
        Ok(Value::Unspecified)
    }),
    exactly("%table-delete!", 2, |ctx, a| {
        table("hash-table-delete!", a[0])?.remove(ctx.mc, a[1]);
        Ok(Value::Unspecified)
    }),
    exactly("%table-contains?", 2, |ctx, a| {
        Ok(Value::Bool(table("hash-table-exists?", a[0])?.get(ctx.mc, a[1]).is_some()))
    }),
    exactly("%table-size", 1, |ctx, a| Ok(Value::Int(table("hash-table-size", a[0])?.len(ctx.mc) as i64))),
    exactly("%table-clear!", 1, |ctx, a| {
        table("hash-table-clear!", a[0])?.clear(ctx.mc);
        Ok(Value::Unspecified)
    }),
    exactly("%table-equivalence", 1, |ctx, a| {
        ctx.symbol(match table("hash-table-equivalence-function", a[0])?.equivalence {
            Equivalence::Eq => "eq",
            Equivalence::Eqv => "eqv",
            Equivalence::Equal => "equal",
            Equivalence::String => "string",
            Equivalence::StringCi => "string-ci",
        })
    }),
    exactly("%table-copy", 1, |ctx, a| {
        let copy = table("hash-table-copy", a[0])?.copy(ctx)?;
        Ok(Value::Table(Gc::try_new(ctx.mc, copy)?))
    }),
    exactly("%table-keys", 1, |ctx, a| {
        let keys: Vec<_> = table("hash-table-keys", a[0])?.all(ctx.mc).into_iter().map(|(key, _)| key).collect();
        ctx.list(&keys)
    }),
    exactly("%table-values", 1, |ctx, a| {
        let values: Vec<_> =
            table("hash-table-values", a[0])?.all(ctx.mc).into_iter().map(|(_, value)| value).collect();
        ctx.list(&values)
    }),
    exactly("%table->alist", 1, |ctx, a| {
        let mut list = Value::Nil;
        for (key, value) in table("hash-table->alist", a[0])?.all(ctx.mc) {
            let pair = ctx.cons(key, value)?;
            list = ctx.cons(pair, list)?;
        }
        Ok(list)
    }),
    between("hash", 1, 2, |ctx, a| hash(a, hash_value(ctx.mc, a[0], true))),
    between("hash-by-identity", 1, 2, |ctx, a| hash(a, hash_value(ctx.mc, a[0], false))),
    between("string-hash", 1, 2, |ctx, a| match a[0] {
        Value::String(_) => hash(a, hash_value(ctx.mc, a[0], true)),
        _ => Err(error("string-hash: expected a string, got", &a[..1])),
    }),
    between("string-ci-hash", 1, 2, |ctx, a| hash(a, Equivalence::StringCi.hash(ctx.mc, a[0]))),
];
