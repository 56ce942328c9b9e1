//! What this machine can do: the bounds beside which everything else is shown.
//!
//! The loads are those of the program `memory`, over a footprint like that of a large heap. What is
//! measured here is measured three times, and the least counts: a bound is what is possible.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use gc_report::{Calibration, FailureKind, statistics};

use super::control::Control;
use super::process::{self, NoAnswer};
use super::{Lab, this_program};
use crate::allocator::Allocator;
use crate::measure::Recorder;
use crate::plan::Column;
use crate::programs::{self, Job, memory};

/// How often each bound is measured.
const TIMES: usize = 3;

/// Calibrates in this process, which should be a fresh one.
pub(crate) fn in_this_process(job: &Job) -> Calibration {
    let line_bytes = memory::LINE_BYTES as f64;
    let least = |load: fn(&Job, &mut Recorder) -> u64| {
        let each = (0..TIMES).map(|_| {
            let mut recorder = Recorder::new();
            load(job, &mut recorder);
            let round = recorder.finish(0).round;
            round.wall_ns as f64 / round.operations as f64
        });
        each.min_by(f64::total_cmp)
    };
    let sequential = least(memory::in_order);
    Calibration {
        footprint_bytes: Some(memory::footprint_bytes(job)),
        dependent_load_ns: least(memory::dependent),
        independent_load_ns: least(memory::independent),
        sequential_bytes_per_second: sequential.map(|ns| line_bytes * 1e9 / ns),
        bump_allocation_ns: (0..TIMES).map(|_| bump()).min_by(f64::total_cmp),
        clock_reading_ns: (0..TIMES).map(|_| clock()).min_by(f64::total_cmp),
        ..Calibration::default()
    }
}

/// Nanoseconds to allocate an object of 32 bytes by moving a pointer through 32 KiB again and again, and to
/// fill it.
fn bump() -> f64 {
    const OBJECTS: usize = 1024;
    const TIMES: usize = 10_000;
    let mut region = vec![[0u64; 4]; OBJECTS];
    let begin = Instant::now();
    for time in 0..TIMES as u64 {
        let mut rest = black_box(region.as_mut_slice());
        while let Some((object, after)) = rest.split_first_mut() {
            *object = [time, 1, 2, 3];
            black_box(&*object);
            rest = after;
        }
    }
    begin.elapsed().as_nanos() as f64 / (TIMES * OBJECTS) as f64
}

fn clock() -> f64 {
    const TIMES: u32 = 100_000;
    let begin = Instant::now();
    for _ in 0..TIMES {
        black_box(Instant::now());
    }
    begin.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

impl Lab {
    /// Calibrates in a process of its own, and measures what the recorder of `gc_core::lab` costs.
    pub(crate) fn calibrate(&self) -> Result<Calibration, NoAnswer> {
        let mut command = Command::new(this_program()?);
        command.args(["calibrate", "--bare"]);
        let output = process::run(&mut command, Duration::from_secs(120))?;
        let mut calibration: Calibration = serde_json::from_str(&output)
            .map_err(|error| NoAnswer::failed(FailureKind::Other, format!("cannot read the calibration: {error}")))?;
        calibration.recorder_share = self.recorder_share()?;
        Ok(calibration)
    }

    /// A program with many pauses, with and without the recorder in turns: by what share the least processor time
    /// grows. Below zero it is noise, and says that the cost is less than that.
    fn recorder_share(&self) -> Result<Option<f64>, NoAnswer> {
        const PAIRS: usize = 5;
        let program = &programs::message_ring::MESSAGE_RING;
        let Some(contender) = program.contenders.iter().find(|contender| contender.collector == "gc-core") else {
            return Ok(None);
        };
        let column = Column { contender, allocator: Allocator::System };
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            for (recorded, times) in [(false, &mut without), (true, &mut with)] {
                let job = Job { recorded, ..self.job.clone() };
                let round = self.measure(program, column, &job)?;
                // Where it is told: a busy machine disturbs it less than the time from start to end.
                times.push(round.cpu_ns.unwrap_or(round.wall_ns) as f64);
            }
        }
        let least = |times: &[f64]| statistics::range(times).map(|(least, _)| least);
        let ratio = least(&without).zip(least(&with)).and_then(|(without, with)| statistics::ratio(with, without));
        Ok(ratio.map(|ratio| ratio - 1.0))
    }
}

impl Lab {
    /// A laboratory that is only to calibrate the machine.
    pub(crate) fn to_calibrate(job: Job) -> Self {
        Self {
            job,
            rounds: 1,
            timeout: Duration::from_secs(120),
            budget: None,
            load: 0.0,
            base: String::new(),
            heap_factors: Vec::new(),
            calibrated: true,
        }
    }

    /// Calibrates, with the control thread beside it. `Err` says why it cannot.
    pub(crate) fn run_calibration(&self) -> Result<Calibration, String> {
        let control = Control::start();
        let calibration = self.calibrate();
        let sleep_jitter = control.stop();
        match calibration {
            Ok(calibration) => Ok(Calibration { sleep_jitter, ..calibration }),
            Err(NoAnswer::Failed(failure)) => Err(format!("{}: {}", failure.kind.name(), failure.message)),
            Err(NoAnswer::Interrupted) => Err("interrupted".to_owned()),
        }
    }
}
