//! The virtual machine.
//!
//! While it runs, the stack is two plain vectors: no barrier, no borrow, nothing that the collector sees. It runs in
//! *slices*: at calls and back-edges it asks [`Mutation::should_yield`](gc_core::Mutation::should_yield), and if so
//! moves the stack to the heap and leaves `mutate`, which is the safepoint.
//!
//! On the heap the stack is a list of immutable [`Segment`]s, top first. Only the top one is copied back when the
//! machine goes on; the next is copied when the program returns into it. So a safepoint costs what was pushed since
//! the last one, however deep the stack is, and the collector looks at a segment once. A continuation is a pointer to
//! a segment: taking one moves the stack to the heap, and calling one drops the stack and returns into the segment.
//! (This is the incremental stack/heap strategy of Clinger, Hartheimer and Ost, *Implementation Strategies for
//! First-Class Continuations*, 1999.) The vectors do not grow either: what does not fit moves to the heap, so
//! recursion is as deep as the heap allows.
//!
//! - **V1** Register `r` of the running procedure is `stack[fp + r]`, and `fp + 256` lies within the stack.
//! - **V2** The frames of callers lie at increasing `fp`; the part of a frame below its callee's `fp` is alive.
//! - **V3** A callee's `fp` is where its result goes.

mod call;
mod control;
mod fault;
mod run;
mod stack;

use gc_core::{Gc, GcCell, Trace};

use crate::code::Code;
use crate::context::Ctx;
use crate::value::Value;

pub(crate) use control::{Control, winders};
pub(crate) use fault::prepare_out_of_memory;
pub(crate) use run::run;
pub(crate) use stack::prepare_call;

/// A call that is waiting for its callee.
#[derive(Clone, Copy, Trace)]
pub(crate) struct Frame<'gc> {
    closure: Gc<'gc, [GcCell<Value<'gc>>]>,
    code: Gc<'gc, Code<'gc>>,
    /// The next instruction.
    pc: u32,
    /// Its first register: an index into the stack, or the segment.
    fp: u32,
}

/// A piece of a stack, on the heap. Never changes.
#[derive(Trace)]
pub(crate) struct Segment<'gc> {
    values: Gc<'gc, [Value<'gc>]>,
    frames: Gc<'gc, [Frame<'gc>]>,
    below: Option<Gc<'gc, Segment<'gc>>>,
    /// The top frame is to be gone on with, and waits for no value.
    suspended: bool,
}

/// The rest of a computation, with the dynamic state that it runs in.
#[derive(Trace)]
pub(crate) struct Continuation<'gc> {
    stack: Option<Gc<'gc, Segment<'gc>>>,
    winders: Value<'gc>,
    handlers: Value<'gc>,
    parameters: Value<'gc>,
}

/// Why a slice has ended.
pub(crate) enum Outcome<'gc> {
    /// The program is done, with this value.
    Done(Value<'gc>),
    /// The heap wants a safepoint.
    Yield,
    /// An allocation failed; the instruction will be tried again after a collection.
    Collect,
    /// Nobody handled what was raised.
    Uncaught(Value<'gc>),
    /// A form of the program could not be compiled.
    Refused(Value<'gc>),
    Exit(i32),
}

/// Calls from a higher `fp` move the stack to the heap first; and how many values must fit above any `fp`. (A
/// callee starts up to a window higher than its caller, as does the handler of an error in it.)
const STACK: usize = 4096;
const WINDOW: usize = 256;

/// A slice's own state.
pub(crate) struct Vm<'gc> {
    ctx: Ctx<'gc>,
    stack: Box<[Value<'gc>]>,
    frames: Vec<Frame<'gc>>,
    /// What lies under the stack.
    below: Option<Gc<'gc, Segment<'gc>>>,
    /// How many calls and back-edges the machine goes on for when the heap wants a safepoint.
    patience: u32,
}

/// Where the machine goes on.
#[derive(Clone, Copy)]
struct Place<'gc> {
    closure: Gc<'gc, [GcCell<Value<'gc>>]>,
    code: Gc<'gc, Code<'gc>>,
    pc: usize,
    fp: usize,
}

/// What has become of a call.
enum Next<'gc> {
    Go(Place<'gc>),
    Stop(Outcome<'gc>),
}

impl<'gc> Vm<'gc> {
    fn new(ctx: Ctx<'gc>) -> Self {
        Vm {
            ctx,
            stack: vec![Value::Unspecified; STACK + 6 * WINDOW].into_boxed_slice(),
            frames: Vec::with_capacity(512),
            below: None,
            patience: ctx.machine.host.patience.get(),
        }
    }
}
