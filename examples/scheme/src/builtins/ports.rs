//! Opening, closing and asking about ports.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::rc::Rc;

use gc_core::{Gc, GcCell};

use super::arguments::{bytes, port, string};
use super::control::new_parameter;
use super::{Primitive, exactly};
use crate::context::Ctx;
use crate::error::{Res, error_of, wrong_type};
use crate::expand::Denotation;
use crate::ports::{Kind, Port};
use crate::value::{ErrorKind, Value};

fn new_port<'gc>(ctx: Ctx<'gc>, port: Port) -> Res<'gc, Value<'gc>> {
    Ok(Value::Port(Gc::try_new(ctx.mc, port)?))
}

fn open_input<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>], binary: bool) -> Res<'gc, Value<'gc>> {
    let name = string("open-input-file", a[0])?.text();
    match File::open(name.as_ref()) {
        Ok(file) => {
            let number = ctx.machine.host.file_number(&name);
            new_port(ctx, Port::from_reader(Box::new(BufReader::new(file)), binary, &name, number))
        }
        Err(failure) => Err(error_of(ErrorKind::File, format!("cannot open the file: {failure}:"), &a[..1])),
    }
}

fn open_output<'gc>(ctx: Ctx<'gc>, a: &[Value<'gc>], binary: bool) -> Res<'gc, Value<'gc>> {
    let name = string("open-output-file", a[0])?.text();
    match File::create(name.as_ref()) {
        Ok(file) => new_port(ctx, Port::to_writer(Box::new(BufWriter::new(file)), binary, &name)),
        Err(failure) => Err(error_of(ErrorKind::File, format!("cannot create the file: {failure}:"), &a[..1])),
    }
}

fn close<'gc>(name: &str, value: Value<'gc>, input: Option<bool>) -> Res<'gc, Value<'gc>> {
    let port = port(name, value)?;
    if input.is_some_and(|input| input != port.input) {
        return Err(wrong_type(name, "a port of the other direction", value));
    }
    let closed = port.state.borrow_mut().close();
    closed.map_err(|failure| error_of(ErrorKind::File, failure.to_string(), &[value]))?;
    Ok(Value::Unspecified)
}

/// What has been written to a port that collects.
fn collected<'gc>(name: &str, value: Value<'gc>, binary: bool) -> Res<'gc, Vec<u8>> {
    let port = port(name, value)?;
    let state = port.state.borrow();
    match &state.kind {
        Kind::Collect(collected, _) if port.binary == binary => Ok(collected.clone()),
        _ => Err(wrong_type(name, "a port made to collect what is written", value)),
    }
}

/// Defines the parameters for the current ports.
pub(super) fn define_standard<'gc>(ctx: Ctx<'gc>) -> Res<'gc, ()> {
    let host = Rc::clone(&ctx.machine.host);
    let number = host.file_number("stdin");
    let ports = [
        Port::from_reader(Box::new(std::io::stdin()), false, "stdin", number),
        Port::console(host),
        Port::to_writer(Box::new(std::io::stderr()), false, "stderr"),
    ];
    let names = ["current-input-port", "current-output-port", "current-error-port"];
    let mut parameters = [Value::Unspecified; 3];
    for ((slot, port), name) in parameters.iter_mut().zip(ports).zip(names) {
        let port = new_port(ctx, port)?;
        *slot = new_parameter(ctx, port, Value::FALSE)?;
        let Value::Symbol(symbol) = ctx.symbol(name)? else { continue };
        let global = ctx.new_global(symbol)?;
        global.write(ctx.mc, |g| &g.value).set(*slot);
        global.write(ctx.mc, |g| &g.constant).set(true);
        ctx.machine.core.set(ctx, Value::Symbol(symbol), Denotation::Global(global))?;
    }
    ctx.machine.write(ctx.mc, |m| &m.standard_ports).set(parameters);
    Ok(())
}

macro_rules! is {
    ($name:literal, |$port:ident| $test:expr) => {
        exactly($name, 1, |_, a| match a[0] {
            Value::Port($port) => Ok(Value::Bool($test)),
            _ => Ok(Value::FALSE),
        })
    };
}

pub(super) static PRIMITIVES: &[Primitive] = &[
    exactly("open-input-file", 1, |ctx, a| open_input(ctx, a, false)),
    exactly("open-binary-input-file", 1, |ctx, a| open_input(ctx, a, true)),
    exactly("open-output-file", 1, |ctx, a| open_output(ctx, a, false)),
    exactly("open-binary-output-file", 1, |ctx, a| open_output(ctx, a, true)),
    exactly("open-input-string", 1, |ctx, a| {
        let text = string("open-input-string", a[0])?.text().into_owned();
        new_port(ctx, Port::from_bytes(text.into_bytes(), false, "string", ctx.machine.host.file_number("string")))
    }),
    exactly("open-output-string", 0, |ctx, _| new_port(ctx, Port::collecting(false))),
    exactly("open-input-bytevector", 1, |ctx, a| {
        let all = bytes("open-input-bytevector", a[0])?.iter().map(GcCell::get).collect();
        new_port(ctx, Port::from_bytes(all, true, "bytevector", 0))
    }),
    exactly("open-output-bytevector", 0, |ctx, _| new_port(ctx, Port::collecting(true))),
    exactly("get-output-string", 1, |ctx, a| {
        let bytes = collected("get-output-string", a[0], false)?;
        ctx.string(&String::from_utf8_lossy(&bytes))
    }),
    exactly("get-output-bytevector", 1, |ctx, a| ctx.bytes(&collected("get-output-bytevector", a[0], true)?)),
    exactly("close-port", 1, |_, a| close("close-port", a[0], None)),
    exactly("close-input-port", 1, |_, a| close("close-input-port", a[0], Some(true))),
    exactly("close-output-port", 1, |_, a| close("close-output-port", a[0], Some(false))),
    is!("port?", |_port| true),
    is!("input-port?", |port| port.input),
    is!("output-port?", |port| !port.input),
    is!("textual-port?", |port| !port.binary),
    is!("binary-port?", |port| port.binary),
    exactly("input-port-open?", 1, |_, a| match a[0] {
        Value::Port(port) if port.input => Ok(Value::Bool(port.state.borrow().open)),
        _ => Err(wrong_type("input-port-open?", "an input port", a[0])),
    }),
    exactly("output-port-open?", 1, |_, a| match a[0] {
        Value::Port(port) if !port.input => Ok(Value::Bool(port.state.borrow().open)),
        _ => Err(wrong_type("output-port-open?", "an output port", a[0])),
    }),
    exactly("file-exists?", 1, |_, a| {
        let name = string("file-exists?", a[0])?.text();
        Ok(Value::Bool(std::path::Path::new(name.as_ref()).exists()))
    }),
    exactly("delete-file", 1, |_, a| {
        let name = string("delete-file", a[0])?.text();
        match std::fs::remove_file(name.as_ref()) {
            Ok(()) => Ok(Value::Unspecified),
            Err(failure) => Err(error_of(ErrorKind::File, format!("cannot delete the file: {failure}:"), a)),
        }
    }),
    exactly("%port-line", 1, |_, a| Ok(Value::Int(i64::from(port("port-line", a[0])?.state.borrow().line)))),
];
