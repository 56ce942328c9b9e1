//! Whether a form fits a pattern, and what the pattern's variables then stand for.

use gc_core::{Gc, GcCell};

use super::{Binding, Bindings, MOST_DEPTH, Macro};
use crate::equal::is_equal;
use crate::expand::{Env, same_meaning};
use crate::value::Value;

/// Matches the uses of a macro in one environment.
pub(super) struct Matcher<'gc> {
    pub(super) rules: Gc<'gc, Macro<'gc>>,
    /// Where the macro is used.
    pub(super) env: Env<'gc>,
}

impl<'gc> Matcher<'gc> {
    /// Whether the form fits. The variables' meanings are added to `bindings`, some of them even if it does not.
    pub(super) fn matches(
        &self,
        pattern: Value<'gc>,
        form: Value<'gc>,
        bindings: &mut Bindings<'gc>,
        depth: usize,
    ) -> bool {
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
    pub(super) fn variables(
        &self,
        pattern: Value<'gc>,
        level: usize,
        found: &mut Vec<(Value<'gc>, usize)>,
        depth: usize,
    ) {
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
