//! Writing to ports.

use gc_core::{Gc, GcCell};

use super::arguments::{byte, bytes, character, port, range, standard_port, string};
use super::{Primitive, between};
use crate::context::Ctx;
use crate::error::{Res, error, error_of, wrong_type};
use crate::ports::Port;
use crate::printer::{Style, print};
use crate::value::{ErrorKind, Value};

/// The port that is argument number `at`, or the current one: open, for output, and of the right kind.
fn sink<'gc>(ctx: Ctx<'gc>, name: &str, a: &[Value<'gc>], at: usize, binary: bool) -> Res<'gc, Gc<'gc, Port>> {
    let port = match a.get(at) {
        Some(&given) => port(name, given)?,
        None => standard_port(ctx, 1)?,
    };
    if port.input || port.binary != binary {
        let expected = if binary { "a binary output port" } else { "a textual output port" };
        return Err(wrong_type(name, expected, Value::Port(port)));
    }
    if !port.state.borrow().open {
        return Err(error(format!("{name}: the port is closed:"), &[Value::Port(port)]));
    }
    Ok(port)
}

fn write_to<'gc>(ctx: Ctx<'gc>, port: Gc<'gc, Port>, bytes: &[u8]) -> Res<'gc, Value<'gc>> {
    let mut state = port.state.borrow_mut();
    let result = state.write(bytes);
    state.charge(ctx.mc);
    match result {
        Ok(()) => Ok(Value::Unspecified),
        Err(failure) => Err(error_of(ErrorKind::File, failure.to_string(), &[Value::Port(port)])),
    }
}

fn print_to<'gc>(ctx: Ctx<'gc>, name: &str, a: &[Value<'gc>], style: Style) -> Res<'gc, Value<'gc>> {
    let port = sink(ctx, name, a, 1, false)?;
    if let (Style::Display, Value::String(text)) = (style, a[0]) {
        return write_to(ctx, port, text.text().as_bytes());
    }
    write_to(ctx, port, print(a[0], style).as_bytes())
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    between("display", 1, 2, |ctx, a| print_to(ctx, "display", a, Style::Display)),
    between("write", 1, 2, |ctx, a| print_to(ctx, "write", a, Style::Write)),
    between("write-shared", 1, 2, |ctx, a| print_to(ctx, "write-shared", a, Style::Shared)),
    between("write-simple", 1, 2, |ctx, a| print_to(ctx, "write-simple", a, Style::Simple)),
    between("newline", 0, 1, |ctx, a| write_to(ctx, sink(ctx, "newline", a, 0, false)?, b"\n")),
    between("write-char", 1, 2, |ctx, a| {
        let c = character("write-char", a[0])?;
        write_to(ctx, sink(ctx, "write-char", a, 1, false)?, c.encode_utf8(&mut [0; 4]).as_bytes())
    }),
    between("write-string", 1, 4, |ctx, a| {
        let text = string("write-string", a[0])?;
        let (start, end) = range("write-string", a, 2, text.len())?;
        write_to(ctx, sink(ctx, "write-string", a, 1, false)?, text.slice(start, end).as_bytes())
    }),
    between("write-u8", 1, 2, |ctx, a| {
        let byte = byte("write-u8", a[0])?;
        write_to(ctx, sink(ctx, "write-u8", a, 1, true)?, &[byte])
    }),
    between("write-bytevector", 1, 4, |ctx, a| {
        let cells = bytes("write-bytevector", a[0])?;
        let (start, end) = range("write-bytevector", a, 2, cells.len())?;
        let all: Vec<u8> = cells[start..end].iter().map(GcCell::get).collect();
        write_to(ctx, sink(ctx, "write-bytevector", a, 1, true)?, &all)
    }),
    between("flush-output-port", 0, 1, |ctx, a| {
        let port = match a.first() {
            Some(&given) => port("flush-output-port", given)?,
            None => standard_port(ctx, 1)?,
        };
        let flushed = port.state.borrow_mut().flush();
        match flushed {
            Ok(()) => Ok(Value::Unspecified),
            Err(failure) => Err(error_of(ErrorKind::File, failure.to_string(), &[Value::Port(port)])),
        }
    }),
];
