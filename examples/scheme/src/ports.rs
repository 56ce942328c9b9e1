//! Ports: where characters and bytes come from and go to.
//!
//! A port's state holds no `Gc`, so it lies in a plain `RefCell`. It is borrowed while one primitive reads or writes,
//! and no Scheme code runs meanwhile.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use gc_core::{ExternalCharge, Mutation, Trace};

use crate::machine::Host;

/// A port object.
#[derive(Trace)]
#[trace(static)]
pub(crate) struct Port {
    pub(crate) state: RefCell<State>,
    pub(crate) binary: bool,
    pub(crate) input: bool,
    pub(crate) name: String,
}

pub(crate) struct State {
    pub(crate) open: bool,
    pub(crate) kind: Kind,
    /// The line that the next character is on, and the number of the file's name.
    pub(crate) line: u32,
    pub(crate) file: u32,
    pub(crate) fold_case: bool,
}

pub(crate) enum Kind {
    Input(Source),
    /// What has been written to it is kept, and counts as the heap's.
    Collect(Vec<u8>, Option<ExternalCharge>),
    Output(Box<dyn Write>),
    /// The host's output.
    Console(Rc<Host>),
}

/// Bytes to come.
pub(crate) struct Source {
    ready: VecDeque<u8>,
    from: Option<Box<dyn Read>>,
}

impl Port {
    fn new(kind: Kind, binary: bool, input: bool, name: &str, file: u32) -> Self {
        let state = State { open: true, kind, line: 1, file, fold_case: false };
        Port { state: RefCell::new(state), binary, input, name: name.to_owned() }
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, binary: bool, name: &str, file: u32) -> Self {
        Port::new(Kind::Input(Source { ready: bytes.into(), from: None }), binary, true, name, file)
    }

    pub(crate) fn from_reader(reader: Box<dyn Read>, binary: bool, name: &str, file: u32) -> Self {
        Port::new(Kind::Input(Source { ready: VecDeque::new(), from: Some(reader) }), binary, true, name, file)
    }

    pub(crate) fn to_writer(writer: Box<dyn Write>, binary: bool, name: &str) -> Self {
        Port::new(Kind::Output(writer), binary, false, name, 0)
    }

    pub(crate) fn collecting(binary: bool) -> Self {
        Port::new(Kind::Collect(Vec::new(), None), binary, false, "string", 0)
    }

    pub(crate) fn console(host: Rc<Host>) -> Self {
        Port::new(Kind::Console(host), false, false, "stdout", 0)
    }
}

impl State {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.kind {
            Kind::Input(_) => Ok(()),
            Kind::Collect(collected, _) => {
                collected.extend_from_slice(bytes);
                Ok(())
            }
            Kind::Output(writer) => writer.write_all(bytes),
            Kind::Console(host) => host.output.borrow_mut().write_all(bytes),
        }
    }

    /// Charges the heap for what a collecting port holds, if that has grown.
    pub(crate) fn charge(&mut self, mc: &Mutation<'_>) {
        if let Kind::Collect(collected, charge) = &mut self.kind
            && charge.as_ref().map_or(0, ExternalCharge::bytes) < collected.capacity()
        {
            *charge = Some(mc.external(collected.capacity()));
        }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Kind::Output(writer) => writer.flush(),
            Kind::Console(host) => host.output.borrow_mut().flush(),
            _ => Ok(()),
        }
    }

    pub(crate) fn close(&mut self) -> io::Result<()> {
        let flushed = self.flush();
        self.open = false;
        match &mut self.kind {
            Kind::Input(source) => {
                source.from = None;
                source.ready.clear();
            }
            Kind::Output(writer) => *writer = Box::new(io::sink()),
            _ => {}
        }
        flushed
    }

    /// The byte `ahead` places from here, without taking any.
    pub(crate) fn peek_byte(&mut self, ahead: usize) -> io::Result<Option<u8>> {
        let Kind::Input(source) = &mut self.kind else { return Ok(None) };
        while source.ready.len() <= ahead {
            let Some(reader) = &mut source.from else { return Ok(None) };
            let mut buffer = [0; 4096];
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if count == 0 {
                return Ok(None);
            }
            source.ready.extend(&buffer[..count]);
        }
        Ok(source.ready.get(ahead).copied())
    }

    pub(crate) fn read_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek_byte(0)?;
        if let (Some(byte), Kind::Input(source)) = (byte, &mut self.kind) {
            source.ready.pop_front();
            if byte == b'\n' {
                self.line += 1;
            }
        }
        Ok(byte)
    }

    /// The next character, and its length in bytes. Malformed UTF-8 reads as U+FFFD.
    pub(crate) fn peek_char(&mut self) -> io::Result<Option<(char, usize)>> {
        let Some(first) = self.peek_byte(0)? else { return Ok(None) };
        let len = match first {
            0..=0x7f => return Ok(Some((first as char, 1))),
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return Ok(Some(('\u{fffd}', 1))),
        };
        let mut bytes = [first, 0, 0, 0];
        for (ahead, slot) in bytes.iter_mut().enumerate().take(len).skip(1) {
            match self.peek_byte(ahead)? {
                Some(byte) => *slot = byte,
                None => return Ok(Some(('\u{fffd}', 1))),
            }
        }
        let decoded = std::str::from_utf8(&bytes[..len]).ok().and_then(|text| text.chars().next());
        Ok(Some(decoded.map_or(('\u{fffd}', 1), |c| (c, len))))
    }

    pub(crate) fn read_char(&mut self) -> io::Result<Option<char>> {
        let Some((c, len)) = self.peek_char()? else { return Ok(None) };
        for _ in 0..len {
            self.read_byte()?;
        }
        Ok(Some(c))
    }

    /// Whether the next read would not wait. (Of the terminal, it is not known: it says yes.)
    pub(crate) fn is_ready(&self) -> bool {
        true
    }
}
