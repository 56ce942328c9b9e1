//! `let` and its family, `do`, and what becomes of recursive bindings.

use std::collections::{HashMap, HashSet};

use super::{Env, Expander, rules};
use crate::compile::tree::{Lambda, Loop, Node, Var};
use crate::error::Res;
use crate::value::Value;

/// More procedures that refer to one another are not kept in registers.
const MOST_AT_ONCE: usize = 100;

impl<'gc> Expander<'gc> {
    pub(super) fn let_form(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(let ((variable value) …) body …)";
        match *parts {
            [_, name, bindings, _, ..] if name.is_identifier() => {
                self.named_let(form, name, bindings, &parts[3..], env)
            }
            [_, bindings, _, ..] => {
                let scope = self.new_scope(env)?;
                let mut bound = Vec::new();
                for binding in self.parts(bindings)? {
                    let [identifier, value] = self.parts(binding)?[..] else {
                        return Err(self.malformed(form, usage));
                    };
                    let mut value = self.expand(value, env)?;
                    Self::name(&mut value, identifier);
                    bound.push((self.bind_variable(scope, identifier, form)?, value));
                }
                let body = self.body(form, &parts[2..], Env::Scope(scope))?;
                Ok(self.bind_values(bound, body))
            }
            _ => Err(self.malformed(form, usage)),
        }
    }

    fn named_let(
        &mut self,
        form: Value<'gc>,
        name: Value<'gc>,
        bindings: Value<'gc>,
        body: &[Value<'gc>],
        env: Env<'gc>,
    ) -> Res<'gc, Node<'gc>> {
        let (mut formals, mut values) = (Vec::new(), Vec::new());
        for binding in self.parts(bindings)? {
            let [identifier, value] = self.parts(binding)?[..] else {
                return Err(self.malformed(form, "(let name ((variable value) …) body …)"));
            };
            formals.push(identifier);
            values.push(self.expand(value, env)?);
        }
        let scope = self.new_scope(env)?;
        let var = self.bind_variable(scope, name, form)?;
        let formals = self.ctx.list(&formals)?;
        let lambda = self.lambda(form, formals, body, Env::Scope(scope))?;
        let mut procedure = Node::Lambda(Box::new(lambda));
        Self::name(&mut procedure, name);
        let call = Node::Call(Box::new(self.local(var)), values, form.source());
        Ok(self.bind_recursive(vec![(var, procedure)], call))
    }

    pub(super) fn let_star(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(let* ((variable value) …) body …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let mut bound = Vec::new();
        let mut env = env;
        for binding in self.parts(parts[1])? {
            let [identifier, value] = self.parts(binding)?[..] else { return Err(self.malformed(form, usage)) };
            let mut value = self.expand(value, env)?;
            Self::name(&mut value, identifier);
            let scope = self.new_scope(env)?;
            bound.push((self.bind_variable(scope, identifier, form)?, value));
            env = Env::Scope(scope);
        }
        let body = self.body(form, &parts[2..], env)?;
        Ok(self.bind_values(bound, body))
    }

    pub(super) fn letrec(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(letrec ((variable value) …) body …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let scope = self.new_scope(env)?;
        let mut wanted = Vec::new();
        for binding in self.parts(parts[1])? {
            let [identifier, value] = self.parts(binding)?[..] else { return Err(self.malformed(form, usage)) };
            wanted.push((self.bind_variable(scope, identifier, form)?, identifier, value));
        }
        let env = Env::Scope(scope);
        let mut bound = Vec::new();
        for (var, identifier, value) in wanted {
            let mut value = self.expand(value, env)?;
            Self::name(&mut value, identifier);
            bound.push((var, value));
        }
        let body = self.body(form, &parts[2..], env)?;
        Ok(self.bind_recursive(bound, body))
    }

    pub(super) fn do_loop(&mut self, form: Value<'gc>, parts: &[Value<'gc>], env: Env<'gc>) -> Res<'gc, Node<'gc>> {
        let usage = "(do ((variable value step) …) (test result …) command …)";
        let [_, bindings, exit, ..] = *parts else { return Err(self.malformed(form, usage)) };
        let scope = self.new_scope(env)?;
        let (mut parameters, mut values, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for binding in self.parts(bindings)? {
            let (identifier, value, step) = match self.parts(binding)?[..] {
                [identifier, value] => (identifier, value, identifier),
                [identifier, value, step] => (identifier, value, step),
                _ => return Err(self.malformed(form, usage)),
            };
            values.push(self.expand(value, env)?);
            parameters.push(self.bind_variable(scope, identifier, form)?);
            steps.push(step);
        }
        let env = Env::Scope(scope);
        let exit = self.parts(exit)?;
        let Some((&test, results)) = exit.split_first() else { return Err(self.malformed(form, usage)) };
        let test = self.expand(test, env)?;
        let results: Res<'gc, Vec<_>> = results.iter().map(|&result| self.expand(result, env)).collect();
        let var = self.hidden()?;
        let mut round = Vec::new();
        for &command in &parts[3..] {
            round.push(self.expand(command, env)?);
        }
        let steps: Res<'gc, Vec<_>> = steps.into_iter().map(|step| self.expand(step, env)).collect();
        round.push(Node::Call(Box::new(self.local(var)), steps?, form.source()));
        let body = Node::condition(test, Node::sequence(results?), Node::sequence(round));
        let lambda = Lambda { parameters, rest: None, body, name: None, source: form.source() };
        let call = Node::Call(Box::new(self.local(var)), values, form.source());
        Ok(self.bind_recursive(vec![(var, Node::Lambda(Box::new(lambda)))], call))
    }

    pub(super) fn let_syntax(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        env: Env<'gc>,
        recursive: bool,
    ) -> Res<'gc, Node<'gc>> {
        let usage = "(let-syntax ((keyword transformer) …) body …)";
        if parts.len() < 3 {
            return Err(self.malformed(form, usage));
        }
        let scope = self.new_scope(env)?;
        let within = if recursive { Env::Scope(scope) } else { env };
        for binding in self.parts(parts[1])? {
            let [keyword, transformer] = self.parts(binding)?[..] else { return Err(self.malformed(form, usage)) };
            if !keyword.is_identifier() {
                return Err(self.malformed(form, usage));
            }
            let denotation = rules::transformer(self.ctx, transformer, within)?;
            self.bind(scope, keyword, denotation)?;
        }
        self.body(form, &parts[2..], Env::Scope(scope))
    }

    /// Binds variables to values, each of which may refer to those before it.
    pub(super) fn bind_values(&mut self, mut bindings: Vec<(Var, Node<'gc>)>, body: Node<'gc>) -> Node<'gc> {
        if bindings.is_empty() {
            return body;
        }
        if let [(var, Node::Lambda(lambda))] = &bindings[..]
            && self.is_loop(*var, lambda, &body)
            && let Some((var, Node::Lambda(lambda))) = bindings.pop()
        {
            return Node::Loop(Box::new(Loop { var, parameters: lambda.parameters, body: lambda.body, entry: body }));
        }
        // One form for several: registers are given out one after the other anyway.
        match body {
            Node::Let(inner, body) => {
                bindings.extend(inner);
                Node::Let(bindings, body)
            }
            body => Node::Let(bindings, Box::new(body)),
        }
    }

    /// True if all that is done with a procedure is to call it where its result is the whole's.
    fn is_loop(&self, var: Var, lambda: &Lambda<'gc>, body: &Node<'gc>) -> bool {
        let count = lambda.parameters.len();
        let references = self.variables.references(var);
        !self.variables.is_boxed(var)
            && lambda.rest.is_none()
            && references > 0
            && references == lambda.body.tail_calls(var, count) + body.tail_calls(var, count)
    }

    /// Binds variables to values that may refer to all of them: `letrec*`.
    ///
    /// The bindings are cut into the smallest groups such that none refers to a later one. A group of procedures
    /// is made at once; in one with other values the variables are boxed, and assigned in order. (After Waddell,
    /// Sarkar and Dybvig, *Fixing Letrec*, 2005, with groups in place of strongly connected components.)
    pub(super) fn bind_recursive(&mut self, bindings: Vec<(Var, Node<'gc>)>, body: Node<'gc>) -> Node<'gc> {
        let index: HashMap<Var, usize> = bindings.iter().enumerate().map(|(at, (var, _))| (*var, at)).collect();
        let mentioned: Vec<HashSet<usize>> = bindings
            .iter()
            .map(|(_, value)| {
                let mut found = HashSet::new();
                value.mentions(&mut |var| found.extend(index.get(&var)));
                found
            })
            .collect();
        let mut captured = HashSet::new();
        if bindings.iter().any(|(_, value)| value.may_return_twice()) {
            bindings.iter().for_each(|(_, value)| {
                value.captures(false, &mut |var| {
                    captured.insert(var);
                })
            });
            body.captures(false, &mut |var| {
                captured.insert(var);
            });
        }
        let mut groups = Vec::new();
        let mut start = 0;
        while start < bindings.len() {
            let (mut at, mut end) = (start, start);
            while at <= end {
                end = end.max(mentioned[at].iter().copied().max().unwrap_or(0));
                at += 1;
            }
            groups.push((start, end));
            start = end + 1;
        }
        let mut bindings = bindings;
        let mut body = body;
        for (start, end) in groups.into_iter().rev() {
            let group = bindings.split_off(start);
            // A continuation taken in the value may give the variable another one, which closures must see.
            let again = |(var, value): &(Var, Node<'gc>)| {
                value.may_return_twice() && !self.variables.is_boxed(*var) && captured.contains(var)
            };
            let recursive = end > start || mentioned[start].contains(&start) || again(&group[0]);
            body = if recursive { self.bind_group(group, body) } else { self.bind_values(group, body) };
        }
        body
    }

    fn bind_group(&mut self, group: Vec<(Var, Node<'gc>)>, body: Node<'gc>) -> Node<'gc> {
        let procedures =
            group.iter().all(|(var, value)| matches!(value, Node::Lambda(_)) && !self.variables.is_boxed(*var));
        if !procedures || group.len() > MOST_AT_ONCE {
            let mut nodes = Vec::with_capacity(group.len() + 1);
            let mut boxes = Vec::with_capacity(group.len());
            for (var, value) in group {
                self.variables.set_boxed(var);
                self.variables.add_reference(var);
                boxes.push((var, Node::Constant(Value::Unbound)));
                nodes.push(Node::SetLocal(var, Box::new(value)));
            }
            nodes.push(body);
            return Node::Let(boxes, Box::new(Node::Sequence(nodes)));
        }
        let mut lambdas: Vec<(Var, Lambda<'gc>)> = Vec::with_capacity(group.len());
        for (var, value) in group {
            if let Node::Lambda(lambda) = value {
                lambdas.push((var, *lambda));
            }
        }
        if let [(var, lambda)] = &lambdas[..]
            && self.is_loop(*var, lambda, &body)
            && let Some((var, lambda)) = lambdas.pop()
        {
            return Node::Loop(Box::new(Loop { var, parameters: lambda.parameters, body: lambda.body, entry: body }));
        }
        Node::Fix(lambdas, Box::new(body))
    }
}
