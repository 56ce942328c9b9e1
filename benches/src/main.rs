//! The pause laboratory: what a collector costs, measured side by side.
//!
//! `run` (the default) executes programs on collectors, each measurement in a process of its own,
//! prints a table and writes a page. `benches/README.md` says what is measured, and how to read it.

mod allocator;
#[cfg(feature = "peers")]
mod arena;
mod bars;
mod cli;
mod comparison;
mod heap;
mod lab;
mod machine;
mod measure;
mod plan;
mod programs;
mod random;
mod report;
mod table;
mod versions;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use gc_report::{Results, SCHEMA_VERSION};

use crate::cli::{CalibrateArgs, ChildArgs, Cli, Command, CompareArgs, ReportArgs, RunArgs};
use crate::lab::{Lab, Outcome, interrupt};
use crate::measure::Recorder;
use crate::plan::Plan;

#[global_allocator]
static GLOBAL: allocator::Chosen = allocator::Chosen;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run(args),
        Command::List => list(),
        Command::Report(args) => report(&args),
        Command::Compare(args) => compare(&args),
        Command::Calibrate(args) => calibrate(args),
        Command::Child(args) => child(args),
    }
}

/// Says what is wrong, and fails.
fn fail(message: impl std::fmt::Display) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn run(args: RunArgs) -> ExitCode {
    let plan = Plan::new(&args.wishes());
    if plan.is_empty() {
        return fail("no program and collector match; `gc-benches list` shows what there is");
    }
    let (options, base, out) = (args.described(), args.base.clone(), args.out.clone());
    let lab = match args.lab() {
        Ok(lab) => lab,
        Err(message) => return fail(message),
    };
    let machine = machine::describe();
    println!("Machine: {}", machine.description);
    println!("Size: {:?}, up to {} rounds, a process for each measurement.\n", lab.job.size, lab.rounds);
    interrupt::listen();
    let date = machine::now();
    let Outcome { programs, calibration, interrupted } = lab.run(&plan);
    let results = Results {
        schema: SCHEMA_VERSION,
        title: "The pause laboratory".to_owned(),
        date,
        machine,
        calibration,
        options: options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        versions: versions::all(),
        interrupted,
        goals: bars::goals(&programs),
        programs,
    };
    print!("{}{}", report::tables(&results, &base), bars::verdicts(&results.programs));
    if interrupted {
        println!("\nInterrupted: this is what was measured until then.");
    }
    if let Err(error) = write(&results, &out) {
        return fail(format!("cannot write to {}: {error}", out.display()));
    }
    if report::has_errors(&results) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Writes the results and the page, and prints where they are.
fn write(results: &Results, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (json, page) = (folder.join("results.json"), folder.join("index.html"));
    results.write_json(&json)?;
    results.write_page(&page)?;
    println!("\n{}\n{}", page.display(), json.display());
    Ok(())
}

fn list() -> ExitCode {
    for program in programs::all() {
        println!("{}\n    {}", program.name, program.about);
        let names = |by_default: bool| {
            let wanted = program.contenders.iter().filter(|c| (c.by_default && program.by_default) == by_default);
            wanted.map(|c| c.collector).collect::<Vec<_>>().join(", ")
        };
        for (when, names) in [("on", names(true)), ("on, with --all or by name", names(false))] {
            if !names.is_empty() {
                println!("    {when}: {names}");
            }
        }
        if program.serves_requests {
            println!("    also in an open loop");
        }
        if program.over_heap_size {
            println!("    also over the size of the heap");
        }
        if program.tells_live {
            println!("    also in a heap of three times what is alive at most");
        }
        println!();
    }
    ExitCode::SUCCESS
}

fn report(args: &ReportArgs) -> ExitCode {
    let results = match Results::read_json(&args.results) {
        Ok(results) => results,
        Err(error) => return fail(format!("{}: {error}", args.results.display())),
    };
    println!("Machine: {}\n", results.machine.description);
    print!("{}{}", report::tables(&results, &args.base), bars::verdicts(&results.programs));
    let page = args.out.clone().unwrap_or_else(|| args.results.with_file_name("index.html"));
    if let Err(error) = results.write_page(&page) {
        return fail(format!("cannot write {}: {error}", page.display()));
    }
    println!("\n{}", page.display());
    if let Some(trace) = &args.trace {
        if let Err(error) = results.write_perfetto(trace) {
            return fail(format!("cannot write {}: {error}", trace.display()));
        }
        println!("{}", trace.display());
    }
    ExitCode::SUCCESS
}

fn compare(args: &CompareArgs) -> ExitCode {
    let read = |path: &Path| Results::read_json(path).map_err(|error| format!("{}: {error}", path.display()));
    match (read(&args.before), read(&args.after)) {
        (Ok(before), Ok(after)) => {
            let comparison = gc_report::compare(&before, &after, &args.options());
            print!("{}", comparison::table(&comparison, args.verbose));
            ExitCode::from(comparison.exit_code())
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn calibrate(args: CalibrateArgs) -> ExitCode {
    if args.bare {
        machine::end_with_parent();
        let calibration = lab::calibrate::in_this_process(&args.job());
        println!("{}", serde_json::to_string(&calibration).expect("plain data"));
        return ExitCode::SUCCESS;
    }
    let json = args.json;
    match Lab::to_calibrate(args.job()).run_calibration() {
        Ok(calibration) if json => println!("{}", serde_json::to_string(&calibration).expect("plain data")),
        Ok(calibration) => {
            println!("Machine: {}", machine::describe().description);
            print!("{}", report::bounds(&calibration));
        }
        Err(message) => return fail(message),
    }
    ExitCode::SUCCESS
}

fn child(args: ChildArgs) -> ExitCode {
    let contender =
        programs::named(&args.program).and_then(|p| p.contenders.iter().find(|c| c.collector == args.collector));
    let Some(contender) = contender else {
        return fail(format!("there is no {} on {}", args.program, args.collector));
    };
    machine::end_with_parent();
    let job = args.job();
    let mut recorder = Recorder::paced(job.pace);
    let checksum = (contender.run)(&job, &mut recorder);
    let answer = recorder.finish(checksum);
    println!("{}", serde_json::to_string(&answer).expect("plain data"));
    ExitCode::SUCCESS
}
