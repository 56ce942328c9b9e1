//! What an embedder is told when a program fails.

use std::fmt;

use crate::context::Ctx;
use crate::error::{Fault, Throw};
use crate::printer::{Style, print};
use crate::value::{ErrorKind, Source, Value, list_elements};

/// What kind of error ended a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Its text is not Scheme data.
    Read,
    /// A form could not be compiled.
    Syntax,
    /// It raised something that nobody handled.
    Raised,
    /// The heap is at its limit.
    Memory,
    /// The time is used up.
    Time,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeError {
    /// Something was raised and nobody handled it, or the program could not be read or compiled.
    Raised {
        /// What kind of error it is.
        kind: Kind,
        /// What was raised, for people to read.
        message: String,
        /// Where, as `file:line`, if that is known.
        place: Option<String>,
        /// The calls that led there, innermost first, a line each.
        trace: String,
    },
    /// The program asked to leave, with this code.
    Exit(i32),
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemeError::Raised { message, place, trace, .. } => {
                if let Some(place) = place {
                    write!(f, "{place}: ")?;
                }
                write!(f, "{message}")?;
                if !trace.is_empty() {
                    write!(f, "\n{}", trace.trim_end())?;
                }
                Ok(())
            }
            SchemeError::Exit(code) => write!(f, "the program left with code {code}"),
        }
    }
}

impl std::error::Error for SchemeError {}

/// An error outside of the machine.
pub(super) fn failure<'gc>(ctx: Ctx<'gc>, throw: Throw<'gc>) -> SchemeError {
    ctx.machine.host.trace.borrow_mut().clear();
    let kind = match &*throw.0 {
        Fault::Error { kind: ErrorKind::Read, .. } => Kind::Read,
        Fault::Memory => Kind::Memory,
        _ => Kind::Syntax,
    };
    uncaught(ctx, ctx.condition(*throw.0, Source::default()), kind)
}

/// An object that nobody handles.
pub(super) fn uncaught<'gc>(ctx: Ctx<'gc>, payload: Value<'gc>, kind: Kind) -> SchemeError {
    let (message, place) = describe(ctx, payload);
    let memory = matches!(payload, Value::Condition(condition) if condition.kind == ErrorKind::Memory);
    let kind = if memory { Kind::Memory } else { kind };
    SchemeError::Raised { kind, message, place, trace: std::mem::take(&mut *ctx.machine.host.trace.borrow_mut()) }
}

/// What was raised, for people to read, and where.
pub(super) fn describe<'gc>(ctx: Ctx<'gc>, payload: Value<'gc>) -> (String, Option<String>) {
    let Value::Condition(condition) = payload else {
        return (format!("uncaught: {}", print(payload, Style::Write)), None);
    };
    let mut message = print(condition.message, Style::Display);
    for irritant in list_elements(condition.irritants).unwrap_or_default() {
        let shown = print(irritant, Style::Write);
        message.push(' ');
        match shown.char_indices().nth(200) {
            Some((end, _)) => {
                message.push_str(&shown[..end]);
                message.push('…');
            }
            None => message.push_str(&shown),
        }
    }
    let source = condition.source;
    let place = (source.line != 0).then(|| format!("{}:{}", ctx.machine.host.file_name(source.file), source.line));
    (message, place)
}
