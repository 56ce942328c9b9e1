//! The symbol table.

use gc_core::{Gc, GcMap, Mutation, OutOfMemory, Trace};

/// Every symbol there is, by name. Symbols with the same name are the same object.
#[derive(Clone, Copy, Trace)]
pub(crate) struct Symbols<'gc> {
    table: GcMap<'gc, Gc<'gc, str>, ()>,
}

impl<'gc> Symbols<'gc> {
    pub(crate) fn new(mc: &Mutation<'gc>) -> Self {
        Symbols { table: GcMap::new(mc) }
    }

    /// The symbol with this name.
    pub(crate) fn intern(self, mc: &Mutation<'gc>, name: &str) -> Result<Gc<'gc, str>, OutOfMemory> {
        if let Some((symbol, ())) = self.table.get_key_value(name) {
            return Ok(symbol);
        }
        let symbol = Gc::try_from_str(mc, name)?;
        self.table.try_insert(mc, symbol, ()).map_err(|error| error.reason())?;
        Ok(symbol)
    }
}
