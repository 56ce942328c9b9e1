//! Compiled procedures.
//!
//! Code objects live on the heap, so that what `eval` leaves behind is garbage like everything else. Inside a
//! mutation the machine reads them through plain `&'gc` references.

use gc_core::{Gc, GcCell, Trace};

use crate::compile::op::Op;
use crate::value::{Source, Value};

/// A variable of a top level or a library.
#[derive(Trace)]
pub(crate) struct Global<'gc> {
    pub(crate) value: GcCell<Value<'gc>>,
    pub(crate) name: Gc<'gc, str>,
    /// Never assigned again: what the standard libraries export.
    pub(crate) constant: GcCell<bool>,
    /// There is a definition: it is not just referred to.
    pub(crate) defined: GcCell<bool>,
}

/// A procedure without what it captures.
#[derive(Trace)]
pub(crate) struct Code<'gc> {
    pub(crate) ops: Gc<'gc, [Op]>,
    pub(crate) constants: Gc<'gc, [Value<'gc>]>,
    pub(crate) globals: Gc<'gc, [Gc<'gc, Global<'gc>>]>,
    /// Where a closure over this code gets its slots from.
    pub(crate) captures: Gc<'gc, [Capture]>,
    /// How many arguments it takes, exactly; `VARIADIC` if it takes any number from `required` on.
    pub(crate) arity: u32,
    pub(crate) required: u32,
    /// How many registers it uses.
    pub(crate) registers: u32,
    pub(crate) name: Option<Gc<'gc, str>>,
    pub(crate) file: u32,
    /// From which instruction on which line.
    pub(crate) lines: Gc<'gc, [Line]>,
    /// Which registers below a call's arguments have not been written yet. What an earlier call has left in them
    /// must not be kept alive.
    pub(crate) holes: Gc<'gc, [Hole]>,
}

pub(crate) const VARIADIC: u32 = u32::MAX;

#[derive(Clone, Copy, Trace)]
#[trace(static)]
pub(crate) enum Capture {
    Register(u8),
    Slot(u16),
}

/// A register that holds nothing while the call at an instruction is waiting.
#[derive(Clone, Copy, Trace)]
#[trace(static)]
pub(crate) struct Hole {
    pub(crate) at: u32,
    pub(crate) register: u8,
}

#[derive(Clone, Copy, Trace)]
#[trace(static)]
pub(crate) struct Line {
    pub(crate) from: u32,
    pub(crate) line: u32,
}

impl<'gc> Code<'gc> {
    /// Where the instruction at `pc` was written.
    pub(crate) fn source(&self, pc: usize) -> Source {
        let after = self.lines.partition_point(|entry| entry.from as usize <= pc);
        let line = if after == 0 { 0 } else { self.lines[after - 1].line };
        Source { file: self.file, line }
    }

    /// The registers that hold nothing during the call at `pc`.
    pub(crate) fn holes_at(&self, pc: usize) -> impl Iterator<Item = usize> {
        let first = self.holes.partition_point(|hole| (hole.at as usize) < pc);
        self.holes[first..].iter().take_while(move |hole| hole.at as usize == pc).map(|hole| hole.register as usize)
    }

    pub(crate) fn takes(&self, arguments: usize) -> bool {
        if self.arity == VARIADIC { arguments >= self.required as usize } else { arguments == self.arity as usize }
    }
}
