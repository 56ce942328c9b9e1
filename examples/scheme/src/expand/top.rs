//! The top level: definitions of global variables, programs, and libraries.

use gc_core::Gc;

use super::{Denotation, Env, Expander, Meaning, Special, rules, strip, symbol_of};
use crate::compile::tree::Node;
use crate::environment::Environment;
use crate::error::{Res, syntax_error};
use crate::library;
use crate::value::Value;

/// What a `define` gives to its variable.
pub(super) enum Definition<'gc> {
    Value(Value<'gc>),
    /// Formals and body.
    Procedure(Value<'gc>, Vec<Value<'gc>>),
}

impl<'gc> Expander<'gc> {
    /// Expands a form of a program or library.
    pub(crate) fn top_level(
        &mut self,
        form: Value<'gc>,
        environment: Gc<'gc, Environment<'gc>>,
    ) -> Res<'gc, Node<'gc>> {
        self.deeper(form.source(), |x| x.top_level_form(form, environment))
    }

    fn top_level_form(&mut self, form: Value<'gc>, environment: Gc<'gc, Environment<'gc>>) -> Res<'gc, Node<'gc>> {
        let env = Env::Top(environment);
        let mut form = form;
        loop {
            let Some((head, _)) = form.as_pair().filter(|(head, _)| head.is_identifier()) else {
                return self.expand(form, env);
            };
            let special = match env.lookup(head) {
                Some(Meaning::Known(Denotation::Macro(rules))) => {
                    form = self.use_macro(rules, form, env)?;
                    continue;
                }
                Some(Meaning::Known(Denotation::Special(special))) => special,
                // A program begins with imports, before which nothing has a meaning.
                Some(Meaning::Unbound(_, name)) if environment.is_program => match name.as_ref() {
                    "import" => Special::Import,
                    "define-library" => Special::DefineLibrary,
                    _ => return self.expand(form, env),
                },
                _ => return self.expand(form, env),
            };
            let parts = self.parts(form)?;
            return match special {
                Special::Begin => self.top_level_all(parts[1..].to_vec(), environment),
                Special::CondExpand => {
                    let forms = self.cond_expand(form, &parts, env)?;
                    self.top_level_all(forms, environment)
                }
                Special::Include | Special::IncludeCi => {
                    let forms = self.included(form, &parts[1..], special == Special::IncludeCi)?;
                    self.top_level_all(forms, environment)
                }
                Special::Define => self.define_global(form, &parts, environment),
                Special::DefineValues => self.define_global_values(form, &parts, environment),
                Special::DefineRecordType => {
                    let mut nodes = Vec::new();
                    let mut of = None;
                    for (identifier, definition) in self.record_definitions(form, &parts)? {
                        let global = self.global(identifier, form, environment)?;
                        let of = *of.get_or_insert(global);
                        let node = self.record_node(definition, Node::Global(of, form.source()))?;
                        nodes.push(Node::DefineGlobal(global, Box::new(node)));
                    }
                    Ok(Node::sequence(nodes))
                }
                Special::DefineSyntax => {
                    let [_, keyword, transformer] = parts[..] else {
                        return Err(self.malformed(form, "(define-syntax keyword transformer)"));
                    };
                    if !keyword.is_identifier() {
                        return Err(self.malformed(form, "(define-syntax keyword transformer)"));
                    }
                    let denotation = rules::transformer(self.ctx, transformer, env)?;
                    environment.set(self.ctx, keyword, denotation)?;
                    Ok(Node::unspecified())
                }
                Special::Import if environment.is_program => library::import(self, form, &parts[1..], environment),
                Special::DefineLibrary if environment.is_program => library::define_library(self, form, &parts),
                _ => self.expand(form, env),
            };
        }
    }

    pub(crate) fn top_level_all(
        &mut self,
        forms: Vec<Value<'gc>>,
        environment: Gc<'gc, Environment<'gc>>,
    ) -> Res<'gc, Node<'gc>> {
        let nodes: Res<'gc, Vec<_>> = forms.into_iter().map(|form| self.top_level(form, environment)).collect();
        nodes.map(Node::sequence)
    }

    /// What a `define` form defines.
    pub(super) fn definition(&self, form: Value<'gc>, parts: &[Value<'gc>]) -> Res<'gc, (Value<'gc>, Definition<'gc>)> {
        let usage = "(define variable expression) or (define (variable formal …) body …)";
        match *parts {
            [_, identifier, value] if identifier.is_identifier() => Ok((identifier, Definition::Value(value))),
            [_, identifier] if identifier.is_identifier() => Ok((identifier, Definition::Value(Value::Unspecified))),
            [_, target @ Value::Pair(_), _, ..] => match target.as_pair() {
                Some((identifier, formals)) if identifier.is_identifier() => {
                    Ok((identifier, Definition::Procedure(formals, parts[2..].to_vec())))
                }
                _ => Err(self.malformed(form, usage)),
            },
            _ => Err(self.malformed(form, usage)),
        }
    }

    fn global(
        &self,
        identifier: Value<'gc>,
        form: Value<'gc>,
        environment: Gc<'gc, Environment<'gc>>,
    ) -> Res<'gc, Gc<'gc, crate::code::Global<'gc>>> {
        match symbol_of(identifier) {
            Some(name) => {
                let global = self.ctx.global_to_define(environment, identifier, name)?;
                global.write(self.ctx.mc, |g| &g.defined).set(true);
                Ok(global)
            }
            None => Err(syntax_error(form.source(), "expected a name, got", &[strip(self.ctx, identifier)?])),
        }
    }

    fn define_global(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        environment: Gc<'gc, Environment<'gc>>,
    ) -> Res<'gc, Node<'gc>> {
        let env = Env::Top(environment);
        let (identifier, definition) = self.definition(form, parts)?;
        let global = self.global(identifier, form, environment)?;
        let mut node = match definition {
            Definition::Value(value) => self.expand(value, env)?,
            Definition::Procedure(formals, body) => Node::Lambda(Box::new(self.lambda(form, formals, &body, env)?)),
        };
        Self::name(&mut node, identifier);
        Ok(Node::DefineGlobal(global, Box::new(node)))
    }

    fn define_global_values(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
        environment: Gc<'gc, Environment<'gc>>,
    ) -> Res<'gc, Node<'gc>> {
        let [_, formals, expression] = *parts else {
            return Err(self.malformed(form, "(define-values formals expression)"));
        };
        let value = self.expand(expression, Env::Top(environment))?;
        let mut globals = Vec::new();
        let mut rest = formals;
        while let Some((identifier, tail)) = rest.as_pair() {
            globals.push(self.global(identifier, form, environment)?);
            rest = tail;
        }
        let has_rest = !matches!(rest, Value::Nil);
        if has_rest {
            globals.push(self.global(rest, form, environment)?);
        }
        for (at, global) in globals.iter().enumerate() {
            if globals[..at].iter().any(|other| other.ptr_eq(*global)) {
                return Err(syntax_error(form.source(), "defined twice in one form:", &[Value::Symbol(global.name)]));
            }
        }
        let packet = self.hidden()?;
        let unpacked = self.unpacked(globals.len(), has_rest, value)?;
        self.variables.add_reference(packet);
        let mut nodes = Vec::new();
        for (at, global) in globals.into_iter().enumerate() {
            let parts = self.local(packet);
            let part = self.call_primitive("vector-ref", vec![parts, Node::Constant(Value::Int(at as i64))])?;
            nodes.push(Node::DefineGlobal(global, Box::new(part)));
        }
        Ok(Node::Let(vec![(packet, unpacked)], Box::new(Node::sequence(nodes))))
    }
}
