//! What must not compile does not, and what differs from it only where it should, does.
//!
//! Each file in `ui/soundness/fail` has a twin in `ui/soundness/pass`. The compiler's words change from version to
//! version, so they are compared with the committed ones only under the version that those come from; under any
//! other each file must be refused with the same error codes, and with our own sentences where there were some.
//!
//! After a change of the words: `TRYBUILD=overwrite cargo test -p gc-tests --test ui`, and read what changed.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the compiler whose words the committed `.stderr` files are.
const WORDS_OF: &str = "rustc 1.95.0 ";

const FAIL: &str = "ui/soundness/fail";
const PASS: &str = "ui/soundness/pass";

fn sources(folder: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    String::from_utf8(Command::new(rustc).arg("-V").output().unwrap().stdout).unwrap()
}

/// What is wrong, as far as no version may change it: the codes, and our own sentences. Which of its sentences
/// about lifetimes the compiler chooses does vary.
fn verdicts(stderr: &str) -> BTreeSet<String> {
    let own = ["mixes the brand", "cannot be held by a heap object", "cannot lie in a `Cell`"];
    let lifetimes = ["lifetime may not live long enough", "is not general enough", "[E0521]", "[E0491]"];
    let errors = stderr.lines().filter(|line| line.starts_with("error"));
    errors
        .filter_map(|line| {
            if lifetimes.iter().any(|words| line.contains(words)) {
                return Some("lifetimes".to_owned());
            }
            let code = line.strip_prefix("error[").and_then(|line| line.split(']').next());
            own.iter().copied().find(|own| line.contains(own)).or(code).map(str::to_owned)
        })
        .collect()
}

#[test]
fn what_must_not_compile_does_not() {
    if compiler().starts_with(WORDS_OF) || std::env::var_os("TRYBUILD").is_some() {
        trybuild::TestCases::new().compile_fail(format!("{FAIL}/*.rs"));
        return;
    }
    // Without a `.stderr` beside it, a refused file's messages go to `wip`, and the run ends in a panic that says so.
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let _ = fs::remove_dir_all(&copies);
    fs::create_dir_all(&copies).unwrap();
    for source in sources(FAIL) {
        fs::copy(&source, copies.join(source.file_name().unwrap())).unwrap();
    }
    let run = catch_unwind(AssertUnwindSafe(|| {
        trybuild::TestCases::new().compile_fail(copies.join("*.rs"));
    }));
    let said = run.expect_err("no file was tried");
    let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(said.starts_with("successfully created new stderr files"), "some files compile: {said}");
    for source in sources(FAIL) {
        let words = Path::new("wip").join(source.file_name().unwrap()).with_extension("stderr");
        let now = verdicts(&fs::read_to_string(&words).unwrap());
        let before = verdicts(&fs::read_to_string(source.with_extension("stderr")).unwrap());
        assert!(before.is_subset(&now), "{}: {before:?} became {now:?}", source.display());
        fs::remove_file(words).unwrap();
    }
    let _ = fs::remove_dir("wip");
}

#[test]
fn what_differs_only_where_it_should_compiles() {
    trybuild::TestCases::new().pass(format!("{PASS}/*.rs"));
}

#[test]
fn every_mistake_has_a_twin() {
    let names =
        |folder| -> BTreeSet<_> { sources(folder).iter().map(|path| path.file_name().unwrap().to_owned()).collect() };
    assert_eq!(names(FAIL), names(PASS));
}
