//! Conditions: code that falls through if a test holds, and jumps if it does not.

use super::op::Op;
use super::tree::Node;
use super::{Compiler, Target};
use crate::error::Res;
use crate::value::Value;

/// An integer that fits into an instruction.
pub(super) fn small(node: &Node<'_>) -> Option<i16> {
    match node {
        Node::Constant(Value::Int(number)) => i16::try_from(*number).ok(),
        _ => None,
    }
}

impl<'gc> Compiler<'_, 'gc> {
    /// A chain of conditions, as `cond` makes it, is worked off in a loop: it may be long.
    pub(super) fn emit_if(&mut self, parts: &[Node<'gc>; 3], target: Target) -> Res<'gc, ()> {
        let mut parts = parts;
        let mut ends = Vec::new();
        loop {
            let [test, yes, no] = parts;
            let mut otherwise = Vec::new();
            self.emit_test(test, &mut otherwise)?;
            self.emit(yes, target)?;
            if target != Target::Return {
                ends.push(self.op(Op::Jump { to: 0 }));
            }
            self.function().patch_here(otherwise);
            self.function().unwritten(target);
            match no {
                Node::If(next) => parts = next,
                _ => {
                    self.emit(no, target)?;
                    break;
                }
            }
        }
        self.function().patch_here(ends);
        Ok(())
    }

    pub(super) fn emit_and(&mut self, parts: &[Node<'gc>], target: Target) -> Res<'gc, ()> {
        let Some((last, tests)) = parts.split_last() else {
            return self.emit_constant(Value::TRUE, target);
        };
        let mut otherwise = Vec::new();
        for test in tests {
            self.emit_test(test, &mut otherwise)?;
        }
        self.emit(last, target)?;
        if target == Target::Return {
            self.function().patch_here(otherwise);
            return self.emit_constant(Value::FALSE, target);
        }
        let end = self.op(Op::Jump { to: 0 });
        self.function().patch_here(otherwise);
        self.emit_constant(Value::FALSE, target)?;
        self.function().patch_here(vec![end]);
        Ok(())
    }

    pub(super) fn emit_or(&mut self, parts: &[Node<'gc>], target: Target) -> Res<'gc, ()> {
        let Some((last, tests)) = parts.split_last() else {
            return self.emit_constant(Value::FALSE, target);
        };
        let mut ends = Vec::new();
        for test in tests {
            self.scoped(|c| {
                let register = match target {
                    Target::Register(to) => {
                        c.emit(test, target)?;
                        to
                    }
                    _ => c.operand(test)?,
                };
                if target == Target::Return {
                    let skip = c.op(Op::IfNot { test: register, to: 0 });
                    c.op(Op::Return { from: register });
                    c.function().patch_here(vec![skip]);
                } else {
                    let done = c.op(Op::If { test: register, to: 0 });
                    ends.push(done);
                }
                Ok(())
            })?;
        }
        self.emit(last, target)?;
        self.function().patch_here(ends);
        Ok(())
    }

    /// Falls through if `test` is true; else jumps, from the places that it adds to `otherwise`.
    pub(super) fn emit_test(&mut self, test: &Node<'gc>, otherwise: &mut Vec<usize>) -> Res<'gc, ()> {
        match test {
            Node::Constant(value) => {
                if !value.is_true() {
                    otherwise.push(self.op(Op::Jump { to: 0 }));
                }
                Ok(())
            }
            Node::And(parts) => parts.iter().try_for_each(|part| self.emit_test(part, otherwise)),
            Node::Or(parts) if !parts.is_empty() => {
                let (before, last) = parts.split_at(parts.len() - 1);
                let mut holds = Vec::new();
                for part in before {
                    let mut next = Vec::new();
                    self.emit_test(part, &mut next)?;
                    holds.push(self.op(Op::Jump { to: 0 }));
                    self.function().patch_here(next);
                }
                self.emit_test(&last[0], otherwise)?;
                self.function().patch_here(holds);
                Ok(())
            }
            Node::Primitive(primitive, arguments, source) => {
                self.function().at(*source);
                self.scoped(|c| c.emit_primitive_test(primitive.name, test, arguments, otherwise))
            }
            _ => self.emit_value_test(test, otherwise),
        }
    }

    fn emit_value_test(&mut self, test: &Node<'gc>, otherwise: &mut Vec<usize>) -> Res<'gc, ()> {
        self.scoped(|c| {
            let test = c.operand(test)?;
            otherwise.push(c.op(Op::IfNot { test, to: 0 }));
            Ok(())
        })
    }

    fn emit_primitive_test(
        &mut self,
        name: &str,
        test: &Node<'gc>,
        arguments: &[Node<'gc>],
        otherwise: &mut Vec<usize>,
    ) -> Res<'gc, ()> {
        let to = 0;
        let op = match (name, arguments) {
            ("not", [a]) => {
                let mut fails = Vec::new();
                self.emit_test(a, &mut fails)?;
                otherwise.push(self.op(Op::Jump { to }));
                self.function().patch_here(fails);
                return Ok(());
            }
            ("null?", [a]) => Op::IfNotNull { a: self.operand(a)?, to },
            ("pair?", [a]) => Op::IfNotPair { a: self.operand(a)?, to },
            ("zero?", [a]) => Op::IfNotNumEqualInt { a: self.operand(a)?, value: 0, to },
            ("positive?", [a]) => Op::IfNotGreaterInt { a: self.operand(a)?, value: 0, to },
            ("negative?", [a]) => Op::IfNotLessInt { a: self.operand(a)?, value: 0, to },
            ("eq?", [a, b]) => Op::IfNotEq { a: self.operand(a)?, b: self.operand(b)?, to },
            ("<", [a, b]) if small(b).is_some() => {
                Op::IfNotLessInt { a: self.operand(a)?, value: small(b).unwrap_or(0), to }
            }
            (">", [a, b]) if small(b).is_some() => {
                Op::IfNotGreaterInt { a: self.operand(a)?, value: small(b).unwrap_or(0), to }
            }
            ("=", [a, b]) if small(b).is_some() => {
                Op::IfNotNumEqualInt { a: self.operand(a)?, value: small(b).unwrap_or(0), to }
            }
            ("=", [a, b]) => Op::IfNotNumEqual { a: self.operand(a)?, b: self.operand(b)?, to },
            ("<", [a, b]) => Op::IfNotLess { a: self.operand(a)?, b: self.operand(b)?, to },
            (">", [a, b]) => {
                let (a, b) = (self.operand(a)?, self.operand(b)?);
                Op::IfNotLess { a: b, b: a, to }
            }
            ("<=", [a, b]) => Op::IfNotLessEqual { a: self.operand(a)?, b: self.operand(b)?, to },
            (">=", [a, b]) => {
                let (a, b) = (self.operand(a)?, self.operand(b)?);
                Op::IfNotLessEqual { a: b, b: a, to }
            }
            _ => return self.emit_value_test(test, otherwise),
        };
        otherwise.push(self.op(op));
        Ok(())
    }
}
