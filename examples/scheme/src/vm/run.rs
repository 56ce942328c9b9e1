//! The instruction loop.
//!
//! `regs` is a window of 256 values at `fp`, as an array: an operand is a byte, so no access to a register is
//! checked. The window is taken anew whenever `fp` changes. Errors, calls of anything but a plain closure, and
//! returns into another segment are out of line: they borrow the whole machine, and the loop then takes up the
//! [`Place`] that they return.

use gc_core::{Gc, GcCell};

use super::{Next, Outcome, Place, STACK, Vm, WINDOW};
use crate::code::Capture;
use crate::compile::op::Op;
use crate::context::Ctx;
use crate::error::{Throw, error};
use crate::number::{self, Comparison};
use crate::value::{Pair, Source, Value};

/// Runs the machine until the program ends, the heap wants a safepoint, or `fuel` calls and back-edges are done.
/// If the heap is `full`, the program is told first.
pub(crate) fn run(ctx: Ctx<'_>, fuel: u64, full: bool) -> Outcome<'_> {
    let mut vm = Vm::new(ctx);
    let machine = ctx.machine;
    vm.below = machine.stack.get();
    machine.write(ctx.mc, |m| &m.stack).set(None);
    let mut next = vm.resume(machine.result.get());
    if full && let Next::Go(place) = next {
        next = vm.tell_full(place);
    }
    let mut left = fuel;
    let outcome = match next {
        Next::Go(place) => vm.execute(place, &mut left),
        Next::Stop(outcome) => outcome,
    };
    machine.write(ctx.mc, |m| &m.stack).set(vm.below);
    outcome
}

#[inline(always)]
fn window<'s, 'gc>(stack: &'s mut [Value<'gc>], fp: usize) -> &'s mut [Value<'gc>; WINDOW] {
    match stack.get_mut(fp..).and_then(<[Value<'gc>]>::first_chunk_mut::<WINDOW>) {
        Some(window) => window,
        None => unreachable!("calls move the stack to the heap before it is full (V1)"),
    }
}

/// Where a slot of a closure comes from.
fn captured<'gc>(capture: Capture, regs: &[Value<'gc>; WINDOW], closure: Gc<'gc, [GcCell<Value<'gc>>]>) -> Value<'gc> {
    match capture {
        Capture::Register(register) => regs[register as usize],
        Capture::Slot(slot) => closure[slot as usize].get(),
    }
}

/// The heap wants a safepoint: true if it is time for it.
#[cold]
fn is_out_of_patience(patience: &mut u32) -> bool {
    let is_out = *patience == 0;
    *patience = patience.saturating_sub(1);
    is_out
}

impl<'gc> Vm<'gc> {
    #[allow(clippy::too_many_lines)]
    fn execute(&mut self, start: Place<'gc>, fuel: &mut u64) -> Outcome<'gc> {
        let ctx = self.ctx;
        let mc = ctx.mc;
        let Place { mut closure, mut code, mut pc, mut fp } = start;
        let mut ops: &'gc [Op] = code.as_ref().ops.as_ref();
        let mut regs = window(&mut self.stack, fp);

        /// Goes on at a place, or stops.
        macro_rules! follow {
            ($next:expr) => {
                match $next {
                    Next::Go(place) => {
                        Place { closure, code, pc, fp } = place;
                        ops = code.as_ref().ops.as_ref();
                        regs = window(&mut self.stack, fp);
                        continue;
                    }
                    Next::Stop(outcome) => return outcome,
                }
            };
        }
        /// Raises an error in the instruction that is running.
        macro_rules! throw {
            ($throw:expr) => {{
                let throw: Throw<'gc> = $throw;
                follow!(self.fault(throw, Place { closure, code, pc, fp }))
            }};
        }
        macro_rules! attempt {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(throw) => throw!(throw),
                }
            };
        }
        /// At a call or back-edge: leaves if the heap wants a safepoint, or the fuel is used up.
        macro_rules! poll {
            ($live:expr) => {
                if (mc.should_yield() && is_out_of_patience(&mut self.patience)) || *fuel == 0 {
                    match self.suspend(Place { closure, code, pc: pc - 1, fp }, $live) {
                        Ok(()) => return Outcome::Yield,
                        Err(throw) => throw!(throw),
                    }
                }
                *fuel -= 1;
            };
        }
        macro_rules! reg {
            ($register:expr) => {
                regs[$register as usize]
            };
        }
        macro_rules! jump {
            ($to:expr) => {
                pc = pc.wrapping_add($to as isize as usize)
            };
        }
        macro_rules! slot {
            ($index:expr) => {
                match closure.as_ref().get($index as usize) {
                    Some(slot) => slot.get(),
                    None => unreachable!("closures have the slots that their code names"),
                }
            };
        }
        /// Two integers, or else whatever numbers they are.
        macro_rules! arithmetic {
            ($to:expr, $a:expr, $b:expr, $checked:ident, $slow:path) => {
                if let (Value::Int(a), Value::Int(b)) = (&reg!($a), &reg!($b))
                    && let Some(result) = a.$checked(*b)
                {
                    reg!($to) = Value::Int(result);
                } else {
                    reg!($to) = attempt!($slow(ctx, reg!($a), reg!($b)));
                }
            };
        }
        macro_rules! compare {
            ($a:expr, $b:expr, $operator:tt, $slow:expr) => {
                if let (Value::Int(a), Value::Int(b)) = (&reg!($a), &reg!($b)) {
                    a $operator b
                } else {
                    attempt!(number::compare(reg!($a), reg!($b), $slow))
                }
            };
        }
        macro_rules! compare_int {
            ($a:expr, $value:expr, $operator:tt, $slow:expr) => {
                if let Value::Int(a) = &reg!($a) {
                    *a $operator i64::from($value)
                } else {
                    attempt!(number::compare(reg!($a), Value::Int(i64::from($value)), $slow))
                }
            };
        }
        /// Calls `$callee` with arguments from `base` on.
        macro_rules! call {
            ($callee:expr, $base:expr, $count:expr) => {{
                let callee = $callee;
                let (base, count) = ($base as usize, $count as usize);
                poll_call!(base + count);
                if let Value::Closure(slots) = callee
                    && let Some(first) = slots.as_ref().first()
                    && let Value::Code(target) = first.get()
                    && target.arity == count as u32
                {
                    self.frames.push(super::Frame { closure, code, pc: pc as u32, fp: fp as u32 });
                    fp += base;
                    closure = slots;
                    code = target;
                    pc = 0;
                    ops = code.as_ref().ops.as_ref();
                    regs = window(&mut self.stack, fp);
                    continue;
                }
                if let Value::Primitive(primitive) = callee
                    && let crate::builtins::Run::Native(native) = primitive.run
                    && primitive.takes(count)
                {
                    reg!(base) = attempt!(native(ctx, &regs[base..base + count]));
                    continue;
                }
                self.frames.push(super::Frame { closure, code, pc: pc as u32, fp: fp as u32 });
                follow!(self.call(callee, fp + base, count))
            }};
        }
        macro_rules! tail_call {
            ($callee:expr, $base:expr, $count:expr) => {{
                let callee = $callee;
                let (base, count) = ($base as usize, $count as usize);
                poll_call!(base + count);
                if let Value::Closure(slots) = callee
                    && let Some(first) = slots.as_ref().first()
                    && let Value::Code(target) = first.get()
                    && target.arity == count as u32
                {
                    for at in 0..count {
                        regs[at & 255] = regs[(base + at) & 255];
                    }
                    closure = slots;
                    code = target;
                    pc = 0;
                    ops = code.as_ref().ops.as_ref();
                    continue;
                }
                follow!(self.tail_call(callee, Place { closure, code, pc, fp }, base, count))
            }};
        }
        /// As `poll`, and moves the stack to the heap if it is full.
        macro_rules! poll_call {
            ($live:expr) => {
                poll!($live);
                if fp > STACK {
                    attempt!(self.suspend(Place { closure, code, pc: pc - 1, fp }, $live));
                    follow!(self.resume(Value::Unspecified))
                }
            };
        }

        loop {
            let Some(&op) = ops.get(pc) else { unreachable!("code ends with a return") };
            pc += 1;
            match op {
                Op::Constant { to, index } => reg!(to) = code.as_ref().constants[index as usize],
                Op::Integer { to, value } => reg!(to) = Value::Int(i64::from(value)),
                Op::Nil { to } => reg!(to) = Value::Nil,
                Op::Boolean { to, value } => reg!(to) = Value::Bool(value),
                Op::Unspecified { to } => reg!(to) = Value::Unspecified,
                Op::Unbound { to } => reg!(to) = Value::Unbound,
                Op::Move { to, from } => reg!(to) = reg!(from),
                Op::Slot { to, index } => reg!(to) = slot!(index),
                Op::SlotBox { to, index } => {
                    let Value::Cell(cell) = slot!(index) else { unreachable!("a boxed variable is in a box") };
                    let value = cell.get();
                    if matches!(value, Value::Unbound) {
                        throw!(super::fault::unbound_local());
                    }
                    reg!(to) = value;
                }
                Op::SetSlotBox { from, index } => {
                    let Value::Cell(cell) = slot!(index) else { unreachable!("a boxed variable is in a box") };
                    cell.set(mc, reg!(from));
                }
                Op::NewBox { to, from } => {
                    reg!(to) = Value::Cell(attempt!(ctx.cell(reg!(from))));
                }
                Op::Unbox { to, from } => {
                    let Value::Cell(cell) = reg!(from) else { unreachable!("a boxed variable is in a box") };
                    let value = cell.get();
                    if matches!(value, Value::Unbound) {
                        throw!(super::fault::unbound_local());
                    }
                    reg!(to) = value;
                }
                Op::SetBox { cell, from } => {
                    let Value::Cell(cell) = reg!(cell) else { unreachable!("a boxed variable is in a box") };
                    cell.set(mc, reg!(from));
                }
                Op::Global { to, index } => {
                    let global = code.as_ref().globals[index as usize];
                    let value = global.value.get();
                    if matches!(value, Value::Unbound) {
                        throw!(super::fault::unbound(global));
                    }
                    reg!(to) = value;
                }
                Op::SetGlobal { from, index } => {
                    let global = code.as_ref().globals[index as usize];
                    if matches!(global.value.get(), Value::Unbound) {
                        throw!(super::fault::unbound(global));
                    }
                    global.write(mc, |g| &g.value).set(reg!(from));
                }
                Op::DefineGlobal { from, index } => {
                    let global = code.as_ref().globals[index as usize];
                    global.write(mc, |g| &g.value).set(reg!(from));
                }
                Op::Closure { to, index } => {
                    let Value::Code(target) = code.as_ref().constants[index as usize] else {
                        unreachable!("closures are made of code")
                    };
                    let captures = target.as_ref().captures.as_ref();
                    let made = if captures.is_empty() {
                        Gc::try_from_vec(mc, vec![GcCell::new(Value::Code(target))])
                    } else {
                        let mut slots = Vec::with_capacity(captures.len() + 1);
                        slots.push(GcCell::new(Value::Code(target)));
                        slots.extend(captures.iter().map(|&from| GcCell::new(captured(from, regs, closure))));
                        Gc::try_from_vec(mc, slots)
                    };
                    match made {
                        Ok(made) => reg!(to) = Value::Closure(made),
                        Err(failure) => throw!(failure.into()),
                    }
                }
                Op::PatchSlot { closure: of, from, index } => {
                    let Value::Closure(slots) = reg!(of) else { unreachable!("a closure was just made here") };
                    slots.write(mc, |s| &s[index as usize]).set(reg!(from));
                }
                Op::CaseLambda { base, count } => {
                    let closures = &regs[base as usize..base as usize + count as usize];
                    match Gc::try_from_slice(mc, closures) {
                        Ok(made) => reg!(base) = Value::CaseLambda(made),
                        Err(reason) => throw!(reason.into()),
                    }
                }

                Op::Jump { to } => jump!(to),
                Op::Loop { live, to } => {
                    poll!(live as usize);
                    jump!(to);
                }
                Op::IfNot { test, to } => {
                    if matches!(reg!(test), Value::Bool(false)) {
                        jump!(to);
                    }
                }
                Op::If { test, to } => {
                    if !matches!(reg!(test), Value::Bool(false)) {
                        jump!(to);
                    }
                }
                Op::IfNotNull { a, to } => {
                    if !matches!(reg!(a), Value::Nil) {
                        jump!(to);
                    }
                }
                Op::IfNotPair { a, to } => {
                    if !matches!(reg!(a), Value::Pair(_)) {
                        jump!(to);
                    }
                }
                Op::IfNotEq { a, b, to } => {
                    if !reg!(a).is_eq(reg!(b)) {
                        jump!(to);
                    }
                }
                Op::IfNotLess { a, b, to } => {
                    if !compare!(a, b, <, Comparison::Less) {
                        jump!(to);
                    }
                }
                Op::IfNotLessEqual { a, b, to } => {
                    if !compare!(a, b, <=, Comparison::LessEqual) {
                        jump!(to);
                    }
                }
                Op::IfNotNumEqual { a, b, to } => {
                    if !compare!(a, b, ==, Comparison::Equal) {
                        jump!(to);
                    }
                }
                Op::IfNotLessInt { a, value, to } => {
                    if !compare_int!(a, value, <, Comparison::Less) {
                        jump!(to);
                    }
                }
                Op::IfNotGreaterInt { a, value, to } => {
                    if !compare_int!(a, value, >, Comparison::Greater) {
                        jump!(to);
                    }
                }
                Op::IfNotNumEqualInt { a, value, to } => {
                    if !compare_int!(a, value, ==, Comparison::Equal) {
                        jump!(to);
                    }
                }
                Op::Call { base, count, callee } => call!(reg!(callee), base, count),
                Op::CallGlobal { base, count, index } => {
                    call!(code.as_ref().globals[index as usize].value.get(), base, count)
                }
                Op::TailCall { base, count, callee } => tail_call!(reg!(callee), base, count),
                Op::TailCallGlobal { base, count, index } => {
                    tail_call!(code.as_ref().globals[index as usize].value.get(), base, count)
                }
                Op::Primitive { base, count, index } => {
                    let Value::Primitive(primitive) = code.as_ref().constants[index as usize] else {
                        unreachable!("the compiler put a primitive there")
                    };
                    let (base, count) = (base as usize, count as usize);
                    let arguments = &regs[base..base + count];
                    reg!(base) = attempt!(primitive.apply(ctx, arguments));
                }
                Op::Return { from } => {
                    let value = reg!(from);
                    if let Some(frame) = self.frames.pop() {
                        reg!(0) = value;
                        closure = frame.closure;
                        code = frame.code;
                        pc = frame.pc as usize;
                        fp = frame.fp as usize;
                        ops = code.as_ref().ops.as_ref();
                        regs = window(&mut self.stack, fp);
                    } else {
                        follow!(self.give_back(value, fp));
                    }
                }

                Op::Add { to, a, b } => arithmetic!(to, a, b, checked_add, number::add),
                Op::Subtract { to, a, b } => arithmetic!(to, a, b, checked_sub, number::subtract),
                Op::Multiply { to, a, b } => arithmetic!(to, a, b, checked_mul, number::multiply),
                Op::AddInt { to, a, value } => {
                    if let Value::Int(number) = &reg!(a)
                        && let Some(sum) = number.checked_add(i64::from(value))
                    {
                        reg!(to) = Value::Int(sum);
                    } else {
                        reg!(to) = attempt!(number::add(ctx, reg!(a), Value::Int(i64::from(value))));
                    }
                }
                Op::Quotient { to, a, b } => arithmetic!(to, a, b, checked_div, number::quotient),
                Op::Remainder { to, a, b } => arithmetic!(to, a, b, checked_rem, number::remainder),
                Op::Less { to, a, b } => reg!(to) = Value::Bool(compare!(a, b, <, Comparison::Less)),
                Op::LessEqual { to, a, b } => reg!(to) = Value::Bool(compare!(a, b, <=, Comparison::LessEqual)),
                Op::NumEqual { to, a, b } => reg!(to) = Value::Bool(compare!(a, b, ==, Comparison::Equal)),
                Op::Eq { to, a, b } => reg!(to) = Value::Bool(reg!(a).is_eq(reg!(b))),
                Op::Not { to, a } => reg!(to) = Value::Bool(!reg!(a).is_true()),
                Op::IsNull { to, a } => reg!(to) = Value::Bool(matches!(reg!(a), Value::Nil)),
                Op::IsPair { to, a } => reg!(to) = Value::Bool(matches!(reg!(a), Value::Pair(_))),
                Op::Cons { to, a, b } => {
                    let pair = Pair {
                        car: GcCell::new(reg!(a)),
                        cdr: GcCell::new(reg!(b)),
                        source: Source { file: 0, line: 0 },
                    };
                    match Gc::try_new(mc, pair) {
                        Ok(pair) => reg!(to) = Value::Pair(pair),
                        Err(failure) => throw!(failure.into()),
                    }
                }
                Op::Car { to, a } => match reg!(a) {
                    Value::Pair(pair) => reg!(to) = pair.car.get(),
                    other => throw!(crate::error::wrong_type("car", "a pair", other)),
                },
                Op::Cdr { to, a } => match reg!(a) {
                    Value::Pair(pair) => reg!(to) = pair.cdr.get(),
                    other => throw!(crate::error::wrong_type("cdr", "a pair", other)),
                },
                Op::Cadr { to, a } => match reg!(a).as_pair() {
                    Some((_, Value::Pair(rest))) => reg!(to) = rest.car.get(),
                    _ => throw!(crate::error::wrong_type("cadr", "a list of two or more", reg!(a))),
                },
                Op::Cddr { to, a } => match reg!(a).as_pair() {
                    Some((_, Value::Pair(rest))) => reg!(to) = rest.cdr.get(),
                    _ => throw!(crate::error::wrong_type("cddr", "a list of two or more", reg!(a))),
                },
                Op::SetCar { pair, value } => match reg!(pair) {
                    Value::Pair(pair) => pair.write(mc, |p| &p.car).set(reg!(value)),
                    other => throw!(crate::error::wrong_type("set-car!", "a pair", other)),
                },
                Op::SetCdr { pair, value } => match reg!(pair) {
                    Value::Pair(pair) => pair.write(mc, |p| &p.cdr).set(reg!(value)),
                    other => throw!(crate::error::wrong_type("set-cdr!", "a pair", other)),
                },
                Op::VectorRef { to, vector, index } => {
                    if let (Value::Vector(slots), Value::Int(at)) = (&reg!(vector), &reg!(index))
                        && let Some(slot) = slots.as_ref().get(*at as usize)
                    {
                        reg!(to) = slot.get();
                    } else {
                        let message = "vector-ref: expected a vector and an index in it, got";
                        throw!(error(message, &[reg!(vector), reg!(index)]));
                    }
                }
                Op::VectorSet { vector, index, value } => {
                    if let (Value::Vector(slots), Value::Int(at)) = (reg!(vector), &reg!(index))
                        && let Some(slot) = slots.as_ref().get(*at as usize)
                    {
                        slots.write_at(mc, slot).set(reg!(value));
                    } else {
                        let message = "vector-set!: expected a vector and an index in it, got";
                        throw!(error(message, &[reg!(vector), reg!(index)]));
                    }
                }
                Op::StringRef { to, string, index } => {
                    if let (Value::String(text), Value::Int(at)) = (&reg!(string), &reg!(index))
                        && let Ok(at) = usize::try_from(*at)
                        && let Some(c) = text.get(at)
                    {
                        reg!(to) = Value::Char(c);
                    } else {
                        let message = "string-ref: expected a string and an index in it, got";
                        throw!(error(message, &[reg!(string), reg!(index)]));
                    }
                }
            }
        }
    }
}
