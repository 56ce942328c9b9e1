//! A procedure while it is being compiled.

use std::collections::HashMap;

use gc_core::Gc;

use super::op::Op;
use super::tree::Var;
use crate::code::{Capture, Code, Global, Hole, Line};
use crate::context::Ctx;
use crate::error::{Res, syntax_error};
use crate::value::{Source, Value};

const REGISTERS: usize = 250;

pub(super) struct Function<'gc> {
    pub(super) name: Option<Gc<'gc, str>>,
    file: u32,
    line: u32,
    pub(super) ops: Vec<Op>,
    constants: Vec<Value<'gc>>,
    globals: Vec<Gc<'gc, Global<'gc>>>,
    lines: Vec<Line>,
    pub(super) variables: HashMap<Var, u8>,
    pub(super) captured: Vec<Var>,
    /// The first register that is free, and the highest that ever was.
    pub(super) free: usize,
    most: usize,
    /// Which registers have been written since they were given out.
    written: [bool; 256],
    holes: Vec<Hole>,
    pub(super) loops: Vec<super::loops::Active>,
}

/// Where a variable is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Register(u8),
    Slot(u16),
}

impl From<Place> for Capture {
    fn from(place: Place) -> Self {
        match place {
            Place::Register(register) => Capture::Register(register),
            Place::Slot(slot) => Capture::Slot(slot),
        }
    }
}

impl<'gc> Function<'gc> {
    pub(super) fn new(name: Option<Gc<'gc, str>>, source: Source) -> Self {
        Function {
            name,
            file: source.file,
            line: source.line,
            ops: Vec::new(),
            constants: Vec::new(),
            globals: Vec::new(),
            lines: Vec::new(),
            variables: HashMap::new(),
            captured: Vec::new(),
            free: 0,
            most: 0,
            written: [false; 256],
            holes: Vec::new(),
            loops: Vec::new(),
        }
    }

    pub(super) fn source(&self) -> Source {
        Source { file: self.file, line: self.line }
    }

    /// From here on, instructions belong to the form that was read at `source`.
    pub(super) fn at(&mut self, source: Source) {
        if source.line != 0 && source.file == self.file {
            self.line = source.line;
        }
    }

    pub(super) fn op(&mut self, op: Op) -> usize {
        let at = self.ops.len();
        if self.line != 0 && self.lines.last().is_none_or(|last| last.line != self.line) {
            self.lines.push(Line { from: at as u32, line: self.line });
        }
        match op {
            Op::Call { base, .. } | Op::CallGlobal { base, .. } => {
                let unwritten = (0..base).filter(|&register| !self.written[register as usize]);
                self.holes.extend(unwritten.map(|register| Hole { at: at as u32, register }));
            }
            _ => {}
        }
        if let Some(to) = op.written() {
            self.written[to as usize] = true;
        }
        self.ops.push(op);
        at
    }

    /// What is emitted next runs without what was emitted last: the target has not been written.
    pub(super) fn unwritten(&mut self, target: super::Target) {
        if let super::Target::Register(register) = target {
            self.written[register as usize] = false;
        }
    }

    /// A register that the caller has filled.
    pub(super) fn parameter(&mut self, register: u8) {
        self.written[register as usize] = true;
    }

    pub(super) fn new_register(&mut self) -> Res<'gc, u8> {
        if self.free >= REGISTERS {
            let message = format!("a procedure needs more than {REGISTERS} variables and temporaries at once");
            return Err(syntax_error(self.source(), message, &[]));
        }
        self.written[self.free] = false;
        self.free += 1;
        self.most = self.most.max(self.free);
        Ok((self.free - 1) as u8)
    }

    pub(super) fn constant(&mut self, value: Value<'gc>) -> Res<'gc, u16> {
        // The search is bounded, so that a long program takes no longer for each constant.
        let recent = self.constants.len().saturating_sub(32);
        let known = self.constants[recent..].iter().position(|&known| known.is_eq(value)).map(|at| at + recent);
        let index = known.unwrap_or_else(|| {
            self.constants.push(value);
            self.constants.len() - 1
        });
        u16::try_from(index).map_err(|_| syntax_error(self.source(), "a procedure has too many constants", &[]))
    }

    pub(super) fn global(&mut self, global: Gc<'gc, Global<'gc>>) -> Res<'gc, u16> {
        let recent = self.globals.len().saturating_sub(64);
        let known = self.globals[recent..].iter().position(|known| known.ptr_eq(global)).map(|at| at + recent);
        let index = known.unwrap_or_else(|| {
            self.globals.push(global);
            self.globals.len() - 1
        });
        u16::try_from(index).map_err(|_| syntax_error(self.source(), "a procedure names too many variables", &[]))
    }

    /// Makes the jump at `at` lead to `to`.
    pub(super) fn patch(&mut self, at: usize, target: usize) {
        let distance = target as i32 - (at as i32 + 1);
        use Op::*;
        match &mut self.ops[at] {
            Jump { to }
            | Loop { to, .. }
            | IfNot { to, .. }
            | If { to, .. }
            | IfNotNull { to, .. }
            | IfNotPair { to, .. }
            | IfNotEq { to, .. }
            | IfNotLess { to, .. }
            | IfNotLessEqual { to, .. }
            | IfNotNumEqual { to, .. }
            | IfNotLessInt { to, .. }
            | IfNotGreaterInt { to, .. }
            | IfNotNumEqualInt { to, .. } => *to = distance,
            _ => {}
        }
    }

    /// Makes all these jumps lead here.
    pub(super) fn patch_here(&mut self, jumps: Vec<usize>) {
        let here = self.ops.len();
        for jump in jumps {
            self.patch(jump, here);
        }
    }

    pub(super) fn finish(
        mut self,
        ctx: Ctx<'gc>,
        arity: u32,
        required: u32,
        captures: Vec<Capture>,
    ) -> Res<'gc, Gc<'gc, Code<'gc>>> {
        // Jumps may lead behind the last instruction, where nothing goes.
        self.op(Op::Unspecified { to: 0 });
        self.op(Op::Return { from: 0 });
        let code = Code {
            ops: Gc::try_from_slice(ctx.mc, &self.ops)?,
            constants: Gc::try_from_slice(ctx.mc, &self.constants)?,
            globals: Gc::try_from_slice(ctx.mc, &self.globals)?,
            captures: Gc::try_from_slice(ctx.mc, &captures)?,
            arity,
            required,
            registers: self.most.max(1) as u32,
            name: self.name,
            file: self.file,
            lines: Gc::try_from_slice(ctx.mc, &self.lines)?,
            holes: Gc::try_from_slice(ctx.mc, &self.holes)?,
        };
        Ok(Gc::try_new(ctx.mc, code)?)
    }
}
