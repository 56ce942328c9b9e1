//! The Scheme of `examples/scheme` running its programs, each of which checks its own result.
//!
//! The text is the same for whoever runs it, and so is what counts: from the text to the end of the program, without
//! the making of the machine and its libraries. One operation is the whole program.
//!
//! Programs that use nothing but what R7RS and Steel have in common also run on `steel`, whose values are counted
//! references (with a mark for what can be in cycles). It knows neither `import` nor where a program's size comes
//! from, so the two forms about these, which every program begins with, are left out there ([`Source::bare`]).

mod on_gc_core;
#[cfg(feature = "steel")]
mod on_steel;

use super::{Contender, Program, Size};
use crate::measure::Checksum;

/// A program's text, and how much of it there is.
struct Source {
    name: &'static str,
    text: &'static str,
    /// Tiny, quick, full: what the program takes as its argument.
    sizes: [u32; 3],
}

impl Source {
    fn size(&self, size: Size) -> u32 {
        let [tiny, quick, full] = self.sizes;
        size.pick(tiny, quick, full)
    }

    /// The text without its `import` and with the size written into it.
    #[cfg(feature = "steel")]
    fn bare(&self, size: u32) -> String {
        let is_about_the_host = |part: &&str| part.starts_with("(import ") || part.starts_with("(define size\n");
        let parts: Vec<&str> = self.text.split("\n\n").filter(|part| !is_about_the_host(part)).collect();
        format!("(define size {size})\n{}", parts.join("\n\n"))
    }

    /// What the program came to, if it printed that all is well.
    ///
    /// # Panics
    /// If it did not.
    fn checksum(&self, size: u32, printed: &str) -> u64 {
        assert_eq!(printed.trim_end(), format!("{} ok", self.name), "the program's own check");
        let mut checksum = Checksum::new();
        printed.trim_end().bytes().for_each(|byte| checksum.add(u64::from(byte)));
        checksum.add(u64::from(size));
        checksum.value()
    }
}

/// The programs, in the order of their names; those after which `on_steel` is written run there, too.
macro_rules! programs {
    ($($name:literal [$($size:literal),*] $about:literal $($steel:ident)?;)*) => {
        pub(crate) static ALL: &[Program] = &[$({
            const SOURCE: Source = Source {
                name: $name,
                text: include_str!(concat!("../../../../examples/scheme/programs/", $name, ".scm")),
                sizes: [$($size),*],
            };
            Program {
                name: concat!("scheme-", $name),
                about: concat!("Scheme: ", $about),
                operation: "program",
                contenders: &[
                    Contender::own_memory("gc-core", |job, recorder| on_gc_core::run(&SOURCE, job, recorder)),
                    $(
                        #[cfg(feature = "steel")]
                        Contender::on_malloc("steel", |job, recorder| $steel::run(&SOURCE, job, recorder)),
                    )?
                ],
                // One whose terms live long, and one with large tables.
                by_default: matches!($name.as_bytes(), b"hashtable" | b"rewrite"),
                over_heap_size: true,
                tells_live: true,
                ..Program::PLAIN
            }
        }),*];
    };
}

programs! {
    "appends" [0, 100, 1000] "a string that grows by string-append" on_steel;
    "browse" [1, 20, 200] "pattern matching over a database" ;
    "ctak" [6, 22, 26] "Takeuchi's function by continuations";
    "deriv" [100, 100000, 1000000] "symbolic differentiation";
    "destruct" [1, 10000, 100000] "lists cut up and spliced in place";
    "earley" [5, 60, 120] "a parser's chart of an ambiguous sentence";
    "fib" [10, 30, 35] "Fibonacci numbers by double recursion" on_steel;
    "gcbench" [4, 14, 18] "binary trees, short-lived and long-lived";
    "generators" [0, 60, 600] "coroutines made of call/cc, through dynamic-wind";
    "graphs" [3, 5, 6] "graphs up to the names of their vertices";
    "hashtable" [1, 40, 400] "hash tables by value and by identity";
    "lattice" [0, 30, 300] "order-preserving maps between lattices";
    "mazefun" [3, 50, 200] "mazes, in persistent trees";
    "nbody" [10, 10000, 100000] "the sun and four planets, in floating point";
    "nqueens" [5, 11, 12] "queens on a board" on_steel;
    "peval" [0, 100, 1000] "a partial evaluator";
    "pidigits" [20, 1500, 5000] "the digits of pi, by big integers";
    "primes" [100, 8000, 30000] "sieves over lists and over lazy streams";
    "puzzle" [3, 8, 11] "exact covers by exhaustive search";
    "rewrite" [0, 3, 30] "a theorem prover by rewriting";
    "strings" [0, 300, 3000] "strings built, searched and taken apart";
    "tak" [0, 50, 500] "Takeuchi's function" on_steel;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_of_the_example_is_a_program_of_the_laboratory() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/scheme/programs");
        let files = std::fs::read_dir(folder).expect("the example has programs").flatten();
        let mut files: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        files.retain(|file| file.ends_with(".scm"));
        files.sort();
        let ours: Vec<String> = ALL.iter().map(|p| p.name.replacen("scheme-", "", 1) + ".scm").collect();
        assert_eq!(ours, files);
    }

    #[test]
    #[cfg(feature = "steel")]
    fn what_runs_on_both_runs_the_same_text_but_for_the_two_forms_about_its_host() {
        let source = Source {
            name: "fib",
            text: ";;; fib\n\n(import (scheme base))\n\n(define size\n  (command-line))\n\n(define (fib n) n)\n\n(fib size)\n",
            sizes: [1, 2, 3],
        };
        assert_eq!(source.bare(7), "(define size 7)\n;;; fib\n\n(define (fib n) n)\n\n(fib size)\n");
        for program in ALL.iter().filter(|program| program.contenders.len() > 1) {
            assert!(["scheme-appends", "scheme-fib", "scheme-nqueens", "scheme-tak"].contains(&program.name));
        }
    }

    #[test]
    #[should_panic(expected = "the program's own check")]
    fn a_program_that_finds_its_result_wrong_is_an_error() {
        Source { name: "fib", text: "", sizes: [1, 2, 3] }.checksum(1, "fib FAILED: 5\n");
    }
}
