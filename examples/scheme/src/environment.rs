//! Top-level environments: what names mean outside any procedure.

use gc_core::{Gc, GcCell, GcMap, GcVec, Mutation, OutOfMemory, Trace};

use crate::code::Global;
use crate::context::Ctx;
use crate::error::Res;
use crate::expand::{Alias, Denotation};
use crate::value::Value;

/// The bindings of a program, a library, or the read-eval-print loop.
#[derive(Trace)]
pub(crate) struct Environment<'gc> {
    pub(crate) name: Gc<'gc, str>,
    bindings: GcMap<'gc, Gc<'gc, str>, Denotation<'gc>>,
    /// Definitions whose names a macro made up: no text names them.
    aliases: GcVec<'gc, (Gc<'gc, Alias<'gc>>, Denotation<'gc>)>,
    /// Program text may import into it and define libraries.
    pub(crate) is_program: bool,
}

impl<'gc> Environment<'gc> {
    /// An environment in which nothing is bound.
    pub(crate) fn empty(mc: &Mutation<'gc>, name: &str, is_program: bool) -> Result<Self, OutOfMemory> {
        let name = Gc::try_from_str(mc, name)?;
        let bindings = GcMap::try_new(mc)?;
        Ok(Environment { name, bindings, aliases: GcVec::try_new(mc)?, is_program })
    }

    /// What an identifier means here, if anything.
    pub(crate) fn get(&self, identifier: Value<'gc>) -> Option<Denotation<'gc>> {
        match identifier {
            Value::Symbol(name) => self.bindings.get(&name),
            Value::Alias(alias) => {
                self.aliases.iter().find(|(known, _)| known.ptr_eq(alias)).map(|(_, denotation)| denotation)
            }
            _ => None,
        }
    }

    pub(crate) fn set(&self, ctx: Ctx<'gc>, identifier: Value<'gc>, denotation: Denotation<'gc>) -> Res<'gc, ()> {
        match identifier {
            Value::Symbol(name) => {
                self.bindings.try_insert(ctx.mc, name, denotation)?;
            }
            Value::Alias(alias) => {
                let known = self.aliases.iter().position(|(known, _)| known.ptr_eq(alias));
                match known {
                    Some(index) => self.aliases.set(ctx.mc, index, (alias, denotation)),
                    None => self.aliases.try_push(ctx.mc, (alias, denotation))?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// All names, in no order.
    pub(crate) fn names(&self) -> Vec<(Gc<'gc, str>, Denotation<'gc>)> {
        self.bindings.iter().collect()
    }
}

impl<'gc> Ctx<'gc> {
    /// A variable without a value yet.
    pub(crate) fn new_global(self, name: Gc<'gc, str>) -> Res<'gc, Gc<'gc, Global<'gc>>> {
        let global = Global {
            value: GcCell::new(Value::Unbound),
            name,
            constant: GcCell::new(false),
            defined: GcCell::new(false),
        };
        Ok(Gc::try_new(self.mc, global)?)
    }

    /// The variable that a definition of `identifier` in `environment` gives a value to. What was imported
    /// under that name is hidden by a new one.
    pub(crate) fn global_to_define(
        self,
        environment: Gc<'gc, Environment<'gc>>,
        identifier: Value<'gc>,
        name: Gc<'gc, str>,
    ) -> Res<'gc, Gc<'gc, Global<'gc>>> {
        if let Some(Denotation::Global(global)) = environment.get(identifier)
            && !global.constant.get()
        {
            return Ok(global);
        }
        let global = self.new_global(name)?;
        environment.set(self, identifier, Denotation::Global(global))?;
        Ok(global)
    }
}
