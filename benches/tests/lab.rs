//! The laboratory as a program: processes, answers, table.

use std::process::{Command, Output};

fn lab(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_gc-benches")).args(arguments).output();
    output.expect("the laboratory can be started")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_run_prints_a_row_for_each_collector_on_each_allocator() {
    let output = text(&lab(&["--size", "tiny", "--rounds", "2", "--program", "gcbench"]));
    for collector in ["gc-arena", "gc-arena/mimalloc", "Rc", "Rc/mimalloc", "Box", "Box/mimalloc", "bumpalo"] {
        let row = |line: &&str| line.split('|').nth(2).is_some_and(|cell| cell.trim() == collector);
        assert_eq!(output.lines().filter(row).count(), 1, "{collector} in\n{output}");
    }
    assert!(!output.contains("ERROR"), "{output}");
}

#[test]
fn every_program_runs_in_processes_of_its_own() {
    let output = text(&lab(&["run", "--size", "tiny", "--rounds", "1"]));
    assert!(!output.contains("ERROR"), "{output}");
}

#[test]
fn every_round_is_kept_as_json() {
    let file = std::env::temp_dir().join(format!("gc-benches-{}.json", std::process::id()));
    let path = file.to_str().expect("a plain path");
    text(&lab(&["-p", "dead-32", "-c", "bumpalo", "--size", "tiny", "--rounds", "3", "--json", path]));
    let lines = std::fs::read_to_string(&file).expect("the file was written");
    std::fs::remove_file(&file).expect("the file is ours");
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        let measured: serde_json::Value = serde_json::from_str(line).expect("a line is an object");
        assert_eq!((&measured["program"], &measured["on"]), (&"dead-32".into(), &"bumpalo".into()));
        assert!(measured["wall_ns"].as_u64() > Some(0));
    }
}

#[test]
fn a_folder_without_texts_is_an_error_row_and_an_exit_code() {
    let output = lab(&["-p", "inverted-index", "-c", "bumpalo", "--size", "tiny", "--input", "/nonexistent"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("there is no text file in /nonexistent"));
}

#[test]
fn what_does_not_exist_is_told() {
    let output = lab(&["--program", "no such program"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("gc-benches list"));
}

#[test]
fn the_list_names_programs_and_collectors() {
    let output = text(&lab(&["list"]));
    assert!(output.contains("message-ring") && output.contains("gc-arena"));
}
