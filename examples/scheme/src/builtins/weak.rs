//! `(gc weak)`: ephemerons and guardians. Weak tables are hash tables to everybody: see `hash`.

use gc_core::Gc;

use super::{Primitive, exactly};
use crate::context::Ctx;
use crate::error::{Res, wrong_type};
use crate::value::Value;
use crate::weak::{Ephemeron, Guard};

fn ephemeron<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Gc<'gc, Ephemeron<'gc>>> {
    match value {
        Value::Ephemeron(ephemeron) => Ok(ephemeron),
        _ => Err(wrong_type(name, "an ephemeron", value)),
    }
}

fn guard<'gc>(value: Value<'gc>) -> Res<'gc, Gc<'gc, Guard<'gc>>> {
    match value {
        Value::Guard(guard) => Ok(guard),
        _ => Err(wrong_type("guardian", "a guardian", value)),
    }
}

fn make_ephemeron<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let ephemeron = Ephemeron::new(ctx, a[0], a[1])?;
    Ok(Value::Ephemeron(Gc::try_new(ctx.mc, ephemeron)?))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("make-ephemeron", 2, make_ephemeron),
    exactly("ephemeron?", 1, |_, a| Ok(Value::Bool(matches!(a[0], Value::Ephemeron(_))))),
    exactly("ephemeron-key", 1, |ctx, a| {
        Ok(ephemeron("ephemeron-key", a[0])?.get(ctx.mc).map_or(Value::FALSE, |(key, _)| key))
    }),
    exactly("ephemeron-value", 1, |ctx, a| {
        Ok(ephemeron("ephemeron-value", a[0])?.get(ctx.mc).map_or(Value::FALSE, |(_, value)| value))
    }),
    exactly("ephemeron-broken?", 1, |ctx, a| {
        Ok(Value::Bool(ephemeron("ephemeron-broken?", a[0])?.get(ctx.mc).is_none()))
    }),
    exactly("%make-guard", 0, |ctx, _| Ok(Value::Guard(Gc::try_new(ctx.mc, Guard::new(ctx)?)?))),
    exactly("%guard-register!", 3, |ctx, a| {
        guard(a[0])?.register(ctx, a[1], a[2])?;
        Ok(Value::Unspecified)
    }),
    exactly("%guard-poll", 1, |ctx, a| Ok(guard(a[0])?.poll(ctx)?.unwrap_or(Value::FALSE))),
];
