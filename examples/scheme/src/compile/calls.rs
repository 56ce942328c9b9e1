//! Calls of procedures.

use super::op::Op;
use super::tree::Node;
use super::{Compiler, Target};
use crate::error::Res;
use crate::value::{Source, Value};

/// Calls with more arguments pass them in a list.
const MOST_IN_REGISTERS: usize = 64;

impl<'gc> Compiler<'_, 'gc> {
    /// Where the arguments of a call go: to new registers, the first of which may be the one that the result is
    /// wanted in, if that is the newest. Never to register 0: frames advance (V2), so that there are no more of them
    /// than places on the stack.
    pub(super) fn base(&mut self, target: Target) -> Res<'gc, u8> {
        if self.function().free == 0 {
            self.new_register()?;
        }
        match target {
            Target::Register(0) => self.new_register(),
            Target::Register(to) if to as usize + 1 == self.function().free => Ok(to),
            _ => self.new_register(),
        }
    }

    /// Puts arguments into registers from `base` on, which is the newest.
    pub(super) fn emit_arguments(&mut self, base: u8, arguments: &[Node<'gc>]) -> Res<'gc, ()> {
        for (at, argument) in arguments.iter().enumerate() {
            let register = if at == 0 { base } else { self.new_register()? };
            self.emit_value(argument, register)?;
        }
        Ok(())
    }

    pub(super) fn emit_call(
        &mut self,
        callee: &Node<'gc>,
        arguments: &[Node<'gc>],
        source: Source,
        target: Target,
    ) -> Res<'gc, ()> {
        if let Node::Local(var) = callee
            && self.emit_jump(*var, arguments, target)?
        {
            return Ok(());
        }
        if arguments.len() > MOST_IN_REGISTERS {
            return self.emit_long_call(callee, arguments, source, target);
        }
        let count = arguments.len() as u8;
        let tail = target == Target::Return;
        self.scoped(|c| {
            let global = match callee {
                Node::Global(global, _) => Some(c.function().global(*global)?),
                _ => None,
            };
            let (callee, base) = match (global, c.register_of(callee)?) {
                (Some(_), _) => (0, c.base(target)?),
                (None, Some(register)) => (register, c.base(target)?),
                (None, None) => {
                    let callee = c.operand(callee)?;
                    (callee, c.new_register()?)
                }
            };
            c.emit_arguments(base, arguments)?;
            c.function().at(source);
            match (global, tail) {
                (Some(index), false) => c.op(Op::CallGlobal { base, count, index }),
                (Some(index), true) => c.op(Op::TailCallGlobal { base, count, index }),
                (None, false) => c.op(Op::Call { base, count, callee }),
                (None, true) => c.op(Op::TailCall { base, count, callee }),
            };
            if !tail {
                c.deliver(base, target);
            }
            Ok(())
        })
    }

    fn emit_long_call(
        &mut self,
        callee: &Node<'gc>,
        arguments: &[Node<'gc>],
        source: Source,
        target: Target,
    ) -> Res<'gc, ()> {
        let apply = self.ctx.core("apply")?;
        self.scoped(|c| {
            let function = c.new_register()?;
            c.emit_constant(apply, Target::Register(function))?;
            let base = c.new_register()?;
            c.emit(callee, Target::Register(base))?;
            let list = c.new_register()?;
            c.emit_list(arguments, list)?;
            c.function().at(source);
            if target == Target::Return {
                c.op(Op::TailCall { base, count: 2, callee: function });
            } else {
                c.op(Op::Call { base, count: 2, callee: function });
                c.deliver(base, target);
            }
            Ok(())
        })
    }

    /// Makes a list of values, last first.
    pub(super) fn emit_list(&mut self, elements: &[Node<'gc>], list: u8) -> Res<'gc, ()> {
        self.emit_constant(Value::Nil, Target::Register(list))?;
        for element in elements.iter().rev() {
            self.scoped(|c| {
                let a = c.operand(element)?;
                c.op(Op::Cons { to: list, a, b: list });
                Ok(())
            })?;
        }
        Ok(())
    }
}
