//! Data as text: `display`, `write`, `write-shared`, `write-simple`.
//!
//! What is left to print is kept in a vector: data may be deep. `write` and `display` label what is on a cycle, and
//! only that, as R7RS asks; `write-shared` labels all that occurs more than once.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use gc_core::GcCell;

use crate::number;
use crate::reader::token::CHARACTER_NAMES;
use crate::value::Value;

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Display,
    Write,
    Shared,
    /// No labels: endless, if the datum is cyclic.
    Simple,
}

enum Work<'gc> {
    Datum(Value<'gc>),
    /// What is after the first element of a list.
    Tail(Value<'gc>),
    Text(&'static str),
}

pub(crate) fn print(value: Value<'_>, style: Style) -> String {
    let mut text = String::new();
    if let Some(text) = leaf(value, style == Style::Display) {
        return text;
    }
    let labelled = match style {
        Style::Simple => HashSet::new(),
        Style::Shared => shared(value),
        Style::Display | Style::Write => on_cycles(value),
    };
    let mut labels: HashMap<*const u8, usize> = HashMap::new();
    let mut work = vec![Work::Datum(value)];
    while let Some(next) = work.pop() {
        // Nobody can want more; and a cyclic datum must not take all memory.
        if text.len() > 1 << 30 {
            break;
        }
        match next {
            Work::Text(part) => text.push_str(part),
            Work::Tail(tail) => match tail {
                Value::Nil => text.push(')'),
                Value::Pair(pair) if !labelled.contains(&pair.as_ptr().cast()) => {
                    text.push(' ');
                    work.push(Work::Tail(pair.cdr.get()));
                    work.push(Work::Datum(pair.car.get()));
                }
                other => {
                    text.push_str(" . ");
                    work.push(Work::Text(")"));
                    work.push(Work::Datum(other));
                }
            },
            Work::Datum(datum) => {
                if let Some(address) = datum.address()
                    && labelled.contains(&address)
                {
                    let count = labels.len();
                    if let Some(label) = labels.get(&address) {
                        let _ = write!(text, "#{label}#");
                        continue;
                    }
                    labels.insert(address, count);
                    let _ = write!(text, "#{count}=");
                }
                match datum {
                    Value::Pair(pair) => open_pair(pair.car.get(), pair.cdr.get(), &labelled, &mut text, &mut work),
                    Value::Vector(slots) => {
                        text.push_str("#(");
                        work.push(Work::Text(")"));
                        for (at, slot) in slots.iter().enumerate().rev() {
                            work.push(Work::Datum(slot.get()));
                            if at > 0 {
                                work.push(Work::Text(" "));
                            }
                        }
                    }
                    Value::Record(slots) => {
                        let name = match slots[0].get() {
                            Value::RecordType(of) => of.name.as_ref(),
                            _ => "record",
                        };
                        let _ = write!(text, "#<{name}");
                        work.push(Work::Text(">"));
                        for slot in slots[1..].iter().rev() {
                            work.push(Work::Datum(slot.get()));
                            work.push(Work::Text(" "));
                        }
                    }
                    Value::Values(values) => {
                        for (at, &value) in values.iter().enumerate().rev() {
                            work.push(Work::Datum(value));
                            if at > 0 {
                                work.push(Work::Text(" "));
                            }
                        }
                    }
                    leaf_value => text += &leaf(leaf_value, style == Style::Display).unwrap_or_default(),
                }
            }
        }
    }
    text
}

fn open_pair<'gc>(
    car: Value<'gc>,
    cdr: Value<'gc>,
    labelled: &HashSet<*const u8>,
    text: &mut String,
    work: &mut Vec<Work<'gc>>,
) {
    let prefix = match (car, cdr.as_pair()) {
        (Value::Symbol(name), Some((_, Value::Nil))) if !cdr.address().is_some_and(|at| labelled.contains(&at)) => {
            match name.as_ref() {
                "quote" => "'",
                "quasiquote" => "`",
                "unquote" => ",",
                "unquote-splicing" => ",@",
                _ => "",
            }
        }
        _ => "",
    };
    if let (false, Some((quoted, _))) = (prefix.is_empty(), cdr.as_pair()) {
        text.push_str(prefix);
        work.push(Work::Datum(quoted));
        return;
    }
    text.push('(');
    work.push(Work::Tail(cdr));
    work.push(Work::Datum(car));
}

/// The text of what has no parts.
fn leaf(value: Value<'_>, display: bool) -> Option<String> {
    Some(match value {
        Value::Pair(_) | Value::Vector(_) | Value::Record(_) | Value::Values(_) => return None,
        Value::Nil => "()".into(),
        Value::Unspecified => "#<unspecified>".into(),
        Value::Eof => "#<eof>".into(),
        Value::Unbound => "#<unbound>".into(),
        Value::Bool(true) => "#t".into(),
        Value::Bool(false) => "#f".into(),
        Value::Char(c) if display => c.to_string(),
        Value::Char(c) => character(c),
        Value::Int(_) | Value::Real(_) | Value::Big(_) | Value::Ratio(_) => number::print(value),
        Value::Symbol(name) if display => name.as_ref().to_owned(),
        Value::Symbol(name) => symbol(&name),
        Value::String(text) if display => text.text().into_owned(),
        Value::String(text) => quoted(&text.text(), '"'),
        Value::Bytes(bytes) => {
            let numbers: Vec<String> = bytes.iter().map(|byte| byte.get().to_string()).collect();
            format!("#u8({})", numbers.join(" "))
        }
        Value::Closure(closure) => match closure[0].get() {
            Value::Code(code) => named("procedure", code.name.map(|name| name.as_ref())),
            _ => "#<procedure>".into(),
        },
        Value::CaseLambda(_) => "#<procedure>".into(),
        Value::Primitive(primitive) => named("procedure", Some(primitive.name)),
        Value::RecordProcedure(procedure) => named("procedure", Some(procedure.name.as_ref())),
        Value::Continuation(_) => "#<continuation>".into(),
        Value::Parameter(_) => "#<parameter>".into(),
        Value::RecordType(of) => named("record-type", Some(of.name.as_ref())),
        Value::Promise(_) => "#<promise>".into(),
        Value::Condition(condition) => format!("#<error {}>", print(condition.message, Style::Write)),
        Value::Environment(environment) => named("environment", Some(environment.name.as_ref())),
        Value::Port(port) => named("port", Some(&port.name)),
        Value::Table(table) => format!("#<hash-table {}>", table.strong_len()),
        Value::Ephemeron(_) => "#<ephemeron>".into(),
        Value::Guard(_) => "#<guardian>".into(),
        Value::Alias(_) => crate::expand::symbol_of(value).map_or_else(String::new, |name| symbol(&name)),
        Value::Code(_) | Value::Cell(_) => "#<internal>".into(),
    })
}

fn named(kind: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("#<{kind} {name}>"),
        None => format!("#<{kind}>"),
    }
}

fn character(c: char) -> String {
    match CHARACTER_NAMES.iter().find(|(_, named)| *named == c) {
        Some((name, _)) => format!("#\\{name}"),
        None if c.is_control() || c.is_whitespace() => format!("#\\x{:x}", c as u32),
        None => format!("#\\{c}"),
    }
}

/// A symbol, between bars if it would not read back otherwise.
fn symbol(name: &str) -> String {
    let plain = |c: char| {
        c.is_alphanumeric() && !c.is_whitespace()
            || "!$%&*/:<=>?^_~+-.@".contains(c)
            || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
    };
    let looks_like_number = looks_like_number(name);
    if !name.is_empty() && name != "." && name.chars().all(plain) && !looks_like_number && !name.starts_with('#') {
        return name.to_owned();
    }
    quoted(name, '|')
}

/// True if a reader might take it for a number.
fn looks_like_number(name: &str) -> bool {
    let digits = name.strip_prefix(['+', '-']).unwrap_or(name);
    let lower = digits.to_ascii_lowercase();
    if digits.len() < name.len() && (lower == "inf.0" || lower == "nan.0" || lower == "i") {
        return true;
    }
    let digits = digits.strip_prefix('.').unwrap_or(digits);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

fn quoted(text: &str, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            c if c == mark => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\x{:x};", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push(mark);
    quoted
}

/// The parts of a compound datum.
fn parts<'gc>(value: Value<'gc>) -> Vec<Value<'gc>> {
    match value {
        Value::Pair(pair) => vec![pair.car.get(), pair.cdr.get()],
        Value::Vector(slots) => slots.iter().map(GcCell::get).collect(),
        Value::Record(slots) => slots[1..].iter().map(GcCell::get).collect(),
        Value::Values(values) => values.to_vec(),
        _ => Vec::new(),
    }
}

/// The compound data that occur more than once.
fn shared(value: Value<'_>) -> HashSet<*const u8> {
    let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
    let mut work = vec![value];
    while let Some(value) = work.pop() {
        let compound = matches!(value, Value::Pair(_) | Value::Vector(_) | Value::Record(_));
        let Some(address) = value.address().filter(|_| compound) else { continue };
        if !seen.insert(address) {
            twice.insert(address);
            continue;
        }
        work.extend(parts(value));
    }
    twice
}

/// The compound data that a part of theirs leads back to.
fn on_cycles(value: Value<'_>) -> HashSet<*const u8> {
    // A short list of leaves, as most are, needs no search.
    let mut at = value;
    for _ in 0..64 {
        match at.as_pair() {
            Some((car, cdr)) if !matches!(car, Value::Pair(_) | Value::Vector(_) | Value::Record(_)) => at = cdr,
            _ => break,
        }
    }
    if matches!(at, Value::Nil) {
        return HashSet::new();
    }
    enum Step<'gc> {
        Enter(Value<'gc>),
        Leave(*const u8),
    }
    let (mut open, mut done, mut cyclic) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut work = vec![Step::Enter(value)];
    while let Some(step) = work.pop() {
        match step {
            Step::Leave(address) => {
                open.remove(&address);
                done.insert(address);
            }
            Step::Enter(value) => {
                let compound = matches!(value, Value::Pair(_) | Value::Vector(_) | Value::Record(_));
                let Some(address) = value.address().filter(|_| compound) else { continue };
                if open.contains(&address) {
                    cyclic.insert(address);
                } else if !done.contains(&address) {
                    open.insert(address);
                    work.push(Step::Leave(address));
                    work.extend(parts(value).into_iter().rev().map(Step::Enter));
                }
            }
        }
    }
    cyclic
}
