//! Runs the plan: one fresh process for each measurement, collectors interleaved over the rounds.
//!
//! A process that has run something is not the same afterwards: its allocator has fragments, its
//! page tables are filled, its peak of memory stands. So each measurement gets one of its own: this
//! binary again, with the hidden `child` command and the allocator in the environment. Within a
//! program the columns take turns (A B C, then B C A, …), so that a slow drift of the machine and
//! the place in the row meet all of them alike.
#![forbid(unsafe_code)]

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use crate::allocator;
use crate::measure::Measurement;
use crate::plan::{Column, Plan};
use crate::programs::{Job, Program};

/// How the plan is run.
pub(crate) struct Lab {
    pub(crate) job: Job,
    pub(crate) rounds: u32,
    /// After this long a measurement is given up.
    pub(crate) timeout: Duration,
}

/// All rounds of one column of one program.
pub(crate) struct Series {
    pub(crate) label: String,
    /// One entry a round, or fewer after a failure.
    pub(crate) rounds: Vec<Measurement>,
    /// Why there is no result, if there is none.
    pub(crate) error: Option<String>,
}

/// All columns of one program.
pub(crate) struct ProgramResult {
    pub(crate) program: &'static Program,
    pub(crate) series: Vec<Series>,
}

impl Lab {
    /// Measures everything in the plan. What fails becomes an error in its series, and is not tried
    /// again in later rounds.
    pub(crate) fn run(&self, plan: &Plan) -> Vec<ProgramResult> {
        let bar = progress_bar(plan.len() as u64 * u64::from(self.rounds));
        let results = plan.programs.iter().map(|(program, columns)| {
            let mut series: Vec<_> = columns.iter().map(empty_series).collect();
            for round in 0..self.rounds as usize {
                for turn in 0..columns.len() {
                    let place = (round + turn) % columns.len();
                    let (column, series) = (&columns[place], &mut series[place]);
                    bar.set_message(format!("{} on {}", program.name, series.label));
                    if series.error.is_none() {
                        match self.measure(program, column) {
                            Ok(measurement) => series.rounds.push(measurement),
                            Err(error) => series.error = Some(error),
                        }
                    }
                    bar.inc(1);
                }
            }
            mark_wrong_checksums(&mut series);
            ProgramResult { program, series }
        });
        let results = results.collect();
        bar.finish_and_clear();
        results
    }

    fn measure(&self, program: &Program, column: &Column) -> Result<Measurement, String> {
        let output = self.run_child(program, column)?;
        let measurement: Measurement =
            serde_json::from_str(&output).map_err(|error| format!("cannot read the child's answer: {error}"))?;
        if measurement.allocator != column.allocator {
            return Err("the child ran on the wrong allocator".to_owned());
        }
        Ok(measurement)
    }

    /// What the child printed.
    fn run_child(&self, program: &Program, column: &Column) -> Result<String, String> {
        let size = self.job.size.to_possible_value().expect("no size is skipped");
        let child = std::env::current_exe().and_then(|this_program| {
            Command::new(this_program)
                .args(["child", program.name, column.contender.collector])
                .args(["--size", size.get_name(), "--input"])
                .arg(&self.job.input)
                .env(allocator::VARIABLE, column.allocator.name())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        });
        let mut child = child.map_err(|error| format!("cannot start a process: {error}"))?;
        let finished = wait(&mut child, self.timeout).map_err(|error| error.to_string())?;
        if !finished {
            return Err(format!("gave up after {} s", self.timeout.as_secs()));
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        // A child prints one line, or a panic message: both fit into a pipe, so that it never
        // waits for us to read.
        let (mut output, mut complaint) = (String::new(), String::new());
        let read = |from: Option<&mut dyn Read>, to: &mut String| match from {
            Some(from) => from.read_to_string(to).map(|_| ()),
            None => Ok(()),
        };
        read(child.stdout.as_mut().map(|s| s as _), &mut output).map_err(|e| e.to_string())?;
        read(child.stderr.as_mut().map(|s| s as _), &mut complaint).map_err(|e| e.to_string())?;
        if status.success() { Ok(output) } else { Err(failure(&status.to_string(), &complaint)) }
    }
}

/// Waits for the child to end, or ends it after `timeout`. The laboratory's own processor time is
/// kept out of the measurement: one look every few milliseconds.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<bool> {
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > timeout {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    Ok(true)
}

/// A panic's message says more than its exit code.
fn failure(status: &str, complaint: &str) -> String {
    let mut lines = complaint.lines().filter(|line| !line.trim().is_empty());
    let message = match lines.find(|line| line.contains("panicked at")) {
        Some(_) => lines.next(),
        None => complaint.lines().rfind(|line| !line.trim().is_empty()),
    };
    message.map_or_else(|| status.to_owned(), |message| format!("{message} ({status})"))
}

fn empty_series(column: &Column) -> Series {
    Series { label: column.label(), rounds: Vec::new(), error: None }
}

fn progress_bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed} + {eta}] {msg}");
    ProgressBar::new(length).with_style(style.expect("a valid template"))
}

/// Turns every series into an error whose checksum is not the one that most series have. If no
/// checksum has the most votes, nobody knows who is right, and all are errors.
fn mark_wrong_checksums(series: &mut [Series]) {
    for one in series.iter_mut() {
        let mut checksums = one.rounds.iter().map(|round| round.checksum);
        let first = checksums.next();
        if checksums.any(|checksum| Some(checksum) != first) {
            one.error = Some("checksum differs between rounds".to_owned());
        }
    }
    let of = |one: &Series| match one.error {
        None => one.rounds.first().map(|round| round.checksum),
        Some(_) => None,
    };
    let all: Vec<u64> = series.iter().filter_map(of).collect();
    let votes = |checksum: u64| all.iter().filter(|&&other| other == checksum).count();
    let most = all.iter().map(|&checksum| votes(checksum)).max().unwrap_or(0);
    let mut winners: Vec<u64> = all.iter().copied().filter(|&c| votes(c) == most).collect();
    winners.dedup();
    for one in series.iter_mut() {
        if of(one).is_some_and(|checksum| winners != [checksum]) {
            one.error = Some("checksum differs from its peers'".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Recorder;

    fn series(checksums: &[u64]) -> Series {
        let rounds = checksums.iter().map(|&checksum| Recorder::new().finish(checksum)).collect();
        Series { label: String::new(), rounds, error: None }
    }

    fn has_errors(checksums: &[&[u64]]) -> Vec<bool> {
        let mut all: Vec<_> = checksums.iter().map(|rounds| series(rounds)).collect();
        mark_wrong_checksums(&mut all);
        all.iter().map(|one| one.error.is_some()).collect()
    }

    #[test]
    fn another_checksum_than_the_peers_is_an_error() {
        assert_eq!(has_errors(&[&[1, 1], &[1, 1], &[2, 2]]), [false, false, true]);
        assert_eq!(has_errors(&[&[1], &[1], &[1]]), [false, false, false]);
    }

    #[test]
    fn a_checksum_that_changes_between_rounds_is_an_error() {
        assert_eq!(has_errors(&[&[1, 1], &[1, 2], &[1, 1]]), [false, true, false]);
    }

    #[test]
    fn without_a_majority_everybody_is_wrong() {
        assert_eq!(has_errors(&[&[1], &[2]]), [true, true]);
        assert_eq!(has_errors(&[&[1], &[2], &[1], &[2]]), [true, true, true, true]);
    }

    #[test]
    fn a_single_column_is_its_own_majority() {
        assert_eq!(has_errors(&[&[7, 7]]), [false]);
    }

    #[test]
    fn a_failure_is_told_by_the_panic_message() {
        let complaint = "\nthread 'main' panicked at src/x.rs:1:1:\nthe count is wrong\nnote: run";
        assert_eq!(failure("exit status: 101", complaint), "the count is wrong (exit status: 101)");
        assert_eq!(failure("signal: 9", ""), "signal: 9");
    }
}
