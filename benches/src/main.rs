//! The pause laboratory: what a collector costs, measured side by side.
//!
//! `run` (the default) executes programs on collectors, each measurement in a process of its own,
//! and prints one table. `benches/README.md` says what is measured, and how to read it.

mod allocator;
mod arena;
mod bars;
mod heap;
mod lab;
mod machine;
mod measure;
mod plan;
mod programs;
mod random;
mod report;
mod statistics;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::measure::Recorder;
use crate::plan::Plan;
use crate::programs::{Job, Size};

#[global_allocator]
static GLOBAL: allocator::Chosen = allocator::Chosen;

/// Runs programs on garbage collectors, side by side, and prints what each costs.
#[derive(Parser)]
#[command(name = "gc-benches", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Measure and print the table (the default).
    Run(RunArgs),
    /// List the programs and the collectors that they are written for.
    List,
    /// Run one program on one collector in this process, and print a line of JSON.
    #[command(hide = true)]
    Child {
        program: String,
        collector: String,
        #[command(flatten)]
        job: JobArgs,
    },
}

#[derive(Args, Clone)]
struct JobArgs {
    /// How much each program does.
    #[arg(long, value_enum, default_value_t = Size::Quick)]
    size: Size,
    /// The folder whose text files are indexed.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    input: PathBuf,
}

impl JobArgs {
    fn job(self) -> Job {
        Job { size: self.size, input: self.input }
    }
}

#[derive(Args, Clone)]
struct RunArgs {
    #[command(flatten)]
    job: JobArgs,
    /// The sizes that the project's goals are stated for; the same as `--size full`.
    #[arg(long)]
    full: bool,
    /// How often each measurement is repeated.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Only programs whose name contains this; may be given several times.
    #[arg(long = "program", short, value_name = "PART")]
    programs: Vec<String>,
    /// Only collectors whose name contains this; may be given several times.
    #[arg(long = "collector", short, value_name = "PART")]
    collectors: Vec<String>,
    /// The collector whose time is the unit of the ratios.
    #[arg(long, default_value = "gc-core")]
    base: String,
    /// Also write every single measurement to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Seconds after which a single measurement is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run(args),
        Command::List => list(),
        Command::Child { program, collector, job } => child(&program, &collector, &job.job()),
    }
}

fn run(args: RunArgs) -> ExitCode {
    let mut job = args.job.job();
    if args.full {
        job.size = Size::Full;
    }
    let plan = Plan::new(&args.programs, &args.collectors);
    if plan.is_empty() {
        eprintln!("no program and collector match; `gc-benches list` shows what there is");
        return ExitCode::FAILURE;
    }
    println!("Machine: {}", machine::description());
    println!("Size: {:?}, rounds: {}, a process for each measurement.\n", job.size, args.rounds);
    let timeout = std::time::Duration::from_secs(args.timeout);
    let results = lab::Lab { job, rounds: args.rounds, timeout }.run(&plan);
    if let Some(path) = &args.json
        && let Err(error) = report::write_json(path, &results)
    {
        eprintln!("cannot write {}: {error}", path.display());
    }
    print!("{}", report::table(&results, &args.base));
    print!("{}", bars::verdicts(&results));
    if report::has_errors(&results) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn list() -> ExitCode {
    for program in programs::ALL {
        println!("{}\n    {}", program.name, program.about);
        let collectors: Vec<_> = program.contenders.iter().map(|c| c.collector).collect();
        println!("    on: {}\n", collectors.join(", "));
    }
    ExitCode::SUCCESS
}

fn child(program: &str, collector: &str, job: &Job) -> ExitCode {
    let contender = programs::named(program).and_then(|p| p.contenders.iter().find(|c| c.collector == collector));
    let Some(contender) = contender else {
        eprintln!("there is no {program} on {collector}");
        return ExitCode::FAILURE;
    };
    machine::end_with_parent();
    let mut recorder = Recorder::new();
    let checksum = (contender.run)(job, &mut recorder);
    let measurement = recorder.finish(checksum);
    println!("{}", serde_json::to_string(&measurement).expect("plain data"));
    ExitCode::SUCCESS
}
