//! Procedures with more variables and temporaries than there are registers.
//!
//! What would not fit becomes a procedure of its own, called where it stands: it has registers of its own, and
//! captures what it needs.

use super::op::Op;
use super::tree::{Node, Var};
use super::{Compiler, Target};
use crate::error::{Res, syntax_error};
use crate::value::Value;

use super::function::Function;

/// From so many registers in use on, room is made.
const CROWDED: usize = 180;

impl<'gc> Compiler<'_, 'gc> {
    /// Evaluates an expression, which is not in tail position, to a register.
    pub(super) fn emit_value(&mut self, node: &Node<'gc>, to: u8) -> Res<'gc, ()> {
        let has_parts = matches!(
            node,
            Node::Call(..)
                | Node::Primitive(..)
                | Node::If(_)
                | Node::And(_)
                | Node::Or(_)
                | Node::Sequence(_)
                | Node::Let(..)
                | Node::Fix(..)
                | Node::Loop(_)
        );
        if self.function().free > CROWDED && has_parts {
            return self.outline(Target::Register(to), |c| c.emit(node, Target::Return));
        }
        self.emit(node, Target::Register(to))
    }

    pub(super) fn emit_let(&mut self, bindings: &[(Var, Node<'gc>)], body: &Node<'gc>, target: Target) -> Res<'gc, ()> {
        self.scoped(|c| {
            for (at, (var, value)) in bindings.iter().enumerate() {
                // (Within a loop the rest might jump.)
                if c.function().free > CROWDED && c.function().loops.is_empty() {
                    return c.outline(target, |c| c.emit_let(&bindings[at..], body, Target::Return));
                }
                if c.variables.references(*var) == 0 {
                    c.emit(value, Target::Nowhere)?;
                    continue;
                }
                let register = c.new_register()?;
                c.emit_value(value, register)?;
                c.bind(*var, register);
            }
            c.emit(body, target)
        })
    }

    /// Calls a new procedure, whose body `emit` emits.
    fn outline(&mut self, target: Target, emit: impl FnOnce(&mut Self) -> Res<'gc, ()>) -> Res<'gc, ()> {
        let (name, source) = (self.function().name, self.function().source());
        self.functions.push(Function::new(name, source));
        let emitted = emit(self);
        let Some(function) = self.functions.pop() else {
            return Err(syntax_error(source, "no procedure", &[]));
        };
        emitted?;
        let mut captures = Vec::with_capacity(function.captured.len());
        for var in function.captured.clone() {
            captures.push(self.place(var)?.into());
        }
        let code = function.finish(self.ctx, 0, 0, captures)?;
        let index = self.function().constant(Value::Code(code))?;
        self.scoped(|c| {
            let callee = c.new_register()?;
            let base = c.new_register()?;
            c.op(Op::Closure { to: callee, index });
            if target == Target::Return {
                c.op(Op::TailCall { base, count: 0, callee });
            } else {
                c.op(Op::Call { base, count: 0, callee });
                c.deliver(base, target);
            }
            Ok(())
        })
    }
}
