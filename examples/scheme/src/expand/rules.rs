//! `syntax-rules`: patterns and templates.

use std::collections::HashSet;

use gc_core::{Gc, GcCell, Trace};

use super::{Alias, Denotation, Env, Meaning, Special, same_meaning, symbol_of};
use crate::context::Ctx;
use crate::equal::is_equal;
use crate::error::{Res, syntax_error};
use crate::value::{Pair, Source, Value, list_elements};

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
            let mut writer = Writer { ctx, rules, source: form.source(), aliases: Vec::new() };
            return writer.write(template, &[&bindings], false, 0);
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

struct Matcher<'gc> {
    rules: Gc<'gc, Macro<'gc>>,
    env: Env<'gc>,
}

impl<'gc> Matcher<'gc> {
    fn matches(&self, pattern: Value<'gc>, form: Value<'gc>, bindings: &mut Bindings<'gc>, depth: usize) -> bool {
        if depth > MOST_DEPTH {
            return false;
        }
        let (mut pattern, mut form) = (pattern, form);
        loop {
            match pattern {
                Value::Symbol(_) | Value::Alias(_) => {
                    if self.rules.is_literal(pattern) {
                        return form.is_identifier() && same_meaning(form, self.env, pattern, self.rules.env);
                    }
                    if !self.rules.is_underscore(pattern) {
                        bindings.push((pattern, Binding::One(form)));
                    }
                    return true;
                }
                Value::Pair(pair) => {
                    let (first, rest) = (pair.car.get(), pair.cdr.get());
                    if let Some((next, after)) = rest.as_pair()
                        && self.rules.is_ellipsis(next)
                    {
                        // As many as possible, so that what comes after still fits.
                        let mut later = 0;
                        let mut tail = after;
                        while let Some((_, next)) = tail.as_pair() {
                            later += 1;
                            tail = next;
                        }
                        let mut elements = Vec::new();
                        let mut end = form;
                        while let Some((element, next)) = end.as_pair() {
                            elements.push((element, end));
                            end = next;
                            if elements.len() > 10_000_000 {
                                return false;
                            }
                        }
                        let Some(count) = elements.len().checked_sub(later) else { return false };
                        let mut all = Vec::with_capacity(count);
                        for &(element, _) in &elements[..count] {
                            let mut inner = Vec::new();
                            if !self.matches(first, element, &mut inner, depth + 1) {
                                return false;
                            }
                            all.push(inner);
                        }
                        self.bind_many(first, all, bindings, depth);
                        form = elements.get(count).map_or(end, |&(_, at)| at);
                        pattern = after;
                        continue;
                    }
                    let Some((element, next)) = form.as_pair() else { return false };
                    if !self.matches(first, element, bindings, depth + 1) {
                        return false;
                    }
                    (pattern, form) = (rest, next);
                }
                Value::Vector(slots) => {
                    let Value::Vector(elements) = form else { return false };
                    return self.matches_vector(slots.as_ref(), elements.as_ref(), bindings, depth);
                }
                Value::Nil => return matches!(form, Value::Nil),
                _ => return is_equal(pattern, form),
            }
        }
    }

    fn matches_vector(
        &self,
        pattern: &[GcCell<Value<'gc>>],
        form: &[GcCell<Value<'gc>>],
        bindings: &mut Bindings<'gc>,
        depth: usize,
    ) -> bool {
        let ellipsis = pattern.iter().skip(1).position(|slot| self.rules.is_ellipsis(slot.get()));
        let Some(before) = ellipsis else {
            return pattern.len() == form.len()
                && pattern.iter().zip(form).all(|(p, f)| self.matches(p.get(), f.get(), bindings, depth + 1));
        };
        let after = pattern.len() - before - 2;
        let Some(count) = form.len().checked_sub(before + after) else { return false };
        let fixed = pattern[..before].iter().zip(form).chain(pattern[before + 2..].iter().zip(&form[before + count..]));
        for (p, f) in fixed {
            if !self.matches(p.get(), f.get(), bindings, depth + 1) {
                return false;
            }
        }
        let mut all = Vec::with_capacity(count);
        for slot in &form[before..before + count] {
            let mut inner = Vec::new();
            if !self.matches(pattern[before].get(), slot.get(), &mut inner, depth + 1) {
                return false;
            }
            all.push(inner);
        }
        self.bind_many(pattern[before].get(), all, bindings, depth);
        true
    }

    /// Binds each variable of a pattern that is followed by an ellipsis to its matches, of which there may be none.
    fn bind_many(&self, pattern: Value<'gc>, all: Vec<Bindings<'gc>>, bindings: &mut Bindings<'gc>, depth: usize) {
        let mut variables = Vec::new();
        self.variables(pattern, 1, &mut variables, depth);
        // The matches are shared by all variables: the first holds them, the others find them there.
        let mut per_variable: Vec<Vec<Bindings<'gc>>> = variables.iter().map(|_| Vec::new()).collect();
        for matched in all {
            for (identifier, binding) in matched {
                if let Some(at) = variables.iter().position(|(known, _)| known.is_eq(identifier)) {
                    per_variable[at].push(vec![(identifier, binding)]);
                }
            }
        }
        for ((identifier, ellipses), matches) in variables.into_iter().zip(per_variable) {
            bindings.push((identifier, Binding::Many(matches, ellipses)));
        }
    }

    /// The variables of a pattern, each with the number of ellipses that it is under.
    fn variables(&self, pattern: Value<'gc>, level: usize, found: &mut Vec<(Value<'gc>, usize)>, depth: usize) {
        if depth > MOST_DEPTH {
            return;
        }
        let mut pattern = pattern;
        while let Some((first, rest)) = pattern.as_pair() {
            let repeated = rest.as_pair().is_some_and(|(next, _)| self.rules.is_ellipsis(next));
            self.variables(first, level + usize::from(repeated), found, depth + 1);
            pattern = rest;
        }
        match pattern {
            Value::Vector(slots) => {
                for (at, slot) in slots.iter().enumerate() {
                    let repeated = slots.get(at + 1).is_some_and(|next| self.rules.is_ellipsis(next.get()));
                    self.variables(slot.get(), level + usize::from(repeated), found, depth + 1);
                }
            }
            identifier if identifier.is_identifier() => {
                let special = self.rules.is_literal(identifier)
                    || self.rules.is_ellipsis(identifier)
                    || self.rules.is_underscore(identifier);
                if !special {
                    found.push((identifier, level));
                }
            }
            _ => {}
        }
    }
}

/// Writes an expansion.
struct Writer<'gc> {
    ctx: Ctx<'gc>,
    rules: Gc<'gc, Macro<'gc>>,
    source: Source,
    /// What has been put in for each identifier of the template.
    aliases: Vec<(Value<'gc>, Value<'gc>)>,
}

/// The bindings in force, innermost last.
type Frames<'a, 'gc> = [&'a Bindings<'gc>];

fn find<'a, 'gc>(identifier: Value<'gc>, frames: &Frames<'a, 'gc>) -> Option<&'a Binding<'gc>> {
    frames
        .iter()
        .rev()
        .find_map(|frame| frame.iter().find(|(known, _)| known.is_eq(identifier)).map(|(_, binding)| binding))
}

impl<'gc> Writer<'gc> {
    fn write(
        &mut self,
        template: Value<'gc>,
        frames: &Frames<'_, 'gc>,
        escaped: bool,
        depth: usize,
    ) -> Res<'gc, Value<'gc>> {
        if depth > MOST_DEPTH {
            return Err(syntax_error(self.source, "a template is nested too deeply", &[]));
        }
        match template {
            Value::Symbol(_) | Value::Alias(_) => self.identifier(template, frames),
            Value::Pair(_) => {
                let (first, rest) = template.as_pair().unwrap_or((Value::Nil, Value::Nil));
                if !escaped
                    && self.rules.is_ellipsis(first)
                    && let Some((inner, Value::Nil)) = rest.as_pair()
                {
                    return self.write(inner, frames, true, depth + 1);
                }
                let (elements, tail) = self.elements(template, frames, escaped, depth)?;
                let mut list = match tail {
                    Value::Nil => Value::Nil,
                    tail => self.write(tail, frames, escaped, depth + 1)?,
                };
                for &element in elements.iter().rev() {
                    let pair = Pair { car: GcCell::new(element), cdr: GcCell::new(list), source: self.source };
                    list = Value::Pair(Gc::try_new(self.ctx.mc, pair)?);
                }
                Ok(list)
            }
            Value::Vector(slots) => {
                let inner: Vec<Value<'gc>> = slots.iter().map(GcCell::get).collect();
                let list = self.ctx.list(&inner)?;
                let (elements, _) = self.elements(list, frames, escaped, depth)?;
                self.ctx.vector(&elements)
            }
            _ => Ok(template),
        }
    }

    /// The elements that a list of templates, some followed by ellipses, leads to; and its tail.
    fn elements(
        &mut self,
        template: Value<'gc>,
        frames: &Frames<'_, 'gc>,
        escaped: bool,
        depth: usize,
    ) -> Res<'gc, (Vec<Value<'gc>>, Value<'gc>)> {
        let mut elements = Vec::new();
        let mut rest = template;
        while let Some((first, next)) = rest.as_pair() {
            // `(a . (... ...))`
            if !escaped && !elements.is_empty() && self.rules.is_ellipsis(first) {
                break;
            }
            rest = next;
            let mut ellipses = 0;
            while !escaped
                && let Some((ellipsis, after)) = rest.as_pair()
                && self.rules.is_ellipsis(ellipsis)
            {
                ellipses += 1;
                rest = after;
            }
            if ellipses == 0 {
                elements.push(self.write(first, frames, escaped, depth + 1)?);
            } else {
                self.repeat(first, frames, ellipses, &mut elements, depth + 1)?;
            }
        }
        Ok((elements, rest))
    }

    /// Writes a template once for each match of its variables.
    fn repeat(
        &mut self,
        template: Value<'gc>,
        frames: &Frames<'_, 'gc>,
        ellipses: usize,
        elements: &mut Vec<Value<'gc>>,
        depth: usize,
    ) -> Res<'gc, ()> {
        let mut identifiers = Vec::new();
        self.identifiers(template, ellipses - 1, &mut identifiers, depth);
        let mut many: Vec<&Vec<Bindings<'gc>>> = Vec::new();
        for (identifier, inner) in identifiers {
            // A variable with no more ellipses than there are further in is repeated there.
            if let Some(Binding::Many(matches, ellipses)) = find(identifier, frames)
                && *ellipses > inner
            {
                many.push(matches);
            }
        }
        let Some(count) = many.iter().map(|matches| matches.len()).max() else {
            return Err(syntax_error(self.source, "an ellipsis in a template follows no variable that had one", &[]));
        };
        if many.iter().any(|matches| matches.len() != count) {
            return Err(syntax_error(
                self.source,
                "variables under one ellipsis have different numbers of matches",
                &[],
            ));
        }
        for at in 0..count {
            let mut inner: Vec<&Bindings<'gc>> = frames.to_vec();
            inner.extend(many.iter().map(|matches| &matches[at]));
            if ellipses > 1 {
                self.repeat(template, &inner, ellipses - 1, elements, depth + 1)?;
            } else {
                elements.push(self.write(template, &inner, false, depth)?);
            }
        }
        Ok(())
    }

    /// The identifiers in a template, each with the number of ellipses that it is under there.
    fn identifiers(&self, template: Value<'gc>, level: usize, found: &mut Vec<(Value<'gc>, usize)>, depth: usize) {
        if depth > MOST_DEPTH {
            return;
        }
        let mut template = template;
        while let Some((first, rest)) = template.as_pair() {
            template = rest;
            let mut inner = level;
            while let Some((next, after)) = template.as_pair()
                && self.rules.is_ellipsis(next)
            {
                inner += 1;
                template = after;
            }
            self.identifiers(first, inner, found, depth + 1);
        }
        match template {
            Value::Vector(slots) => {
                for (at, slot) in slots.iter().enumerate() {
                    let later = slots[at + 1..].iter().take_while(|next| self.rules.is_ellipsis(next.get())).count();
                    self.identifiers(slot.get(), level + later, found, depth + 1);
                }
            }
            identifier if identifier.is_identifier() => {
                match found.iter_mut().find(|(known, _)| known.is_eq(identifier)) {
                    Some((_, least)) => *least = level.min(*least),
                    None => found.push((identifier, level)),
                }
            }
            _ => {}
        }
    }

    fn identifier(&mut self, identifier: Value<'gc>, frames: &Frames<'_, 'gc>) -> Res<'gc, Value<'gc>> {
        match find(identifier, frames) {
            Some(Binding::One(form)) => return Ok(*form),
            Some(Binding::Many(..)) => {
                let message = "a variable that had an ellipsis in the pattern has none in the template:";
                let name = symbol_of(identifier).map_or(Value::Nil, Value::Symbol);
                return Err(syntax_error(self.source, message, &[name]));
            }
            None => {}
        }
        if let Some((_, alias)) = self.aliases.iter().find(|(known, _)| known.is_eq(identifier)) {
            return Ok(*alias);
        }
        let alias = Alias { name: identifier, env: self.rules.env };
        let alias = Value::Alias(Gc::try_new(self.ctx.mc, alias)?);
        self.aliases.push((identifier, alias));
        Ok(alias)
    }
}

/// A datum without aliases: what is quoted.
///
/// Most data have none, and are returned as they are, cycles and all. What a macro has put aliases into is a tree
/// as deep as the program's text, and is copied.
pub(crate) fn strip<'gc>(ctx: Ctx<'gc>, datum: Value<'gc>) -> Res<'gc, Value<'gc>> {
    match datum {
        Value::Alias(_) => Ok(symbol_of(datum).map_or(datum, Value::Symbol)),
        Value::Pair(_) | Value::Vector(_) if has_alias(datum) => strip_tree(ctx, datum, 0),
        _ => Ok(datum),
    }
}

fn has_alias(datum: Value<'_>) -> bool {
    let mut seen = HashSet::new();
    let mut work = vec![datum];
    while let Some(value) = work.pop() {
        match value {
            Value::Alias(_) => return true,
            Value::Pair(pair) if seen.insert(pair.as_ptr().cast::<u8>()) => {
                work.extend([pair.car.get(), pair.cdr.get()]);
            }
            Value::Vector(slots) if seen.insert(slots.as_ptr().cast::<u8>()) => {
                work.extend(slots.iter().map(GcCell::get));
            }
            _ => {}
        }
    }
    false
}

fn strip_tree<'gc>(ctx: Ctx<'gc>, datum: Value<'gc>, depth: usize) -> Res<'gc, Value<'gc>> {
    if depth > MOST_DEPTH {
        return Err(syntax_error(datum.source(), "a datum with a macro's identifiers is nested too deeply", &[]));
    }
    match datum {
        Value::Alias(_) => Ok(symbol_of(datum).map_or(datum, Value::Symbol)),
        Value::Pair(_) => {
            let mut pairs = Vec::new();
            let mut rest = datum;
            while let Value::Pair(pair) = rest {
                pairs.push((strip_tree(ctx, pair.car.get(), depth + 1)?, pair.source));
                rest = pair.cdr.get();
                if pairs.len() > 10_000_000 {
                    return Err(syntax_error(datum.source(), "a cyclic datum in a macro's template", &[]));
                }
            }
            let mut list = strip_tree(ctx, rest, depth + 1)?;
            for (car, source) in pairs.into_iter().rev() {
                list = ctx.cons_at(car, list, source)?;
            }
            Ok(list)
        }
        Value::Vector(slots) => {
            let elements: Res<'gc, Vec<_>> = slots.iter().map(|slot| strip_tree(ctx, slot.get(), depth + 1)).collect();
            ctx.vector(&elements?)
        }
        _ => Ok(datum),
    }
}
