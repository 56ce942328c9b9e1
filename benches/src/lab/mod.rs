//! Runs the plan: one fresh process for each measurement, collectors interleaved over the rounds.
//!
//! A process that has run something is not the same afterwards: its allocator has fragments, its
//! page tables are filled, its peak of memory stands. So each measurement gets one of its own: this
//! binary again, with the hidden `child` command and the allocator in the environment. Within a
//! program the columns take turns (A B C, then B C A, …), so that a slow drift of the machine and
//! the place in the row meet all of them alike.
//!
//! The first round comes first for everything, then the open loops and the heap sizes, then the other
//! rounds for as long as the time budget lasts: whenever it ends, by itself or by Ctrl-C, there is
//! something of everything.

mod bounds;
pub(crate) mod calibrate;
mod checksums;
mod control;
mod heap_size;
pub(crate) mod interrupt;
mod process;
mod progress;

use std::process::Command;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use gc_report::{Calibration, Failure, FailureKind, Histogram, Program, Round, Series};

use crate::allocator;
use crate::measure::{Answer, Pace, nanoseconds};
use crate::plan::{Column, Plan};
use crate::programs::{self, Job};
use control::Control;
use process::NoAnswer;
use progress::Progress;

/// How the plan is run.
pub(crate) struct Lab {
    pub(crate) job: Job,
    pub(crate) rounds: u32,
    /// After this long a measurement is given up.
    pub(crate) timeout: Duration,
    /// After this long nothing is begun that is not a first round.
    pub(crate) budget: Option<Duration>,
    /// What part of its capacity the base column is loaded with in the open loops; 0 for none.
    pub(crate) load: f64,
    /// The column whose capacity that is.
    pub(crate) base: String,
    /// The sizes of the heap, as multiples of the smallest one.
    pub(crate) heap_factors: Vec<f64>,
    /// Whether the machine is calibrated first.
    pub(crate) calibrated: bool,
}

/// What came out.
pub(crate) struct Outcome {
    pub(crate) programs: Vec<Program>,
    pub(crate) calibration: Option<Calibration>,
    /// Whether somebody ended it before it was done.
    pub(crate) interrupted: bool,
}

/// One program while it is measured.
struct Bench<'a> {
    program: &'static programs::Program,
    columns: &'a [Column],
    /// One for each column.
    series: Vec<Series>,
    /// At limited sizes of the heap.
    limited: Vec<Series>,
    /// How long the last process of each column took.
    took: Vec<Duration>,
}

impl Lab {
    /// Measures everything in the plan. What fails becomes an error in its series, and is not tried
    /// again in later rounds.
    pub(crate) fn run(&self, plan: &Plan) -> Outcome {
        let begin = Instant::now();
        let progress = Progress::start(self.steps(plan));
        let control = Control::start();
        let mut calibration = None;
        if self.calibrated {
            progress.now("calibrating this machine");
            calibration = self.calibrate().ok();
        }
        let benches = plan.programs.iter().map(|(program, columns)| Bench {
            program,
            columns,
            series: columns.iter().map(Column::series).collect(),
            limited: Vec::new(),
            took: vec![Duration::ZERO; columns.len()],
        });
        let mut benches: Vec<Bench<'_>> = benches.collect();
        // `Err` is an interruption, and ends whatever was going on.
        let done = self.measure_all(&mut benches, begin, &progress);
        let jitter = control.stop();
        calibration.get_or_insert_default().sleep_jitter = jitter;
        progress.end();
        let machine = calibration.clone().unwrap_or_default();
        Outcome {
            programs: benches.into_iter().map(|bench| bench.finish(&machine)).collect(),
            calibration,
            interrupted: done.is_err(),
        }
    }

    /// How many processes the whole takes, roughly.
    fn steps(&self, plan: &Plan) -> u64 {
        let of_program = |(program, columns): &(&programs::Program, Vec<Column>)| {
            let open = if program.serves_requests && self.load > 0.0 { columns.len() as u64 } else { 0 };
            let sizes = if program.over_heap_size { heap_size::steps(program, columns, &self.heap_factors) } else { 0 };
            columns.len() as u64 * u64::from(self.rounds) + open + sizes
        };
        plan.programs.iter().map(of_program).sum()
    }

    fn measure_all(&self, benches: &mut [Bench<'_>], begin: Instant, progress: &Progress) -> Result<(), Interrupted> {
        let is_late = |expected: Duration| self.budget.is_some_and(|budget| begin.elapsed() + expected > budget);
        for round in 0..self.rounds {
            for bench in benches.iter_mut() {
                self.one_round(bench, round, progress, is_late)?;
            }
            if round > 0 {
                continue;
            }
            for bench in benches.iter_mut().filter(|bench| bench.program.serves_requests && self.load > 0.0) {
                self.open_loop(bench, progress)?;
            }
            for bench in benches.iter_mut().filter(|bench| bench.program.over_heap_size) {
                self.over_heap_size(bench, progress)?;
            }
        }
        Ok(())
    }

    /// A round of all columns. The first one is always done; later ones while there is time, and not for
    /// columns so slow that they would take it from the others.
    fn one_round(
        &self,
        bench: &mut Bench<'_>,
        round: u32,
        progress: &Progress,
        is_late: impl Fn(Duration) -> bool,
    ) -> Result<(), Interrupted> {
        let slow = self.budget.map_or(Duration::MAX, |budget| budget / 50);
        for turn in 0..bench.columns.len() {
            let place = (round as usize + turn) % bench.columns.len();
            let took = bench.took[place];
            let due = round == 0 || (!is_late(took) && took < slow);
            if due && bench.series[place].error.is_none() {
                progress.now(&format!(
                    "round {} of {}: {} on {}",
                    round + 1,
                    self.rounds,
                    bench.program.name,
                    bench.series[place].label()
                ));
                let start = Instant::now();
                match self.measure(bench.program, bench.columns[place], &self.job) {
                    Ok(measured) if round == 0 => bench.series[place].rounds.push(measured),
                    Ok(measured) => bench.series[place].rounds.push(figures_only(measured)),
                    Err(NoAnswer::Failed(failure)) => bench.series[place].error = Some(failure),
                    Err(NoAnswer::Interrupted) => return Err(Interrupted),
                }
                bench.took[place] = start.elapsed();
            }
            progress.step();
        }
        Ok(())
    }

    /// Once more for each column, with requests that arrive at a fixed rate, the same for all.
    fn open_loop(&self, bench: &mut Bench<'_>, progress: &Progress) -> Result<(), Interrupted> {
        let base = bench.series.iter().find(|series| series.label() == self.base && series.error.is_none());
        let base = base.or_else(|| bench.series.iter().find(|series| series.error.is_none()));
        let round = base.and_then(|series| series.rounds.first());
        let Some(round) = round.filter(|round| round.closed_loop.count() > 0) else { return Ok(()) };
        let interval = round.wall_ns as f64 / round.closed_loop.count() as f64 / self.load;
        let pace = Pace::Open { interval: Duration::from_nanos(interval as u64) };
        let job = Job { pace, ..self.job.clone() };
        for (&column, series) in bench.columns.iter().zip(&mut bench.series) {
            progress.now(&format!("open loop: {} on {}", bench.program.name, series.label()));
            if let Some(first) = series.rounds.first_mut().filter(|_| series.error.is_none()) {
                match self.measure(bench.program, column, &job) {
                    Ok(open) => {
                        first.open_loop = open.open_loop;
                        first.open_loop_rate = open.open_loop_rate;
                    }
                    // The closed loop went well, so the row stays; it has no latency.
                    Err(NoAnswer::Failed(_)) => {}
                    Err(NoAnswer::Interrupted) => return Err(Interrupted),
                }
            }
            progress.step();
        }
        Ok(())
    }

    /// One process: the program on the column.
    fn measure(&self, program: &programs::Program, column: Column, job: &Job) -> Result<Round, NoAnswer> {
        self.measure_within(program, column, job, self.timeout)
    }

    fn measure_within(
        &self,
        program: &programs::Program,
        column: Column,
        job: &Job,
        timeout: Duration,
    ) -> Result<Round, NoAnswer> {
        let this_program = this_program()?;
        let size = job.size.to_possible_value().expect("no size is skipped");
        let mut command = Command::new(this_program);
        command.args(["child", program.name, column.contender.collector]);
        command.args(["--size", size.get_name(), "--input"]).arg(&job.input);
        if let Pace::Open { interval } = job.pace {
            command.args(["--interval-ns", &nanoseconds(interval).to_string()]);
        }
        if let Some(limit) = job.heap_limit {
            command.args(["--heap-limit", &limit.to_string()]);
        }
        if let Some(growth) = job.growth {
            command.args(["--growth", &growth.to_string()]);
        }
        if job.recorded {
            command.arg("--recorded");
        }
        if job.live {
            command.arg("--live");
        }
        command.env(allocator::VARIABLE, column.allocator.name());
        let output = process::run(&mut command, timeout)?;
        let answer: Answer = serde_json::from_str(&output).map_err(|error| {
            NoAnswer::failed(FailureKind::Other, format!("cannot read the child's answer: {error}"))
        })?;
        if answer.allocator != column.allocator {
            return Err(NoAnswer::failed(FailureKind::Other, "the child ran on the wrong allocator"));
        }
        Ok(answer.round)
    }
}

/// What later rounds are for: medians and spreads. What is drawn one by one comes from the first round.
fn figures_only(round: Round) -> Round {
    Round {
        closed_loop: Histogram::default(),
        pause_list: Vec::new(),
        pauses_left_out: 0,
        timeline: Vec::new(),
        collections: Vec::new(),
        occupancy: None,
        ..round
    }
}

fn this_program() -> Result<std::path::PathBuf, NoAnswer> {
    std::env::current_exe().map_err(|error| NoAnswer::failed(FailureKind::Other, error.to_string()))
}

/// Somebody pressed Ctrl-C.
struct Interrupted;

impl Bench<'_> {
    fn finish(mut self, machine: &Calibration) -> Program {
        // What nobody came to measure is not there.
        self.series.retain(|series| !series.rounds.is_empty() || series.error.is_some());
        self.series.append(&mut self.limited);
        if let Some(bound) = self.program.bound {
            bounds::add(bound, machine, &mut self.series);
        }
        checksums::mark_wrong(&mut self.series);
        Program {
            name: self.program.name.to_owned(),
            description: self.program.about.to_owned(),
            operation: self.program.operation.to_owned(),
            series: self.series,
        }
    }
}

/// A failure of that kind.
fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind, message: message.into() }
}
