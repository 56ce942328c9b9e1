//! How a program runs: slice by slice, each one mutation, with a safepoint after it.

use std::fmt;
use std::time::Instant;

use gc_core::stats::Stats;
use gc_core::{Gc, Heap};

use super::error::{failure, uncaught};
use super::{Interpreter, Kind, SchemeError};
use crate::context::Ctx;
use crate::environment::Environment;
use crate::error::Res;
use crate::expand;
use crate::library;
use crate::machine::Machine;
use crate::ports::Port;
use crate::printer::{Style, print};
use crate::reader;
use crate::value::Value;
use crate::vm::{self, Outcome};

/// Calls and back-edges between two looks at the clock.
const FUEL: u64 = 1 << 20;

/// A program that stands still between two slices: what [`Interpreter::run_watched`] shows of it.
pub struct Safepoint<'a> {
    heap: &'a mut Heap<Machine<'static>>,
}

impl Safepoint<'_> {
    /// The heap's counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.heap.stats()
    }

    /// Frees all garbage now. Takes time in proportion to what is alive.
    pub fn collect(&mut self) {
        self.heap.collect();
    }
}

impl fmt::Debug for Safepoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Safepoint").field("heap", &self.heap).finish()
    }
}

/// Who looks at a program between two slices.
pub(super) type Watch<'a> = dyn FnMut(&mut Safepoint<'_>) + 'a;

/// What a slice has come to, outside of the heap.
enum Slice {
    Yield,
    Collect,
    Done,
    Error(SchemeError),
}

/// Where a text's forms are evaluated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Top {
    Interaction,
    Program,
}

impl Interpreter {
    pub(super) fn run_text(
        &mut self,
        text: &str,
        name: &str,
        top: Top,
        watch: &mut Watch<'_>,
    ) -> Result<String, SchemeError> {
        let deadline = self.time_limit.map(|limit| Instant::now() + limit);
        self.make_room();
        let mut read = self.with(|ctx| read_program(ctx, text, name, top));
        if let Err(SchemeError::Raised { kind: Kind::Memory, .. }) = read {
            self.heap.compact();
            read = self.with(|ctx| read_program(ctx, text, name, top));
        }
        let result = read.and_then(|rest| self.run_machine(deadline, watch).and(rest.map_or(Ok(()), Err)));
        // What was printed is seen even if the program has failed.
        let _ = self.host.output.borrow_mut().flush();
        result?;
        Ok(self.with(|ctx| match ctx.machine.result.get() {
            Value::Unspecified => String::new(),
            value => print(value, Style::Write),
        }))
    }

    /// Runs slices until the program is done.
    pub(super) fn run_machine(&mut self, deadline: Option<Instant>, watch: &mut Watch<'_>) -> Result<(), SchemeError> {
        self.host.tried_again.set(false);
        // The program is told once that the heap is full. While it still is, the reserve is the program's, to handle that.
        let (mut full, mut told) = (false, false);
        loop {
            match self.with(|ctx| slice(ctx, full && !told)) {
                Slice::Done => return Ok(()),
                Slice::Error(error) => return Err(error),
                Slice::Collect => {
                    told = full;
                    self.heap.compact();
                }
                Slice::Yield => {
                    self.host.tried_again.set(false);
                    told = full;
                    full = self.make_room();
                    watch(&mut Safepoint { heap: &mut self.heap });
                    if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                        return Err(self.with(|ctx| {
                            ctx.machine.write(ctx.mc, |m| &m.stack).set(None);
                            SchemeError::Raised {
                                kind: Kind::Time,
                                message: "the time limit is reached".into(),
                                place: None,
                                trace: String::new(),
                            }
                        }));
                    }
                }
            }
        }
    }

    /// Collects if the heap is at its limit; true if it still is.
    fn make_room(&mut self) -> bool {
        let Some(limit) = self.host.heap_limit else { return false };
        if in_use(&self.heap.stats()) <= limit {
            return false;
        }
        self.heap.collect();
        if in_use(&self.heap.stats()) <= limit {
            return false;
        }
        // What is alive may be little, and lie in many blocks.
        self.heap.compact();
        in_use(&self.heap.stats()) > limit
    }
}

/// What counts against the limit.
fn in_use(stats: &Stats) -> usize {
    stats.block_bytes + stats.large_bytes + stats.external_bytes
}

/// Runs one slice. `full` says that the heap is at its limit: the program is told first.
fn slice(ctx: Ctx<'_>, full: bool) -> Slice {
    match vm::run(ctx, FUEL, full) {
        Outcome::Yield => Slice::Yield,
        Outcome::Collect => Slice::Collect,
        Outcome::Done(value) => {
            ctx.machine.write(ctx.mc, |m| &m.result).set(value);
            Slice::Done
        }
        Outcome::Uncaught(payload) => Slice::Error(uncaught(ctx, payload, Kind::Raised)),
        Outcome::Refused(payload) => Slice::Error(uncaught(ctx, payload, Kind::Syntax)),
        Outcome::Exit(code) => Slice::Error(SchemeError::Exit(code)),
    }
}

/// Reads and compiles one form, and makes the machine ready to run it; false if there is none.
pub(super) fn prepare_next<'gc>(ctx: Ctx<'gc>, port: &Port, environment: Gc<'gc, Environment<'gc>>) -> Res<'gc, bool> {
    let Some(form) = reader::read(ctx, &mut port.state.borrow_mut())? else { return Ok(false) };
    let code = expand::compile_form(ctx, form, environment)?;
    vm::prepare_call(ctx, code, &[])?;
    Ok(true)
}

/// Reads a program and makes the machine ready to run it.
///
/// All of its forms are read first, but each is compiled when its turn has come: the continuation of a form is all
/// those after it. If one of them cannot be read, those before it are run; the error is returned for later.
fn read_program<'gc>(ctx: Ctx<'gc>, text: &str, name: &str, top: Top) -> Result<Option<SchemeError>, SchemeError> {
    let file = ctx.machine.host.file_number(name);
    let port = Port::from_bytes(text.as_bytes().to_vec(), false, name, file);
    let mut state = port.state.borrow_mut();
    let mut forms = Vec::new();
    let mut rest = None;
    loop {
        match reader::read(ctx, &mut state) {
            Ok(Some(form)) => forms.push(form),
            Ok(None) => break,
            Err(throw) => match failure(ctx, throw) {
                error @ SchemeError::Raised { kind: Kind::Memory, .. } => return Err(error),
                error => {
                    rest = Some(error);
                    break;
                }
            },
        }
    }
    let prepared = (|| {
        let environment = match top {
            Top::Interaction => ctx.machine.interaction,
            Top::Program => program_environment(ctx, name, &forms)?,
        };
        let arguments = [ctx.list(&forms)?, Value::Environment(environment)];
        match ctx.core("%run-program")? {
            Value::Closure(closure) => match closure[0].get() {
                Value::Code(code) => vm::prepare_call(ctx, code, &arguments),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    })();
    prepared.map_err(|throw| failure(ctx, throw))?;
    Ok(rest)
}

/// A program's environment: empty if it begins with an import, perhaps after libraries; else with everything in it.
fn program_environment<'gc>(ctx: Ctx<'gc>, name: &str, forms: &[Value<'gc>]) -> Res<'gc, Gc<'gc, Environment<'gc>>> {
    let environment = Gc::try_new(ctx.mc, Environment::empty(ctx.mc, name, true)?)?;
    let mut words = forms.iter().map(|form| match form.as_pair() {
        Some((Value::Symbol(word), _)) => word.as_ref(),
        _ => "",
    });
    if words.find(|&word| word != "define-library").is_some_and(|word| word != "import") {
        library::import_all(ctx, environment)?;
    }
    Ok(environment)
}
