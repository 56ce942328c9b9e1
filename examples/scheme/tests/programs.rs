//! The benchmark programs at a small size: each checks its own result. Under stress, with a small heap, every phase
//! of a collection is verified.

mod common;

use gc_core::{Config, Stress};
use gc_scheme::SchemeError;

/// The smallest size of a program, as the table in the programs' README has it.
fn smallest(program: &str) -> &'static str {
    let table = include_str!("../programs/README.md");
    let row = table.lines().find(|line| line.starts_with(&format!("| `{program}` |")));
    row.and_then(|row| row.split('|').nth(2)).unwrap_or_else(|| panic!("{program} is not in the table")).trim()
}

fn run_all(config: &Config, heap_limit: Option<usize>) {
    let mut failures = Vec::new();
    for file in common::programs("programs") {
        let name = file.display().to_string();
        let size = smallest(&file.file_stem().unwrap_or_default().to_string_lossy());
        let (mut scheme, output) = common::interpreter(config.clone(), heap_limit, 600, &[&name, size]);
        match scheme.run_file(&file) {
            Ok(_) | Err(SchemeError::Exit(0)) if output.text().contains(" ok") => {}
            other => failures.push(format!("{name}: {other:?}\n{}", output.text())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_program_finds_its_result() {
    run_all(&Config::default(), None);
}

#[test]
fn every_program_finds_its_result_in_a_small_heap() {
    run_all(&Config::default(), Some(24 << 20));
}

#[test]
fn every_program_finds_its_result_under_stress() {
    let mut stress = Stress::all();
    stress.old_every = std::num::NonZeroU32::new(7);
    run_all(&Config::default().nursery(64 << 10, 128 << 10).stress(stress), Some(24 << 20));
}
