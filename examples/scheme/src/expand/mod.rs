//! From data to resolved expressions: macros, special forms, and what names mean.
//!
//! Hygiene is by aliases. What a macro's template puts into its expansion as an identifier is an [`Alias`], new in
//! each expansion: the identifier and the environment of the macro's definition. A binding form binds the alias
//! itself, so it captures nothing that the program wrote; an alias that nothing binds means what its identifier means
//! where the macro was defined. Quoting turns aliases back into symbols. (The idea of syntactic closures, Bawden and
//! Rees 1988, as used for `syntax-rules`.)
//!
//! The expander recurses as expressions nest, up to a limit: deeper ones are a syntax error. Long lists take no stack.

mod binding;
mod body;
mod clauses;
mod forms;
mod quasi;
mod record;
mod rules;
mod special;
mod top;
mod values;

use gc_core::{Gc, GcVec, Trace};

use crate::builtins::Primitive;
use crate::code::{Code, Global};
use crate::compile::tree::{Node, Var, Variables};
use crate::context::Ctx;
use crate::environment::Environment;
use crate::error::{Res, error, syntax_error};
use crate::value::{Source, Value, list_elements};

pub(crate) use rules::{Macro, strip};
pub(crate) use special::{SPECIALS, Special};

/// What a name stands for.
#[derive(Clone, Copy, Trace)]
pub(crate) enum Denotation<'gc> {
    Special(Special),
    Macro(Gc<'gc, Macro<'gc>>),
    Global(Gc<'gc, Global<'gc>>),
    /// A variable of the form that is being expanded.
    Local(u32),
}

/// An identifier that a macro put in.
#[derive(Trace)]
pub(crate) struct Alias<'gc> {
    pub(crate) name: Value<'gc>,
    pub(crate) env: Env<'gc>,
}

/// Where names are looked up.
#[derive(Clone, Copy, Trace)]
pub(crate) enum Env<'gc> {
    Top(Gc<'gc, Environment<'gc>>),
    Scope(Gc<'gc, Scope<'gc>>),
}

/// The names that one form binds.
#[derive(Trace)]
pub(crate) struct Scope<'gc> {
    parent: Env<'gc>,
    names: GcVec<'gc, (Value<'gc>, Denotation<'gc>)>,
}

/// What looking up a name finds.
#[derive(Clone, Copy)]
pub(crate) enum Meaning<'gc> {
    Known(Denotation<'gc>),
    Unbound(Gc<'gc, Environment<'gc>>, Gc<'gc, str>),
}

impl<'gc> Env<'gc> {
    pub(crate) fn lookup(self, identifier: Value<'gc>) -> Option<Meaning<'gc>> {
        let (mut env, mut identifier) = (self, identifier);
        loop {
            match env {
                Env::Scope(scope) => {
                    if let Some((_, denotation)) = scope.names.iter().find(|(name, _)| name.is_eq(identifier)) {
                        return Some(Meaning::Known(denotation));
                    }
                    env = scope.parent;
                }
                Env::Top(environment) => {
                    if let Some(denotation) = environment.get(identifier) {
                        return Some(Meaning::Known(denotation));
                    }
                    match identifier {
                        Value::Alias(alias) => {
                            identifier = alias.name;
                            env = alias.env;
                        }
                        Value::Symbol(name) => return Some(Meaning::Unbound(environment, name)),
                        _ => return None,
                    }
                }
            }
        }
    }

    /// The special form that an identifier names, if it does.
    fn special(self, identifier: Value<'gc>) -> Option<Special> {
        match self.lookup(identifier)? {
            Meaning::Known(Denotation::Special(special)) => Some(special),
            _ => None,
        }
    }
}

/// True if two identifiers, each where it stands, mean the same: R7RS 4.3.2.
pub(crate) fn same_meaning<'gc>(a: Value<'gc>, env_a: Env<'gc>, b: Value<'gc>, env_b: Env<'gc>) -> bool {
    match (env_a.lookup(a), env_b.lookup(b)) {
        (Some(Meaning::Known(x)), Some(Meaning::Known(y))) => match (x, y) {
            (Denotation::Special(x), Denotation::Special(y)) => x == y,
            (Denotation::Macro(x), Denotation::Macro(y)) => x.ptr_eq(y),
            (Denotation::Global(x), Denotation::Global(y)) => x.ptr_eq(y),
            (Denotation::Local(x), Denotation::Local(y)) => x == y,
            _ => false,
        },
        (Some(Meaning::Unbound(_, x)), Some(Meaning::Unbound(_, y))) => x.ptr_eq(y),
        // A variable that is only referred to, so far, is not a binding.
        (Some(Meaning::Known(Denotation::Global(x))), Some(Meaning::Unbound(_, y)))
        | (Some(Meaning::Unbound(_, y)), Some(Meaning::Known(Denotation::Global(x)))) => {
            x.name.ptr_eq(y) && matches!(x.value.get(), Value::Unbound)
        }
        _ => false,
    }
}

/// The symbol that an identifier was written as.
pub(crate) fn symbol_of<'gc>(identifier: Value<'gc>) -> Option<Gc<'gc, str>> {
    let mut identifier = identifier;
    loop {
        match identifier {
            Value::Symbol(name) => return Some(name),
            Value::Alias(alias) => identifier = alias.name,
            _ => return None,
        }
    }
}

pub(crate) struct Expander<'gc> {
    pub(crate) ctx: Ctx<'gc>,
    pub(crate) variables: Variables<'gc>,
    depth: usize,
    /// Macro uses so far.
    steps: u64,
}

/// How deep expressions may nest.
const MOST_DEPTH: usize = 4000;
/// How many macro uses one top-level form may lead to.
const MOST_STEPS: u64 = 1_000_000;

/// Expands and compiles a form of a program to a procedure of no arguments.
pub(crate) fn compile_form<'gc>(
    ctx: Ctx<'gc>,
    form: Value<'gc>,
    environment: Gc<'gc, Environment<'gc>>,
) -> Res<'gc, Gc<'gc, Code<'gc>>> {
    let mut expander = Expander::new(ctx);
    let node = expander.top_level(form, environment)?;
    crate::compile::compile(ctx, &expander.variables, &node, form.source())
}

impl<'gc> Expander<'gc> {
    pub(crate) fn new(ctx: Ctx<'gc>) -> Self {
        Expander { ctx, variables: Variables::default(), depth: 0, steps: 0 }
    }

    fn deeper<T>(&mut self, source: Source, work: impl FnOnce(&mut Self) -> Res<'gc, T>) -> Res<'gc, T> {
        if self.depth >= MOST_DEPTH {
            return Err(syntax_error(source, "an expression is nested too deeply", &[]));
        }
        self.depth += 1;
        let result = crate::context::with_stack(|| work(self));
        self.depth -= 1;
        result
    }

    fn new_scope(&self, parent: Env<'gc>) -> Res<'gc, Gc<'gc, Scope<'gc>>> {
        let names = GcVec::try_new(self.ctx.mc)?;
        Ok(Gc::try_new(self.ctx.mc, Scope { parent, names })?)
    }

    /// Makes an identifier mean something in a scope.
    fn bind(&self, scope: Gc<'gc, Scope<'gc>>, identifier: Value<'gc>, denotation: Denotation<'gc>) -> Res<'gc, ()> {
        Ok(scope.names.try_push(self.ctx.mc, (identifier, denotation))?)
    }

    /// Makes an identifier a new variable in a scope.
    fn bind_variable(&mut self, scope: Gc<'gc, Scope<'gc>>, identifier: Value<'gc>, form: Value<'gc>) -> Res<'gc, Var> {
        let Some(name) = symbol_of(identifier) else {
            return Err(syntax_error(
                form.source(),
                "expected a variable's name, got",
                &[strip(self.ctx, identifier)?],
            ));
        };
        if scope.names.iter().any(|(known, _)| known.is_eq(identifier)) {
            return Err(syntax_error(form.source(), "bound twice in one form:", &[Value::Symbol(name)]));
        }
        let var = self.variables.add(name);
        self.bind(scope, identifier, Denotation::Local(var.0))?;
        Ok(var)
    }

    /// A variable that no program text names.
    fn hidden(&mut self) -> Res<'gc, Var> {
        let name = self.ctx.machine.symbols.intern(self.ctx.mc, "hidden")?;
        Ok(self.variables.add(name))
    }

    fn local(&mut self, var: Var) -> Node<'gc> {
        self.variables.add_reference(var);
        Node::Local(var)
    }

    /// Expands one expression.
    pub(crate) fn expand(&mut self, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        match form {
            Value::Symbol(_) | Value::Alias(_) => self.reference(form, env),
            Value::Pair(_) => self.deeper(form.source(), |x| x.expand_pair(form, env)),
            Value::Nil => Err(error("() is not an expression; write '() for the empty list", &[])),
            Value::Vector(_) => Ok(Node::Constant(strip(self.ctx, form)?)),
            _ => Ok(Node::Constant(form)),
        }
    }

    fn expand_pair(&mut self, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let mut form = form;
        while let Value::Pair(pair) = form {
            let head = pair.car.get();
            if head.is_identifier() {
                match env.lookup(head) {
                    Some(Meaning::Known(Denotation::Special(special))) => return self.special(special, form, env),
                    Some(Meaning::Known(Denotation::Macro(rules))) => {
                        form = self.use_macro(rules, form, env)?;
                        continue;
                    }
                    _ => {}
                }
            }
            return self.call(form, env);
        }
        self.expand(form, env)
    }

    /// Expands a macro use, once.
    fn use_macro(&mut self, rules: Gc<'gc, Macro<'gc>>, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Value<'gc>> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(syntax_error(form.source(), "the expansion of a macro does not end:", &[]));
        }
        rules::apply(self.ctx, rules, form, env)
    }

    fn reference(&mut self, identifier: Value<'gc>, env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        match env.lookup(identifier) {
            Some(Meaning::Known(Denotation::Local(var))) => Ok(self.local(Var(var))),
            Some(Meaning::Known(Denotation::Global(global))) => Ok(match (global.constant.get(), global.value.get()) {
                (true, primitive @ Value::Primitive(_)) => Node::Constant(primitive),
                _ => Node::Global(global, Source::default()),
            }),
            Some(Meaning::Known(Denotation::Special(_) | Denotation::Macro(_))) => {
                Err(error("the name of a syntactic form is not an expression:", &[strip(self.ctx, identifier)?]))
            }
            Some(Meaning::Unbound(environment, name)) => {
                let global = self.ctx.global_to_define(environment, Value::Symbol(name), name)?;
                Ok(Node::Global(global, Source::default()))
            }
            None => Err(error("not an identifier:", &[identifier])),
        }
    }

    fn call(&mut self, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let parts = self.parts(form)?;
        let source = form.source();
        let callee = self.expand(parts[0], env)?;
        let mut arguments = Vec::with_capacity(parts.len() - 1);
        for &argument in &parts[1..] {
            arguments.push(self.expand(argument, env)?);
        }
        Ok(match callee {
            Node::Constant(Value::Primitive(primitive)) if primitive.takes(arguments.len()) => {
                Node::Primitive(primitive, arguments, source)
            }
            Node::Lambda(lambda) if lambda.rest.is_none() && lambda.parameters.len() == arguments.len() => {
                let bindings = lambda.parameters.into_iter().zip(arguments).collect();
                self.bind_values(bindings, lambda.body)
            }
            Node::Global(global, _) => Node::Call(Box::new(Node::Global(global, source)), arguments, source),
            callee => Node::Call(Box::new(callee), arguments, source),
        })
    }

    /// The parts of a form, which must be a proper list.
    fn parts(&self, form: Value<'gc>) -> Res<'gc, Vec<Value<'gc>>> {
        match list_elements(form) {
            Some(parts) => Ok(parts),
            None => Err(syntax_error(form.source(), "a form must be a proper list:", &[strip(self.ctx, form)?])),
        }
    }

    /// The error for a form of the wrong shape.
    fn malformed(&self, form: Value<'gc>, usage: &str) -> crate::error::Throw<'gc> {
        let shown = strip(self.ctx, form).unwrap_or(Value::Nil);
        syntax_error(form.source(), format!("expected {usage}, got"), &[shown])
    }

    /// A primitive, by name.
    fn primitive(&self, name: &str) -> Res<'gc, &'static Primitive> {
        match self.ctx.core(name)? {
            Value::Primitive(primitive) => Ok(primitive),
            other => Err(error(format!("`{name}` is no primitive"), &[other])),
        }
    }

    fn call_primitive(&self, name: &str, arguments: Vec<Node<'gc>>) -> Res<'gc, Node<'gc>> {
        Ok(Node::Primitive(self.primitive(name)?, arguments, Source::default()))
    }

    /// A call of a procedure of the prelude.
    fn call_core(&self, name: &str, arguments: Vec<Node<'gc>>, source: Source) -> Res<'gc, Node<'gc>> {
        let symbol = self.ctx.symbol(name)?;
        match self.ctx.machine.core.get(symbol) {
            Some(Denotation::Global(global)) => {
                Ok(Node::Call(Box::new(Node::Global(global, source)), arguments, source))
            }
            _ => Err(error(format!("`{name}` is not part of the prelude"), &[])),
        }
    }
}
