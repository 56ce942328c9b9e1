//! The machine's instructions: eight bytes each.
//!
//! Operands that are called `u8` name registers of the running procedure. A call finds its arguments in the
//! registers from `base` on, which become the callee's first registers, and leaves its result in `base`. `else_`
//! and `to` are distances from the next instruction.

use gc_core::Trace;

#[derive(Clone, Copy, Debug, Trace)]
#[trace(static)]
#[rustfmt::skip]
pub(crate) enum Op {
    // Data
    Constant { to: u8, index: u16 },
    Integer { to: u8, value: i32 },
    Nil { to: u8 },
    Boolean { to: u8, value: bool },
    Unspecified { to: u8 },
    Unbound { to: u8 },
    Move { to: u8, from: u8 },
    Slot { to: u8, index: u16 },
    /// What is in the box that slot `index` holds.
    SlotBox { to: u8, index: u16 },
    SetSlotBox { from: u8, index: u16 },
    NewBox { to: u8, from: u8 },
    Unbox { to: u8, from: u8 },
    SetBox { cell: u8, from: u8 },
    Global { to: u8, index: u16 },
    SetGlobal { from: u8, index: u16 },
    DefineGlobal { from: u8, index: u16 },
    Closure { to: u8, index: u16 },
    /// Writes a slot of a closure that was made before what it captures.
    PatchSlot { closure: u8, from: u8, index: u16 },
    /// Makes one procedure of those in `count` registers.
    CaseLambda { base: u8, count: u8 },

    // Control
    Jump { to: i32 },
    /// Back to the start of a loop; registers from `live` on are free.
    Loop { live: u8, to: i32 },
    IfNot { test: u8, to: i32 },
    If { test: u8, to: i32 },
    IfNotNull { a: u8, to: i32 },
    IfNotPair { a: u8, to: i32 },
    IfNotEq { a: u8, b: u8, to: i32 },
    IfNotLess { a: u8, b: u8, to: i32 },
    IfNotLessEqual { a: u8, b: u8, to: i32 },
    IfNotNumEqual { a: u8, b: u8, to: i32 },
    IfNotLessInt { a: u8, value: i16, to: i32 },
    IfNotGreaterInt { a: u8, value: i16, to: i32 },
    IfNotNumEqualInt { a: u8, value: i16, to: i32 },
    Call { base: u8, count: u8, callee: u8 },
    CallGlobal { base: u8, count: u8, index: u16 },
    TailCall { base: u8, count: u8, callee: u8 },
    TailCallGlobal { base: u8, count: u8, index: u16 },
    /// Calls a primitive, known when this was compiled.
    Primitive { base: u8, count: u8, index: u16 },
    Return { from: u8 },

    // Primitives with instructions of their own
    Add { to: u8, a: u8, b: u8 },
    Subtract { to: u8, a: u8, b: u8 },
    Multiply { to: u8, a: u8, b: u8 },
    AddInt { to: u8, a: u8, value: i16 },
    Quotient { to: u8, a: u8, b: u8 },
    Remainder { to: u8, a: u8, b: u8 },
    Less { to: u8, a: u8, b: u8 },
    LessEqual { to: u8, a: u8, b: u8 },
    NumEqual { to: u8, a: u8, b: u8 },
    Eq { to: u8, a: u8, b: u8 },
    Not { to: u8, a: u8 },
    IsNull { to: u8, a: u8 },
    IsPair { to: u8, a: u8 },
    Cons { to: u8, a: u8, b: u8 },
    Car { to: u8, a: u8 },
    Cdr { to: u8, a: u8 },
    Cadr { to: u8, a: u8 },
    Cddr { to: u8, a: u8 },
    SetCar { pair: u8, value: u8 },
    SetCdr { pair: u8, value: u8 },
    VectorRef { to: u8, vector: u8, index: u8 },
    VectorSet { vector: u8, index: u8, value: u8 },
    StringRef { to: u8, string: u8, index: u8 },
}

const _: () = assert!(size_of::<Op>() == 8);

impl Op {
    /// The register that the instruction writes.
    pub(crate) fn written(self) -> Option<u8> {
        use Op::*;
        match self {
            Constant { to, .. }
            | Integer { to, .. }
            | Nil { to }
            | Boolean { to, .. }
            | Unspecified { to }
            | Unbound { to }
            | Move { to, .. }
            | Slot { to, .. }
            | SlotBox { to, .. }
            | NewBox { to, .. }
            | Unbox { to, .. }
            | Global { to, .. }
            | Closure { to, .. }
            | Add { to, .. }
            | Subtract { to, .. }
            | Multiply { to, .. }
            | AddInt { to, .. }
            | Quotient { to, .. }
            | Remainder { to, .. }
            | Less { to, .. }
            | LessEqual { to, .. }
            | NumEqual { to, .. }
            | Eq { to, .. }
            | Not { to, .. }
            | IsNull { to, .. }
            | IsPair { to, .. }
            | Cons { to, .. }
            | Car { to, .. }
            | Cdr { to, .. }
            | Cadr { to, .. }
            | Cddr { to, .. }
            | VectorRef { to, .. }
            | StringRef { to, .. } => Some(to),
            CaseLambda { base, .. } | Call { base, .. } | CallGlobal { base, .. } | Primitive { base, .. } => {
                Some(base)
            }
            _ => None,
        }
    }
}
