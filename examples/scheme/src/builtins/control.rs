//! What the prelude builds control on: dynamic state, promises, parameters, values.

use gc_core::{Gc, GcCell};

use super::arguments::index;
use super::{Primitive, Run, at_least, exactly};
use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::value::{Parameter, Promise, PromiseState, Value};
use crate::vm::{Control, winders};

/// The value of a parameter here and now.
pub(crate) fn parameter_value<'gc>(ctx: Ctx<'gc>, parameter: Gc<'gc, Parameter<'gc>>) -> Value<'gc> {
    let mut bindings = ctx.machine.parameters.get();
    while let Some((binding, rest)) = bindings.as_pair() {
        if let Some((Value::Parameter(bound), Value::Cell(cell))) = binding.as_pair()
            && bound.ptr_eq(parameter)
        {
            return cell.get();
        }
        bindings = rest;
    }
    parameter.value.get()
}

pub(crate) fn new_parameter<'gc>(ctx: Ctx<'gc>, value: Value<'gc>, converter: Value<'gc>) -> Res<'gc, Value<'gc>> {
    let parameter = Parameter { value: GcCell::new(value), converter };
    Ok(Value::Parameter(Gc::try_new(ctx.mc, parameter)?))
}

fn promise<'gc>(ctx: Ctx<'gc>, done: bool, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    let state = PromiseState { done: GcCell::new(done), value: GcCell::new(value) };
    let state = Gc::try_new(ctx.mc, state)?;
    Ok(Value::Promise(Gc::try_new(ctx.mc, Promise { state: GcCell::new(state) })?))
}

fn as_promise<'gc>(value: Value<'gc>) -> Res<'gc, Gc<'gc, Promise<'gc>>> {
    match value {
        Value::Promise(promise) => Ok(promise),
        _ => Err(wrong_type("force", "a promise", value)),
    }
}

/// The promise turned out to be another one: from now on they are the same.
fn become_promise<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let (promise, other) = (as_promise(a[0])?, as_promise(a[1])?);
    let (state, new) = (promise.state.get(), other.state.get());
    if !state.done.get() {
        state.write(ctx.mc, |s| &s.done).set(new.done.get());
        state.write(ctx.mc, |s| &s.value).set(new.value.get());
        other.write(ctx.mc, |p| &p.state).set(state);
    }
    Ok(Value::Unspecified)
}

/// The values as a vector: `required` ones, and a list of the others if they are wanted.
fn unpack<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let required = index("values", a[1])?;
    let single = [a[0]];
    let values: &[Value<'gc>] = match &a[0] {
        Value::Values(values) => values.as_ref(),
        _ => &single,
    };
    let rest = a[2].is_true();
    if values.len() < required || (values.len() > required && !rest) {
        let least = if rest { "at least " } else { "" };
        return Err(error(format!("expected {least}{required} value(s), got {}", values.len()), &[]));
    }
    let mut parts = values[..required].to_vec();
    if rest {
        parts.push(ctx.list(&values[required..])?);
    }
    ctx.vector(&parts)
}

/// A primitive of the machine.
const fn control(name: &'static str, least: u8, most: Option<u8>, control: Control) -> Primitive {
    Primitive { name, least, most, run: Run::Control(control) }
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    control("apply", 1, None, Control::Apply),
    control("%call/cc", 1, Some(1), Control::CallCc),
    control("%apply-values", 2, Some(2), Control::ApplyValues),
    control("%throw", 2, Some(2), Control::Throw),
    control("eval", 1, Some(2), Control::Eval),
    control("%eval-form", 2, Some(2), Control::EvalForm),
    control("%uncaught", 1, Some(1), Control::Uncaught),
    control("collect-garbage", 0, Some(0), Control::Collect),
    at_least("values", 0, |ctx, a| ctx.values(a)),
    exactly("%unpack", 3, unpack),
    exactly("%single", 1, |_, a| match a[0] {
        Value::Values(values) => Err(error(format!("expected 1 value, got {}", values.len()), &[])),
        value => Ok(value),
    }),
    exactly("%winders", 0, |ctx, _| Ok(ctx.machine.winders.get())),
    exactly("%set-winders!", 1, |ctx, a| {
        ctx.machine.write(ctx.mc, |m| &m.winders).set(a[0]);
        Ok(Value::Unspecified)
    }),
    exactly("%continuation-winders", 1, |_, a| match a[0] {
        Value::Continuation(continuation) => Ok(winders(continuation)),
        _ => Err(wrong_type("%continuation-winders", "a continuation", a[0])),
    }),
    exactly("%handlers", 0, |ctx, _| Ok(ctx.machine.handlers.get())),
    exactly("%set-handlers!", 1, |ctx, a| {
        ctx.machine.write(ctx.mc, |m| &m.handlers).set(a[0]);
        Ok(Value::Unspecified)
    }),
    exactly("%parameters", 0, |ctx, _| Ok(ctx.machine.parameters.get())),
    exactly("%set-parameters!", 1, |ctx, a| {
        ctx.machine.write(ctx.mc, |m| &m.parameters).set(a[0]);
        Ok(Value::Unspecified)
    }),
    // (parameter value parameters): the parameters with one more binding.
    exactly("%bind-parameter", 3, |ctx, a| {
        let cell = Value::Cell(ctx.cell(a[1])?);
        let binding = ctx.cons(a[0], cell)?;
        ctx.cons(binding, a[2])
    }),
    exactly("%make-parameter", 2, |ctx, a| new_parameter(ctx, a[0], a[1])),
    exactly("%parameter-converter", 1, |_, a| match a[0] {
        Value::Parameter(parameter) => Ok(parameter.converter),
        _ => Err(wrong_type("parameterize", "a parameter", a[0])),
    }),
    exactly("make-promise", 1, |ctx, a| match a[0] {
        Value::Promise(_) => Ok(a[0]),
        value => promise(ctx, true, value),
    }),
    exactly("%delayed", 1, |ctx, a| promise(ctx, false, a[0])),
    exactly("%promise-done?", 1, |_, a| Ok(Value::Bool(as_promise(a[0])?.state.get().done.get()))),
    exactly("%promise-value", 1, |_, a| Ok(as_promise(a[0])?.state.get().value.get())),
    exactly("%promise-become!", 2, become_promise),
];
