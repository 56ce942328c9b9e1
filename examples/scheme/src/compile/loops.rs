//! Loops: procedures whose calls are jumps.

use super::op::Op;
use super::tree::{Loop, Node, Var};
use super::{Compiler, Target};
use crate::error::Res;

/// A loop that is being compiled.
pub(super) struct Active {
    var: Var,
    registers: Vec<u8>,
    parameters: Vec<Var>,
    target: Target,
    /// Where it starts, once that is known; and the jumps that go there from before.
    start: Option<usize>,
    entries: Vec<usize>,
    /// Free when a round starts.
    live: usize,
}

impl<'gc> Compiler<'_, 'gc> {
    pub(super) fn emit_loop(&mut self, inner: &Loop<'gc>, target: Target) -> Res<'gc, ()> {
        self.scoped(|c| {
            let mut registers = Vec::with_capacity(inner.parameters.len());
            for _ in &inner.parameters {
                registers.push(c.new_register()?);
            }
            let live = c.function().free;
            let parameters = inner.parameters.clone();
            let active =
                Active { var: inner.var, registers, parameters, target, start: None, entries: Vec::new(), live };
            c.function().loops.push(active);
            c.emit(&inner.entry, target)?;
            // An entry that is a call has just jumped; any other may fall through, past the loop.
            let direct =
                matches!(&inner.entry, Node::Call(callee, ..) if matches!(**callee, Node::Local(v) if v == inner.var));
            let past = if direct || target == Target::Return { None } else { Some(c.op(Op::Jump { to: 0 })) };
            let start = c.function().ops.len();
            let mut bound = Vec::new();
            if let Some(active) = c.function().loops.last_mut() {
                active.start = Some(start);
                let entries = std::mem::take(&mut active.entries);
                bound = active.parameters.iter().copied().zip(active.registers.iter().copied()).collect();
                c.function().patch_here(entries);
            }
            for (var, register) in bound {
                c.bind(var, register);
            }
            c.emit(&inner.body, target)?;
            c.function().loops.pop();
            c.function().patch_here(past.into_iter().collect());
            Ok(())
        })
    }

    /// Jumps to a loop, if `var` is one; false if it is not.
    pub(super) fn emit_jump(&mut self, var: Var, arguments: &[Node<'gc>], target: Target) -> Res<'gc, bool> {
        let function = self.function();
        let Some(index) = function.loops.iter().rposition(|active| active.var == var) else { return Ok(false) };
        let active = &function.loops[index];
        debug_assert!(active.target == target);
        let registers = active.registers.clone();
        let parameters = active.parameters.clone();
        let (start, live) = (active.start, active.live);
        self.scoped(|c| {
            let mut moves = Vec::new();
            for (at, argument) in arguments.iter().enumerate() {
                let (register, parameter) = (registers[at], parameters[at]);
                let stays = matches!(argument, Node::Local(var) if *var == parameter);
                if start.is_some() && stays && !c.variables.is_boxed(parameter) {
                    continue;
                }
                let mut mentioned = false;
                if start.is_some() {
                    let mut see = |var: Var| mentioned |= var == parameter;
                    arguments[at + 1..].iter().for_each(|later| later.mentions(&mut see));
                    // A primitive writes its result when it has read its operands.
                    if !matches!(argument, Node::Primitive(..)) {
                        argument.mentions(&mut see);
                    }
                }
                if mentioned {
                    let temporary = c.new_register()?;
                    c.emit(argument, Target::Register(temporary))?;
                    moves.push((register, temporary));
                } else {
                    // Calls build their arguments above all registers in use, never in this one.
                    let apart = c.function().free;
                    if start.is_some() {
                        c.new_register()?;
                    }
                    c.emit(argument, Target::Register(register))?;
                    c.function().free = apart;
                }
            }
            for (to, from) in moves {
                c.op(Op::Move { to, from });
            }
            Ok(())
        })?;
        match start {
            Some(start) => {
                let jump = self.op(Op::Loop { live: live as u8, to: 0 });
                self.function().patch(jump, start);
            }
            None => {
                let jump = self.op(Op::Jump { to: 0 });
                if let Some(active) = self.function().loops.get_mut(index) {
                    active.entries.push(jump);
                }
            }
        }
        Ok(true)
    }
}
