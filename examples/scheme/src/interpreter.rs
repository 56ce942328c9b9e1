//! What an embedder sees: a heap with a machine on it, and the loop that runs it slice by slice.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use gc_core::lab::Recorder;
use gc_core::lab::report::Results;
use gc_core::stats::{Census, Listener, Pauses, Stats};
use gc_core::{Config, Gc, Heap};

use crate::builtins;
use crate::context::Ctx;
use crate::environment::Environment;
use crate::error::{Fault, Res, Throw};
use crate::expand::{self, Denotation, SPECIALS};
use crate::library;
use crate::machine::{Host, Machine};
use crate::ports::Port;
use crate::printer::{Style, print};
use crate::reader;
use crate::value::{ErrorKind, Source, Value, list_elements};
use crate::vm::{self, Outcome};

/// How an interpreter is set up.
pub struct Options {
    /// The heap's own configuration. Its limit is replaced by the one below.
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

/// What kind of error ended a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Its text is not Scheme data.
    Read,
    /// A form could not be compiled.
    Syntax,
    /// It raised something that nobody handled.
    Raised,
    /// The heap is at its limit.
    Memory,
    /// The time is used up.
    Time,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeError {
    /// Something was raised and nobody handled it, or the program could not be read or compiled.
    Raised {
        /// What kind of error it is.
        kind: Kind,
        /// What was raised, for people to read.
        message: String,
        /// Where, as `file:line`, if that is known.
        place: Option<String>,
        /// The calls that led there, innermost first, a line each.
        trace: String,
    },
    /// The program asked to leave, with this code.
    Exit(i32),
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemeError::Raised { message, place, trace, .. } => {
                if let Some(place) = place {
                    write!(f, "{place}: ")?;
                }
                write!(f, "{message}")?;
                if !trace.is_empty() {
                    write!(f, "\n{}", trace.trim_end())?;
                }
                Ok(())
            }
            SchemeError::Exit(code) => write!(f, "the program left with code {code}"),
        }
    }
}

impl std::error::Error for SchemeError {}

/// The name of the file with what the standard libraries have that is written in Scheme.
pub(crate) const PRELUDE: &str = "prelude";
/// How much of the limit is kept for leaving the machine when the heap is full.
const RESERVE: usize = 2 << 20;
/// `Options::patience` while the standard libraries are made: there is not much that could go wrong.
const PATIENCE_IN_PRELUDE: u32 = 10_000;
/// Calls and back-edges between two looks at the clock.
const FUEL: u64 = 1 << 20;

/// A Scheme machine and its heap.
///
/// A program runs in slices: each is one `mutate`, and the heap collects between them.
pub struct Interpreter {
    heap: Heap<Machine<'static>>,
    host: Rc<Host>,
    time_limit: Option<Duration>,
    recorder: Option<Recorder>,
}

/// What a slice has come to, outside of the heap.
enum Slice {
    Yield,
    Collect,
    Done,
    Error(SchemeError),
}

/// Where a text's forms are evaluated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Top {
    Interaction,
    Program,
}

impl Interpreter {
    /// A machine with the standard libraries.
    ///
    /// # Panics
    ///
    /// If the heap limit is too small for the libraries: they take less than 4 MiB.
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
        self.run_text(text, "input", Top::Interaction)
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
        self.run_text(text, name, Top::Program)
    }

    /// Runs the program in a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read; or as [`eval`](Self::eval).
    pub fn run_file(&mut self, path: &Path) -> Result<String, SchemeError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => self.run_text(&String::from_utf8_lossy(&bytes), &name, Top::Program),
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

    fn run_text(&mut self, text: &str, name: &str, top: Top) -> Result<String, SchemeError> {
        let deadline = self.time_limit.map(|limit| Instant::now() + limit);
        self.make_room();
        let mut read = self.with(|ctx| read_program(ctx, text, name, top));
        if let Err(SchemeError::Raised { kind: Kind::Memory, .. }) = read {
            self.heap.compact();
            read = self.with(|ctx| read_program(ctx, text, name, top));
        }
        let result = read.and_then(|rest| self.run_machine(deadline).and(rest.map_or(Ok(()), Err)));
        // What was printed is seen even if the program has failed.
        let _ = self.host.output.borrow_mut().flush();
        result?;
        Ok(self.with(|ctx| match ctx.machine.result.get() {
            Value::Unspecified => String::new(),
            value => print(value, Style::Write),
        }))
    }

    /// Runs the prelude, form by form: it defines what runs programs.
    fn run_prelude(&mut self) -> Result<(), SchemeError> {
        let port = Port::from_bytes(include_bytes!("prelude.scm").to_vec(), false, PRELUDE, 0);
        port.state.borrow_mut().file = self.host.file_number(PRELUDE);
        loop {
            let more = self.with(|ctx| {
                let next = prepare_next(ctx, &port, ctx.machine.core);
                next.map_err(|throw| failure(ctx, throw))
            });
            if !more? {
                return Ok(());
            }
            self.run_machine(None)?;
        }
    }

    /// Runs slices until the program is done.
    fn run_machine(&mut self, deadline: Option<Instant>) -> Result<(), SchemeError> {
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
fn prepare_next<'gc>(ctx: Ctx<'gc>, port: &Port, environment: Gc<'gc, Environment<'gc>>) -> Res<'gc, bool> {
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

/// An error outside of the machine.
fn failure<'gc>(ctx: Ctx<'gc>, throw: Throw<'gc>) -> SchemeError {
    ctx.machine.host.trace.borrow_mut().clear();
    let kind = match &*throw.0 {
        Fault::Error { kind: ErrorKind::Read, .. } => Kind::Read,
        Fault::Memory(_) => Kind::Memory,
        _ => Kind::Syntax,
    };
    uncaught(ctx, ctx.condition(*throw.0, Source::default()), kind)
}

/// An object that nobody handles.
fn uncaught<'gc>(ctx: Ctx<'gc>, payload: Value<'gc>, kind: Kind) -> SchemeError {
    let (message, place) = describe(ctx, payload);
    let memory = matches!(payload, Value::Condition(condition) if condition.kind == ErrorKind::Memory);
    let kind = if memory { Kind::Memory } else { kind };
    SchemeError::Raised { kind, message, place, trace: std::mem::take(&mut *ctx.machine.host.trace.borrow_mut()) }
}

/// What was raised, for people to read, and where.
fn describe<'gc>(ctx: Ctx<'gc>, payload: Value<'gc>) -> (String, Option<String>) {
    let Value::Condition(condition) = payload else {
        return (format!("uncaught: {}", print(payload, Style::Write)), None);
    };
    let mut message = print(condition.message, Style::Display);
    for irritant in list_elements(condition.irritants).unwrap_or_default() {
        let shown = print(irritant, Style::Write);
        message.push(' ');
        match shown.char_indices().nth(200) {
            Some((end, _)) => {
                message.push_str(&shown[..end]);
                message.push('…');
            }
            None => message.push_str(&shown),
        }
    }
    let source = condition.source;
    let place = (source.line != 0).then(|| format!("{}:{}", ctx.machine.host.file_name(source.file), source.line));
    (message, place)
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
