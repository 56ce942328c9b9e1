//! The conformance suite: a file of Scheme for each section of R7RS.

mod common;

use std::path::Path;

use gc_core::{Config, Stress};
use gc_scheme::SchemeError;

#[test]
fn every_section_passes() {
    let mut failures = Vec::new();
    for file in common::programs("tests/r7rs") {
        let (mut scheme, output) = common::interpreter(Config::default(), None, 120, &["test"]);
        match scheme.run_file(&file) {
            Ok(_) | Err(SchemeError::Exit(0)) => {}
            Err(error) => failures.push(format!("{}: {error}\n{}", file.display(), output.text())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Tables by identity and weakness are what moving could break.
#[test]
fn tables_and_weakness_hold_where_all_objects_move() {
    let mut stress = Stress::none();
    (stress.young, stress.moves) = (true, true);
    let config = Config::default().nursery(64 << 10, 128 << 10).stress(stress);
    let (mut scheme, output) = common::patient_interpreter(config, None, 120, &["test"], 2000);
    for name in ["srfi69.scm", "weak.scm", "6.1-equivalence.scm"] {
        output.clear();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/r7rs").join(name);
        let result = scheme.run_file(&file);
        assert!(matches!(result, Ok(_) | Err(SchemeError::Exit(0))), "{name}: {result:?}\n{}", output.text());
    }
}

#[test]
fn a_table_by_identity_finds_its_keys_after_a_compaction() {
    let (mut scheme, _) = common::interpreter(Config::default(), None, 60, &[]);
    let fill = "(define keys (map (lambda (n) (list n)) (iota-list 1000)))
                (define (table same) (let ((t (make-hash-table same))) (for-each (lambda (k) (hash-table-set! t k (car k))) keys) t))
                (define tables (list (table eq?) (table eqv?)))
                (define hashes (map hash-by-identity keys))";
    let iota = "(define (iota-list n) (if (= n 0) '() (cons n (iota-list (- n 1)))))";
    scheme.eval(iota).unwrap();
    scheme.eval(fill).unwrap();
    scheme.compact();
    let found = "(list (equal? hashes (map hash-by-identity keys))
                       (map (lambda (t) (apply + (map (lambda (k) (hash-table-ref/default t k 0)) keys))) tables))";
    assert_eq!(scheme.eval(found).as_deref(), Ok("(#t (500500 500500))"));
}
