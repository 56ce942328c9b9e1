//! Results on their way through files.

mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gc_report::{CollectionKind, FailureKind, ReadError, Results, Round, SCHEMA_VERSION, Unit};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn results_survive_the_way_through_a_file() {
    let results = fixture::results();
    let path = file("results.json");
    results.write_json(&path).unwrap();
    assert!(Results::read_json(&path).unwrap() == results, "what was read is not what was written");
}

#[test]
fn a_figure_that_json_cannot_say_is_left_out() {
    let figures = [("ratio".to_owned(), f64::NAN), ("size".to_owned(), 3.0)].into();
    let results = Results::of_one_run("p", "c", Round { figures, checksum: u64::MAX, ..Round::default() });
    let read = Results::from_json(&results.to_json().unwrap()).unwrap();
    let round = &read.programs[0].series[0].rounds[0];
    assert_eq!((round.figures.len(), round.figures["size"], round.checksum), (1, 3.0, u64::MAX));
}

#[test]
fn what_a_newer_writer_added_is_ignored() {
    let text = r#"{"schema": 1, "mood": "good", "programs": [{"name": "p", "series": [
        {"collector": "c", "error": {"kind": "eaten_by_a_bear", "message": "m"}}]}]}"#;
    let results = Results::from_json(text).unwrap();
    assert_eq!(results.programs[0].series[0].error.as_ref().unwrap().kind.name(), "error");
}

#[test]
fn a_newer_schema_is_refused_with_a_reason() {
    let error = Results::from_json(r#"{"schema": 2}"#).unwrap_err();
    assert!(error.to_string().contains("schema version 2"), "{error}");
    assert!(matches!(Results::from_json("[]"), Err(ReadError::Json(_))));
}

#[test]
fn a_file_that_is_not_there_is_an_error_not_a_panic() {
    assert!(matches!(Results::read_json(file("nowhere.json")), Err(ReadError::Io(_))));
    assert!(Results::default().write_page(file("no/such/folder/page.html")).is_err());
}

#[test]
fn page_and_trace_are_written_whole() {
    let results = fixture::results();
    results.write_page(file("page.html")).unwrap();
    assert!(fs::read_to_string(file("page.html")).unwrap().ends_with("</html>\n"));
    results.write_perfetto(file("trace.json")).unwrap();
    let trace: serde_json::Value = serde_json::from_str(&fs::read_to_string(file("trace.json")).unwrap()).unwrap();
    assert!(trace["traceEvents"].as_array().unwrap().len() > 1_000);
    assert!(!file("page.html.part").exists());
}

#[test]
fn the_schema_describes_every_field_and_every_kind() {
    let text = include_str!("../SCHEMA.md");
    let mut results = fixture::results();
    results.interrupted = true;
    let round = &mut results.programs[0].series[0].rounds[0];
    round.pauses_left_out = 1;
    round.utilisation = round.utilisation_curve();
    let mut fields = BTreeSet::new();
    gather(&serde_json::to_value(&results).unwrap(), &mut fields);
    let kinds = [
        to_names(&[FailureKind::Crash, FailureKind::TimeOut, FailureKind::Checksum, FailureKind::OutOfMemory]),
        to_names(&[FailureKind::Other]),
        to_names(&[CollectionKind::Young, CollectionKind::Old, CollectionKind::Compaction, CollectionKind::Other]),
        to_names(&[Unit::Ratio, Unit::Nanoseconds, Unit::Bytes, Unit::Share, Unit::Plain]),
    ];
    fields.extend(kinds.into_iter().flatten());
    assert!(fields.len() > 60, "{fields:?}");
    for field in fields {
        assert!(text.contains(&format!("`{field}`")), "nothing about {field}");
    }
    assert!(text.contains(&format!("version {SCHEMA_VERSION}\n")));
}

/// The names of all fields, except in objects whose names are data.
fn gather(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(values) => values.iter().for_each(|value| gather(value, fields)),
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                fields.insert(name.clone());
                if !["options", "versions", "figures"].contains(&name.as_str()) {
                    gather(value, fields);
                }
            }
        }
        _ => {}
    }
}

fn to_names<T: serde::Serialize>(kinds: &[T]) -> Vec<String> {
    kinds.iter().map(|kind| serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()).collect()
}
