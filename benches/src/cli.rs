//! What can be asked on the command line.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use gc_report::CompareOptions;

use crate::lab::Lab;
use crate::measure::Pace;
use crate::plan::Wishes;
use crate::programs::{Job, Size};

/// Runs programs on garbage collectors, side by side, and shows what each costs.
///
/// Without a command it measures a selection, in about three minutes, prints a table, and writes a page
/// (target/gc-report/index.html) with all that was measured as results.json next to it. Ctrl-C ends the
/// measuring, not the report: what was measured is shown.
#[derive(Parser)]
#[command(
    name = "gc-benches",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        gc-benches                                      a first look, in three minutes\n  \
        gc-benches run --full --all --rounds 5          everything, at the sizes that goals are stated for: hours\n  \
        gc-benches run -p ring -c gc-core --rounds 9    one program on what is called gc-core\n  \
        gc-benches compare before.json after.json --baseline bumpalo   exit code 1 if something got worse"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Measure, print the table, and write the page (the default).
    Run(RunArgs),
    /// List the programs, the collectors that they are written for, and what `run` does with them.
    List,
    /// Make the page, and print the table, from results that were measured before.
    Report(ReportArgs),
    /// Say what got better or worse between two files of results, noise taken into account. The exit code is 1
    /// if anything got worse or fails now, 0 if not, 2 if a file cannot be read.
    Compare(CompareArgs),
    /// Measure what this machine can do: the bounds beside which collectors are shown.
    Calibrate(CalibrateArgs),
    /// Run one program on one collector in this process, and print a line of JSON.
    #[command(hide = true)]
    Child(ChildArgs),
}

#[derive(Args, Clone)]
pub(crate) struct SizeArgs {
    /// How much each program does.
    #[arg(long, value_enum, default_value_t = Size::Quick)]
    size: Size,
    /// The folder whose text files are indexed by the program `inverted-index`.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    input: PathBuf,
}

impl SizeArgs {
    fn job(self) -> Job {
        Job::new(self.size, self.input)
    }
}

#[derive(Args, Clone)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    size: SizeArgs,
    /// The sizes that the project's goals are stated for; the same as `--size full`.
    #[arg(long)]
    full: bool,
    /// Only programs whose name contains this; may be given several times. See `list`.
    #[arg(long = "program", short, value_name = "PART")]
    programs: Vec<String>,
    /// Only collectors whose name contains this, as in `gc-arena/mimalloc`; may be given several times.
    #[arg(long = "collector", short, value_name = "PART")]
    collectors: Vec<String>,
    /// Everything there is, and not only the selection for a first look. Takes several times as long.
    #[arg(long)]
    all: bool,
    /// How often each measurement is repeated, collectors taking turns. To compare files of results, five at least.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Seconds after which no further round of anything is begun; the first round, open loops and heap sizes are
    /// done in any case. 0 for no budget.
    ///
    /// Without this option it is 165 for a first look, and none with --all or --full, or if programs or collectors are chosen.
    #[arg(long, value_name = "SECONDS")]
    budget: Option<u64>,
    /// Seconds after which a single measurement is given up, and becomes a row that says so [default: 6 for a quick
    /// run, 300 for a full one].
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Sizes of the heap, as multiples of the smallest in which the program runs on gc-core; `none` for none.
    #[arg(long, value_name = "LIST", default_value = "1.25,1.5,2,3,4,6")]
    heap_factors: String,
    /// What share of the base collector's capacity the requests of an open loop come to; 0 for no open loops.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    load: f64,
    /// The collector whose time is the unit of the ratios, and whose capacity is that of the open loops.
    #[arg(long, default_value = "gc-core")]
    pub(crate) base: String,
    /// Do not calibrate this machine first.
    #[arg(long)]
    no_calibration: bool,
    /// The folder for the page and the results.
    #[arg(long, value_name = "DIR", default_value = "target/gc-report")]
    pub(crate) out: PathBuf,
}

/// Three minutes, less what the last measurements and the page may take.
const FIRST_LOOK: Duration = Duration::from_secs(165);

impl RunArgs {
    pub(crate) fn wishes(&self) -> Wishes {
        Wishes { programs: self.programs.clone(), collectors: self.collectors.clone(), all: self.all }
    }

    pub(crate) fn lab(self) -> Result<Lab, String> {
        let is_first_look = !self.all && !self.full && self.programs.is_empty() && self.collectors.is_empty();
        let mut job = self.size.job();
        if self.full {
            job.size = Size::Full;
        }
        let budget = match self.budget {
            Some(0) => None,
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => is_first_look.then_some(FIRST_LOOK),
        };
        if !(0.0..=10.0).contains(&self.load) {
            return Err(format!("--load {}: a share of the capacity, such as 0.5", self.load));
        }
        Ok(Lab {
            timeout: Duration::from_secs(self.timeout.unwrap_or(job.size.pick(60, 6, 300))),
            job,
            rounds: self.rounds,
            budget,
            load: self.load,
            base: self.base,
            heap_factors: factors(&self.heap_factors)?,
            calibrated: !self.no_calibration,
        })
    }

    /// What is written into the results: option to value.
    pub(crate) fn described(&self) -> Vec<(&'static str, String)> {
        let size = if self.full { Size::Full } else { self.size.size };
        let mut options = vec![
            ("size", format!("{size:?}").to_lowercase()),
            ("rounds", self.rounds.to_string()),
            ("heap factors", self.heap_factors.clone()),
            ("load", self.load.to_string()),
        ];
        if !self.programs.is_empty() {
            options.push(("programs", self.programs.join(", ")));
        }
        if !self.collectors.is_empty() {
            options.push(("collectors", self.collectors.join(", ")));
        }
        options
    }
}

fn factors(list: &str) -> Result<Vec<f64>, String> {
    if list == "none" {
        return Ok(Vec::new());
    }
    let factor = |text: &str| match text.trim().parse::<f64>() {
        Ok(factor) if (1.0..=100.0).contains(&factor) => Ok(factor),
        _ => Err(format!("--heap-factors {text}: numbers from 1 to 100 with commas between them, or `none`")),
    };
    list.split(',').map(factor).collect()
}

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// The results.
    #[arg(default_value = "target/gc-report/results.json")]
    pub(crate) results: PathBuf,
    /// The page to write; by default index.html in the folder of the results.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Also write pauses, collections and sizes as a trace for the Perfetto viewer (ui.perfetto.dev).
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// The collector whose time is the unit of the ratios.
    #[arg(long, default_value = "gc-core")]
    pub(crate) base: String,
}

#[derive(Args)]
pub(crate) struct CompareArgs {
    /// The results before a change.
    pub(crate) before: PathBuf,
    /// The results after it.
    pub(crate) after: PathBuf,
    /// A column that the change did not touch, such as `bumpalo`: times are taken relative to it, so that a machine
    /// that is slower as a whole is no change.
    #[arg(long, value_name = "LABEL")]
    baseline: Option<String>,
    /// The least change that counts, as a share.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    least_change: f64,
    /// The greatest probability that a difference is chance (rank-sum test). 0.01 takes five rounds on either side.
    #[arg(long, value_name = "P", default_value_t = 0.01)]
    significance: f64,
    /// Show what is the same, too.
    #[arg(long)]
    pub(crate) verbose: bool,
}

impl CompareArgs {
    pub(crate) fn options(&self) -> CompareOptions {
        CompareOptions {
            least_change: self.least_change,
            significance: self.significance,
            baseline: self.baseline.clone(),
        }
    }
}

#[derive(Args)]
pub(crate) struct CalibrateArgs {
    /// Print JSON in place of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Only what one process finds out about the machine, as JSON; without the recorder's cost.
    #[arg(long, hide = true)]
    pub(crate) bare: bool,
    #[command(flatten)]
    size: SizeArgs,
}

impl CalibrateArgs {
    pub(crate) fn job(self) -> Job {
        self.size.job()
    }
}

#[derive(Args)]
pub(crate) struct ChildArgs {
    pub(crate) program: String,
    pub(crate) collector: String,
    #[command(flatten)]
    size: SizeArgs,
    /// Requests arrive so far apart.
    #[arg(long)]
    interval_ns: Option<u64>,
    /// The most that the heap may use, in bytes.
    #[arg(long)]
    heap_limit: Option<usize>,
    /// How far the heap may grow, where it has no limit.
    #[arg(long)]
    growth: Option<f64>,
    /// Whether gc-core's recorder runs along.
    #[arg(long)]
    recorded: bool,
    /// Whether the program finds out what is alive at most.
    #[arg(long)]
    live: bool,
}

impl ChildArgs {
    pub(crate) fn job(self) -> Job {
        let pace = match self.interval_ns {
            None => Pace::Closed,
            Some(ns) => Pace::Open { interval: Duration::from_nanos(ns) },
        };
        Job {
            pace,
            heap_limit: self.heap_limit,
            growth: self.growth,
            recorded: self.recorded,
            live: self.live,
            ..self.size.job()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn heap_factors_are_a_list_of_numbers() {
        assert_eq!(factors("1.25, 2"), Ok(vec![1.25, 2.0]));
        assert_eq!(factors("none"), Ok(Vec::new()));
        assert!(factors("0.5").unwrap_err().contains("from 1 to 100"));
        assert!(factors("2,,3").is_err());
    }

    #[test]
    fn only_a_first_look_has_a_budget() {
        let lab = |arguments: &[&str]| Cli::parse_from(arguments).run.lab().unwrap();
        assert_eq!(lab(&["gc-benches"]).budget, Some(FIRST_LOOK));
        assert_eq!(lab(&["gc-benches", "--full"]).budget, None);
        assert_eq!(lab(&["gc-benches", "--full", "--budget", "60"]).budget, Some(Duration::from_secs(60)));
        assert_eq!(lab(&["gc-benches", "--budget", "0"]).budget, None);
    }
}
