//! Pairs and lists.

use super::arguments::index;
use super::{Primitive, at_least, between, exactly};
use crate::context::Ctx;
use crate::equal::{is_equal, is_eqv};
use crate::error::{Res, error, wrong_type};
use crate::value::{Value, list_elements};

/// `c[ad]*r`: the path is read from its end.
fn path<'gc>(name: &str, value: Value<'gc>) -> Res<'gc, Value<'gc>> {
    let mut at = value;
    for step in name[1..name.len() - 1].bytes().rev() {
        let Some((car, cdr)) = at.as_pair() else { return Err(wrong_type(name, "a structure with that part", value)) };
        at = if step == b'a' { car } else { cdr };
    }
    Ok(at)
}

macro_rules! paths {
    ($($name:literal)+) => { [$(exactly($name, 1, |_, a| path($name, a[0]))),+] };
}

const PATHS: [Primitive; 28] = paths! {
    "caar" "cadr" "cdar" "cddr"
    "caaar" "caadr" "cadar" "caddr" "cdaar" "cdadr" "cddar" "cdddr"
    "caaaar" "caaadr" "caadar" "caaddr" "cadaar" "cadadr" "caddar" "cadddr"
    "cdaaar" "cdaadr" "cdadar" "cdaddr" "cddaar" "cddadr" "cdddar" "cddddr"
};

pub(super) static CXR: &[Primitive] = &PATHS;

fn tail<'gc>(name: &str, list: Value<'gc>, count: Value<'gc>) -> Res<'gc, Value<'gc>> {
    let mut at = list;
    for _ in 0..index(name, count)? {
        match at.as_pair() {
            Some((_, next)) => at = next,
            None => return Err(error(format!("{name}: the list is too short:"), &[list, count])),
        }
    }
    Ok(at)
}

fn append<'gc>(ctx: Ctx<'gc>, lists: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let Some((&last, before)) = lists.split_last() else { return Ok(Value::Nil) };
    let mut result = last;
    for &list in before.iter().rev() {
        result = ctx.list_before(&ctx.elements("append", list)?, result)?;
    }
    Ok(result)
}

type Same<'gc> = fn(Value<'gc>, Value<'gc>) -> bool;

/// Calls `see` for each pair of a list, until it returns something. A cyclic list is an error.
fn search<'gc>(
    name: &str,
    list: Value<'gc>,
    mut see: impl FnMut(Value<'gc>, Value<'gc>) -> Res<'gc, Option<Value<'gc>>>,
) -> Res<'gc, Value<'gc>> {
    let (mut at, mut slow, mut odd) = (list, list, false);
    while let Some((element, next)) = at.as_pair() {
        if let Some(found) = see(at, element)? {
            return Ok(found);
        }
        at = next;
        if odd {
            slow = slow.as_pair().map_or(slow, |(_, next)| next);
            if matches!(at, Value::Pair(_)) && slow.is_eq(at) {
                return Err(wrong_type(name, "a list that ends", list));
            }
        }
        odd = !odd;
    }
    if matches!(at, Value::Nil) { Ok(Value::FALSE) } else { Err(wrong_type(name, "a proper list", list)) }
}

fn member<'gc>(name: &str, a: &[Value<'gc>], same: Same<'gc>) -> Res<'gc, Value<'gc>> {
    search(name, a[1], |pair, element| Ok(same(a[0], element).then_some(pair)))
}

fn assoc<'gc>(name: &str, a: &[Value<'gc>], same: Same<'gc>) -> Res<'gc, Value<'gc>> {
    search(name, a[1], |_, element| match element.as_pair() {
        Some((key, _)) => Ok(same(a[0], key).then_some(element)),
        None => Err(wrong_type(name, "a list of pairs", a[1])),
    })
}

fn reverse<'gc>(ctx: Ctx<'gc>, list: Value<'gc>) -> Res<'gc, Value<'gc>> {
    let mut result = Value::Nil;
    for element in ctx.elements("reverse", list)? {
        result = ctx.cons(element, result)?;
    }
    Ok(result)
}

/// Copies the pairs of a list; the tail stays, whatever it is.
fn list_copy<'gc>(ctx: Ctx<'gc>, list: Value<'gc>) -> Res<'gc, Value<'gc>> {
    if let Some(elements) = list_elements(list) {
        return ctx.list(&elements);
    }
    let mut elements = Vec::new();
    let mut at = list;
    while let Some((element, next)) = at.as_pair() {
        elements.push(element);
        at = next;
        if elements.len() > 1 << 24 {
            return Err(wrong_type("list-copy", "a list that ends", list));
        }
    }
    ctx.list_before(&elements, at)
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("cons", 2, |ctx, a| ctx.cons(a[0], a[1])),
    exactly("car", 1, |_, a| a[0].as_pair().map(|(car, _)| car).ok_or_else(|| wrong_type("car", "a pair", a[0]))),
    exactly("cdr", 1, |_, a| a[0].as_pair().map(|(_, cdr)| cdr).ok_or_else(|| wrong_type("cdr", "a pair", a[0]))),
    exactly("set-car!", 2, |ctx, a| match a[0] {
        Value::Pair(pair) => {
            pair.write(ctx.mc, |p| &p.car).set(a[1]);
            Ok(Value::Unspecified)
        }
        _ => Err(wrong_type("set-car!", "a pair", a[0])),
    }),
    exactly("set-cdr!", 2, |ctx, a| match a[0] {
        Value::Pair(pair) => {
            pair.write(ctx.mc, |p| &p.cdr).set(a[1]);
            Ok(Value::Unspecified)
        }
        _ => Err(wrong_type("set-cdr!", "a pair", a[0])),
    }),
    at_least("list", 0, |ctx, a| ctx.list(a)),
    at_least("cons*", 1, |ctx, a| ctx.list_before(&a[..a.len() - 1], a[a.len() - 1])),
    between("make-list", 1, 2, |ctx, a| {
        let fill = a.get(1).copied().unwrap_or(Value::Unspecified);
        let mut list = Value::Nil;
        for _ in 0..index("make-list", a[0])? {
            list = ctx.cons(fill, list)?;
        }
        Ok(list)
    }),
    exactly("list?", 1, |_, a| Ok(Value::Bool(list_elements(a[0]).is_some()))),
    exactly("length", 1, |_, a| match list_elements(a[0]) {
        Some(elements) => Ok(Value::Int(elements.len() as i64)),
        None => Err(wrong_type("length", "a proper list", a[0])),
    }),
    at_least("append", 0, append),
    exactly("reverse", 1, |ctx, a| reverse(ctx, a[0])),
    exactly("list-tail", 2, |_, a| tail("list-tail", a[0], a[1])),
    exactly("list-ref", 2, |_, a| match tail("list-ref", a[0], a[1])?.as_pair() {
        Some((element, _)) => Ok(element),
        None => Err(error("list-ref: the list is too short:", a)),
    }),
    exactly("list-set!", 3, |ctx, a| match tail("list-set!", a[0], a[1])? {
        Value::Pair(pair) => {
            pair.write(ctx.mc, |p| &p.car).set(a[2]);
            Ok(Value::Unspecified)
        }
        _ => Err(error("list-set!: the list is too short:", a)),
    }),
    exactly("list-copy", 1, |ctx, a| list_copy(ctx, a[0])),
    exactly("memq", 2, |_, a| member("memq", a, Value::is_eq)),
    exactly("memv", 2, |_, a| member("memv", a, is_eqv)),
    exactly("%member", 2, |_, a| member("member", a, is_equal)),
    exactly("assq", 2, |_, a| assoc("assq", a, Value::is_eq)),
    exactly("assv", 2, |_, a| assoc("assv", a, is_eqv)),
    exactly("%assoc", 2, |_, a| assoc("assoc", a, is_equal)),
];
