//! One process: started, waited for, given up, and what it said.
#![forbid(unsafe_code)]

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gc_report::{Failure, FailureKind};

use super::interrupt;

/// Why a process gave no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Failed(Failure),
    /// Somebody pressed Ctrl-C: nothing is wrong with the process.
    Interrupted,
}

impl NoAnswer {
    pub(crate) fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failed(Failure { kind, message: message.into() })
    }
}

/// Runs the command to its end, or for `timeout`, and returns what it printed.
pub(crate) fn run(command: &mut Command, timeout: Duration) -> Result<String, NoAnswer> {
    let other = |error: io::Error| NoAnswer::failed(FailureKind::Other, error.to_string());
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(other)?;
    let output = reader(child.stdout.take());
    let complaint = reader(child.stderr.take());
    let end = wait(&mut child, timeout).map_err(other)?;
    let (output, complaint) = (output.join().unwrap_or_default(), complaint.join().unwrap_or_default());
    match end {
        // A Ctrl-C reaches the child as well, so its status says nothing.
        _ if interrupt::requested() => Err(NoAnswer::Interrupted),
        None => Err(NoAnswer::failed(FailureKind::TimeOut, format!("gave up after {} s", timeout.as_secs_f64()))),
        Some(status) if status.success() => Ok(output),
        Some(status) => Err(NoAnswer::Failed(failure(status, &complaint))),
    }
}

/// Reads all of it on the side, so that the child never waits for us.
fn reader(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the child to end, or ends it: after `timeout`, or when somebody wants us to end. The
/// laboratory's own processor time is kept out of the measurement: one look every few milliseconds.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > timeout || interrupt::requested() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn failure(status: ExitStatus, complaint: &str) -> Failure {
    let message = message(complaint);
    let kind = match message {
        Some(text) if is_out_of_memory(text) => FailureKind::OutOfMemory,
        _ => FailureKind::Crash,
    };
    let status = status.to_string();
    Failure { kind, message: message.map_or_else(|| status.clone(), |text| format!("{text} ({status})")) }
}

/// How gc-core at its limit says it, the Scheme there, and the standard library at the system's limit.
fn is_out_of_memory(message: &str) -> bool {
    const WORDS: [&str; 4] =
        ["below the heap limit of", "do not fit the heap", "the heap is at its limit", "memory allocation of"];
    WORDS.iter().any(|words| message.contains(words))
}

/// A panic's message says more than the last line.
fn message(complaint: &str) -> Option<&str> {
    let mut lines = complaint.lines().filter(|line| !line.trim().is_empty());
    match lines.find(|line| line.contains("panicked at")) {
        Some(_) => lines.next(),
        None => complaint.lines().rfind(|line| !line.trim().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_by_the_panic_message() {
        let complaint = "\nthread 'main' panicked at src/x.rs:1:1:\nthe count is wrong\nnote: run";
        assert_eq!(message(complaint), Some("the count is wrong"));
        assert_eq!(
            message("first\nfatal runtime error: stack overflow\n\n"),
            Some("fatal runtime error: stack overflow")
        );
        assert_eq!(message(""), None);
    }

    #[test]
    #[cfg(unix)]
    fn a_process_that_takes_too_long_is_given_up() {
        let begin = Instant::now();
        let answer = run(Command::new("sleep").arg("20"), Duration::from_millis(50));
        assert!(matches!(answer, Err(NoAnswer::Failed(Failure { kind: FailureKind::TimeOut, .. }))));
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[test]
    #[cfg(unix)]
    fn an_answer_larger_than_a_pipe_arrives_whole() {
        let answer = run(Command::new("head").args(["-c", "1000000", "/dev/zero"]), Duration::from_secs(20));
        assert_eq!(answer.unwrap().len(), 1_000_000);
    }
}
