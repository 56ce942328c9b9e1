//! Record types.

use super::{Expander, strip};
use crate::compile::tree::Node;
use crate::error::Res;
use crate::value::Value;

/// One of the definitions that a record type consists of.
pub(super) enum Definition<'gc> {
    Type { name: Value<'gc>, fields: Value<'gc> },
    Constructor { name: Value<'gc>, slots: Value<'gc> },
    Predicate(Value<'gc>),
    Accessor(Value<'gc>, i64),
    Modifier(Value<'gc>, i64),
}

impl<'gc> Expander<'gc> {
    /// What a `define-record-type` defines: the type first.
    pub(super) fn record_definitions(
        &mut self,
        form: Value<'gc>,
        parts: &[Value<'gc>],
    ) -> Res<'gc, Vec<(Value<'gc>, Definition<'gc>)>> {
        let usage = "(define-record-type name (constructor field …) predicate (field accessor modifier) …)";
        let [_, name, constructor, predicate, specs @ ..] = parts else { return Err(self.malformed(form, usage)) };
        let name = match name.as_pair() {
            Some((name, _)) => name,
            None => *name,
        };
        let (mut fields, mut procedures) = (Vec::new(), Vec::new());
        for (at, &spec) in specs.iter().enumerate() {
            let slot = at as i64 + 1;
            if spec.is_identifier() {
                fields.push(spec);
                continue;
            }
            let spec = self.parts(spec)?;
            if spec.is_empty() || spec.len() > 3 || !spec.iter().all(Value::is_identifier) {
                return Err(self.malformed(form, usage));
            }
            fields.push(spec[0]);
            if let Some(&accessor) = spec.get(1) {
                procedures.push((accessor, Definition::Accessor(strip(self.ctx, accessor)?, slot)));
            }
            if let Some(&modifier) = spec.get(2) {
                procedures.push((modifier, Definition::Modifier(strip(self.ctx, modifier)?, slot)));
            }
        }
        let repeated = |names: &[Value<'gc>]| {
            names.iter().enumerate().any(|(at, name)| names[..at].iter().any(|other| other.is_eq(*name)))
        };
        if repeated(&fields) {
            return Err(self.malformed(form, "fields with different names"));
        }
        let names: Res<'gc, Vec<_>> = fields.iter().map(|&field| strip(self.ctx, field)).collect();
        let all = self.ctx.vector(&names?)?;
        let mut definitions = vec![(name, Definition::Type { name: strip(self.ctx, name)?, fields: all })];
        let made = match *constructor {
            Value::Bool(false) => None,
            identifier if identifier.is_identifier() => {
                Some((identifier, (1..=fields.len() as i64).map(Value::Int).collect::<Vec<_>>()))
            }
            list => {
                let list = self.parts(list)?;
                let Some((&identifier, wanted)) = list.split_first() else { return Err(self.malformed(form, usage)) };
                let mut slots = Vec::new();
                if repeated(wanted) {
                    return Err(self.malformed(form, "a constructor with different fields"));
                }
                for field in wanted {
                    match fields.iter().position(|known| known.is_eq(*field)) {
                        Some(at) => slots.push(Value::Int(at as i64 + 1)),
                        None => return Err(self.malformed(form, "a constructor of fields that there are")),
                    }
                }
                Some((identifier, slots))
            }
        };
        if let Some((identifier, slots)) = made {
            let (name, slots) = (strip(self.ctx, identifier)?, self.ctx.vector(&slots)?);
            definitions.push((identifier, Definition::Constructor { name, slots }));
        }
        if predicate.is_identifier() {
            definitions.push((*predicate, Definition::Predicate(strip(self.ctx, *predicate)?)));
        } else if predicate.is_true() {
            return Err(self.malformed(form, usage));
        }
        definitions.extend(procedures);
        Ok(definitions)
    }

    /// The expression for a definition, where `of` is the record type.
    pub(super) fn record_node(&self, definition: Definition<'gc>, of: Node<'gc>) -> Res<'gc, Node<'gc>> {
        let constant = Node::Constant;
        match definition {
            Definition::Type { name, fields } => {
                self.call_primitive("%make-record-type", vec![constant(name), constant(fields)])
            }
            Definition::Constructor { name, slots } => {
                self.call_primitive("%record-constructor", vec![of, constant(name), constant(slots)])
            }
            Definition::Predicate(name) => self.call_primitive("%record-predicate", vec![of, constant(name)]),
            Definition::Accessor(name, slot) => {
                self.call_primitive("%record-accessor", vec![of, constant(name), constant(Value::Int(slot))])
            }
            Definition::Modifier(name, slot) => {
                self.call_primitive("%record-modifier", vec![of, constant(name), constant(Value::Int(slot))])
            }
        }
    }
}
