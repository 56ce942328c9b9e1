//! Calls of anything but a closure that takes exactly the arguments given.

use gc_core::Gc;

use super::{Next, Place, Vm, WINDOW};
use crate::builtins::Run;
use crate::code::{Code, VARIADIC};
use crate::error::{Res, error};
use crate::value::{RecordKind, RecordProcedure, Value};

/// What one step of a call leads to.
pub(super) enum Step<'gc> {
    /// A procedure's code: its arguments are in its registers.
    Enter(Place<'gc>),
    /// A value: return it to where the callee's registers start.
    Value(Value<'gc>, usize),
    /// Call this with as many arguments, which are at the given place in the stack.
    Again(Value<'gc>, usize, usize),
    Stop(super::Outcome<'gc>),
}

impl<'gc> Vm<'gc> {
    /// Calls `callee` with the `count` arguments at `at`. The caller's frame has been pushed.
    pub(super) fn call(&mut self, callee: Value<'gc>, at: usize, count: usize) -> Next<'gc> {
        let (mut callee, mut at, mut count) = (callee, at, count);
        loop {
            match self.step(callee, at, count) {
                Ok(Step::Enter(place)) => return Next::Go(place),
                Ok(Step::Value(value, at)) => return self.give_back(value, at),
                Ok(Step::Again(next, place, arguments)) => (callee, at, count) = (next, place, arguments),
                Ok(Step::Stop(outcome)) => return Next::Stop(outcome),
                Err(throw) => return self.fault_in_call(throw, callee, at, count),
            }
        }
    }

    /// Calls in place of the running procedure.
    pub(super) fn tail_call(&mut self, callee: Value<'gc>, from: Place<'gc>, base: usize, count: usize) -> Next<'gc> {
        let start = from.fp + base;
        self.stack.copy_within(start..start + count, from.fp);
        self.call(callee, from.fp, count)
    }

    fn step(&mut self, callee: Value<'gc>, at: usize, count: usize) -> Res<'gc, Step<'gc>> {
        match callee {
            Value::Closure(closure) => match closure[0].get() {
                Value::Code(code) => {
                    self.arrange(callee, code, at, count)?;
                    Ok(Step::Enter(Place { closure, code, pc: 0, fp: at }))
                }
                _ => Err(error("not a procedure:", &[callee])),
            },
            Value::Primitive(primitive) => match primitive.run {
                Run::Native(_) => {
                    let value = primitive.apply(self.ctx, &self.stack[at..at + count])?;
                    Ok(Step::Value(value, at))
                }
                Run::Control(control) => {
                    primitive.check(count)?;
                    self.control(control, at, count)
                }
            },
            Value::RecordProcedure(procedure) => {
                let value = self.record_call(procedure, at, count)?;
                Ok(Step::Value(value, at))
            }
            Value::Continuation(continuation) => self.throw_to(continuation, callee, at, count),
            Value::Parameter(parameter) => {
                if count != 0 {
                    return Err(error("a parameter takes no arguments, got", &self.stack[at..at + count]));
                }
                Ok(Step::Value(crate::builtins::control::parameter_value(self.ctx, parameter), at))
            }
            Value::CaseLambda(clauses) => {
                let fits = clauses.iter().find(|clause| match clause {
                    Value::Closure(closure) => matches!(closure[0].get(), Value::Code(code) if code.takes(count)),
                    _ => false,
                });
                match fits {
                    Some(&clause) => Ok(Step::Again(clause, at, count)),
                    None => Err(error(format!("no clause of this case-lambda takes {count} arguments:"), &[callee])),
                }
            }
            other => Err(error("not a procedure:", &[other])),
        }
    }

    /// Checks the number of arguments, and makes a list of those beyond the required ones.
    fn arrange(&mut self, callee: Value<'gc>, code: Gc<'gc, Code<'gc>>, at: usize, count: usize) -> Res<'gc, ()> {
        let required = code.required as usize;
        if !code.takes(count) {
            let least = if code.arity == VARIADIC { "at least " } else { "" };
            let plural = if required == 1 { "" } else { "s" };
            let message =
                format!("wrong number of arguments: expected {least}{required} argument{plural}, got {count}:");
            return Err(error(message, &[callee]));
        }
        if code.arity == VARIADIC {
            let rest = self.ctx.list(&self.stack[at + required..at + count])?;
            self.stack[at + required] = rest;
        }
        Ok(())
    }

    /// Puts arguments where a callee's registers start. There may be more than there are registers: then only
    /// the first ones are put there and the rest is refused, unless the callee makes a list of them.
    pub(super) fn place_arguments(
        &mut self,
        callee: Value<'gc>,
        arguments: &[Value<'gc>],
        at: usize,
    ) -> Res<'gc, Step<'gc>> {
        let room = WINDOW - 8;
        if arguments.len() <= room {
            self.stack[at..at + arguments.len()].copy_from_slice(arguments);
            return Ok(Step::Again(callee, at, arguments.len()));
        }
        match callee {
            Value::Primitive(primitive) if matches!(primitive.run, Run::Native(_)) => {
                Ok(Step::Value(primitive.apply(self.ctx, arguments)?, at))
            }
            Value::Primitive(primitive) if matches!(primitive.run, Run::Control(super::Control::Apply)) => {
                let Some((&last, before)) = arguments.split_last() else { return Ok(Step::Value(callee, at)) };
                let mut all = before[1..].to_vec();
                all.extend(self.ctx.elements("apply", last)?);
                self.place_arguments(before[0], &all, at)
            }
            Value::Closure(closure) => match closure[0].get() {
                Value::Code(code) if code.arity == VARIADIC && (code.required as usize) < room => {
                    let required = code.required as usize;
                    let rest = self.ctx.list(&arguments[required..])?;
                    self.stack[at..at + required].copy_from_slice(&arguments[..required]);
                    self.stack[at + required] = rest;
                    Ok(Step::Enter(Place { closure, code, pc: 0, fp: at }))
                }
                _ => Err(error(format!("wrong number of arguments: {}:", arguments.len()), &[callee])),
            },
            Value::CaseLambda(clauses) => {
                let variadic = clauses.iter().find(|clause| match clause {
                    Value::Closure(closure) => {
                        matches!(closure[0].get(), Value::Code(code) if code.takes(arguments.len()))
                    }
                    _ => false,
                });
                match variadic {
                    Some(&clause) => self.place_arguments(clause, arguments, at),
                    None => Err(error("no clause of this case-lambda takes so many arguments:", &[callee])),
                }
            }
            Value::Continuation(continuation) => {
                let value = self.ctx.values(arguments)?;
                self.stack[at] = value;
                self.throw_to(continuation, callee, at, 1)
            }
            _ => Err(error(format!("called with too many arguments ({}):", arguments.len()), &[callee])),
        }
    }

    fn record_call(
        &mut self,
        procedure: Gc<'gc, RecordProcedure<'gc>>,
        at: usize,
        count: usize,
    ) -> Res<'gc, Value<'gc>> {
        let arguments = &self.stack[at..at + count];
        let of = procedure.of;
        let wrong =
            |expected: usize| error(format!("{}: expected {expected} argument(s), got {count}", procedure.name), &[]);
        let slots = |value: Value<'gc>| match value {
            Value::Record(slots) => match slots[0].get() {
                Value::RecordType(ty) if ty.ptr_eq(of) => Ok(slots),
                _ => Err(crate::error::wrong_type(&procedure.name, &of.name, value)),
            },
            _ => Err(crate::error::wrong_type(&procedure.name, &of.name, value)),
        };
        match (procedure.kind, arguments) {
            (RecordKind::Accessor(field), [record]) => Ok(slots(*record)?[field as usize].get()),
            (RecordKind::Modifier(field), [record, value]) => {
                slots(*record)?.write(self.ctx.mc, |s| &s[field as usize]).set(*value);
                Ok(Value::Unspecified)
            }
            (RecordKind::Predicate, [value]) => Ok(Value::Bool(slots(*value).is_ok())),
            (RecordKind::Constructor { slots, direct }, _) if slots.len() == count => {
                let mut fields = vec![Value::Unspecified; of.fields.len() + 1];
                fields[0] = Value::RecordType(of);
                if direct {
                    fields[1..=count].copy_from_slice(arguments);
                } else {
                    for (&slot, &value) in slots.iter().zip(arguments) {
                        fields[slot as usize] = value;
                    }
                }
                Ok(Value::Record(self.ctx.cells(&fields)?))
            }
            (RecordKind::Constructor { slots, .. }, _) => Err(wrong(slots.len())),
            (RecordKind::Modifier(_), _) => Err(wrong(2)),
            _ => Err(wrong(1)),
        }
    }
}
