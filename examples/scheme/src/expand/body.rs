//! Bodies: definitions and expressions inside of a procedure.

use std::collections::VecDeque;

use super::{Denotation, Env, Expander, Meaning, Scope, Special, rules, strip};
use crate::compile::tree::{Node, Var};
use crate::error::{Res, syntax_error};
use crate::value::Value;
use gc_core::Gc;

/// A part of a body whose names are known, and that is yet to be expanded.
enum Item<'gc> {
    Expression(Value<'gc>),
    /// A variable, its name, and the expression or the parts of a `define` of a procedure.
    Value(Var, Value<'gc>, Value<'gc>),
    Procedure(Var, Value<'gc>, Value<'gc>, Value<'gc>, Vec<Value<'gc>>),
    Values(Vec<Var>, bool, Value<'gc>),
    Record(Vec<(Var, super::record::Definition<'gc>)>),
}

impl<'gc> Expander<'gc> {
    /// Expands a body. Definitions may be mixed with expressions; they are evaluated in order.
    pub(super) fn body(&mut self, form: Value<'gc>, forms: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        if let [only] = forms
            && !matches!(only, Value::Pair(_))
        {
            return self.expand(*only, env);
        }
        self.deeper(form.source(), |x| x.body_of(form, forms, env))
    }

    fn body_of(&mut self, form: Value<'gc>, forms: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let scope = self.new_scope(env)?;
        let env = Env::Scope(scope);
        let mut items = Vec::new();
        let mut queue: VecDeque<Value<'gc>> = forms.iter().copied().collect();
        while let Some(part) = queue.pop_front() {
            self.scan(part, scope, &mut items, &mut queue)?;
        }
        let defines = items.iter().rposition(|item| !matches!(item, Item::Expression(_)));
        let expressions = items.split_off(defines.map_or(0, |last| last + 1));
        if expressions.is_empty() {
            return Err(syntax_error(form.source(), "a body without an expression:", &[strip(self.ctx, form)?]));
        }
        let mut bindings = Vec::new();
        for item in items {
            self.define(item, env, &mut bindings)?;
        }
        let mut nodes = Vec::with_capacity(expressions.len());
        for item in expressions {
            if let Item::Expression(part) = item {
                nodes.push(self.expand(part, env)?);
            }
        }
        Ok(self.bind_recursive(bindings, Node::sequence(nodes)))
    }

    /// Finds out what a part of a body is, and binds what it defines.
    fn scan(
        &mut self,
        part: Value<'gc>,
        scope: Gc<'gc, Scope<'gc>>,
        items: &mut Vec<Item<'gc>>,
        queue: &mut VecDeque<Value<'gc>>,
    ) -> Res<'gc, ()> {
        let env = Env::Scope(scope);
        let mut part = part;
        loop {
            let Some((head, _)) = part.as_pair().filter(|(head, _)| head.is_identifier()) else {
                items.push(Item::Expression(part));
                return Ok(());
            };
            let special = match env.lookup(head) {
                Some(Meaning::Known(Denotation::Macro(rules))) => {
                    part = self.use_macro(rules, part, env)?;
                    continue;
                }
                Some(Meaning::Known(Denotation::Special(special))) => special,
                _ => {
                    items.push(Item::Expression(part));
                    return Ok(());
                }
            };
            let parts = self.parts(part)?;
            match special {
                Special::Begin => parts[1..].iter().rev().for_each(|&inner| queue.push_front(inner)),
                Special::CondExpand => {
                    self.cond_expand(part, &parts, env)?.into_iter().rev().for_each(|inner| queue.push_front(inner));
                }
                Special::Include | Special::IncludeCi => {
                    let forms = self.included(part, &parts[1..], special == Special::IncludeCi)?;
                    forms.into_iter().rev().for_each(|inner| queue.push_front(inner));
                }
                Special::Define => {
                    let (identifier, definition) = self.definition(part, &parts)?;
                    let var = self.bind_variable(scope, identifier, part)?;
                    items.push(match definition {
                        super::top::Definition::Value(value) => Item::Value(var, identifier, value),
                        super::top::Definition::Procedure(formals, body) => {
                            Item::Procedure(var, identifier, part, formals, body)
                        }
                    });
                }
                Special::DefineValues => {
                    let [_, formals, expression] = parts[..] else {
                        return Err(self.malformed(part, "(define-values formals expression)"));
                    };
                    let (vars, rest) = self.bind_formals(scope, formals, part)?;
                    items.push(Item::Values(vars, rest, expression));
                }
                Special::DefineRecordType => {
                    let mut vars = Vec::new();
                    for (identifier, definition) in self.record_definitions(part, &parts)? {
                        vars.push((self.bind_variable(scope, identifier, part)?, definition));
                    }
                    items.push(Item::Record(vars));
                }
                Special::DefineSyntax => {
                    let [_, keyword, transformer] = parts[..] else {
                        return Err(self.malformed(part, "(define-syntax keyword transformer)"));
                    };
                    let denotation = rules::transformer(self.ctx, transformer, env)?;
                    self.bind(scope, keyword, denotation)?;
                }
                _ => items.push(Item::Expression(part)),
            }
            return Ok(());
        }
    }

    /// Expands a definition, or an expression before one.
    fn define(&mut self, item: Item<'gc>, env: Env<'gc>, bindings: &mut Vec<(Var, Node<'gc>)>) -> Res<'gc, ()> {
        match item {
            Item::Expression(part) => {
                let var = self.hidden()?;
                bindings.push((var, self.expand(part, env)?));
            }
            Item::Value(var, identifier, value) => {
                let mut node = self.expand(value, env)?;
                Self::name(&mut node, identifier);
                bindings.push((var, node));
            }
            Item::Procedure(var, identifier, form, formals, body) => {
                let lambda = self.lambda(form, formals, &body, env)?;
                let mut node = Node::Lambda(Box::new(lambda));
                Self::name(&mut node, identifier);
                bindings.push((var, node));
            }
            Item::Values(vars, rest, expression) => {
                let value = self.expand(expression, env)?;
                self.unpack(&vars, rest, value, bindings)?;
            }
            Item::Record(definitions) => {
                let Some(&(of, _)) = definitions.first() else { return Ok(()) };
                for (var, definition) in definitions {
                    let of = self.local(of);
                    bindings.push((var, self.record_node(definition, of)?));
                }
            }
        }
        Ok(())
    }
}
