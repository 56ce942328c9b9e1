//! The conformance suite: a file of Scheme for each section of R7RS.

mod common;

use gc_core::Config;
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
