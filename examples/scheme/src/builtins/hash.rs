//! Hash tables: SRFI 69, for the equivalences that there are hash functions for. The prelude adds the rest.
//!
//! A key is hashed when it goes in, and the table keeps the hash: growing it calls nothing. Objects that are
//! compared by identity are hashed by their address, which the heap keeps as it is.

use std::hash::{Hash, Hasher};

use gc_core::{GcMap, Trace};

use super::{Primitive, between, exactly};
use crate::context::Ctx;
use crate::equal::{hash_value, is_equal, is_eqv};
use crate::error::{Res, error, wrong_type};
use crate::value::Value;

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

    fn hash(self, value: Value<'_>) -> u64 {
        match (self, value) {
            (Equivalence::StringCi, Value::String(text)) => crate::equal::hash_text(&text.text().to_lowercase()),
            (Equivalence::Eq | Equivalence::Eqv, _) => hash_value(value, false),
            _ => hash_value(value, true),
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
}

impl<'gc> Table<'gc> {
    fn key(&self, value: Value<'gc>) -> Key<'gc> {
        Key { value, hash: self.equivalence.hash(value), equivalence: self.equivalence }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

fn table<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, gc_core::Gc<'gc, Table<'gc>>> {
    match value {
        Value::Table(table) => Ok(table),
        _ => Err(wrong_type(name, "a hash table", value)),
    }
}

fn make<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let equivalence = match a[0] {
        Value::Symbol(name) => match name.as_ref() {
            "eq" => Equivalence::Eq,
            "eqv" => Equivalence::Eqv,
            "string" => Equivalence::String,
            "string-ci" => Equivalence::StringCi,
            _ => Equivalence::Equal,
        },
        _ => Equivalence::Equal,
    };
    let table = Table { entries: GcMap::with_hasher(ctx.mc, Build::default()), equivalence };
    Ok(Value::Table(gc_core::Gc::try_new(ctx.mc, table)?))
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
    exactly("%table-ref", 3, |_, a| {
        let table = table("hash-table-ref", a[0])?;
        Ok(table.entries.get(&table.key(a[1])).unwrap_or(a[2]))
    }),
    exactly("%table-set!", 3, |ctx, a| {
        let table = table("hash-table-set!", a[0])?;
        table.entries.try_insert(ctx.mc, table.key(a[1]), a[2])?;
        Ok(Value::Unspecified)
    }),
    exactly("%table-delete!", 2, |ctx, a| {
        let table = table("hash-table-delete!", a[0])?;
        table.entries.remove(ctx.mc, &table.key(a[1]));
        Ok(Value::Unspecified)
    }),
    exactly("%table-contains?", 2, |_, a| {
        let table = table("hash-table-exists?", a[0])?;
        Ok(Value::Bool(table.entries.contains_key(&table.key(a[1]))))
    }),
    exactly("%table-size", 1, |_, a| Ok(Value::Int(table("hash-table-size", a[0])?.len() as i64))),
    exactly("%table-clear!", 1, |ctx, a| {
        table("hash-table-clear!", a[0])?.entries.clear(ctx.mc);
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
        let from = table("hash-table-copy", a[0])?;
        let to = GcMap::with_hasher(ctx.mc, Build::default());
        for (key, value) in from.entries.iter() {
            to.try_insert(ctx.mc, key, value)?;
        }
        let copy = Table { entries: to, equivalence: from.equivalence };
        Ok(Value::Table(gc_core::Gc::try_new(ctx.mc, copy)?))
    }),
    exactly("%table-keys", 1, |ctx, a| {
        let keys: Vec<_> = table("hash-table-keys", a[0])?.entries.keys().map(|key| key.value).collect();
        ctx.list(&keys)
    }),
    exactly("%table-values", 1, |ctx, a| {
        let values: Vec<_> = table("hash-table-values", a[0])?.entries.values().collect();
        ctx.list(&values)
    }),
    exactly("%table->alist", 1, |ctx, a| {
        let mut list = Value::Nil;
        for (key, value) in table("hash-table->alist", a[0])?.entries.iter() {
            let pair = ctx.cons(key.value, value)?;
            list = ctx.cons(pair, list)?;
        }
        Ok(list)
    }),
    between("hash", 1, 2, |_, a| hash(a, hash_value(a[0], true))),
    between("hash-by-identity", 1, 2, |_, a| hash(a, hash_value(a[0], false))),
    between("string-hash", 1, 2, |_, a| match a[0] {
        Value::String(_) => hash(a, hash_value(a[0], true)),
        _ => Err(error("string-hash: expected a string, got", &a[..1])),
    }),
    between("string-ci-hash", 1, 2, |_, a| hash(a, Equivalence::StringCi.hash(a[0]))),
];
