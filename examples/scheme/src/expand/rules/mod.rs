//! `syntax-rules`: macros as pairs of patterns and templates.

mod pattern;
mod strip;
mod template;

use gc_core::{Gc, Trace};

use super::{Denotation, Env, Meaning, Special};
use crate::context::Ctx;
use crate::error::{Res, syntax_error};
use crate::value::{Value, list_elements};
use pattern::Matcher;
use template::Writer;

pub(crate) use strip::strip;

/// A macro.
#[derive(Trace)]
pub(crate) struct Macro<'gc> {
    /// What means "any number of", if not `...`.
    ellipsis: Option<Value<'gc>>,
    literals: Gc<'gc, [Value<'gc>]>,
    /// Patterns and templates.
    rules: Gc<'gc, [(Value<'gc>, Value<'gc>)]>,
    /// Where it was defined.
    env: Env<'gc>,
}

/// What a pattern variable stands for.
enum Binding<'gc> {
    One(Value<'gc>),
    /// One for each match, and how many ellipses the variable is under.
    Many(Vec<Bindings<'gc>>, usize),
}

type Bindings<'gc> = Vec<(Value<'gc>, Binding<'gc>)>;

/// How deep patterns and templates may nest.
const MOST_DEPTH: usize = 400;

/// What the second part of a `define-syntax` denotes.
pub(super) fn transformer<'gc>(ctx: Ctx<'gc>, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Denotation<'gc>> {
    if form.is_identifier()
        && let Some(Meaning::Known(known @ (Denotation::Macro(_) | Denotation::Special(_)))) = env.lookup(form)
    {
        return Ok(known);
    }
    if let Some((head, _)) = form.as_pair()
        && head.is_identifier()
        && env.special(head) == Some(Special::SyntaxRules)
    {
        return Ok(Denotation::Macro(parse_rules(ctx, form, env)?));
    }
    Err(syntax_error(
        form.source(),
        "expected (syntax-rules (literal …) (pattern template) …), got",
        &[strip(ctx, form)?],
    ))
}

/// The macro that a `syntax-rules` form makes.
fn parse_rules<'gc>(ctx: Ctx<'gc>, form: Value<'gc>, env: Env<'gc>) -> Res<'gc, Gc<'gc, Macro<'gc>>> {
    let malformed = || {
        let shown = strip(ctx, form).unwrap_or(Value::Nil);
        syntax_error(form.source(), "expected (syntax-rules (literal …) (pattern template) …), got", &[shown])
    };
    let parts = list_elements(form).ok_or_else(malformed)?;
    let (ellipsis, parts) = match parts[..] {
        [_, ellipsis, _, ..] if ellipsis.is_identifier() => (Some(ellipsis), &parts[2..]),
        [_, _, ..] => (None, &parts[1..]),
        _ => return Err(malformed()),
    };
    let literals = list_elements(parts[0]).ok_or_else(malformed)?;
    if !literals.iter().all(Value::is_identifier) {
        return Err(malformed());
    }
    let mut rules = Vec::new();
    for &rule in &parts[1..] {
        match list_elements(rule).as_deref() {
            Some(&[pattern @ Value::Pair(_), template]) => rules.push((pattern, template)),
            _ => return Err(malformed()),
        }
    }
    let patterns: Vec<Value<'gc>> =
        rules.iter().filter_map(|(pattern, _)| pattern.as_pair()).map(|pair| pair.1).collect();
    let (literals, rules) = (Gc::try_from_slice(ctx.mc, &literals)?, Gc::try_from_slice(ctx.mc, &rules)?);
    let rules = Gc::try_new(ctx.mc, Macro { ellipsis, literals, rules, env })?;
    for pattern in patterns {
        let mut variables = Vec::new();
        Matcher { rules, env }.variables(pattern, 0, &mut variables, 0);
        for (at, (name, _)) in variables.iter().enumerate() {
            if variables[..at].iter().any(|(other, _)| other.is_eq(*name)) {
                let name = strip(ctx, *name)?;
                return Err(syntax_error(form.source(), "a pattern has a variable twice:", &[name]));
            }
        }
    }
    Ok(rules)
}

/// Expands a use of a macro.
pub(super) fn apply<'gc>(
    ctx: Ctx<'gc>,
    rules: Gc<'gc, Macro<'gc>>,
    form: Value<'gc>,
    env: Env<'gc>,
) -> Res<'gc, Value<'gc>> {
    let matcher = Matcher { rules, env };
    let Some((_, arguments)) = form.as_pair() else { return Ok(form) };
    for &(pattern, template) in rules.rules.as_ref() {
        let Some((_, pattern)) = pattern.as_pair() else { continue };
        let mut bindings = Vec::new();
        if matcher.matches(pattern, arguments, &mut bindings, 0) {
            return Writer::new(ctx, rules, form.source()).write(template, &[&bindings], false, 0);
        }
    }
    Err(syntax_error(form.source(), "no rule of the macro fits", &[strip(ctx, form)?]))
}

impl<'gc> Macro<'gc> {
    fn is_literal(&self, identifier: Value<'gc>) -> bool {
        self.literals.iter().any(|literal| literal.is_eq(identifier))
    }

    fn is_ellipsis(&self, form: Value<'gc>) -> bool {
        if !form.is_identifier() {
            return false;
        }
        match self.ellipsis {
            Some(ellipsis) => ellipsis.is_eq(form),
            None => {
                let is = match self.env.lookup(form) {
                    Some(Meaning::Known(Denotation::Special(special))) => special == Special::Ellipsis,
                    Some(Meaning::Unbound(_, name)) => name.as_ref() == "...",
                    _ => false,
                };
                is && !self.is_literal(form)
            }
        }
    }

    fn is_underscore(&self, identifier: Value<'gc>) -> bool {
        let is = match self.env.lookup(identifier) {
            Some(Meaning::Known(Denotation::Special(special))) => special == Special::Underscore,
            Some(Meaning::Unbound(_, name)) => name.as_ref() == "_",
            _ => false,
        };
        is && !self.is_literal(identifier)
    }
}
