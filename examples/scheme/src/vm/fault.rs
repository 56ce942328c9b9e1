//! Errors: how a fault becomes a condition, and the condition is raised.

use std::fmt::Write;

use gc_core::Gc;

use super::{Frame, Next, Outcome, Place, STACK, Vm, WINDOW};
use crate::code::{Code, Global};
use crate::context::Ctx;
use crate::error::{Fault, Throw, error};
use crate::value::{Condition, ErrorKind, Source, Value};

/// How many frames a stack trace shows.
const TRACE: usize = 24;

#[cold]
pub(super) fn unbound<'gc>(global: Gc<'gc, Global<'gc>>) -> Throw<'gc> {
    error("unbound variable:", &[Value::Symbol(global.name)])
}

#[cold]
pub(super) fn unbound_local<'gc>() -> Throw<'gc> {
    error("a variable is used before its definition has been evaluated", &[])
}

impl<'gc> Ctx<'gc> {
    /// The object to raise for a fault that is an error.
    pub(crate) fn condition(self, fault: Fault<'gc>, at: Source) -> Value<'gc> {
        let (kind, message, irritants, source) = match fault {
            Fault::Raise(payload) => return payload,
            Fault::Error { kind, message, irritants, source } => (kind, message, irritants, source),
            Fault::Memory | Fault::Exit(_) => return self.out_of_memory(),
        };
        let made = (|| {
            let message = self.string(&message)?;
            let irritants = self.list(&irritants)?;
            let source = if source.line == 0 { at } else { source };
            let condition = Condition { kind, message, irritants, source };
            Ok::<_, Throw<'gc>>(Value::Condition(Gc::try_new(self.mc, condition)?))
        })();
        made.unwrap_or_else(|_| self.out_of_memory())
    }

    /// The condition that says that the heap is at its limit. It was made when the machine was.
    pub(crate) fn out_of_memory(self) -> Value<'gc> {
        match self.machine.out_of_memory.get() {
            Some(condition) => Value::Condition(condition),
            None => Value::Unspecified,
        }
    }
}

impl<'gc> Vm<'gc> {
    /// An instruction at `place` has failed (its `pc` is the next one's).
    #[cold]
    pub(super) fn fault(&mut self, throw: Throw<'gc>, place: Place<'gc>) -> Next<'gc> {
        let live = place.code.registers as usize;
        if matches!(*throw.0, Fault::Memory) && !self.ctx.machine.host.tried_again.replace(true) {
            // The collector can only work when the machine has been left: leave, and do the instruction again.
            if self.suspend(Place { pc: place.pc - 1, ..place }, live).is_ok() {
                return Next::Stop(Outcome::Collect);
            }
        }
        let source = place.code.source(place.pc - 1);
        self.frames.push(Frame { closure: place.closure, code: place.code, pc: place.pc as u32, fp: place.fp as u32 });
        self.throw(*throw.0, source, place.fp + live)
    }

    /// Raises the condition that the heap is full, before the instruction at `place`.
    pub(super) fn tell_full(&mut self, place: Place<'gc>) -> Next<'gc> {
        let throw = Throw::new(Fault::Raise(self.ctx.out_of_memory()));
        self.fault(throw, Place { pc: place.pc + 1, ..place })
    }

    /// A call has failed whose arguments are at `at`; the caller's frame has been pushed.
    #[cold]
    pub(super) fn fault_in_call(
        &mut self,
        throw: Throw<'gc>,
        callee: Value<'gc>,
        at: usize,
        count: usize,
    ) -> Next<'gc> {
        if matches!(*throw.0, Fault::Memory)
            && !self.ctx.machine.host.tried_again.replace(true)
            && let Value::Closure(closure) = self.ctx.machine.again.get()
            && let Value::Code(code) = closure[0].get()
        {
            self.stack.copy_within(at..at + count, at + 1);
            self.stack[at] = callee;
            if self.suspend(Place { closure, code, pc: count, fp: at }, count + 1).is_ok() {
                return Next::Stop(Outcome::Collect);
            }
        }
        let source = match self.frames.last() {
            Some(frame) => frame.code.source((frame.pc as usize).saturating_sub(1)),
            None => Source::default(),
        };
        self.throw(*throw.0, source, at)
    }

    /// Raises what a fault stands for. All frames have been pushed; the stack is free from `at` on.
    pub(super) fn throw(&mut self, fault: Fault<'gc>, source: Source, at: usize) -> Next<'gc> {
        if let Fault::Exit(code) = fault {
            return Next::Stop(Outcome::Exit(code));
        }
        let payload = self.ctx.condition(fault, source);
        // Without memory to move the stack to, errors in handlers of errors would climb it.
        if matches!(self.ctx.machine.handlers.get(), Value::Nil) || at > STACK + 3 * WINDOW {
            return Next::Stop(self.uncaught(payload));
        }
        self.stack[at] = payload;
        let raise = self.ctx.machine.raise.get();
        self.call(raise, at, 1)
    }

    /// Ends the program for an object that nobody handles.
    pub(super) fn uncaught(&mut self, payload: Value<'gc>) -> Outcome<'gc> {
        let mut trace = String::new();
        let host = &self.ctx.machine.host;
        let mut last: Option<(Gc<'gc, Code<'gc>>, u32)> = None;
        self.visit_frames(TRACE, |frame| {
            if last.is_some_and(|(code, pc)| code.ptr_eq(frame.code) && pc == frame.pc) {
                return;
            }
            last = Some((frame.code, frame.pc));
            let source = frame.code.source((frame.pc as usize).saturating_sub(1));
            let file = host.file_name(source.file);
            // What the prelude does is of no interest.
            if source.line == 0 || file == crate::interpreter::PRELUDE {
                return;
            }
            let name = frame.code.name.map_or("top level", Gc::as_ref);
            // Writing to a string cannot fail.
            let _ = writeln!(trace, "    at {name} ({}:{})", file, source.line);
        });
        *host.trace.borrow_mut() = trace;
        self.frames.clear();
        self.below = None;
        Outcome::Uncaught(payload)
    }
}

/// The condition kept for when there is no memory to make one.
pub(crate) fn prepare_out_of_memory<'gc>(ctx: Ctx<'gc>) -> crate::error::Res<'gc, ()> {
    let message = ctx.string("the heap is at its limit")?;
    let source = Source::default();
    let condition = Condition { kind: ErrorKind::Memory, message, irritants: Value::Nil, source };
    let condition = Gc::try_new(ctx.mc, condition)?;
    ctx.machine.write(ctx.mc, |m| &m.out_of_memory).set(Some(condition));
    let ops: Vec<_> = (0..=250).map(|count| crate::compile::op::Op::TailCall { base: 1, count, callee: 0 }).collect();
    let code = Code {
        ops: Gc::try_from_slice(ctx.mc, &ops)?,
        constants: Gc::try_from_slice(ctx.mc, &[])?,
        globals: Gc::try_from_slice(ctx.mc, &[])?,
        captures: Gc::try_from_slice(ctx.mc, &[])?,
        arity: 0,
        required: 0,
        registers: 255,
        name: None,
        file: 0,
        lines: Gc::try_from_slice(ctx.mc, &[])?,
        holes: Gc::try_from_slice(ctx.mc, &[])?,
    };
    let closure = ctx.cells(&[Value::Code(Gc::try_new(ctx.mc, code)?)])?;
    ctx.machine.write(ctx.mc, |m| &m.again).set(Value::Closure(closure));
    Ok(())
}
