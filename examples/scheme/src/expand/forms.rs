//! `if`, `set!`, `lambda`, promises and parameters.

use super::{Denotation, Env, Expander, Meaning, strip, symbol_of};
use crate::compile::tree::{Lambda, Node, Var};
use crate::error::{Res, syntax_error};
use crate::value::{Source, Value};

impl<'gc> Expander<'gc> {
    pub(super) fn conditional(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        match *parts {
            [_, test, yes] => {
                let (test, yes) = (self.expand(test, env)?, self.expand(yes, env)?);
                Ok(Node::condition(test, yes, Node::unspecified()))
            }
            [_, test, yes, no] => {
                let (test, yes, no) = (self.expand(test, env)?, self.expand(yes, env)?, self.expand(no, env)?);
                Ok(Node::condition(test, yes, no))
            }
            _ => Err(self.malformed(form, "(if test then) or (if test then else)")),
        }
    }

    pub(super) fn set(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let [_, identifier, value] = *parts else { return Err(self.malformed(form, "(set! variable expression)")) };
        if !identifier.is_identifier() {
            return Err(self.malformed(form, "(set! variable expression)"));
        }
        let value = Box::new(self.expand(value, env)?);
        match env.lookup(identifier) {
            Some(Meaning::Known(Denotation::Local(var))) => {
                let var = Var(var);
                self.variables.set_boxed(var);
                self.variables.add_reference(var);
                Ok(Node::SetLocal(var, value))
            }
            Some(Meaning::Known(Denotation::Global(global))) if !global.constant.get() => {
                Ok(Node::SetGlobal(global, value, form.source()))
            }
            Some(Meaning::Unbound(environment, name)) => {
                let global = self.ctx.global_to_define(environment, Value::Symbol(name), name)?;
                Ok(Node::SetGlobal(global, value, form.source()))
            }
            _ => {
                let message = "what was imported, or is syntax, cannot be assigned:";
                Err(syntax_error(form.source(), message, &[strip(self.ctx, identifier)?]))
            }
        }
    }

    pub(super) fn lambda_form(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        if parts.len() < 3 {
            return Err(self.malformed(form, "(lambda formals body …)"));
        }
        let lambda = self.lambda(form, parts[1], &parts[2..], env)?;
        Ok(Node::Lambda(Box::new(lambda)))
    }

    /// A procedure with these formals, a list or an improper list of identifiers, and this body.
    pub(super) fn lambda(
        &mut self,
        form: Value<'gc>,
        formals: Value<'gc>,
        body: &[Value<'gc>],
        env: Env<'gc>,
    ) -> Res<'gc, Lambda<'gc>> {
        let scope = self.new_scope(env)?;
        let mut parameters = Vec::new();
        let mut rest = formals;
        while let Some((identifier, tail)) = rest.as_pair() {
            parameters.push(self.bind_variable(scope, identifier, form)?);
            if parameters.len() > 200 {
                return Err(syntax_error(form.source(), "a procedure has more than 200 parameters", &[]));
            }
            rest = tail;
        }
        let rest = match rest {
            Value::Nil => None,
            identifier => Some(self.bind_variable(scope, identifier, form)?),
        };
        let body = self.body(form, body, Env::Scope(scope))?;
        Ok(Lambda { parameters, rest, body, name: None, source: form.source() })
    }

    pub(super) fn case_lambda(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let mut lambdas = Vec::new();
        if parts.len() > 100 {
            return Err(syntax_error(form.source(), "a case-lambda has more than 99 clauses", &[]));
        }
        for &clause in &parts[1..] {
            let clause_parts = self.parts(clause)?;
            if clause_parts.len() < 2 {
                return Err(self.malformed(form, "(case-lambda (formals body …) …)"));
            }
            let source = if clause.source().line == 0 { form } else { clause };
            lambdas.push(self.lambda(source, clause_parts[0], &clause_parts[1..], env)?);
        }
        Ok(Node::CaseLambda(lambdas))
    }

    /// Gives a procedure the name of the variable that it becomes the value of.
    pub(super) fn name(node: &mut Node<'gc>, identifier: Value<'gc>) {
        let name = symbol_of(identifier);
        match node {
            Node::Lambda(lambda) if lambda.name.is_none() => lambda.name = name,
            Node::CaseLambda(lambdas) => {
                for lambda in lambdas {
                    lambda.name = lambda.name.or(name);
                }
            }
            _ => {}
        }
    }

    pub(super) fn delay(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        env: Env<'gc>,
        value: bool,
    ) -> Res<'gc, Node<'gc>> {
        let [_, expression] = *parts else { return Err(self.malformed(form, "(delay expression)")) };
        let mut body = self.expand(expression, env)?;
        if value {
            body = self.call_primitive("make-promise", vec![body])?;
        }
        let thunk = self.thunk(body, form.source());
        self.call_primitive("%delayed", vec![thunk])
    }

    /// A procedure of no arguments.
    pub(super) fn thunk(&self, body: Node<'gc>, source: Source) -> Node<'gc> {
        Node::Lambda(Box::new(Lambda { parameters: Vec::new(), rest: None, body, name: None, source }))
    }

    pub(super) fn parameterize(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        env: Env<'gc>,
    ) -> Res<'gc, Node<'gc>> {
        let usage = "(parameterize ((parameter value) …) body …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let mut pairs = Vec::new();
        for binding in self.parts(parts[1])? {
            let [parameter, value] = self.parts(binding)?[..] else { return Err(self.malformed(form, usage)) };
            let (parameter, value) = (self.expand(parameter, env)?, self.expand(value, env)?);
            pairs.push(self.call_primitive("cons", vec![parameter, value])?);
        }
        let list = self.call_primitive("list", pairs)?;
        let body = self.body(form, &parts[2..], env)?;
        let thunk = self.thunk(body, form.source());
        self.call_core("%with-parameters", vec![list, thunk], form.source())
    }
}
