//! The benchmark programs at a small size: each checks its own result. Under stress all objects
//! move at every safepoint, and every phase of a collection is verified.

mod common;

use std::path::Path;

use gc_core::{Config, Stress};
use gc_scheme::{Interpreter, SchemeError};

/// The smallest size of a program, as the table in the programs' README has it.
fn smallest(program: &str) -> &'static str {
    let table = include_str!("../programs/README.md");
    let row = table.lines().find(|line| line.starts_with(&format!("| `{program}` |")));
    row.and_then(|row| row.split('|').nth(2)).unwrap_or_else(|| panic!("{program} is not in the table")).trim()
}

fn run_all(config: &Config, heap_limit: Option<usize>) {
    let mut failures = Vec::new();
    for file in common::programs("programs") {
        let (mut scheme, output) = common::interpreter(config.clone(), heap_limit, 600, &[]);
        failures.extend(run(&mut scheme, &output, &file));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Runs a program at its smallest size; what is wrong, if it does not find its result.
fn run(scheme: &mut Interpreter, output: &common::Output, file: &Path) -> Option<String> {
    let name = file.display().to_string();
    let size = smallest(&file.file_stem().unwrap_or_default().to_string_lossy());
    scheme.set_arguments(vec![name.clone(), size.to_owned()]);
    output.clear();
    match scheme.run_file(file) {
        Ok(_) | Err(SchemeError::Exit(0)) if output.text().contains(" ok") => None,
        other => Some(format!("{name}: {other:?}\n{}", output.text())),
    }
}

#[test]
fn every_program_finds_its_result() {
    run_all(&Config::default(), None);
}

#[test]
fn every_program_finds_its_result_in_a_small_heap() {
    run_all(&Config::default(), Some(24 << 20));
}

/// One machine for all programs, since making one takes hundreds of safepoints. Between two of them there are
/// `patience` calls.
fn run_under(stress: Stress, verify: bool, patience: u32) {
    let config = Config::default().nursery(64 << 10, 128 << 10).stress(stress).verify(verify);
    let (mut scheme, output) = common::patient_interpreter(config, Some(24 << 20), 600, &[], patience);
    let failures: Vec<String> =
        common::programs("programs").iter().filter_map(|file| run(&mut scheme, &output, file)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_program_finds_its_result_under_stress() {
    run_under(Stress::all(), true, 150);
}

#[test]
fn every_program_finds_its_result_where_all_objects_move_often() {
    let mut stress = Stress::none();
    (stress.young, stress.moves) = (true, true);
    run_under(stress, false, 75);
}
