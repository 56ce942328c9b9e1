//! From text to data.
//!
//! The reader keeps what it is inside of in a vector, so data may nest as deep as memory allows. Labels (`#0=`,
//! `#0#`) stand for placeholders until the datum that they name is complete; then they are replaced.

mod labels;
pub(crate) mod token;

use gc_core::{Gc, GcCell};

use crate::context::Ctx;
use crate::error::{Fault, Res, Throw, error_of};
use crate::ports::State;
use crate::value::{ErrorKind, Pair, Source, Value};

use labels::Labels;
use token::Token;

/// How the message of an error begins that more text might heal.
pub(crate) const TEXT_ENDS: &str = "the text ends";

/// A datum that is not complete.
enum Open<'gc> {
    List {
        elements: Vec<(Value<'gc>, Source)>,
        tail: Tail<'gc>,
        start: Source,
    },
    Vector(Vec<Value<'gc>>, Source),
    Bytes(Vec<u8>, Source),
    /// `'` and its like.
    Prefix(&'static str, Source),
    /// The next datum is left out.
    Comment(Source),
    Label(u64, Source),
}

enum Tail<'gc> {
    None,
    /// A dot has been read.
    Wanted,
    Got(Value<'gc>),
}

/// Reads one datum; `None` at the end of the text.
pub(crate) fn read<'gc>(ctx: Ctx<'gc>, input: &mut State) -> Res<'gc, Option<Value<'gc>>> {
    let mut reader = Reader { ctx, input, open: Vec::new(), labels: Labels::default() };
    let datum = reader.read()?;
    match datum {
        Some(datum) => reader.labels.resolve(ctx, datum).map(Some),
        None => Ok(None),
    }
}

struct Reader<'a, 'gc> {
    ctx: Ctx<'gc>,
    input: &'a mut State,
    open: Vec<Open<'gc>>,
    labels: Labels<'gc>,
}

/// An error in the text at `source`.
fn read_error<'gc>(source: Source, message: impl Into<String>) -> Throw<'gc> {
    let fault = Fault::Error { kind: ErrorKind::Read, message: message.into(), irritants: Vec::new(), source };
    Throw::new(fault)
}

impl<'gc> Reader<'_, 'gc> {
    fn read(&mut self) -> Res<'gc, Option<Value<'gc>>> {
        loop {
            self.skip_space()?;
            let at = self.here();
            let token = self.token()?;
            let complete = match token {
                Token::End => {
                    let what = match self.open.last() {
                        None => return Ok(None),
                        Some(Open::List { start, .. }) => ("list", *start),
                        Some(Open::Vector(_, start)) => ("vector", *start),
                        Some(Open::Bytes(_, start)) => ("bytevector", *start),
                        Some(Open::Prefix(_, start) | Open::Comment(start) | Open::Label(_, start)) => {
                            ("datum", *start)
                        }
                    };
                    return Err(read_error(what.1, format!("the text ends inside of a {}", what.0)));
                }
                Token::Open => {
                    self.open.push(Open::List { elements: Vec::new(), tail: Tail::None, start: at });
                    continue;
                }
                Token::OpenVector => {
                    self.open.push(Open::Vector(Vec::new(), at));
                    continue;
                }
                Token::OpenBytes => {
                    self.open.push(Open::Bytes(Vec::new(), at));
                    continue;
                }
                Token::Prefix(name) => {
                    self.open.push(Open::Prefix(name, at));
                    continue;
                }
                Token::DatumComment => {
                    self.open.push(Open::Comment(at));
                    continue;
                }
                Token::DefineLabel(label) => {
                    let placeholder = self.ctx.cell(Value::Unbound)?;
                    self.labels.define(label, placeholder);
                    self.open.push(Open::Label(label, at));
                    continue;
                }
                Token::UseLabel(label) => match self.labels.get(label) {
                    Some(placeholder) => placeholder,
                    None => return Err(read_error(at, format!("label #{label}# is not defined before"))),
                },
                Token::Dot => match self.open.last_mut() {
                    Some(Open::List { elements, tail: tail @ Tail::None, .. }) if !elements.is_empty() => {
                        *tail = Tail::Wanted;
                        continue;
                    }
                    _ => return Err(read_error(at, "a dot where none may be")),
                },
                Token::Close => self.close(at)?,
                Token::Datum(datum) => datum,
            };
            if let Some(datum) = self.place(complete, at)? {
                return Ok(Some(datum));
            }
        }
    }

    /// Completes what was opened last.
    fn close(&mut self, at: Source) -> Res<'gc, Value<'gc>> {
        match self.open.pop() {
            Some(Open::List { elements, tail, start }) => {
                let mut list = match tail {
                    Tail::None => Value::Nil,
                    Tail::Got(tail) => tail,
                    Tail::Wanted => return Err(read_error(at, "nothing between a dot and a closing parenthesis")),
                };
                for (index, &(element, source)) in elements.iter().enumerate().rev() {
                    let source = if index == 0 { start } else { source };
                    let pair = Pair { car: GcCell::new(element), cdr: GcCell::new(list), source };
                    list = Value::Pair(Gc::try_new(self.ctx.mc, pair)?);
                }
                Ok(list)
            }
            Some(Open::Vector(elements, _)) => self.ctx.vector(&elements),
            Some(Open::Bytes(bytes, _)) => self.ctx.bytes(&bytes),
            _ => Err(read_error(at, "a closing parenthesis that closes nothing")),
        }
    }

    /// Puts a datum where it belongs. Returns it if it belongs nowhere: it is what was asked for.
    fn place(&mut self, datum: Value<'gc>, at: Source) -> Res<'gc, Option<Value<'gc>>> {
        let mut datum = datum;
        loop {
            match self.open.last_mut() {
                None => return Ok(Some(datum)),
                Some(Open::List { elements, tail, .. }) => {
                    match tail {
                        Tail::None => elements.push((datum, at)),
                        Tail::Wanted => *tail = Tail::Got(datum),
                        Tail::Got(_) => return Err(read_error(at, "more than one datum after a dot")),
                    }
                    return Ok(None);
                }
                Some(Open::Vector(elements, _)) => {
                    elements.push(datum);
                    return Ok(None);
                }
                Some(Open::Bytes(bytes, _)) => match datum {
                    Value::Int(byte @ 0..=255) => {
                        bytes.push(byte as u8);
                        return Ok(None);
                    }
                    _ => return Err(error_of(ErrorKind::Read, "a bytevector has bytes from 0 to 255, not", &[datum])),
                },
                Some(Open::Prefix(name, start)) => {
                    let (name, start) = (*name, *start);
                    self.open.pop();
                    let symbol = self.ctx.symbol(name)?;
                    let tail = self.ctx.cons_at(datum, Value::Nil, start)?;
                    datum = self.ctx.cons_at(symbol, tail, start)?;
                }
                Some(Open::Comment(_)) => {
                    self.open.pop();
                    return Ok(None);
                }
                Some(Open::Label(label, start)) => {
                    let (label, start) = (*label, *start);
                    self.open.pop();
                    if !self.labels.settle(self.ctx, label, datum) {
                        return Err(read_error(start, format!("label #{label}= names itself")));
                    }
                }
            }
        }
    }
}
