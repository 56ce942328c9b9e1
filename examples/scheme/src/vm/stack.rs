//! Moving the stack to the heap, and back.

use gc_core::Gc;

use super::{Continuation, Frame, Next, Outcome, Place, Segment, Vm};
use crate::code::Code;
use crate::context::Ctx;
use crate::error::Res;
use crate::value::Value;

/// A segment is cut where it has this many values: what one return into it copies.
const SEGMENT: usize = 128;
const FRAMES: usize = 64;

impl<'gc> Vm<'gc> {
    /// Moves all frames to the heap. The stack's part from `top` on is not theirs. Nothing changes if there is no
    /// memory for them.
    pub(super) fn spill(&mut self, top: usize, suspended: bool) -> Res<'gc, ()> {
        for (index, frame) in self.frames.iter().enumerate() {
            let waiting = !(suspended && index + 1 == self.frames.len());
            let call = (frame.pc as usize).wrapping_sub(usize::from(waiting));
            for register in frame.code.as_ref().holes_at(call) {
                self.stack[frame.fp as usize + register] = Value::Unspecified;
            }
        }
        let mut below = self.below;
        let mut first = 0;
        while first < self.frames.len() {
            let start = self.frames[first].fp as usize;
            let mut last = first + 1;
            while last < self.frames.len() && self.frames[last].fp as usize - start < SEGMENT && last - first < FRAMES {
                last += 1;
            }
            let end = self.frames.get(last).map_or(top, |frame| frame.fp as usize);
            let segment = self.segment(first, last, start, end, below, suspended && last == self.frames.len())?;
            below = Some(segment);
            first = last;
        }
        self.below = below;
        self.frames.clear();
        Ok(())
    }

    fn segment(
        &self,
        first: usize,
        last: usize,
        start: usize,
        end: usize,
        below: Option<Gc<'gc, Segment<'gc>>>,
        suspended: bool,
    ) -> Res<'gc, Gc<'gc, Segment<'gc>>> {
        let values = Gc::try_from_slice(self.ctx.mc, &self.stack[start..end])?;
        let moved = |frame: &Frame<'gc>| Frame { fp: frame.fp - start as u32, ..*frame };
        let frames = if last - first == 1 {
            Gc::try_from_slice(self.ctx.mc, &[moved(&self.frames[first])])?
        } else {
            let frames: Vec<Frame<'gc>> = self.frames[first..last].iter().map(moved).collect();
            Gc::try_from_slice(self.ctx.mc, &frames)?
        };
        Ok(Gc::try_new(self.ctx.mc, Segment { values, frames, below, suspended })?)
    }

    /// Copies the top segment back to the empty stack, and returns its number of values; `None` if there is none.
    fn refill(&mut self) -> Option<(usize, bool)> {
        let segment = self.below?;
        let len = segment.values.len();
        self.stack[..len].copy_from_slice(&segment.values);
        self.frames.extend_from_slice(&segment.frames);
        self.below = segment.below;
        Some((len, segment.suspended))
    }

    /// Returns `value` to the frame on top, whose callee's registers started at `at`.
    pub(super) fn give_back(&mut self, value: Value<'gc>, mut at: usize) -> Next<'gc> {
        loop {
            if let Some(frame) = self.frames.pop() {
                self.stack[at] = value;
                return Next::Go(Place {
                    closure: frame.closure,
                    code: frame.code,
                    pc: frame.pc as usize,
                    fp: frame.fp as usize,
                });
            }
            match self.refill() {
                Some((len, _)) => at = len,
                None => return Next::Stop(Outcome::Done(value)),
            }
        }
    }

    /// Leaves the machine so that it goes on at `place`, where registers from `live` on are free.
    pub(super) fn suspend(&mut self, place: Place<'gc>, live: usize) -> Res<'gc, ()> {
        self.frames.push(Frame { closure: place.closure, code: place.code, pc: place.pc as u32, fp: place.fp as u32 });
        if let Err(throw) = self.spill(place.fp + live, true) {
            self.frames.pop();
            return Err(throw);
        }
        Ok(())
    }

    /// Goes on where the machine was left, or with a value where it waits for one.
    pub(super) fn resume(&mut self, value: Value<'gc>) -> Next<'gc> {
        match self.below {
            Some(segment) if segment.suspended => {
                self.refill();
                match self.frames.pop() {
                    Some(frame) => Next::Go(Place {
                        closure: frame.closure,
                        code: frame.code,
                        pc: frame.pc as usize,
                        fp: frame.fp as usize,
                    }),
                    None => Next::Stop(Outcome::Done(value)),
                }
            }
            _ => self.give_back(value, 0),
        }
    }

    /// What the computation would go on with, if the value for `at` were there.
    pub(super) fn capture(&mut self, at: usize) -> Res<'gc, Gc<'gc, Continuation<'gc>>> {
        self.spill(at, false)?;
        let machine = self.ctx.machine;
        let continuation = Continuation {
            stack: self.below,
            winders: machine.winders.get(),
            handlers: machine.handlers.get(),
            parameters: machine.parameters.get(),
        };
        Ok(Gc::try_new(self.ctx.mc, continuation)?)
    }

    /// Replaces the stack by a continuation's.
    pub(super) fn reinstate(&mut self, continuation: Gc<'gc, Continuation<'gc>>) {
        self.frames.clear();
        self.below = continuation.stack;
        let (mc, machine) = (self.ctx.mc, self.ctx.machine);
        machine.write(mc, |m| &m.winders).set(continuation.winders);
        machine.write(mc, |m| &m.handlers).set(continuation.handlers);
        machine.write(mc, |m| &m.parameters).set(continuation.parameters);
    }

    /// All frames, innermost first, up to `most`.
    pub(super) fn visit_frames(&self, most: usize, mut see: impl FnMut(&Frame<'gc>)) {
        let mut seen = 0;
        for frame in self.frames.iter().rev().take(most) {
            see(frame);
            seen += 1;
        }
        let mut below = self.below;
        while let Some(segment) = below
            && seen < most
        {
            for frame in segment.frames.iter().rev() {
                see(frame);
                seen += 1;
            }
            below = segment.below;
        }
    }
}

/// Prepares the machine to call a procedure that captures nothing, at the start of a program.
pub(crate) fn prepare_call<'gc>(ctx: Ctx<'gc>, code: Gc<'gc, Code<'gc>>, arguments: &[Value<'gc>]) -> Res<'gc, ()> {
    let closure = ctx.cells(&[Value::Code(code)])?;
    let segment = Segment {
        values: Gc::try_from_slice(ctx.mc, arguments)?,
        frames: Gc::try_from_slice(ctx.mc, &[Frame { closure, code, pc: 0, fp: 0 }])?,
        below: None,
        suspended: true,
    };
    let segment = Gc::try_new(ctx.mc, segment)?;
    ctx.machine.write(ctx.mc, |m| &m.stack).set(Some(segment));
    for register in [&ctx.machine.winders, &ctx.machine.handlers, &ctx.machine.parameters] {
        ctx.machine.write_at(ctx.mc, register).set(Value::Nil);
    }
    Ok(())
}
