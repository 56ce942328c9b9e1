//! What the tests share: interpreters, and their output.

#![allow(dead_code)] // Each test uses what it needs.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use gc_core::Config;
use gc_scheme::{Interpreter, Options};

/// What a program has printed.
#[derive(Clone, Default)]
pub(crate) struct Output(Rc<RefCell<Vec<u8>>>);

impl Output {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }

    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An interpreter, and where its output goes.
pub(crate) fn interpreter(
    config: Config,
    heap_limit: Option<usize>,
    seconds: u64,
    arguments: &[&str],
) -> (Interpreter, Output) {
    patient_interpreter(config, heap_limit, seconds, arguments, 0)
}

/// The same, with so many calls between two safepoints under stress.
pub(crate) fn patient_interpreter(
    config: Config,
    heap_limit: Option<usize>,
    seconds: u64,
    arguments: &[&str],
    patience: u32,
) -> (Interpreter, Output) {
    let output = Output::default();
    let scheme = Interpreter::new(Options {
        config,
        heap_limit,
        arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
        patience,
        output: Box::new(output.clone()),
        time_limit: Some(Duration::from_secs(seconds).max(Duration::from_millis(100))),
    });
    (scheme, output)
}

/// The files in a directory of this package that end in `.scm`, sorted.
pub(crate) fn programs(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "scm"))
        .collect();
    files.sort();
    files
}
