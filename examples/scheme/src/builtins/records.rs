//! What `define-record-type` is made of.

use gc_core::{Gc, GcCell};

use super::arguments::{index, symbol, vector};
use super::{Primitive, exactly};
use crate::context::Ctx;
use crate::error::{Res, wrong_type};
use crate::value::{RecordKind, RecordProcedure, RecordType, Value};

fn procedure<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>], kind: RecordKind<'gc>) -> Res<'gc, Value<'gc>> {
    let Value::RecordType(of) = a[0] else { return Err(wrong_type("define-record-type", "a record type", a[0])) };
    let procedure = RecordProcedure { kind, of, name: symbol("define-record-type", a[1])? };
    Ok(Value::RecordProcedure(Gc::try_new(ctx.mc, procedure)?))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("%make-record-type", 2, |ctx, a| {
        let fields: Vec<_> = vector("define-record-type", a[1])?.iter().map(GcCell::get).collect();
        let name = symbol("define-record-type", a[0])?;
        let shown = name.as_ref().trim_start_matches('<').trim_end_matches('>');
        let name = ctx.machine.symbols.intern(ctx.mc, shown)?;
        let of = RecordType { name, fields: Gc::try_from_slice(ctx.mc, &fields)? };
        Ok(Value::RecordType(Gc::try_new(ctx.mc, of)?))
    }),
    exactly("%record-constructor", 3, |ctx, a| {
        let slots: Res<'_, Vec<u32>> = vector("define-record-type", a[2])?
            .iter()
            .map(|slot| index("define-record-type", slot.get()).map(|at| at as u32))
            .collect();
        let slots = slots?;
        let direct = slots.iter().enumerate().all(|(at, &slot)| slot as usize == at + 1);
        let slots = Gc::try_from_slice(ctx.mc, &slots)?;
        procedure(ctx, a, RecordKind::Constructor { slots, direct })
    }),
    exactly("%record-predicate", 2, |ctx, a| procedure(ctx, a, RecordKind::Predicate)),
    exactly("%record-accessor", 3, |ctx, a| {
        let slot = index("define-record-type", a[2])?;
        procedure(ctx, a, RecordKind::Accessor(slot as u32))
    }),
    exactly("%record-modifier", 3, |ctx, a| {
        let slot = index("define-record-type", a[2])?;
        procedure(ctx, a, RecordKind::Modifier(slot as u32))
    }),
];
