//! Results as a trace: pauses, their phases, collections and sizes on a time line.
//!
//! The format is Chrome's trace events as JSON, which the Perfetto viewer, `chrome://tracing` and speedscope
//! open. Each series is a process. Its rounds are threads that hold the pauses as slices, with their phases
//! inside; collections are marks; sizes are counters of the first round that tells them.
//!
//! A pause tells how long each phase took, not when: phases are laid out one after the other from its
//! start.

use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::file::write_whole;
use crate::schema::{Pause, Results, Round, Series};

impl Results {
    /// Writes all pauses, collections and sizes as a Chrome trace, for the Perfetto viewer.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_perfetto(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let trace = self.to_perfetto();
        write_whole(path.as_ref(), |out| Ok(serde_json::to_writer(out, &trace)?))
    }

    /// The trace as a JSON value: what [`write_perfetto`](Self::write_perfetto) writes.
    #[must_use]
    pub fn to_perfetto(&self) -> Value {
        let mut events = Vec::new();
        let mut process = 0;
        for program in &self.programs {
            for series in &program.series {
                process += 1;
                add_series(&mut events, process, &format!("{} on {}", program.name, name(series)), series);
            }
        }
        json!({
            "traceEvents": events,
            "displayTimeUnit": "ns",
            "otherData": { "title": self.title, "date": self.date, "machine": self.machine.description },
        })
    }
}

fn name(series: &Series) -> String {
    match series.heap_factor {
        Some(factor) => format!("{}, {factor} × the smallest heap", series.label()),
        None => series.label(),
    }
}

fn add_series(events: &mut Vec<Value>, process: usize, name: &str, series: &Series) {
    let mut told = Vec::new();
    for (thread, round) in (1..).zip(&series.rounds) {
        let has_any = !round.pause_list.is_empty() || !round.collections.is_empty();
        if has_any {
            told.push(metadata("thread_name", process, thread, &format!("pauses, round {thread}")));
            add_round(&mut told, process, thread, round);
        }
    }
    if let Some(round) = series.rounds.iter().find(|round| !round.timeline.is_empty()) {
        add_counters(&mut told, process, round);
    }
    if !told.is_empty() {
        events.push(metadata("process_name", process, 0, name));
        events.append(&mut told);
    }
}

fn metadata(kind: &str, process: usize, thread: usize, name: &str) -> Value {
    json!({ "ph": "M", "name": kind, "pid": process, "tid": thread, "args": { "name": name } })
}

fn add_round(events: &mut Vec<Value>, process: usize, thread: usize, round: &Round) {
    for pause in &round.pause_list {
        let name = if pause.cause.is_empty() { "pause" } else { &pause.cause };
        let args: Map<String, Value> =
            pause.phases.iter().map(|(name, ns)| (format!("{name} (ns)"), json!(ns))).collect();
        let slice = |name: &str, category: &str, start_ns: u64, duration_ns: u64| {
            let (start, duration) = (microseconds(start_ns), microseconds(duration_ns));
            json!({ "ph": "X", "name": name, "cat": category, "ts": start, "dur": duration, "pid": process, "tid": thread })
        };
        let mut whole = slice(name, "pause", pause.start_ns, pause.duration_ns);
        whole["args"] = args.into();
        events.push(whole);
        events.extend(phases(pause).map(|(name, start, duration)| slice(name, "phase", start, duration)));
    }
    for collection in &round.collections {
        let at = microseconds(collection.at_ns);
        let name = collection.kind.name();
        events.push(
            json!({ "ph": "i", "s": "t", "name": name, "cat": "collection", "ts": at, "pid": process, "tid": thread }),
        );
    }
}

/// The phases that took any time, one after the other, none beyond the pause's end.
fn phases(pause: &Pause) -> impl Iterator<Item = (&str, u64, u64)> {
    let mut at = pause.start_ns;
    pause.phases.iter().filter_map(move |(name, ns)| {
        let (start, duration) = (at, (*ns).min(pause.end_ns() - at));
        at += duration;
        (duration > 0).then_some((name.as_str(), start, duration))
    })
}

fn add_counters(events: &mut Vec<Value>, process: usize, round: &Round) {
    for sample in &round.timeline {
        let sizes = [("heap", sample.heap_bytes), ("resident", sample.resident_bytes)];
        for (name, bytes) in sizes.into_iter().filter_map(|(name, bytes)| Some((name, bytes?))) {
            let at = microseconds(sample.at_ns);
            events.push(
                json!({ "ph": "C", "name": name, "ts": at, "pid": process, "tid": 0, "args": { "bytes": bytes } }),
            );
        }
    }
}

/// The format counts in microseconds, with decimals.
fn microseconds(ns: u64) -> f64 {
    ns as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Collection, CollectionKind, Sample};

    fn trace(round: Round) -> Vec<Value> {
        let trace = Results::of_one_run("ring", "gc-core", round).to_perfetto();
        trace["traceEvents"].as_array().unwrap().clone()
    }

    #[test]
    fn a_pause_is_a_slice_with_its_phases_inside() {
        let phases = vec![("young".into(), 700), ("mark".into(), 0), ("sweep".into(), 900)];
        let pause = Pause { cause: "safepoint".into(), phases, ..Pause::new(5_000, 1_500) };
        let events = trace(Round { pause_list: vec![pause], ..Round::default() });
        let slices: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
        let of = |event: &Value| (event["name"].clone(), event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
        assert_eq!(of(slices[0]), ("safepoint".into(), 5.0, 1.5));
        assert_eq!(of(slices[1]), ("young".into(), 5.0, 0.7));
        assert_eq!(of(slices[2]), ("sweep".into(), 5.7, 0.8), "cut off at the pause's end");
        assert_eq!(slices.len(), 3);
    }

    #[test]
    fn collections_are_marks_and_sizes_are_counters() {
        let round = Round {
            collections: vec![Collection { at_ns: 2_000, kind: CollectionKind::Old }],
            timeline: vec![Sample { at_ns: 1_000, heap_bytes: Some(64), resident_bytes: None }],
            ..Round::default()
        };
        let events = trace(round);
        let find = |phase: &str| events.iter().find(|event| event["ph"] == phase).unwrap();
        assert_eq!((&find("i")["name"], &find("i")["ts"]), (&json!("old"), &json!(2.0)));
        assert_eq!(find("C")["args"], json!({ "bytes": 64 }));
    }

    #[test]
    fn a_series_that_tells_nothing_is_no_process() {
        assert_eq!(trace(Round::default()), Vec::<Value>::new());
    }
}
