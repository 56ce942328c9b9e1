//! What a template comes to, with the pattern's variables filled in.

use gc_core::{Gc, GcCell};

use super::{Binding, Bindings, MOST_DEPTH, Macro};
use crate::context::Ctx;
use crate::error::{Res, syntax_error};
use crate::expand::{Alias, symbol_of};
use crate::value::{Pair, Source, Value};

/// Writes an expansion.
pub(super) struct Writer<'gc> {
    ctx: Ctx<'gc>,
    rules: Gc<'gc, Macro<'gc>>,
    source: Source,
    /// What has been put in for each identifier of the template.
    aliases: Vec<(Value<'gc>, Value<'gc>)>,
}

/// The bindings in force, innermost last.
pub(super) type Frames<'a, 'gc> = [&'a Bindings<'gc>];

fn find<'a, 'gc>(identifier: Value<'gc>, frames: &Frames<'a, 'gc>) -> Option<&'a Binding<'gc>> {
    frames
        .iter()
        .rev()
        .find_map(|frame| frame.iter().find(|(known, _)| known.is_eq(identifier)).map(|(_, binding)| binding))
}

impl<'gc> Writer<'gc> {
    /// For one use of the macro, at `source`.
    pub(super) fn new(ctx: Ctx<'gc>, rules: Gc<'gc, Macro<'gc>>, source: Source) -> Self {
        Writer { ctx, rules, source, aliases: Vec::new() }
    }

    pub(super) fn write(
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
