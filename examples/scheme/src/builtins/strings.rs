//! Strings.

use super::arguments::{character, destination, index, range, string};
use super::{Primitive, at_least, between, exactly};
use crate::context::Ctx;
use crate::error::{Res, error, wrong_type};
use crate::text::overwrite;
use crate::value::Value;

/// Text without differences of case. (The full folding of "ß" is "ss": through upper case, it is found.)
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_uppercase().chars().flat_map(char::to_lowercase).collect()
}

fn compare<'gc>(
    name: &str,
    arguments: &[Value<'gc>],
    folded: bool,
    holds: fn(std::cmp::Ordering) -> bool,
) -> Res<'gc, Value<'gc>> {
    let mut all = true;
    for pair in arguments.windows(2) {
        let (a, b) = (string(name, pair[0])?.text(), string(name, pair[1])?.text());
        // UTF-8 sorts as its characters do.
        all &= holds(if folded { fold(&a).cmp(&fold(&b)) } else { a.cmp(&b) });
    }
    if let [single] = arguments {
        string(name, *single)?;
    }
    Ok(Value::Bool(all))
}

macro_rules! comparisons {
    ($($name:literal $folded:literal $test:ident),+) => { [
        $(at_least($name, 1, |_, a| compare($name, a, false, std::cmp::Ordering::$test)),
        at_least($folded, 1, |_, a| compare($folded, a, true, std::cmp::Ordering::$test)),)+
    ] };
}

const COMPARISONS: [Primitive; 10] = comparisons! {
    "string=?" "string-ci=?" is_eq, "string<?" "string-ci<?" is_lt, "string>?" "string-ci>?" is_gt,
    "string<=?" "string-ci<=?" is_le, "string>=?" "string-ci>=?" is_ge
};

pub(super) static COMPARE: &[Primitive] = &COMPARISONS;

fn append<'gc>(ctx: Ctx<'gc>, arguments: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let (mut total, mut ascii) = (0, true);
    for &argument in arguments {
        let text = string("string-append", argument)?;
        total += text.len();
        ascii &= text.ascii().is_some();
    }
    // The buffer is used again: most programs that append do so often.
    let mut result = ctx.machine.host.scratch.take();
    if result.capacity() < total {
        let bytes: Vec<u8> = ctx.reserve(total)?;
        result = String::from_utf8(bytes).unwrap_or_default();
    }
    for &argument in arguments {
        let text = string("string-append", argument)?;
        match text.ascii() {
            Some(text) => result.push_str(text),
            None => result.push_str(&text.text()),
        }
    }
    let appended = if ascii { ctx.ascii_string(&result) } else { ctx.string(&result) };
    if result.capacity() <= MOST_SCRATCH {
        result.clear();
        ctx.machine.host.scratch.replace(result);
    }
    appended
}

/// A larger buffer is not kept.
const MOST_SCRATCH: usize = 64 << 10;

fn substring<'gc>(ctx: Ctx<'gc>, name: &str, a: &[Value<'gc>]) -> Res<'gc, Value<'gc>> {
    let text = string(name, a[0])?;
    let (start, end) = range(name, a, 1, text.len())?;
    match text.ascii() {
        Some(text) => ctx.ascii_string(&text[start..end]),
        None => ctx.string(&text.slice(start, end)),
    }
}

fn convert<'gc>(ctx: Ctx<'gc>, name: &str, a: &[Value<'gc>], by: fn(&str) -> String) -> Res<'gc, Value<'gc>> {
    ctx.string(&by(&string(name, a[0])?.text()))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("make-string", 1, 2, |ctx, a| {
        let fill = a.get(1).map_or(Ok(' '), |&fill| character("make-string", fill))?;
        let count = index("make-string", a[0])?;
        let _room: Vec<u8> = ctx.reserve(count.saturating_mul(fill.len_utf8()))?;
        ctx.string(&fill.to_string().repeat(count))
    }),
    at_least("string", 0, |ctx, a| {
        let chars: Res<'_, String> = a.iter().map(|&c| character("string", c)).collect();
        ctx.string(&chars?)
    }),
    exactly("string-length", 1, |_, a| Ok(Value::Int(string("string-length", a[0])?.len() as i64))),
    exactly("string-ref", 2, |_, a| {
        let at = index("string-ref", a[1])?;
        match string("string-ref", a[0])?.get(at) {
            Some(c) => Ok(Value::Char(c)),
            None => Err(error("string-ref: the index is out of range:", a)),
        }
    }),
    exactly("string-set!", 3, |ctx, a| {
        let text = string("string-set!", a[0])?;
        let (at, c) = (index("string-set!", a[1])?, character("string-set!", a[2])?);
        if at >= text.len() {
            return Err(error("string-set!: the index is out of range:", &a[..2]));
        }
        overwrite(ctx, text, at, &[c])?;
        Ok(Value::Unspecified)
    }),
    at_least("string-append", 0, append),
    exactly("substring", 3, |ctx, a| substring(ctx, "substring", a)),
    between("string-copy", 1, 3, |ctx, a| substring(ctx, "string-copy", a)),
    between("string->list", 1, 3, |ctx, a| {
        let text = string("string->list", a[0])?;
        let (start, end) = range("string->list", a, 1, text.len())?;
        let chars: Vec<_> = text.slice(start, end).chars().map(Value::Char).collect();
        ctx.list(&chars)
    }),
    exactly("list->string", 1, |ctx, a| {
        let elements = ctx.elements("list->string", a[0])?;
        let chars: Res<'_, String> = elements.into_iter().map(|c| character("list->string", c)).collect();
        ctx.string(&chars?)
    }),
    between("string->vector", 1, 3, |ctx, a| {
        let text = string("string->vector", a[0])?;
        let (start, end) = range("string->vector", a, 1, text.len())?;
        let chars: Vec<_> = text.slice(start, end).chars().map(Value::Char).collect();
        ctx.vector(&chars)
    }),
    between("vector->string", 1, 3, |ctx, a| {
        let slots = super::arguments::vector("vector->string", a[0])?;
        let (start, end) = range("vector->string", a, 1, slots.len())?;
        let chars: Res<'_, String> =
            slots[start..end].iter().map(|slot| character("vector->string", slot.get())).collect();
        ctx.string(&chars?)
    }),
    between("string-fill!", 2, 4, |ctx, a| {
        let (text, fill) = (string("string-fill!", a[0])?, character("string-fill!", a[1])?);
        let (start, end) = range("string-fill!", a, 2, text.len())?;
        overwrite(ctx, text, start, &vec![fill; end - start])?;
        Ok(Value::Unspecified)
    }),
    between("string-copy!", 3, 5, |ctx, a| {
        let (to, from) = (string("string-copy!", a[0])?, string("string-copy!", a[2])?);
        let (start, end) = range("string-copy!", a, 3, from.len())?;
        let at = destination("string-copy!", a[1], to.len(), end - start)?;
        let chars: Vec<char> = from.slice(start, end).chars().collect();
        overwrite(ctx, to, at, &chars)?;
        Ok(Value::Unspecified)
    }),
    exactly("string-upcase", 1, |ctx, a| convert(ctx, "string-upcase", a, str::to_uppercase)),
    exactly("string-downcase", 1, |ctx, a| convert(ctx, "string-downcase", a, str::to_lowercase)),
    exactly("string-foldcase", 1, |ctx, a| convert(ctx, "string-foldcase", a, fold)),
    between("string->utf8", 1, 3, |ctx, a| {
        let text = string("string->utf8", a[0])?;
        let (start, end) = range("string->utf8", a, 1, text.len())?;
        ctx.bytes(text.slice(start, end).as_bytes())
    }),
    between("utf8->string", 1, 3, |ctx, a| {
        let cells = super::arguments::bytes("utf8->string", a[0])?;
        let (start, end) = range("utf8->string", a, 1, cells.len())?;
        let bytes: Vec<u8> = cells[start..end].iter().map(gc_core::GcCell::get).collect();
        match String::from_utf8(bytes) {
            Ok(text) => ctx.string(&text),
            Err(_) => Err(wrong_type("utf8->string", "UTF-8", a[0])),
        }
    }),
];
