//! The heap's root: everything that lives from one mutation to the next.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use gc_core::{Gc, GcCell, GcMap, Mutation, Trace};

use crate::environment::Environment;
use crate::library::Library;
use crate::symbols::Symbols;
use crate::value::{Condition, Value};
use crate::vm::Segment;

/// The root of the heap.
#[derive(Trace)]
pub(crate) struct Machine<'gc> {
    pub(crate) symbols: Symbols<'gc>,
    /// What the standard libraries are made of: primitives, special forms, the prelude.
    pub(crate) core: Gc<'gc, Environment<'gc>>,
    /// Where a read-eval-print loop defines and imports.
    pub(crate) interaction: Gc<'gc, Environment<'gc>>,
    /// By name, as it is written.
    pub(crate) libraries: GcMap<'gc, Gc<'gc, str>, Gc<'gc, Library<'gc>>>,

    /// The stack of a program that is not running just now, top segment first.
    pub(crate) stack: GcCell<Option<Gc<'gc, Segment<'gc>>>>,
    /// What the program has come to, when it is done.
    pub(crate) result: GcCell<Value<'gc>>,
    /// The `dynamic-wind`s around the program's place, innermost first: pairs of before and after.
    pub(crate) winders: GcCell<Value<'gc>>,
    /// The exception handlers, innermost first.
    pub(crate) handlers: GcCell<Value<'gc>>,
    /// What `parameterize` has bound: an association list of parameters and cells.
    pub(crate) parameters: GcCell<Value<'gc>>,
    /// The condition to raise when there is no memory to make one.
    pub(crate) out_of_memory: GcCell<Option<Gc<'gc, Condition<'gc>>>>,
    /// The prelude's procedures that the machine calls: `raise`, and the one that winds.
    pub(crate) raise: GcCell<Value<'gc>>,
    pub(crate) rewind: GcCell<Value<'gc>>,
    pub(crate) standard_ports: GcCell<[Value<'gc>; 3]>,
    /// A closure whose instruction n calls register 0 with n arguments: how a call is done again.
    pub(crate) again: GcCell<Value<'gc>>,

    #[trace(skip)]
    pub(crate) host: Rc<Host>,
}

/// The world outside the heap.
pub(crate) struct Host {
    /// The names of the files that were read, for [`Source`](crate::value::Source).
    pub(crate) files: RefCell<Vec<String>>,
    /// The program's arguments.
    pub(crate) arguments: RefCell<Vec<String>>,
    /// Where `string-append` puts its parts together. Empty in between.
    pub(crate) scratch: Cell<String>,
    /// How many calls and back-edges the machine goes on for after the heap has asked for a safepoint.
    pub(crate) patience: Cell<u32>,
    pub(crate) heap_limit: Option<usize>,
    pub(crate) output: RefCell<Box<dyn Write>>,
    pub(crate) started: Instant,
    /// Where libraries and included files are looked for.
    pub(crate) directories: RefCell<Vec<PathBuf>>,
    /// An allocation has failed, and is being tried again after a collection: a second failure is an error.
    pub(crate) tried_again: Cell<bool>,
    /// The stack at the last uncaught error, for people to read.
    pub(crate) trace: RefCell<String>,
}

impl Host {
    pub(crate) fn file_name(&self, file: u32) -> String {
        self.files.borrow().get(file as usize).cloned().unwrap_or_else(|| "?".into())
    }

    /// The number of a file name, which it gets now if it has none.
    pub(crate) fn file_number(&self, name: &str) -> u32 {
        let mut files = self.files.borrow_mut();
        let known = files.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            files.push(name.to_owned());
            files.len() - 1
        });
        u32::try_from(index).unwrap_or(0)
    }
}

impl<'gc> Machine<'gc> {
    pub(crate) fn new(mc: &Mutation<'gc>, host: Rc<Host>) -> Self {
        let symbols = Symbols::new(mc);
        // Here, and here only, there is room: `Interpreter::new` says how much.
        let environment = |name: &str| match Environment::empty(mc, name, true) {
            Ok(environment) => Gc::new(mc, environment),
            Err(reason) => panic!("the standard libraries do not fit the heap: {reason}"),
        };
        Machine {
            symbols,
            core: environment("core"),
            interaction: environment("interaction"),
            libraries: GcMap::new(mc),
            stack: GcCell::new(None),
            result: GcCell::new(Value::Unspecified),
            winders: GcCell::new(Value::Nil),
            handlers: GcCell::new(Value::Nil),
            parameters: GcCell::new(Value::Nil),
            out_of_memory: GcCell::new(None),
            raise: GcCell::new(Value::Unspecified),
            rewind: GcCell::new(Value::Unspecified),
            standard_ports: GcCell::new([Value::Unspecified; 3]),
            again: GcCell::new(Value::Unspecified),
            host,
        }
    }
}
