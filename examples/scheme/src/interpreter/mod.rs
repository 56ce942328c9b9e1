//! What an embedder sees: a heap with a machine on it, and the ways to run a program there.

mod error;
mod slices;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gc_core::lab::Recorder;
use gc_core::lab::report::Results;
use gc_core::stats::{Census, Listener, Pauses, Stats};
use gc_core::{Config, Heap};

use crate::builtins;
use crate::context::Ctx;
use crate::error::{Fault, Res};
use crate::expand::{Denotation, SPECIALS};
use crate::library;
use crate::machine::{Host, Machine};
use crate::ports::Port;
use crate::reader;
use crate::value::Source;
use crate::vm;
use error::{describe, failure};
use slices::{Top, prepare_next};

pub use error::{Kind, SchemeError};
pub use slices::Safepoint;

/// How an interpreter is set up.
pub struct Options {
    /// The heap's own configuration. If it has a limit and there is none below, that is the most memory that the heap
    /// takes in all, with no reserve for handling the condition.
    pub config: Config,
    /// The most memory that the program may use, in bytes. At the limit a condition is raised.
    pub heap_limit: Option<usize>,
    /// What `(command-line)` returns.
    pub arguments: Vec<String>,
    /// How many calls and back-edges the machine goes on for after the heap has asked for a safepoint: 0, but under
    /// stress, where the heap always asks, and each safepoint costs as much as looking at all of the heap.
    pub patience: u32,
    /// Where the standard output goes.
    pub output: Box<dyn Write>,
    /// How long one call of [`Interpreter::eval`] may take.
    pub time_limit: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            config: Config::default(),
            heap_limit: None,
            arguments: Vec::new(),
            patience: 0,
            output: Box::new(std::io::stdout()),
            time_limit: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("config", &self.config)
            .field("heap_limit", &self.heap_limit)
            .field("arguments", &self.arguments)
            .field("patience", &self.patience)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

/// The name of the file with what the standard libraries have that is written in Scheme.
pub(crate) const PRELUDE: &str = "prelude";
/// How much of the limit is kept for leaving the machine when the heap is full.
const RESERVE: usize = 2 << 20;
/// `Options::patience` while the standard libraries are made: there is not much that could go wrong.
const PATIENCE_IN_PRELUDE: u32 = 10_000;

/// A Scheme machine and its heap.
///
/// A program runs in slices: each is one `mutate`, and the heap collects between them.
pub struct Interpreter {
    heap: Heap<Machine<'static>>,
    host: Rc<Host>,
    time_limit: Option<Duration>,
    recorder: Option<Recorder>,
}

impl Interpreter {
    /// A machine with the standard libraries.
    ///
    /// # Panics
    ///
    /// If the heap limit is too small for the libraries: they take less than half a MiB.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let host = Rc::new(Host {
            files: RefCell::new(vec!["?".into()]),
            arguments: RefCell::new(options.arguments),
            scratch: Cell::default(),
            patience: Cell::new(PATIENCE_IN_PRELUDE),
            heap_limit: options.heap_limit,
            output: RefCell::new(options.output),
            started: Instant::now(),
            directories: RefCell::new(Vec::new()),
            tried_again: Cell::new(false),
            trace: RefCell::new(String::new()),
        });
        let mut config = options.config;
        if let Some(limit) = options.heap_limit {
            // A slice ends when the nursery is full; what it then needs must still be there.
            let nursery = (limit / 8).clamp(64 << 10, 4 << 20);
            config = config.nursery((256 << 10).min(nursery), nursery).heap_limit(limit + nursery + RESERVE);
        }
        let for_root = Rc::clone(&host);
        let heap = Heap::<Machine<'_>>::with_config(config, |mc| Machine::new(mc, for_root));
        let mut interpreter = Interpreter { heap, host, time_limit: None, recorder: None };
        let defined = interpreter.with(|ctx| -> Result<(), String> {
            set_up(ctx).map_err(|throw| describe(ctx, ctx.condition(*throw.0, Source::default())).0)
        });
        if let Err(message) = defined {
            panic!("the standard libraries do not fit the heap: {message}");
        }
        if let Err(error) = interpreter.run_prelude() {
            panic!("the prelude does not run: {error}");
        }
        let finished = interpreter.with(|ctx| finish(ctx).is_ok());
        assert!(finished, "the standard libraries do not fit the heap");
        interpreter.time_limit = options.time_limit;
        interpreter.host.patience.set(options.patience);
        interpreter
    }

    /// Sets what `(command-line)` returns.
    pub fn set_arguments(&mut self, arguments: Vec<String>) {
        *self.host.arguments.borrow_mut() = arguments;
    }

    /// The heap's counters.
    pub fn stats(&self) -> Stats {
        self.heap.stats()
    }

    /// Every interval in which the program could not run.
    pub fn pauses(&self) -> Pauses {
        self.heap.pauses()
    }

    /// The live objects, by type.
    pub fn census(&mut self) -> Census {
        self.heap.census()
    }

    /// Frees all garbage now.
    pub fn collect(&mut self) {
        self.heap.collect();
    }

    /// Sets who hears of the heap's events.
    pub fn set_listener(&mut self, listener: Option<Listener>) {
        self.heap.set_listener(listener);
    }

    /// Moves the live objects together, and gives memory back.
    pub fn compact(&mut self) {
        self.heap.compact();
    }

    /// Records from now on what the heap does, until [`recorded`](Self::recorded). `name` is what the run is called in
    /// the results.
    pub fn record(&mut self, name: &str) {
        self.recorder = Some(Recorder::start(&mut self.heap, name));
    }

    /// What was recorded since [`record`](Self::record): to be written as a page, as JSON, or as a trace.
    pub fn recorded(&mut self) -> Option<Results> {
        let recorder = self.recorder.take()?;
        Some(recorder.finish(&mut self.heap))
    }

    /// Evaluates the forms of a text where a read-eval-print loop does. Returns the last one's value, as `write`
    /// shows it; nothing, if it has none.
    ///
    /// # Errors
    ///
    /// If a form cannot be read or compiled, or raises something that nobody handles; the forms before it have been
    /// evaluated. The machine stays usable.
    pub fn eval(&mut self, text: &str) -> Result<String, SchemeError> {
        self.run_text(text, "input", Top::Interaction, &mut |_| {})
    }

    /// True unless the text ends inside of a datum: a read-eval-print loop asks before it evaluates.
    pub fn is_complete(&mut self, text: &str) -> bool {
        let port = Port::from_bytes(text.as_bytes().to_vec(), false, "input", 0);
        self.with(|ctx| {
            loop {
                match reader::read(ctx, &mut port.state.borrow_mut()) {
                    Ok(Some(_)) => {}
                    Ok(None) => return true,
                    Err(throw) => {
                        return !matches!(&*throw.0, Fault::Error { message, .. } if message.starts_with(reader::TEXT_ENDS));
                    }
                }
            }
        })
    }

    /// Runs a program: the forms of a text, in an environment of its own. If it begins with an `import`, that is
    /// all it sees; else it sees everything.
    ///
    /// # Errors
    ///
    /// As [`eval`](Self::eval).
    pub fn run(&mut self, text: &str, name: &str) -> Result<String, SchemeError> {
        self.run_text(text, name, Top::Program, &mut |_| {})
    }

    /// Runs a program, as [`run`](Self::run) does, and calls `watch` at each safepoint, when the program stands still and
    /// the heap has done what was due: for a time line of its size, say, or a census.
    ///
    /// There is a safepoint whenever the heap asks for one, at least for each nursery that is filled.
    ///
    /// # Errors
    ///
    /// As [`eval`](Self::eval).
    pub fn run_watched(
        &mut self,
        text: &str,
        name: &str,
        mut watch: impl FnMut(&mut Safepoint<'_>),
    ) -> Result<String, SchemeError> {
        self.run_text(text, name, Top::Program, &mut watch)
    }

    /// Runs the program in a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read; or as [`eval`](Self::eval).
    pub fn run_file(&mut self, path: &Path) -> Result<String, SchemeError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => self.run_text(&String::from_utf8_lossy(&bytes), &name, Top::Program, &mut |_| {}),
            Err(error) => Err(SchemeError::Raised {
                kind: Kind::Read,
                message: format!("cannot read {name}: {error}"),
                place: None,
                trace: String::new(),
            }),
        }
    }

    /// Adds a directory in which libraries are looked for.
    pub fn add_library_directory(&mut self, path: &Path) {
        self.host.directories.borrow_mut().push(path.to_path_buf());
    }

    fn with<T>(&mut self, work: impl for<'gc> FnOnce(Ctx<'gc>) -> T) -> T {
        self.heap.mutate(|mc, machine| work(Ctx { mc, machine }))
    }

    /// Runs the prelude, form by form: it defines what runs programs.
    fn run_prelude(&mut self) -> Result<(), SchemeError> {
        let port = Port::from_bytes(include_bytes!("../prelude.scm").to_vec(), false, PRELUDE, 0);
        port.state.borrow_mut().file = self.host.file_number(PRELUDE);
        loop {
            let more = self.with(|ctx| {
                let next = prepare_next(ctx, &port, ctx.machine.core);
                next.map_err(|throw| failure(ctx, throw))
            });
            if !more? {
                return Ok(());
            }
            self.run_machine(None, &mut |_| {})?;
        }
    }
}

/// Defines everything but the prelude.
fn set_up<'gc>(ctx: Ctx<'gc>) -> Res<'gc, ()> {
    vm::prepare_out_of_memory(ctx)?;
    for &(name, special) in SPECIALS {
        let symbol = ctx.symbol(name)?;
        ctx.machine.core.set(ctx, symbol, Denotation::Special(special))?;
    }
    builtins::define_all(ctx)
}

/// After the prelude: what it defined is constant from now on, and everybody may see it.
fn finish<'gc>(ctx: Ctx<'gc>) -> Res<'gc, ()> {
    for (_, denotation) in ctx.machine.core.names() {
        if let Denotation::Global(global) = denotation {
            global.write(ctx.mc, |g| &g.constant).set(true);
        }
    }
    let (raise, rewind) = (ctx.core("raise")?, ctx.core("%rewind")?);
    ctx.machine.write(ctx.mc, |m| &m.raise).set(raise);
    ctx.machine.write(ctx.mc, |m| &m.rewind).set(rewind);
    library::import_all(ctx, ctx.machine.interaction)
}

impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreter").field("heap", &self.heap).finish_non_exhaustive()
    }
}
