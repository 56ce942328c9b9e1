//! Reading from ports.

use std::io;

use gc_core::Gc;

use super::arguments::{bytes, index, port, range, standard_port};
use super::{Primitive, between};
use crate::context::Ctx;
use crate::error::{Res, error, error_of, wrong_type};
use crate::ports::{Port, State};
use crate::reader;
use crate::value::{ErrorKind, Value};

/// The port that is argument number `at`, or the current one: open, for input, and of the right kind.
fn source<'gc>(ctx: Ctx<'gc>, name: &str, a: &[Value<'gc>], at: usize, binary: bool) -> Res<'gc, Gc<'gc, Port>> {
    let port = match a.get(at) {
        Some(&given) => port(name, given)?,
        None => standard_port(ctx, 0)?,
    };
    if !port.input || port.binary != binary {
        let expected = if binary { "a binary input port" } else { "a textual input port" };
        return Err(wrong_type(name, expected, Value::Port(port)));
    }
    if !port.state.borrow().open {
        return Err(error(format!("{name}: the port is closed:"), &[Value::Port(port)]));
    }
    Ok(port)
}

fn read_from<'gc, T>(port: Gc<'gc, Port>, work: impl FnOnce(&mut State) -> io::Result<T>) -> Res<'gc, T> {
    let result = work(&mut port.state.borrow_mut());
    result.map_err(|failure| error_of(ErrorKind::File, failure.to_string(), &[Value::Port(port)]))
}

fn optional<'gc>(found: Option<Value<'gc>>) -> Value<'gc> {
    found.unwrap_or(Value::Eof)
}

fn read_line(state: &mut State) -> io::Result<Option<String>> {
    let mut line = String::new();
    loop {
        match state.read_char()? {
            None => return Ok((!line.is_empty()).then_some(line)),
            Some('\n') => return Ok(Some(line)),
            Some('\r') => {
                if state.peek_byte(0)? == Some(b'\n') {
                    state.read_byte()?;
                }
                return Ok(Some(line));
            }
            Some(c) => line.push(c),
        }
    }
}

fn read_bytes(state: &mut State, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    while all.len() < most {
        match state.read_byte()? {
            Some(byte) => all.push(byte),
            None => break,
        }
    }
    Ok((!all.is_empty() || most == 0).then_some(all))
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("read", 0, 1, |ctx, a| {
        let port = source(ctx, "read", a, 0, false)?;
        let mut state = port.state.borrow_mut();
        Ok(optional(reader::read(ctx, &mut state)?))
    }),
    between("read-char", 0, 1, |ctx, a| {
        let port = source(ctx, "read-char", a, 0, false)?;
        Ok(optional(read_from(port, State::read_char)?.map(Value::Char)))
    }),
    between("peek-char", 0, 1, |ctx, a| {
        let port = source(ctx, "peek-char", a, 0, false)?;
        Ok(optional(read_from(port, State::peek_char)?.map(|(c, _)| Value::Char(c))))
    }),
    between("char-ready?", 0, 1, |ctx, a| {
        Ok(Value::Bool(source(ctx, "char-ready?", a, 0, false)?.state.borrow().is_ready()))
    }),
    between("read-line", 0, 1, |ctx, a| {
        let port = source(ctx, "read-line", a, 0, false)?;
        match read_from(port, read_line)? {
            Some(line) => ctx.string(&line),
            None => Ok(Value::Eof),
        }
    }),
    between("read-string", 1, 2, |ctx, a| {
        let most = index("read-string", a[0])?;
        let port = source(ctx, "read-string", a, 1, false)?;
        let text = read_from(port, |state| {
            let mut text = String::new();
            for _ in 0..most {
                match state.read_char()? {
                    Some(c) => text.push(c),
                    None => break,
                }
            }
            Ok(text)
        })?;
        if text.is_empty() && most > 0 { Ok(Value::Eof) } else { ctx.string(&text) }
    }),
    between("read-u8", 0, 1, |ctx, a| {
        let port = source(ctx, "read-u8", a, 0, true)?;
        Ok(optional(read_from(port, State::read_byte)?.map(|byte| Value::Int(i64::from(byte)))))
    }),
    between("peek-u8", 0, 1, |ctx, a| {
        let port = source(ctx, "peek-u8", a, 0, true)?;
        Ok(optional(read_from(port, |state| state.peek_byte(0))?.map(|byte| Value::Int(i64::from(byte)))))
    }),
    between("u8-ready?", 0, 1, |ctx, a| {
        Ok(Value::Bool(source(ctx, "u8-ready?", a, 0, true)?.state.borrow().is_ready()))
    }),
    between("read-bytevector", 1, 2, |ctx, a| {
        let most = index("read-bytevector", a[0])?;
        let port = source(ctx, "read-bytevector", a, 1, true)?;
        match read_from(port, |state| read_bytes(state, most))? {
            Some(all) => ctx.bytes(&all),
            None => Ok(Value::Eof),
        }
    }),
    between("read-bytevector!", 1, 4, |ctx, a| {
        let cells = bytes("read-bytevector!", a[0])?;
        let port = source(ctx, "read-bytevector!", a, 1, true)?;
        let (start, end) = range("read-bytevector!", a, 2, cells.len())?;
        match read_from(port, |state| read_bytes(state, end - start))? {
            Some(all) => {
                let count = all.len();
                for (cell, byte) in cells.write(ctx.mc, |cells| &cells[start..start + count]).each().zip(all) {
                    cell.set(byte);
                }
                Ok(Value::Int(count as i64))
            }
            None => Ok(Value::Eof),
        }
    }),
];
