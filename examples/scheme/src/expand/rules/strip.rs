//! What is quoted has no aliases.

use std::collections::HashSet;

use gc_core::GcCell;

use super::MOST_DEPTH;
use crate::context::Ctx;
use crate::error::{Res, syntax_error};
use crate::expand::symbol_of;
use crate::value::Value;

/// A datum without aliases: what is quoted.
///
/// Most data have none, and are returned as they are, cycles and all. What a macro has put aliases into is a tree
/// as deep as the program's text, and is copied.
pub(crate) fn strip<'gc>(ctx: Ctx<'gc>, datum: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match datum {
        Value::Alias(_) => Ok(symbol_of(datum).map_or(datum, Value::Symbol)),
        Value::Pair(_) | Value::Vector(_) if has_alias(datum) => strip_tree(ctx, datum, 0),
        _ => Ok(datum),
    }
}

fn has_alias(datum: Value<'_>) -> bool {
    let mut seen = HashSet::new();
    let mut work = vec![datum];
    while let Some(value) = work.pop() {
        match value {
            Value::Alias(_) => return true,
            Value::Pair(pair) if seen.insert(pair.as_ptr().cast::<u8>()) => {
                work.extend([pair.car.get(), pair.cdr.get()]);
            }
            Value::Vector(slots) if seen.insert(slots.as_ptr().cast::<u8>()) => {
                work.extend(slots.iter().map(GcCell::get));
            }
            _ => {}
        }
    }
    false
}

fn strip_tree<'gc>(ctx: Ctx<'gc>, datum: Value<'gc>, depth: usize) -> Res<'gc, Value<'gc>> {
    if depth > MOST_DEPTH {
        return Err(syntax_error(datum.source(), "a datum with a macro's identifiers is nested too deeply", &[]));
    }
    match datum {
        Value::Alias(_) => Ok(symbol_of(datum).map_or(datum, Value::Symbol)),
        Value::Pair(_) => {
            let mut pairs = Vec::new();
            let mut rest = datum;
            while let Value::Pair(pair) = rest {
                pairs.push((strip_tree(ctx, pair.car.get(), depth + 1)?, pair.source));
                rest = pair.cdr.get();
                if pairs.len() > 10_000_000 {
                    return Err(syntax_error(datum.source(), "a cyclic datum in a macro's template", &[]));
                }
            }
            let mut list = strip_tree(ctx, rest, depth + 1)?;
            for (car, source) in pairs.into_iter().rev() {
                list = ctx.cons_at(car, list, source)?;
            }
            Ok(list)
        }
        Value::Vector(slots) => {
            let elements: Res<'gc, Vec<_>> = slots.iter().map(|slot| strip_tree(ctx, slot.get(), depth + 1)).collect();
            ctx.vector(&elements?)
        }
        _ => Ok(datum),
    }
}
