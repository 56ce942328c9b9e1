//! Primitives that are about control: they call, return elsewhere, or stop the machine.

use gc_core::Gc;

use super::call::Step;
use super::{Continuation, Outcome, Place, Vm};
use crate::error::{Fault, Res, wrong_type};
use crate::value::Value;

/// Which one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Control {
    /// `(apply f a … list)`
    Apply,
    /// `(%call/cc f)`
    CallCc,
    /// `(%apply-values f values)`: the values as arguments.
    ApplyValues,
    /// `(%throw k values)`: when all winding has been done.
    Throw,
    /// `(eval form environment)`
    Eval,
    /// `(%eval-form form environment)`: a form of the program; it ends if the form cannot be compiled.
    EvalForm,
    /// `(%uncaught object)`
    Uncaught,
    /// `(collect-garbage)`
    Collect,
}

impl<'gc> Vm<'gc> {
    pub(super) fn control(&mut self, control: Control, at: usize, count: usize) -> Res<'gc, Step<'gc>> {
        match control {
            Control::Apply => {
                let callee = self.stack[at];
                if count == 1 {
                    return Ok(Step::Again(callee, at, 0));
                }
                let mut arguments = self.stack[at + 1..at + count - 1].to_vec();
                arguments.extend(self.ctx.elements("apply", self.stack[at + count - 1])?);
                self.place_arguments(callee, &arguments, at)
            }
            Control::CallCc => {
                let receiver = self.stack[at];
                let continuation = self.capture(at)?;
                // The stack is empty now.
                self.stack[0] = Value::Continuation(continuation);
                Ok(Step::Again(receiver, 0, 1))
            }
            Control::ApplyValues => {
                let (callee, values) = (self.stack[at], self.stack[at + 1]);
                match values {
                    Value::Values(values) => self.place_arguments(callee, &values, at),
                    value => self.place_arguments(callee, &[value], at),
                }
            }
            Control::Throw => match self.stack[at] {
                Value::Continuation(continuation) => {
                    let values = self.stack[at + 1];
                    self.reinstate(continuation);
                    Ok(Step::Value(values, 0))
                }
                other => Err(wrong_type("%throw", "a continuation", other)),
            },
            Control::Eval | Control::EvalForm => {
                let form = self.stack[at];
                let environment = match self.stack[at + 1] {
                    Value::Environment(environment) if count > 1 => environment,
                    _ if count == 1 => self.ctx.machine.interaction,
                    other => return Err(wrong_type("eval", "an environment", other)),
                };
                let code = match crate::expand::compile_form(self.ctx, form, environment) {
                    Ok(code) => code,
                    Err(throw) if control == Control::EvalForm && !matches!(*throw.0, Fault::Memory) => {
                        let payload = self.ctx.condition(*throw.0, form.source());
                        return Ok(Step::Stop(Outcome::Refused(payload)));
                    }
                    Err(throw) => return Err(throw),
                };
                let closure = self.ctx.cells(&[Value::Code(code)])?;
                Ok(Step::Enter(Place { closure, code, pc: 0, fp: at }))
            }
            Control::Uncaught => {
                let payload = self.stack[at];
                Ok(Step::Stop(self.uncaught(payload)))
            }
            Control::Collect => {
                self.spill(at, false)?;
                let machine = self.ctx.machine;
                machine.write(self.ctx.mc, |m| &m.result).set(Value::Unspecified);
                Ok(Step::Stop(Outcome::Collect))
            }
        }
    }

    /// Calls a continuation: at once if no `dynamic-wind` is left or entered, else by the prelude.
    pub(super) fn throw_to(
        &mut self,
        continuation: Gc<'gc, Continuation<'gc>>,
        callee: Value<'gc>,
        at: usize,
        count: usize,
    ) -> Res<'gc, Step<'gc>> {
        let values = self.ctx.values(&self.stack[at..at + count])?;
        if self.ctx.machine.winders.get().is_eq(continuation.winders) {
            self.reinstate(continuation);
            return Ok(Step::Value(values, 0));
        }
        self.stack[at] = callee;
        self.stack[at + 1] = values;
        Ok(Step::Again(self.ctx.machine.rewind.get(), at, 2))
    }
}

/// The `dynamic-wind`s around a continuation, for the prelude.
pub(crate) fn winders<'gc>(continuation: Gc<'gc, Continuation<'gc>>) -> Value<'gc> {
    continuation.winders
}
