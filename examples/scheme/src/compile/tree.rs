//! What the expander makes of a program, and the compiler of it: expressions whose names are resolved.

use gc_core::Gc;

use crate::builtins::Primitive;
use crate::code::Global;
use crate::value::{Source, Value};

/// A local variable: an index into [`Variables`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Var(pub(crate) u32);

/// An expression.
pub(crate) enum Node<'gc> {
    Constant(Value<'gc>),
    Local(Var),
    SetLocal(Var, Box<Node<'gc>>),
    Global(Gc<'gc, Global<'gc>>, Source),
    SetGlobal(Gc<'gc, Global<'gc>>, Box<Node<'gc>>, Source),
    DefineGlobal(Gc<'gc, Global<'gc>>, Box<Node<'gc>>),
    If(Box<[Node<'gc>; 3]>),
    And(Vec<Node<'gc>>),
    Or(Vec<Node<'gc>>),
    Sequence(Vec<Node<'gc>>),
    Lambda(Box<Lambda<'gc>>),
    CaseLambda(Vec<Lambda<'gc>>),
    Call(Box<Node<'gc>>, Vec<Node<'gc>>, Source),
    Primitive(&'static Primitive, Vec<Node<'gc>>, Source),
    /// Evaluates in parallel.
    Let(Vec<(Var, Node<'gc>)>, Box<Node<'gc>>),
    /// Procedures that refer to one another.
    Fix(Vec<(Var, Lambda<'gc>)>, Box<Node<'gc>>),
    /// A procedure that is only ever called where its result is the result of the whole: its calls are jumps.
    Loop(Box<Loop<'gc>>),
}

pub(crate) struct Lambda<'gc> {
    pub(crate) parameters: Vec<Var>,
    pub(crate) rest: Option<Var>,
    pub(crate) body: Node<'gc>,
    pub(crate) name: Option<Gc<'gc, str>>,
    pub(crate) source: Source,
}

pub(crate) struct Loop<'gc> {
    pub(crate) var: Var,
    pub(crate) parameters: Vec<Var>,
    pub(crate) body: Node<'gc>,
    /// Where it is entered from.
    pub(crate) entry: Node<'gc>,
}

/// What is known of each local variable.
#[derive(Default)]
pub(crate) struct Variables<'gc> {
    all: Vec<Variable<'gc>>,
}

struct Variable<'gc> {
    name: Gc<'gc, str>,
    /// Assigned after its definition, or read before it: it lives in a box.
    boxed: bool,
    references: u32,
}

impl<'gc> Variables<'gc> {
    pub(crate) fn add(&mut self, name: Gc<'gc, str>) -> Var {
        self.all.push(Variable { name, boxed: false, references: 0 });
        Var(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }
    pub(crate) fn name(&self, var: Var) -> Gc<'gc, str> {
        self.all[var.0 as usize].name
    }
    pub(crate) fn is_boxed(&self, var: Var) -> bool {
        self.all[var.0 as usize].boxed
    }
    pub(crate) fn set_boxed(&mut self, var: Var) {
        self.all[var.0 as usize].boxed = true;
    }
    pub(crate) fn add_reference(&mut self, var: Var) {
        self.all[var.0 as usize].references += 1;
    }
    pub(crate) fn references(&self, var: Var) -> u32 {
        self.all[var.0 as usize].references
    }
}

impl<'gc> Node<'gc> {
    pub(crate) fn unspecified() -> Self {
        Node::Constant(Value::Unspecified)
    }

    pub(crate) fn sequence(mut nodes: Vec<Node<'gc>>) -> Self {
        match nodes.len() {
            0 => Node::unspecified(),
            1 => nodes.swap_remove(0),
            _ => Node::Sequence(nodes),
        }
    }

    pub(crate) fn condition(test: Node<'gc>, yes: Node<'gc>, no: Node<'gc>) -> Self {
        Node::If(Box::new([test, yes, no]))
    }

    /// Calls `see` with every expression that this one consists of; `true` for the bodies of procedures.
    fn each(&self, see: &mut dyn FnMut(&Node<'gc>, bool)) {
        match self {
            Node::Constant(_) | Node::Global(..) | Node::Local(_) => {}
            Node::SetLocal(_, value) | Node::SetGlobal(_, value, _) | Node::DefineGlobal(_, value) => see(value, false),
            Node::If(parts) => parts.iter().for_each(|part| see(part, false)),
            Node::And(parts) | Node::Or(parts) | Node::Sequence(parts) | Node::Primitive(_, parts, _) => {
                parts.iter().for_each(|part| see(part, false));
            }
            Node::Lambda(lambda) => see(&lambda.body, true),
            Node::CaseLambda(lambdas) => lambdas.iter().for_each(|lambda| see(&lambda.body, true)),
            Node::Call(callee, arguments, _) => {
                see(callee, false);
                arguments.iter().for_each(|argument| see(argument, false));
            }
            Node::Let(bindings, body) => {
                bindings.iter().for_each(|(_, value)| see(value, false));
                see(body, false);
            }
            Node::Fix(bindings, body) => {
                bindings.iter().for_each(|(_, lambda)| see(&lambda.body, true));
                see(body, false);
            }
            Node::Loop(inner) => {
                see(&inner.body, false);
                see(&inner.entry, false);
            }
        }
    }

    /// Calls `see` for every mention of a local variable, within procedures too.
    pub(crate) fn mentions(&self, see: &mut dyn FnMut(Var)) {
        if let Node::Local(var) | Node::SetLocal(var, _) = self {
            see(*var);
        }
        self.each(&mut |part, _| part.mentions(see));
    }

    /// Calls `see` for every mention of a variable within a procedure.
    pub(crate) fn captures(&self, within: bool, see: &mut dyn FnMut(Var)) {
        if within && let Node::Local(var) | Node::SetLocal(var, _) = self {
            see(*var);
        }
        self.each(&mut |part, lambda| part.captures(within || lambda, see));
    }

    /// True if a continuation might be taken in this, not counting the bodies of procedures.
    pub(crate) fn may_return_twice(&self) -> bool {
        match self {
            Node::Call(..) => true,
            Node::Primitive(primitive, ..) if matches!(primitive.run, crate::builtins::Run::Control(_)) => true,
            _ => {
                let mut may = false;
                self.each(&mut |part, lambda| may |= !lambda && part.may_return_twice());
                may
            }
        }
    }

    /// How many calls of `var` with `count` arguments are in tail position.
    pub(crate) fn tail_calls(&self, var: Var, count: usize) -> u32 {
        match self {
            Node::If(parts) => parts[1].tail_calls(var, count) + parts[2].tail_calls(var, count),
            Node::And(parts) | Node::Or(parts) | Node::Sequence(parts) => {
                parts.last().map_or(0, |last| last.tail_calls(var, count))
            }
            Node::Let(_, body) | Node::Fix(_, body) => body.tail_calls(var, count),
            Node::Loop(inner) => inner.body.tail_calls(var, count) + inner.entry.tail_calls(var, count),
            Node::Call(callee, arguments, _) => {
                u32::from(matches!(**callee, Node::Local(v) if v == var) && arguments.len() == count)
            }
            _ => 0,
        }
    }
}
