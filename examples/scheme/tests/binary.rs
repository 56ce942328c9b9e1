//! The command: what its options do.

use std::path::Path;
use std::process::{Command, Output};

fn scheme(arguments: &[&str]) -> Output {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    Command::new(env!("CARGO_BIN_EXE_gc-scheme")).args(arguments).current_dir(directory).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_report_shows_the_run() {
    let page = std::env::temp_dir().join(format!("gc-scheme-report-{}.html", std::process::id()));
    let output = scheme(&["--gc-report", &page.display().to_string(), "gcbench.scm", "8"]);
    let written = std::fs::read_to_string(&page);
    let _ = std::fs::remove_file(&page);
    assert!(output.status.success() && text(&output.stdout).contains(" ok"), "{output:?}");
    let written = written.unwrap();
    assert!(written.contains("<html") && written.contains("gcbench") && written.contains("young collections"));
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let output = scheme(&["--gc-report", "/nowhere/at/all.html", "fib.scm", "5"]);
    assert_eq!(output.status.code(), Some(74));
    assert!(text(&output.stderr).contains("/nowhere/at/all.html"), "{output:?}");
}

#[test]
fn log_and_summary_go_to_the_standard_error() {
    let output = scheme(&["--gc-log", "--gc-summary", "gcbench.scm", "8"]);
    let errors = text(&output.stderr);
    assert!(errors.contains("gc: Young") && errors.contains(" pauses, median "), "{errors}");
}

#[test]
fn an_uncaught_error_has_a_code_of_its_own_and_says_where() {
    let output = scheme(&["no-such-program.scm"]);
    assert_eq!(output.status.code(), Some(70));
    assert!(text(&output.stderr).contains("no-such-program.scm"), "{output:?}");
}
