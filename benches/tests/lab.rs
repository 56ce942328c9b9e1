//! The laboratory as a program: its subcommands, processes, answers, tables and files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gc_report::{Calibration, Failure, FailureKind, Results};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gc-benches"));
    command.args(arguments);
    command
}

fn lab(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the laboratory can be started")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder of its own for each test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gc-benches-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for temporary files");
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a plain path").to_owned()
    }

    fn results(&self) -> Results {
        Results::read_json(self.0.join("results.json")).expect("results were written")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs in the tiny size, without calibration, and writes into the folder.
fn run(folder: &Folder, arguments: &[&str]) -> Output {
    let out = folder.path("");
    lab(&[&["run", "--size", "tiny", "--no-calibration", "--out", &out], arguments].concat())
}

#[test]
#[cfg(feature = "peers")]
fn a_run_prints_a_row_for_each_collector_on_each_allocator() {
    let folder = Folder::new("rows");
    let output = text(&run(&folder, &["--all", "--rounds", "2", "--program", "gcbench", "--heap-factors", "none"]));
    for collector in ["gc-arena", "boa_gc", "gc", "dumpster", "Rc", "Box"] {
        for label in [collector.to_owned(), format!("{collector}/mimalloc")] {
            let row = |line: &&str| line.split('|').nth(2).is_some_and(|cell| cell.trim() == label);
            assert_eq!(output.lines().filter(row).count(), 1, "{label} in\n{output}");
        }
    }
    assert!(!output.contains("ERROR"), "{output}");
}

#[test]
fn every_program_runs_in_processes_of_its_own() {
    let folder = Folder::new("all");
    let output = text(&run(&folder, &["--all", "--rounds", "1", "--heap-factors", "none", "--load", "0"]));
    assert!(!output.contains("ERROR"), "{output}");
}

#[test]
fn results_and_page_are_written_and_their_paths_printed() {
    let folder = Folder::new("files");
    let output = text(&run(&folder, &["-p", "dead-32", "-c", "Box", "--rounds", "3"]));
    for file in ["results.json", "index.html"] {
        assert!(Path::new(&folder.path(file)).exists() && output.contains(file), "{output}");
    }
    let results = folder.results();
    let series = &results.programs[0].series;
    assert_eq!(series.iter().map(|s| s.label()).collect::<Vec<_>>(), ["Box", "Box/mimalloc"]);
    assert!(series.iter().all(|series| series.rounds.len() == 3));
    assert!(series[0].rounds.iter().all(|round| round.wall_ns > 0 && round.stalls.count() > 0));
    assert_eq!(results.options["size"], "tiny");
    assert!(!results.machine.description.is_empty() && results.date.ends_with('Z') && !results.interrupted);
}

#[test]
fn pauses_tell_times_within_the_run() {
    let folder = Folder::new("pauses");
    text(&run(&folder, &["-p", "message-ring", "-c", "gc-core", "--rounds", "1", "--heap-factors", "none"]));
    let round = folder.results().programs[0].series[0].rounds[0].clone();
    assert!(round.pauses.count() > 0);
    assert_eq!(round.pauses.count(), round.pause_list.len() as u64 + round.pauses_left_out);
    assert!(round.pause_list.iter().all(|pause| pause.end_ns() <= round.wall_ns + 1_000_000));
    assert!(!round.utilisation.is_empty() && !round.collections.is_empty() && !round.timeline.is_empty());
}

#[test]
fn requests_are_measured_in_a_closed_and_in_an_open_loop() {
    let folder = Folder::new("loops");
    text(&run(&folder, &["-p", "lru-cache", "-c", "gc-core", "--rounds", "1", "--heap-factors", "none"]));
    let round = folder.results().programs[0].series[0].rounds[0].clone();
    assert_eq!(round.closed_loop.count(), round.open_loop.count());
    assert!(round.closed_loop.count() > 10);
    let capacity = round.closed_loop.count() as f64 * 1e9 / round.wall_ns as f64;
    let load = round.open_loop_rate.expect("an open loop has a rate") / capacity;
    assert!((load - 0.5).abs() < 0.01, "{load}");
}

#[test]
fn the_size_of_the_heap_is_an_axis() {
    let folder = Folder::new("sizes");
    let output = text(&run(&folder, &["-p", "gcbench", "-c", "gc-", "--rounds", "1", "--heap-factors", "1,2"]));
    assert!(output.contains("Over the size of the heap"), "{output}");
    let results = folder.results();
    let limited = |collector: &str| {
        let series = results.programs[0].series.iter();
        series.filter(|s| s.collector == collector && s.heap_factor.is_some()).cloned().collect::<Vec<_>>()
    };
    let ours = limited("gc-core");
    assert_eq!(ours.iter().map(|s| s.heap_factor).collect::<Vec<_>>(), [Some(1.0), Some(2.0)]);
    assert!(ours.iter().all(|series| series.error.is_none() && series.heap_limit_bytes > Some(0)));
    assert_eq!(2 * ours[0].heap_limit_bytes.unwrap(), ours[1].heap_limit_bytes.unwrap());
    #[cfg(feature = "peers")]
    assert!(limited("gc-arena").iter().all(|series| series.heap_limit_bytes.is_none() && series.rounds.len() == 1));
}

#[test]
#[cfg(feature = "scheme")]
fn a_scheme_program_is_measured_like_every_other() {
    let folder = Folder::new("scheme");
    let output = text(&run(&folder, &["-p", "scheme-primes", "--rounds", "2", "--heap-factors", "2"]));
    assert!(output.contains("in a heap of 3 × what is alive at most"), "{output}");
    let results = folder.results();
    let series = &results.programs[0].series;
    let ours: Vec<_> = series.iter().filter(|series| series.collector == "gc-core").collect();
    let [free, doubled, above_live] = ours[..] else { panic!("{} series", ours.len()) };
    assert_eq!((free.heap_factor, free.rounds.len()), (None, 2));
    assert_eq!((doubled.heap_factor, doubled.live_factor), (Some(2.0), None));
    assert_eq!(above_live.live_factor, Some(3.0));
    assert!(above_live.error.is_none() && above_live.live_bytes > Some(10_000));
    // Three times what is alive, or the smallest heap if that is more.
    let limit = above_live.heap_limit_bytes.unwrap();
    assert_eq!(limit, (3 * above_live.live_bytes.unwrap()).max(doubled.heap_limit_bytes.unwrap() / 2));
    let checksums: Vec<u64> = ours.iter().map(|series| series.rounds[0].checksum).collect();
    assert!(checksums.iter().all(|&checksum| checksum == checksums[0]));
}

#[test]
#[cfg(feature = "scheme")]
fn a_scheme_program_that_does_not_fit_its_heap_is_out_of_memory() {
    for limit in ["100000", "700000"] {
        let output = lab(&["child", "scheme-hashtable", "gc-core", "--size", "quick", "--heap-limit", limit]);
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(
            ["do not fit the heap", "the heap is at its limit"].iter().any(|why| complaint.contains(why)),
            "{complaint}"
        );
    }
}

#[test]
#[cfg(feature = "steel")]
fn two_schemes_compute_the_same_side_by_side() {
    let folder = Folder::new("steel");
    let programs = ["-p", "scheme-appends", "-p", "scheme-fib", "-p", "scheme-nqueens", "-p", "scheme-tak"];
    let how = ["--all", "--rounds", "1", "--heap-factors", "none"];
    let output = text(&run(&folder, &[&programs[..], &how[..]].concat()));
    assert!(!output.contains("ERROR") && output.contains("time ÷ steel's"), "{output}");
    for program in folder.results().programs {
        let labels: Vec<String> = program.series.iter().map(|series| series.label()).collect();
        assert_eq!(labels, ["gc-core", "steel", "steel/mimalloc"], "{}", program.name);
    }
}

#[test]
fn a_heap_that_is_too_small_is_told() {
    let output = lab(&["child", "gcbench", "gc-core", "--size", "tiny", "--heap-limit", "20000"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("below the heap limit of 20000 bytes"));
}

#[test]
fn what_takes_too_long_is_a_row_that_says_so() {
    let folder = Folder::new("late");
    let output = run(&folder, &["-p", "binary-trees-16", "-c", "Box", "--rounds", "2", "--timeout", "0"]);
    assert!(!output.status.success(), "nobody could run it");
    assert!(String::from_utf8_lossy(&output.stdout).contains("time-out: gave up after 0 s"));
    let series = folder.results().programs[0].series[0].clone();
    assert!(matches!(series.error, Some(Failure { kind: FailureKind::TimeOut, .. })));
    assert!(series.rounds.is_empty());
}

#[test]
#[cfg(all(feature = "peers", target_os = "linux"))]
fn a_peer_that_crashes_is_a_row_that_says_so_and_the_others_go_on() {
    let folder = Folder::new("crash");
    let out = folder.path("");
    // A trace that recurses along a million links.
    let arguments = ["-p", "long-list", "-c", "gc", "--rounds", "1", "--no-calibration", "--out", &out];
    let output = text(&lab(&arguments));
    let row = |label: &str| output.lines().find(|line| line.split('|').nth(2).is_some_and(|c| c.trim() == label));
    assert!(row("gc").unwrap().contains("crash:"), "{output}");
    assert!(!row("gc-core").unwrap().contains("ERROR"), "{output}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_what_is_done() {
    let folder = Folder::new("interrupt");
    let out = folder.path("");
    let arguments = ["--all", "--size", "tiny", "--rounds", "100", "--no-calibration", "--out", &out];
    let child = command(&arguments).stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signalled.expect("there is a kill").success());
    let begin = std::time::Instant::now();
    // Its output has to be read, or it waits for a place in the pipe.
    let status = child.wait_with_output().expect("it ends").status;
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
    assert!(status.code().is_some(), "it ended by itself");
    let results = folder.results();
    assert!(results.interrupted && !results.programs.is_empty());
    assert!(results.programs.iter().flat_map(|p| &p.series).all(|s| !s.rounds.is_empty() || s.error.is_some()));
    assert!(Path::new(&folder.path("index.html")).exists());
}

#[test]
fn a_folder_without_texts_is_an_error_row_and_an_exit_code() {
    let folder = Folder::new("texts");
    let output = run(&folder, &["-p", "inverted-index", "-c", "gc-core", "--rounds", "1", "--input", "/nonexistent"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("there is no text file in /nonexistent"));
}

#[test]
fn what_does_not_exist_is_told() {
    let output = lab(&["--program", "no such program"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("gc-benches list"));
    let output = lab(&["run", "--heap-factors", "0.1"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("numbers from 1 to 100"));
}

#[test]
fn the_list_names_programs_and_collectors_and_what_is_done() {
    let output = text(&lab(&["list"]));
    for part in ["message-ring", "gc-core", "open loop", "size of the heap"] {
        assert!(output.contains(part), "{part}");
    }
    #[cfg(feature = "scheme")]
    for part in ["scheme-fib", "scheme-rewrite", "three times what is alive"] {
        assert!(output.contains(part), "{part}");
    }
}

#[test]
fn help_explains_every_command() {
    let help = text(&lab(&["--help"]));
    for part in ["run", "list", "report", "compare", "calibrate", "three minutes", "Ctrl-C"] {
        assert!(help.contains(part), "{part}");
    }
    assert!(text(&lab(&["compare", "--help"])).contains("exit code is 1"));
    assert!(text(&lab(&["run", "--help"])).contains("collectors taking turns"));
}

#[test]
fn a_report_is_made_from_results_alone() {
    let folder = Folder::new("report");
    let printed = text(&run(&folder, &["-p", "small-cycles", "-c", "gc-core", "--rounds", "2"]));
    std::fs::remove_file(folder.path("index.html")).expect("it was written");
    let (results, trace) = (folder.path("results.json"), folder.path("trace.json"));
    let again = text(&lab(&["report", &results, "--trace", &trace]));
    let row = |text: &str| text.lines().find(|line| line.contains("small-cycles")).map(str::to_owned);
    assert_eq!(row(&printed), row(&again));
    let page = std::fs::read_to_string(folder.path("index.html")).expect("the page was made again");
    assert!(page.contains("small-cycles") && page.contains("</html>"));
    let trace = std::fs::read_to_string(trace).expect("the trace was written");
    assert!(serde_json::from_str::<serde_json::Value>(&trace).is_ok_and(|json| json.is_object() || json.is_array()));
    let missing = lab(&["report", &folder.path("nothing.json")]);
    assert!(!missing.status.success());
}

#[test]
fn a_comparison_exits_with_1_only_if_something_got_worse() {
    let folder = Folder::new("compare");
    text(&run(&folder, &["-p", "dead-16", "-c", "gc-core", "--rounds", "5"]));
    let before = folder.path("results.json");
    let same = lab(&["compare", &before, &before]);
    assert_eq!(same.status.code(), Some(0));
    assert!(text(&same).contains("Verdict: same"));
    let mut slower = folder.results();
    slower.programs[0].series[0].rounds.iter_mut().for_each(|round| round.wall_ns *= 1000);
    let after = folder.path("slower.json");
    slower.write_json(&after).expect("a file can be written");
    let worse = lab(&["compare", &before, &after]);
    assert_eq!(worse.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&worse.stdout).contains("WORSE"));
    assert_eq!(lab(&["compare", &after, &before]).status.code(), Some(0));
    assert_eq!(lab(&["compare", &before, &folder.path("nothing.json")]).status.code(), Some(2));
}

#[test]
fn a_calibration_tells_every_bound() {
    let output = text(&lab(&["calibrate", "--json", "--size", "tiny"]));
    let machine: Calibration = serde_json::from_str(&output).expect("it is JSON");
    assert!(machine.dependent_load_ns > machine.independent_load_ns);
    for bound in [
        machine.independent_load_ns,
        machine.sequential_bytes_per_second,
        machine.bump_allocation_ns,
        machine.clock_reading_ns,
    ] {
        assert!(bound > Some(0.0), "{machine:?}");
    }
    assert!(machine.recorder_share.is_some() && machine.sleep_jitter.count() > 0);
}
