//! Every mistake that `derive(Trace)` tells of, in the words that the user reads, each with a twin that
//! compiles.
//!
//! After a change of the words: `TRYBUILD=overwrite cargo test -p gc-tests --test derive_ui`, and read
//! what changed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;

#[test]
fn mistakes_are_told_in_a_sentence_and_their_twins_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/fail/*.rs");
    cases.pass("ui/derive/pass/*.rs");
}

#[test]
fn every_mistake_has_a_twin() {
    let names = |folder: &str| -> BTreeSet<OsString> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
            .filter_map(|path| Some(path.file_name()?.to_owned()))
            .collect()
    };
    assert_eq!(names("ui/derive/fail"), names("ui/derive/pass"));
}
