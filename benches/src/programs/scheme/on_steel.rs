//! On Steel, whose engine keeps what the program prints in a variable.

use steel::rvals::SteelVal;
use steel::steel_vm::engine::Engine;

use super::Source;
use crate::measure::Recorder;
use crate::programs::Job;

/// What a program needs of its host: to print, and to leave when it has failed.
const HOST: &str = r#"
(define printed "")
(define (display text) (set! printed (string-append printed text)))
(define (newline) (display "\n"))
(define (write value) (display "a wrong value"))
(define (exit code) (error "the program left with a code"))
"#;

pub(super) fn run(source: &Source, job: &Job, recorder: &mut Recorder) -> u64 {
    let size = source.size(job.size);
    let text = source.bare(size);
    let mut engine = Engine::new();
    engine.run(HOST).unwrap_or_else(|error| panic!("{error}"));
    let result = recorder.timed(|_| engine.run(text));
    recorder.operations(1);
    result.unwrap_or_else(|error| panic!("{error}"));
    match engine.run("printed").unwrap_or_else(|error| panic!("{error}")).last() {
        Some(SteelVal::StringV(printed)) => source.checksum(size, printed.as_str()),
        other => panic!("what was printed is {other:?}"),
    }
}
