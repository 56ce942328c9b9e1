//! From resolved expressions to instructions.
//!
//! Registers are given out like a stack: a variable keeps its register while it is in scope, temporaries lie
//! above. A procedure has at most 250. An expression is compiled towards a [`Target`], so that a value is made
//! where it is wanted.
//!
//! - **R1** The register of a variable that is not boxed is written once, or by the jumps of the loop whose
//!   parameter it is. Jumps are in tail position, so no operand is pending when they happen.
//! - **R2** While a value is being made for a register, nothing else can see that register.

mod calls;
mod crowded;
mod function;
mod loops;
pub(crate) mod op;
mod primitives;
mod tests;
pub(crate) mod tree;

use gc_core::Gc;

use crate::code::Code;
use crate::context::Ctx;
use crate::error::{Res, syntax_error};
use crate::value::{Source, Value};

use function::{Function, Place};
use op::Op;
use tree::{Lambda, Node, Var, Variables};

/// Where a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Register(u8),
    /// It is the procedure's result.
    Return,
    /// Nobody wants it.
    Nowhere,
}

pub(crate) struct Compiler<'a, 'gc> {
    ctx: Ctx<'gc>,
    variables: &'a Variables<'gc>,
    /// Innermost last.
    functions: Vec<Function<'gc>>,
    depth: usize,
}

/// How deep expressions may nest.
const MOST_DEPTH: usize = 10_000;

/// Compiles an expression to a procedure of no arguments.
pub(crate) fn compile<'gc>(
    ctx: Ctx<'gc>,
    variables: &Variables<'gc>,
    node: &Node<'gc>,
    source: Source,
) -> Res<'gc, Gc<'gc, Code<'gc>>> {
    let mut compiler = Compiler { ctx, variables, functions: vec![Function::new(None, source)], depth: 0 };
    compiler.emit(node, Target::Return)?;
    let function = compiler.functions.pop();
    match function {
        Some(function) => function.finish(ctx, 0, 0, Vec::new()),
        None => Err(syntax_error(source, "nothing to compile", &[])),
    }
}

impl<'gc> Compiler<'_, 'gc> {
    fn function(&mut self) -> &mut Function<'gc> {
        let last = self.functions.len() - 1;
        &mut self.functions[last]
    }

    fn op(&mut self, op: Op) -> usize {
        self.function().op(op)
    }

    fn new_register(&mut self) -> Res<'gc, u8> {
        self.function().new_register()
    }

    /// Runs `work`, and frees the registers that it took.
    fn scoped<T>(&mut self, work: impl FnOnce(&mut Self) -> Res<'gc, T>) -> Res<'gc, T> {
        let free = self.function().free;
        let result = work(self);
        self.function().free = free;
        result
    }

    /// Delivers a value that is in a register.
    fn deliver(&mut self, from: u8, target: Target) {
        match target {
            Target::Register(to) if to != from => {
                self.op(Op::Move { to, from });
            }
            Target::Return => {
                self.op(Op::Return { from });
            }
            _ => {}
        }
    }

    /// Makes a value by one instruction, and delivers it.
    fn make(&mut self, target: Target, op: impl FnOnce(u8) -> Op) -> Res<'gc, ()> {
        match target {
            Target::Register(to) => {
                self.op(op(to));
            }
            _ => {
                self.scoped(|c| {
                    let to = c.new_register()?;
                    c.op(op(to));
                    c.deliver(to, target);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// The register of a variable that is not boxed.
    fn register_of(&mut self, node: &Node<'gc>) -> Res<'gc, Option<u8>> {
        if let Node::Local(var) = node
            && !self.variables.is_boxed(*var)
            && let Place::Register(register) = self.place(*var)?
        {
            return Ok(Some(register));
        }
        Ok(None)
    }

    /// The value in a register: that of the variable, if it is one, or a temporary.
    fn operand(&mut self, node: &Node<'gc>) -> Res<'gc, u8> {
        if let Some(register) = self.register_of(node)? {
            return Ok(register);
        }
        let register = self.new_register()?;
        self.emit_value(node, register)?;
        Ok(register)
    }

    fn emit(&mut self, node: &Node<'gc>, target: Target) -> Res<'gc, ()> {
        if self.depth > MOST_DEPTH {
            return Err(syntax_error(self.function().source(), "an expression is nested too deeply", &[]));
        }
        self.depth += 1;
        let result = crate::context::with_stack(|| self.emit_node(node, target));
        self.depth -= 1;
        result
    }

    fn emit_node(&mut self, node: &Node<'gc>, target: Target) -> Res<'gc, ()> {
        match node {
            Node::Constant(value) => self.emit_constant(*value, target),
            Node::Local(var) => self.emit_local(*var, target),
            Node::SetLocal(var, value) => self.emit_set_local(*var, value, target),
            Node::Global(global, source) => {
                self.function().at(*source);
                let index = self.function().global(*global)?;
                self.make(target, |to| Op::Global { to, index })
            }
            Node::SetGlobal(global, value, source) => {
                self.scoped(|c| {
                    let from = c.operand(value)?;
                    c.function().at(*source);
                    let index = c.function().global(*global)?;
                    c.op(Op::SetGlobal { from, index });
                    Ok(())
                })?;
                self.emit_constant(Value::Unspecified, target)
            }
            Node::DefineGlobal(global, value) => {
                self.scoped(|c| {
                    let from = c.operand(value)?;
                    let index = c.function().global(*global)?;
                    c.op(Op::DefineGlobal { from, index });
                    Ok(())
                })?;
                self.emit_constant(Value::Unspecified, target)
            }
            Node::If(parts) => self.emit_if(parts, target),
            Node::And(parts) => self.emit_and(parts, target),
            Node::Or(parts) => self.emit_or(parts, target),
            Node::Sequence(nodes) => {
                let Some((last, before)) = nodes.split_last() else {
                    return self.emit_constant(Value::Unspecified, target);
                };
                for node in before {
                    self.emit(node, Target::Nowhere)?;
                }
                self.emit(last, target)
            }
            Node::Lambda(lambda) => {
                if target == Target::Nowhere {
                    return Ok(());
                }
                let (index, _) = self.lambda(lambda)?;
                self.make(target, |to| Op::Closure { to, index })
            }
            Node::CaseLambda(lambdas) => self.scoped(|c| {
                let mut base = None;
                for lambda in lambdas {
                    let register = c.new_register()?;
                    base = base.or(Some(register));
                    let (index, _) = c.lambda(lambda)?;
                    c.op(Op::Closure { to: register, index });
                }
                let base = match base {
                    Some(base) => base,
                    None => c.new_register()?,
                };
                let count = u8::try_from(lambdas.len()).unwrap_or(u8::MAX);
                c.op(Op::CaseLambda { base, count });
                c.deliver(base, target);
                Ok(())
            }),
            Node::Call(callee, arguments, source) => self.emit_call(callee, arguments, *source, target),
            Node::Primitive(primitive, arguments, source) => self.emit_primitive(primitive, arguments, *source, target),
            Node::Let(bindings, body) => self.emit_let(bindings, body, target),
            Node::Fix(bindings, body) => self.scoped(|c| {
                c.emit_fix(bindings)?;
                c.emit(body, target)
            }),
            Node::Loop(inner) => self.emit_loop(inner, target),
        }
    }

    /// Gives a variable its register, which holds its first value.
    fn bind(&mut self, var: Var, register: u8) {
        if self.variables.is_boxed(var) {
            self.op(Op::NewBox { to: register, from: register });
        }
        self.function().variables.insert(var, register);
    }

    fn emit_constant(&mut self, value: Value<'gc>, target: Target) -> Res<'gc, ()> {
        if target == Target::Nowhere {
            return Ok(());
        }
        match value {
            Value::Nil => self.make(target, |to| Op::Nil { to }),
            Value::Bool(value) => self.make(target, |to| Op::Boolean { to, value }),
            Value::Unspecified => self.make(target, |to| Op::Unspecified { to }),
            Value::Unbound => self.make(target, |to| Op::Unbound { to }),
            Value::Int(number) if i32::try_from(number).is_ok() => {
                self.make(target, |to| Op::Integer { to, value: number as i32 })
            }
            _ => {
                let index = self.function().constant(value)?;
                self.make(target, |to| Op::Constant { to, index })
            }
        }
    }

    fn place(&mut self, var: Var) -> Res<'gc, Place> {
        let innermost = self.functions.len() - 1;
        self.place_in(innermost, var)
    }

    /// Where a variable is found in the function at `depth`: in a register, or in a slot of its closure, which
    /// it gets now if it has none.
    fn place_in(&mut self, depth: usize, var: Var) -> Res<'gc, Place> {
        let function = &mut self.functions[depth];
        if let Some(&register) = function.variables.get(&var) {
            return Ok(Place::Register(register));
        }
        if let Some(slot) = function.captured.iter().position(|&captured| captured == var) {
            return Ok(Place::Slot(slot as u16 + 1));
        }
        let known = self.functions[..depth].iter().any(|f| f.variables.contains_key(&var) || f.captured.contains(&var));
        let function = &mut self.functions[depth];
        if !known || function.captured.len() > 60_000 {
            let name = Value::Symbol(self.variables.name(var));
            return Err(syntax_error(function.source(), "variable used outside its scope", &[name]));
        }
        function.captured.push(var);
        Ok(Place::Slot(function.captured.len() as u16))
    }

    fn emit_local(&mut self, var: Var, target: Target) -> Res<'gc, ()> {
        let boxed = self.variables.is_boxed(var);
        match (self.place(var)?, boxed) {
            (Place::Register(from), false) => {
                self.deliver(from, target);
                Ok(())
            }
            (Place::Register(from), true) => self.make(target, |to| Op::Unbox { to, from }),
            (Place::Slot(index), false) => self.make(target, |to| Op::Slot { to, index }),
            (Place::Slot(index), true) => self.make(target, |to| Op::SlotBox { to, index }),
        }
    }

    fn emit_set_local(&mut self, var: Var, value: &Node<'gc>, target: Target) -> Res<'gc, ()> {
        self.scoped(|c| {
            let from = c.operand(value)?;
            match c.place(var)? {
                Place::Register(cell) => c.op(Op::SetBox { cell, from }),
                Place::Slot(index) => c.op(Op::SetSlotBox { from, index }),
            };
            Ok(())
        })?;
        self.emit_constant(Value::Unspecified, target)
    }

    /// Compiles a procedure: the constant that holds its code, and what it captures.
    fn lambda(&mut self, lambda: &Lambda<'gc>) -> Res<'gc, (u16, Vec<Var>)> {
        self.functions.push(Function::new(lambda.name, lambda.source));
        let compiled = self.lambda_body(lambda);
        let Some(function) = self.functions.pop() else {
            return Err(syntax_error(lambda.source, "no procedure", &[]));
        };
        compiled?;
        let captured = function.captured.clone();
        let mut captures = Vec::with_capacity(captured.len());
        for &var in &captured {
            captures.push(self.place(var)?.into());
        }
        let required = lambda.parameters.len() as u32;
        let arity = if lambda.rest.is_some() { crate::code::VARIADIC } else { required };
        let code = function.finish(self.ctx, arity, required, captures)?;
        let index = self.function().constant(Value::Code(code))?;
        Ok((index, captured))
    }

    fn lambda_body(&mut self, lambda: &Lambda<'gc>) -> Res<'gc, ()> {
        let all: Vec<Var> = lambda.parameters.iter().copied().chain(lambda.rest).collect();
        let mut registers = Vec::with_capacity(all.len());
        for _ in &all {
            registers.push(self.new_register()?);
        }
        for &register in &registers {
            self.function().parameter(register);
        }
        for (var, register) in all.into_iter().zip(registers) {
            self.bind(var, register);
        }
        self.emit(&lambda.body, Target::Return)
    }

    /// Closures that capture one another: made in order, then patched.
    fn emit_fix(&mut self, bindings: &[(Var, Lambda<'gc>)]) -> Res<'gc, ()> {
        let mut registers = Vec::with_capacity(bindings.len());
        for (var, _) in bindings {
            let register = self.new_register()?;
            registers.push(register);
            self.function().variables.insert(*var, register);
        }
        let mut captured = Vec::with_capacity(bindings.len());
        for ((_, lambda), &to) in bindings.iter().zip(&registers) {
            let (index, vars) = self.lambda(lambda)?;
            self.op(Op::Closure { to, index });
            captured.push(vars);
        }
        for (maker, vars) in captured.iter().enumerate() {
            for (slot, var) in vars.iter().enumerate() {
                let later = bindings.iter().position(|(bound, _)| bound == var).filter(|&other| other >= maker);
                if let Some(other) = later {
                    let (closure, from) = (registers[maker], registers[other]);
                    self.op(Op::PatchSlot { closure, from, index: slot as u16 + 1 });
                }
            }
        }
        Ok(())
    }
}
