//! Datum labels.

use std::collections::{HashMap, HashSet};

use gc_core::{Gc, GcCell};

use crate::context::Ctx;
use crate::error::Res;
use crate::value::Value;

/// The labels of a datum. Until it is complete, each is a box that is put where the label is used.
#[derive(Default)]
pub(super) struct Labels<'gc> {
    placeholders: HashMap<u64, Gc<'gc, GcCell<Value<'gc>>>>,
    used: bool,
}

impl<'gc> Labels<'gc> {
    pub(super) fn define(&mut self, label: u64, placeholder: Gc<'gc, GcCell<Value<'gc>>>) {
        self.placeholders.insert(label, placeholder);
    }

    /// What stands for the label: its datum, if that is complete.
    pub(super) fn get(&mut self, label: u64) -> Option<Value<'gc>> {
        let placeholder = *self.placeholders.get(&label)?;
        match placeholder.get() {
            Value::Unbound => {
                self.used = true;
                Some(Value::Cell(placeholder))
            }
            datum => Some(datum),
        }
    }

    /// The label's datum is complete. False if it is the label itself.
    pub(super) fn settle(&mut self, ctx: Ctx<'gc>, label: u64, datum: Value<'gc>) -> bool {
        if matches!(datum, Value::Cell(_)) {
            return false;
        }
        if let Some(placeholder) = self.placeholders.get(&label) {
            placeholder.set(ctx.mc, datum);
        }
        true
    }

    /// Replaces all placeholders in a datum that is complete.
    pub(super) fn resolve(&self, ctx: Ctx<'gc>, datum: Value<'gc>) -> Res<'gc, Value<'gc>> {
        if !self.used {
            return Ok(datum);
        }
        let mut seen = HashSet::new();
        let mut work = vec![datum];
        let settled = |value: Value<'gc>| match value {
            Value::Cell(placeholder) => Some(placeholder.get()),
            _ => None,
        };
        while let Some(value) = work.pop() {
            if !value.address().is_some_and(|address| seen.insert(address)) {
                continue;
            }
            match value {
                Value::Pair(pair) => {
                    if let Some(car) = settled(pair.car.get()) {
                        pair.write(ctx.mc, |p| &p.car).set(car);
                    }
                    if let Some(cdr) = settled(pair.cdr.get()) {
                        pair.write(ctx.mc, |p| &p.cdr).set(cdr);
                    }
                    work.extend([pair.car.get(), pair.cdr.get()]);
                }
                Value::Vector(slots) => {
                    for slot in slots.as_ref() {
                        if let Some(value) = settled(slot.get()) {
                            slots.write_at(ctx.mc, slot).set(value);
                        }
                        work.push(slot.get());
                    }
                }
                _ => {}
            }
        }
        Ok(datum)
    }
}
