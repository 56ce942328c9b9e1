//! The world around: time, the process, environments.

use std::time::{SystemTime, UNIX_EPOCH};

use super::arguments::string;
use super::{Primitive, at_least, between, exactly};
use crate::error::{Fault, Throw, wrong_type};
use crate::library::{FEATURES, environment_of};
use crate::value::Value;

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("%exit", 0, 1, |_, a| {
        let code = match a.first() {
            None | Some(Value::Bool(true)) => 0,
            Some(Value::Int(code)) => (*code & 0xff) as i32,
            _ => 1,
        };
        Err(Throw::new(Fault::Exit(code)))
    }),
    exactly("command-line", 0, |ctx, _| {
        let arguments: Result<Vec<_>, _> =
            ctx.machine.host.arguments.borrow().iter().map(|text| ctx.string(text)).collect();
        ctx.list(&arguments?)
    }),
    exactly("get-environment-variable", 1, |ctx, a| {
        let name = string("get-environment-variable", a[0])?.text();
        // The system's names have no NUL and no =.
        let value = if name.is_empty() || name.contains(['\0', '=']) { None } else { std::env::var_os(name.as_ref()) };
        match value {
            Some(value) => ctx.string(&value.to_string_lossy()),
            None => Ok(Value::FALSE),
        }
    }),
    exactly("get-environment-variables", 0, |ctx, _| {
        let mut list = Value::Nil;
        for (name, value) in std::env::vars_os() {
            let pair = ctx.cons(ctx.string(&name.to_string_lossy())?, ctx.string(&value.to_string_lossy())?)?;
            list = ctx.cons(pair, list)?;
        }
        Ok(list)
    }),
    exactly("current-second", 0, |_, _| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Value::Real(now.as_secs_f64()))
    }),
    exactly("current-jiffy", 0, |ctx, _| {
        Ok(Value::Int(i64::try_from(ctx.machine.host.started.elapsed().as_nanos()).unwrap_or(i64::MAX)))
    }),
    exactly("jiffies-per-second", 0, |_, _| Ok(Value::Int(1_000_000_000))),
    exactly("features", 0, |ctx, _| {
        let features: Result<Vec<_>, _> = FEATURES.iter().map(|feature| ctx.symbol(feature)).collect();
        ctx.list(&features?)
    }),
    exactly("interaction-environment", 0, |ctx, _| Ok(Value::Environment(ctx.machine.interaction))),
    at_least("environment", 0, environment_of),
    exactly("scheme-report-environment", 1, |ctx, a| match a[0] {
        Value::Int(5 | 7) => environment_of(ctx, &[ctx.list(&[ctx.symbol("scheme")?, ctx.symbol("r5rs")?])?]),
        _ => Err(wrong_type("scheme-report-environment", "5 or 7", a[0])),
    }),
    exactly("null-environment", 1, |ctx, a| match a[0] {
        Value::Int(5 | 7) => environment_of(ctx, &[ctx.list(&[ctx.symbol("gc-scheme")?, ctx.symbol("syntax")?])?]),
        _ => Err(wrong_type("null-environment", "5 or 7", a[0])),
    }),
];
