//! A Scheme (R7RS-small) whose every object lives on a [`gc_core::Heap`].
//!
//! It is the example of how to embed the heap in an interpreter: read the README beside it for a tour. The way of
//! a program is reader → expander → compiler → virtual machine:
//!
//! ```
//! use gc_scheme::{Interpreter, Options};
//!
//! let mut scheme = Interpreter::new(Options::default());
//! let sum = scheme.eval("(let loop ((i 0) (sum 0)) (if (= i 10) sum (loop (+ i 1) (+ sum i))))").unwrap();
//! assert_eq!(sum, "45");
//! let error = scheme.eval("(car 5)").unwrap_err();
//! assert!(error.to_string().contains("expected a pair"));
//! ```

#![forbid(unsafe_code)]

mod builtins;
mod code;
mod compile;
mod context;
mod environment;
mod equal;
mod error;
mod expand;
mod interpreter;
mod library;
mod machine;
mod number;
mod ports;
mod printer;
mod reader;
mod symbols;
mod text;
mod value;
mod vm;
mod weak;

pub use interpreter::{Interpreter, Kind, Options, Safepoint, SchemeError};
