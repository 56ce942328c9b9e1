//! Broken programs: each ends in the error that it names, the machine is of use afterwards, and nothing panics.

mod common;

use gc_core::Config;
use gc_scheme::{Kind, SchemeError};

const IMPORTS: &str = "(import (scheme base) (scheme write) (scheme read) (scheme eval) (scheme char) (scheme lazy) \
                       (scheme cxr) (scheme case-lambda) (scheme process-context) (scheme inexact))\n";

/// Runs a program; what is wrong, if it does not end as expected.
fn check(program: &str, name: &str, expected: &str, seconds: u64) -> Option<String> {
    let (mut scheme, output) = common::interpreter(Config::default(), Some(16 << 20), seconds, &[name]);
    let result = scheme.run(program, name);
    let kind = match &result {
        Ok(_) | Err(SchemeError::Exit(_)) => "ok",
        Err(SchemeError::Raised { kind, .. }) => match kind {
            Kind::Read => "read",
            Kind::Syntax => "syntax",
            Kind::Memory => "heap",
            Kind::Time => "endless",
            _ => "raised",
        },
        Err(_) => "?",
    };
    let fits = expected.trim().split(['|', ' ', ':']).any(|word| word == kind);
    let printed: String = output.text().chars().take(300).collect();
    if !fits {
        let shown: String = format!("{result:?}").chars().take(400).collect();
        return Some(format!("{name}: expected {expected}, got {kind}: {shown}\n{printed}"));
    }
    match scheme.eval("(apply + (map (lambda (x) (* x x)) '(1 2 3)))") {
        Ok(value) if value == "14" => None,
        other => Some(format!("{name}: afterwards, {other:?}")),
    }
}

#[test]
fn every_line_ends_in_its_error() {
    let lines = include_str!("broken/one-line.txt");
    let mut failures = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some((expected, program)) = line.split_once('\t') else { continue };
        let seconds = if expected.contains("endless") { 1 } else { 60 };
        failures.extend(check(&format!("{IMPORTS}{program}"), program, expected, seconds));
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_program_ends_in_its_error() {
    let mut failures = Vec::new();
    for file in common::programs("tests/broken") {
        let program = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let first = program.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().to_owned();
        let Some((_, expected)) = first.split_once("expected:") else {
            failures.push(format!("{}: its first line does not say what is expected", file.display()));
            continue;
        };
        failures.extend(check(&program, &file.display().to_string(), expected, 30));
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}
