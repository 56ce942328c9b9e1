//! The same programs on both machines.

use std::time::{Duration, Instant};

use gc_scheme::{Interpreter, Options};
use steel::steel_vm::engine::Engine;

/// A program's name, its text, and its value.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("fib 30", "(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 30)", "832040"),
    (
        "tak 18 12 6, 50 times",
        "(define (tak x y z)
           (if (not (< y x)) z (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))))
         (define (times n) (if (= n 1) (tak 18 12 6) (begin (tak 18 12 6) (times (- n 1)))))
         (times 50)",
        "7",
    ),
    (
        "nqueens 9",
        "(define (down-from n) (if (= n 0) '() (cons n (down-from (- n 1)))))
         (define (safe? row distance placed)
           (if (null? placed)
               #t
               (if (= (car placed) (+ row distance))
                   #f
                   (if (= (car placed) (- row distance)) #f (safe? row (+ distance 1) (cdr placed))))))
         (define (join a b) (if (null? a) b (cons (car a) (join (cdr a) b))))
         (define (try rows tried placed)
           (if (null? rows)
               (if (null? tried) 1 0)
               (+ (if (safe? (car rows) 1 placed) (try (join (cdr rows) tried) '() (cons (car rows) placed)) 0)
                  (try (cdr rows) (cons (car rows) tried) placed))))
         (try (down-from 9) '() '())",
        "352",
    ),
    (
        "string building, 100 times",
        "(define (pieces n text)
           (if (= n 0) (string-length text) (pieces (- n 1) (string-append text (number->string n) \",\"))))
         (define (times n) (if (= n 1) (pieces 2000 \"\") (begin (pieces 2000 \"\") (times (- n 1)))))
         (times 100)",
        "8893",
    ),
];

fn on_gc_core(text: &str, expected: &str) -> Duration {
    let mut scheme = Interpreter::new(Options::default());
    let start = Instant::now();
    let value = scheme.eval(text);
    let time = start.elapsed();
    assert_eq!(value.as_deref(), Ok(expected));
    time
}

fn on_steel(text: &'static str, expected: &str) -> Duration {
    let mut engine = Engine::new();
    let start = Instant::now();
    let values = engine.run(text);
    let time = start.elapsed();
    let value = values.ok().and_then(|values| values.last().map(ToString::to_string));
    assert_eq!(value.as_deref(), Some(expected));
    time
}

/// Prints the times, the least of so many rounds.
pub(crate) fn print_table(rounds: usize) {
    println!("| program | gc-scheme, ms | steel-core, ms | ratio |\n|---|---:|---:|---:|");
    for (name, text, expected) in PROGRAMS {
        let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            ours = ours.min(on_gc_core(text, expected));
            theirs = theirs.min(on_steel(text, expected));
        }
        let (ours, theirs) = (ours.as_secs_f64() * 1e3, theirs.as_secs_f64() * 1e3);
        println!("| {name} | {ours:.1} | {theirs:.1} | {:.2} |", ours / theirs);
    }
}
