//! Vectors.

use gc_core::GcCell;

use super::arguments::{destination, index, range, vector};
use super::{Primitive, at_least, between, exactly};
use crate::context::Ctx;
use crate::error::{Res, error};
use crate::value::Value;

fn values<'gc>(slots: &[GcCell<Value<'gc>>]) -> Vec<Value<'gc>> {
    slots.iter().map(GcCell::get).collect()
}

fn copy<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let (to, from) = (vector("vector-copy!", a[0])?, vector("vector-copy!", a[2])?);
    let (start, end) = range("vector-copy!", a, 3, from.len())?;
    let at = destination("vector-copy!", a[1], to.len(), end - start)?;
    // By way of a copy: the two may overlap.
    let moved = values(&from[start..end]);
    for (slot, value) in to.write(ctx.mc, |slots| &slots[at..at + moved.len()]).each().zip(moved) {
        slot.set(value);
    }
    Ok(Value::Unspecified)
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("make-vector", 1, 2, |ctx, a| {
        let fill = a.get(1).copied().unwrap_or(Value::Unspecified);
        let count = index("make-vector", a[0])?;
        let mut slots = ctx.reserve(count)?;
        slots.resize_with(count, || GcCell::new(fill));
        Ok(Value::Vector(gc_core::Gc::try_from_vec(ctx.mc, slots)?))
    }),
    at_least("vector", 0, |ctx, a| ctx.vector(a)),
    exactly("vector-length", 1, |_, a| Ok(Value::Int(vector("vector-length", a[0])?.len() as i64))),
    exactly("vector-ref", 2, |_, a| {
        let (slots, at) = (vector("vector-ref", a[0])?, index("vector-ref", a[1])?);
        slots.get(at).map(GcCell::get).ok_or_else(|| error("vector-ref: the index is out of range:", &a[1..]))
    }),
    exactly("vector-set!", 3, |ctx, a| {
        let (slots, at) = (vector("vector-set!", a[0])?, index("vector-set!", a[1])?);
        match slots.as_ref().get(at) {
            Some(slot) => {
                slots.write_at(ctx.mc, slot).set(a[2]);
                Ok(Value::Unspecified)
            }
            None => Err(error("vector-set!: the index is out of range:", &a[1..2])),
        }
    }),
    between("vector->list", 1, 3, |ctx, a| {
        let slots = vector("vector->list", a[0])?;
        let (start, end) = range("vector->list", a, 1, slots.len())?;
        ctx.list(&values(&slots[start..end]))
    }),
    exactly("list->vector", 1, |ctx, a| ctx.vector(&ctx.elements("list->vector", a[0])?)),
    between("vector-copy", 1, 3, |ctx, a| {
        let slots = vector("vector-copy", a[0])?;
        let (start, end) = range("vector-copy", a, 1, slots.len())?;
        ctx.vector(&values(&slots[start..end]))
    }),
    between("vector-copy!", 3, 5, copy),
    between("vector-fill!", 2, 4, |ctx, a| {
        let slots = vector("vector-fill!", a[0])?;
        let (start, end) = range("vector-fill!", a, 2, slots.len())?;
        for slot in slots.write(ctx.mc, |slots| &slots[start..end]).each() {
            slot.set(a[1]);
        }
        Ok(Value::Unspecified)
    }),
    at_least("vector-append", 0, |ctx, a| {
        let mut all = Vec::new();
        for &argument in a {
            all.extend(vector("vector-append", argument)?.iter().map(GcCell::get));
        }
        ctx.vector(&all)
    }),
];
