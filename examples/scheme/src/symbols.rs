//! The symbol table.

use gc_core::{Gc, Interner, Mutation, OutOfMemory, Trace};

/// Symbols by name: those with the same name are the same object. It is weak: a symbol that nothing else holds goes,
/// and nobody can tell, since the next one with its name has nothing to be compared with.
#[derive(Clone, Copy, Trace)]
pub(crate) struct Symbols<'gc> {
    table: Interner<'gc, str>,
}

impl<'gc> Symbols<'gc> {
    pub(crate) fn new(mc: &Mutation<'gc>) -> Self {
        Symbols { table: Interner::new(mc) }
    }

    /// The symbol with this name.
    pub(crate) fn intern(self, mc: &Mutation<'gc>, name: &str) -> Result<Gc<'gc, str>, OutOfMemory> {
        self.table.try_intern(mc, name)
    }
}
