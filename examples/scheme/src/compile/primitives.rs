//! Calls of primitives that the program cannot have redefined: instructions, or a direct call.

use super::op::Op;
use super::tests::small;
use super::tree::Node;
use super::{Compiler, Target};
use crate::builtins::{Primitive, Run};
use crate::error::Res;
use crate::value::{Source, Value};

impl<'gc> Compiler<'_, 'gc> {
    pub(super) fn emit_primitive(
        &mut self,
        primitive: &'static Primitive,
        arguments: &[Node<'gc>],
        source: Source,
        target: Target,
    ) -> Res<'gc, ()> {
        if arguments.len() > 64 || matches!(primitive.run, Run::Control(_)) {
            let callee = Node::Constant(Value::Primitive(primitive));
            return self.emit_call(&callee, arguments, source, target);
        }
        if self.emit_instruction(primitive.name, arguments, source, target)? {
            return Ok(());
        }
        self.scoped(|c| {
            let base = c.base(target)?;
            c.emit_arguments(base, arguments)?;
            c.function().at(source);
            let index = c.function().constant(Value::Primitive(primitive))?;
            c.op(Op::Primitive { base, count: arguments.len() as u8, index });
            c.deliver(base, target);
            Ok(())
        })
    }

    /// Emits the instruction that a primitive has, if it has one for so many arguments.
    fn emit_instruction(
        &mut self,
        name: &str,
        arguments: &[Node<'gc>],
        source: Source,
        target: Target,
    ) -> Res<'gc, bool> {
        match arguments {
            [a] => self.emit_unary(name, a, source, target),
            [a, b] => self.emit_binary(name, a, b, source, target),
            [a, b, c] => match name {
                "vector-set!" => {
                    self.scoped(|s| {
                        let (vector, index, value) = (s.operand(a)?, s.operand(b)?, s.operand(c)?);
                        s.function().at(source);
                        s.op(Op::VectorSet { vector, index, value });
                        Ok(())
                    })?;
                    self.emit_constant(Value::Unspecified, target)?;
                    Ok(true)
                }
                "+" | "*" => {
                    self.scoped(|s| {
                        let sum = s.new_register()?;
                        s.emit_binary(name, a, b, source, Target::Register(sum))?;
                        let b = s.operand(c)?;
                        let add = name == "+";
                        s.make(
                            target,
                            |to| {
                                if add { Op::Add { to, a: sum, b } } else { Op::Multiply { to, a: sum, b } }
                            },
                        )
                    })?;
                    Ok(true)
                }
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    fn emit_unary(&mut self, name: &str, a: &Node<'gc>, source: Source, target: Target) -> Res<'gc, bool> {
        let op: fn(u8, u8) -> Op = match name {
            "not" => |to, a| Op::Not { to, a },
            "null?" => |to, a| Op::IsNull { to, a },
            "pair?" => |to, a| Op::IsPair { to, a },
            "car" => |to, a| Op::Car { to, a },
            "cdr" => |to, a| Op::Cdr { to, a },
            "cadr" => |to, a| Op::Cadr { to, a },
            "cddr" => |to, a| Op::Cddr { to, a },
            _ => return Ok(false),
        };
        self.scoped(|c| {
            let a = c.operand(a)?;
            c.function().at(source);
            c.make(target, |to| op(to, a))
        })?;
        Ok(true)
    }

    fn emit_binary(
        &mut self,
        name: &str,
        a: &Node<'gc>,
        b: &Node<'gc>,
        source: Source,
        target: Target,
    ) -> Res<'gc, bool> {
        let value = match name {
            "+" => small(b).or_else(|| small(a)),
            "-" => small(b).and_then(i16::checked_neg),
            _ => None,
        };
        if let Some(value) = value {
            let other = if small(b).is_some() { a } else { b };
            self.scoped(|c| {
                let a = c.operand(other)?;
                c.function().at(source);
                c.make(target, |to| Op::AddInt { to, a, value })
            })?;
            return Ok(true);
        }
        let op: fn(u8, u8, u8) -> Op = match name {
            "+" => |to, a, b| Op::Add { to, a, b },
            "-" => |to, a, b| Op::Subtract { to, a, b },
            "*" => |to, a, b| Op::Multiply { to, a, b },
            "quotient" | "truncate-quotient" => |to, a, b| Op::Quotient { to, a, b },
            "remainder" | "truncate-remainder" => |to, a, b| Op::Remainder { to, a, b },
            "<" => |to, a, b| Op::Less { to, a, b },
            ">" => |to, a, b| Op::Less { to, a: b, b: a },
            "<=" => |to, a, b| Op::LessEqual { to, a, b },
            ">=" => |to, a, b| Op::LessEqual { to, a: b, b: a },
            "=" => |to, a, b| Op::NumEqual { to, a, b },
            "eq?" => |to, a, b| Op::Eq { to, a, b },
            "cons" => |to, a, b| Op::Cons { to, a, b },
            "vector-ref" => |to, vector, index| Op::VectorRef { to, vector, index },
            "string-ref" => |to, string, index| Op::StringRef { to, string, index },
            "set-car!" => |_, pair, value| Op::SetCar { pair, value },
            "set-cdr!" => |_, pair, value| Op::SetCdr { pair, value },
            _ => return Ok(false),
        };
        let stores = matches!(name, "set-car!" | "set-cdr!");
        self.scoped(|c| {
            let (a, b) = (c.operand(a)?, c.operand(b)?);
            c.function().at(source);
            if stores {
                c.op(op(0, a, b));
                Ok(())
            } else {
                c.make(target, |to| op(to, a, b))
            }
        })?;
        if stores {
            self.emit_constant(Value::Unspecified, target)?;
        }
        Ok(true)
    }
}
